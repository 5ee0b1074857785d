"""How passwords are kept, where no test makes it quick."""

from __future__ import annotations

from argon2 import extract_parameters

from elearn.auth.passwords import hash_password, password_matches
from tests.conftest import HASHER_AS_IT_COMES, NOBODY_AS_IT_COMES


def test_a_password_is_kept_as_slowly_as_owasp_asks() -> None:
    """The least that it gives for argon2id: 19 MiB, two passes, one lane."""
    kept = HASHER_AS_IT_COMES.hash("three brown teapots")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_where_nobody_has_the_name_the_answer_takes_as_long() -> None:
    kept = HASHER_AS_IT_COMES.hash("three brown teapots")
    assert extract_parameters(NOBODY_AS_IT_COMES) == extract_parameters(kept)


def test_only_the_password_that_was_kept_is_right() -> None:
    kept = hash_password("three brown teapots")
    assert password_matches(kept, "three brown teapots")
    assert not password_matches(kept, "three brown teapot")
    assert not password_matches(None, "nobody has this password")
    assert not password_matches("not a hash", "not a hash")
