"""The arithmetic of the ledger against values worked out independently."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elearn.ledger import rules


def merkle_tree_hash(leaves: list[bytes]) -> bytes:
    """RFC 6962 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = merkle_tree_hash(leaves[:split]), merkle_tree_hash(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@given(st.lists(st.text(max_size=5), max_size=40))
def test_the_tree_is_that_of_rfc_6962(bodies: list[str]) -> None:
    expected = merkle_tree_hash([body.encode() for body in bodies]).hex()
    assert rules.root_of(bodies) == expected


def test_a_commitment_is_the_documented_hash() -> None:
    salt = bytes(range(16))
    opened = '["rec-1","typed_name","Łukasz O\'Neill-Ángel"]'.encode()
    expected = hashlib.sha256(b"elearn-field-v1\0" + salt + opened).hexdigest()
    assert rules.commitment(salt, "rec-1", "typed_name", "Łukasz O'Neill-Ángel") == expected


def test_an_entry_is_chained_by_the_documented_hash() -> None:
    expected = hashlib.sha256(b"elearn-entry-v1\0" + bytes(32) + b'{"v":1}').hexdigest()
    assert rules.entry_hash(rules.GENESIS, '{"v":1}') == expected


@pytest.mark.parametrize(
    ("name", "changed"),
    [("rec", ("r2", "f", 1)), ("field", ("r", "g", 1)), ("value", ("r", "f", 2)), ("type", ("r", "f", "1"))],
)
def test_a_commitment_differs_with_record_field_value_and_type(
    name: str, changed: tuple[str, str, object]
) -> None:
    salt = bytes(16)
    assert rules.commitment(salt, *changed) != rules.commitment(salt, "r", "f", 1), name


def test_a_checkpoint_is_three_lines_with_the_root_in_base64() -> None:
    text = rules.checkpoint_text("elearn/x", 3, "00" * 32)
    assert text == "elearn/x\n3\n" + "A" * 43 + "=\n"


def test_canonical_text_has_one_form() -> None:
    assert rules.canonical_text({"b": 1, "a": ["ł", None, True]}) == '{"a":["ł",null,true],"b":1}'


def test_floats_that_are_not_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        rules.canonical_text(float("nan"))
