"""Who is what on a day: tables of cases."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from elearn.people.forms import JOB_WORDS
from elearn.people.rules import (
    OFFICES,
    JobGroup,
    Term,
    fold,
    has_letter_or_digit,
    is_for_work,
    may_end_administrator,
    nearest_office,
    visible_text,
)

CATALOGUE = Path(__file__).resolve().parents[2] / "scenarios" / "catalogue.yaml"
TODAY = date(2026, 9, 2)
OPEN = Term(date(2026, 1, 1))


@pytest.mark.parametrize(
    ("held", "ends_on", "others", "allowed"),
    [
        (OPEN, TODAY, [], False),
        (OPEN, TODAY, [OPEN], True),
        (OPEN, TODAY, [Term(date(2026, 9, 3))], True),
        (OPEN, TODAY, [Term(date(2026, 9, 4))], False),
        (OPEN, TODAY, [Term(date(2026, 1, 1), date(2026, 12, 31))], False),
        (Term(date(2026, 1, 1), date(2026, 12, 31)), TODAY, [Term(TODAY, date(2026, 12, 31))], True),
        (Term(date(2026, 1, 1), date(2026, 12, 31)), TODAY, [Term(TODAY, date(2026, 12, 30))], False),
        (Term(date(2026, 1, 1), date(2026, 12, 31)), date(2027, 1, 31), [], True),
    ],
)
def test_an_organisation_keeps_an_administrator_as_long_as_it_had_one(
    held: Term, ends_on: date, others: list[Term], allowed: bool
) -> None:
    assert bool(may_end_administrator(held, ends_on, others)) is allowed


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\u200b", ""),
        ("\u3164", ""),
        ("\u200d\u200d", ""),
        ("Ami\u202era\u2066 Be\u00adgum\x00", "Amira Begum"),
        ("  Ami\tra\nBegum ", "Ami ra Begum"),
        ("کبری\u200cپور", "کبری\u200cپور"),
        ("शर्\u200dमा", "शर्\u200dमा"),
        ("\u200cAmira\u200d Begum", "Amira Begum"),
        ("Ngozi O'Neill-Ángel", "Ngozi O'Neill-Ángel"),
    ],
)
def test_what_hides_or_reorders_a_name_is_left_out_and_what_spells_it_is_kept(typed: str, kept: str) -> None:
    assert visible_text(typed) == kept
    assert has_letter_or_digit(typed) is bool(kept)


def test_a_name_of_signs_alone_cannot_be_read() -> None:
    assert not has_letter_or_digit("- . '")


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Łukasz", "lukasz"),
        ("Siân", "sian"),
        ("Sia\u0302n", "sian"),
        ("O’Neill-ÁNGEL", "o'neill-angel"),
        ("Søren Đorđe Strauß Æsa", "soren dorde strauss aesa"),
        ("李", "李"),
    ],
)
def test_a_name_is_folded_for_searching(name: str, folded: str) -> None:
    assert fold(name) == folded


@pytest.mark.parametrize(
    ("wanted", "group", "expected"),
    [
        ("everyone", JobGroup.KITCHEN, True),
        ((JobGroup.OFFICE, JobGroup.IT), JobGroup.IT, True),
        ((JobGroup.OFFICE, JobGroup.IT), JobGroup.KITCHEN, False),
        ((JobGroup.LEADER,), JobGroup.HEAD, True),
        ((JobGroup.HEAD,), JobGroup.HEAD, True),
        ((JobGroup.HEAD,), JobGroup.LEADER, False),
        ((), JobGroup.HEAD, False),
    ],
)
def test_what_is_for_leaders_is_for_heads_and_what_is_for_heads_is_for_no_other_leader(
    wanted: str | tuple[JobGroup, ...], group: JobGroup, expected: bool
) -> None:
    assert is_for_work(wanted, group) is expected


def test_a_head_and_a_senior_leader_can_be_told_apart_where_a_post_is_entered() -> None:
    assert (JOB_WORDS[JobGroup.HEAD], JOB_WORDS[JobGroup.LEADER]) == ("Head of a school", "Senior leader")


def test_the_offices_that_somebody_may_hold_are_those_of_the_catalogue_but_for_whom_a_clause_asks() -> None:
    catalogue = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))
    named = [office["id"] for office in catalogue["offices"]]
    assert list(OFFICES) == [office for office in named if office not in ("pupil", "parent", "colleague")]


@pytest.mark.parametrize(
    ("typed", "office"),
    [
        ("Head", "head"),
        (" principal ", "head"),
        ("Designated Safeguarding Lead", "dsl"),
        ("chief executive", "ceo"),
        ("line-manager", "line_manager"),
        ("bananas", None),
        ("", None),
    ],
)
def test_what_a_policy_calls_an_office_leads_to_its_name(typed: str, office: str | None) -> None:
    assert nearest_office(typed) == office
