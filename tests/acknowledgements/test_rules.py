"""Who may sign which version, and what exactly is signed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from elearn.acknowledgements import rules
from elearn.decisions import Allowed, Refused

NOW = datetime(2026, 9, 2, 10, 52, tzinfo=UTC)
VERSION = uuid4()
READY = rules.SigningFacts(
    version_in_force=VERSION,
    text_in_force="t",
    shown_version=VERSION,
    shown_text="t",
    shown_statement="I have read it",
    statement_now="I have read it",
    shown_quoted=("4.3.2",),
    quoted_now=("4.3.2",),
    covered=True,
    passed=True,
    rules_left=0,
    authenticated_at=NOW,
    typed_name="Amira Begum",
    ticked=True,
)


def codes(facts: rules.SigningFacts) -> list[str]:
    verdict = rules.may_sign(facts, NOW)
    return [reason.code for reason in verdict.reasons] if isinstance(verdict, Refused) else []


def test_everything_in_place_may_be_signed() -> None:
    assert isinstance(rules.may_sign(READY, NOW), Allowed)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"covered": False}, "not_covered"),
        ({"version_in_force": uuid4()}, "version_changed"),
        ({"version_in_force": None}, "version_changed"),
        ({"text_in_force": "u"}, "version_changed"),
        ({"statement_now": "I consent"}, "statement_changed"),
        ({"quoted_now": ()}, "quotation_changed"),
        ({"quoted_now": ("4.3.2", "4.3.3")}, "quotation_changed"),
        ({"rules_left": 2}, "rules_not_read"),
        ({"passed": False}, "situations_not_passed"),
        ({"authenticated_at": NOW - timedelta(minutes=10, seconds=1)}, "authentication_too_old"),
        ({"typed_name": "  "}, "name_missing"),
        ({"typed_name": "\u200b\u3164"}, "name_missing"),
        ({"ticked": False}, "not_ticked"),
    ],
)
def test_each_thing_missing_is_a_reason(change: dict[str, object], code: str) -> None:
    assert codes(replace(READY, **change)) == [code]


def test_ten_minutes_to_the_second_still_count() -> None:
    assert codes(replace(READY, authenticated_at=NOW - timedelta(minutes=10))) == []


def test_every_reason_is_given_at_once() -> None:
    facts = replace(READY, passed=False, typed_name="", ticked=False)
    assert codes(facts) == ["situations_not_passed", "name_missing", "not_ticked"]


@pytest.mark.parametrize(
    ("typed", "on_file", "agree"),
    [
        ("Amira Begum", "Amira Begum", True),
        ("amira  begum", "Amira Begum", True),
        ("Begum, Amira", "Amira Begum", True),
        ("Sean O'Neill-Angel", "Seán O'Neill-Ángel", True),
        ("Lukasz", "Łukasz", True),
        ("Amira", "Amira Begum", True),
        ("Prince", "Prince", True),
        ("Someone Else", "Amira Begum", False),
        ("", "Amira Begum", False),
    ],
)
def test_names_are_compared_loosely(typed: str, on_file: str, agree: bool) -> None:
    assert rules.names_agree(typed, on_file) is agree


def test_a_statement_has_its_slots_filled_and_nothing_else_touched() -> None:
    text = rules.statement_text(
        "I, {name},\n  have read {title}. {unknown}", {"name": "Łukasz", "title": "it {name}"}
    )
    assert text == "I, Łukasz, have read it {name}. {unknown}"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["your line manager", "the HR team"], "my line manager or the HR team"),
        (["the head of your academy"], "the head of my academy"),
        (["the Yourway Trust office"], "the Yourway Trust office"),
    ],
)
def test_whoever_signs_speaks_of_their_own_manager(names: list[str], said: str) -> None:
    assert rules.asked_by_signer(names) == said


def test_a_text_known_by_its_date_alone_is_not_said_to_be_of_a_version() -> None:
    said = "I have read it, version {version},\n dated {dated}. Ask {who_to_ask}."
    assert rules.undated_version(said) == "I have read it, dated {dated}. Ask {who_to_ask}."
    other = "I have read version {version}."
    assert rules.undated_version(other) == other


def test_a_reference_can_be_read_out() -> None:
    reference = rules.new_reference()
    assert len(reference) == 16
    assert reference.startswith("R-")
    assert not set(reference[2:]) & set("01OIL")
