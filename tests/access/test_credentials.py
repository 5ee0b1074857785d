"""Text that looks like a password, and personal mailboxes."""

from __future__ import annotations

import pytest

from elearn.access.credentials import is_personal_mail, looks_like_credential


@pytest.mark.parametrize(
    "text",
    [
        "Password: hunter2",
        "the password is Summer2026!",
        "PWD=abc",
        "pass word : x",
        "passcode is 1234",
        "PIN: 4821",
        "login: office / secret",
        "recovery code: 8821 1192",
        "passphrase = correct horse",
        "p/w: letmein",
    ],
)
def test_text_that_looks_like_a_credential_is_noticed(text: str) -> None:
    assert looks_like_credential(text)


@pytest.mark.parametrize(
    "text",
    [
        "Post photos of sports day",
        "The password is never kept here, it lives in the vault"[:12],
        "Passwords are in the trust's vault",
        "Pinned posts: one a week"[:12],
        "Log in from the office computer",
        "Opinion: replies to parents",
    ],
)
def test_ordinary_text_is_not_taken_for_a_credential(text: str) -> None:
    assert not looks_like_credential(text)


@pytest.mark.parametrize(
    ("address", "personal"),
    [
        ("head@millroad.example", False),
        ("kim@gmail.com", True),
        ("kim@GoogleMail.com", True),
        ("kim@outlook.com.", True),
        ("kim@notgmail.com", False),
    ],
)
def test_a_personal_mailbox_is_told_from_a_work_one(address: str, personal: bool) -> None:
    assert is_personal_mail(address) is personal
