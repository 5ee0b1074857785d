"""Eight everyday situations side by side: what each of the five policies says on them, read from their texts.

What is expected here was written from the published texts and not from the positions. `stance` is what the text
comes to; `right` is the option for that; a reason in place of an option says why nobody is asked, and the clauses
beside it are those that come closest. Every telling of a situation comes to the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from click.testing import CliRunner

from elearn.scenarios.asked import Asked, NotAsked, Why
from elearn.scenarios.commands import content_commands
from elearn.scenarios.rules import resolve
from tests.content import courses


@dataclass(frozen=True)
class Expected:
    """What one trust's staff meet: the right option, words that it holds, and the clauses beside it."""

    right: str
    clauses: frozenset[str]
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotSettled:
    """Why one trust's staff are not asked, and a clause that comes close where there is one."""

    why: Why
    clauses: frozenset[str]


def _not(why: Why, *clauses: str) -> NotSettled:
    return NotSettled(why, frozenset(clauses))


def _right(option: str, *clauses: str, words: tuple[str, ...] = ()) -> Expected:
    return Expected(option, frozenset(clauses), words)


_TERMS = "Social Networking applications and their use > bullet 7"
_SCHOOL_MATTERS = "Social Networking applications and their use > bullet 6"
_REPRESENTATIVE = "Social Networking applications and their use > bullet 8"
_WORKTIME = "Use of Social networking sites in worktime > ¶1"
_GUIDANCE = "Guidance/protection for staff using social networking sites"
_SERVICE = "Social Networking as part of School Service > ¶1"

# Situation, then for each trust what is right there, or why nobody is asked.
SIDE_BY_SIDE: dict[str, dict[str, Expected | NotSettled]] = {
    # A former pupil of 17 asks to follow. Only one text leaves it to judgement; the others draw a line at 18.
    "ex-pupil-seventeen": {
        "raleigh": _right("decline", "10.3(c)", words=("under 18",)),
        "voyage": _right("decline", "4 ¶3", words=("under 18",)),
        "creating_tomorrow": _right("decline", "5.1 bullet 9", words=("under 18",)),
        "clt": _right("think", "4.6 c", words=("age",)),
        "lead": _right("decline", _TERMS, f"{_GUIDANCE} > bullet 2", words=("under 18",)),
    },
    # A parent sends a friend request. One text names parents; one only worries about blurred boundaries (1.2).
    "parent-friend-request": {
        "raleigh": _not(Why.INDIRECT, "1.2"),
        "voyage": _right("decline", "4 ¶3"),
        "creating_tomorrow": _not(Why.SILENT),
        "clt": _not(Why.SILENT),
        "lead": _not(Why.SILENT),
    },
    # Scrolling at lunch. Occasional use in one, breaks by name in another; lesson time only in a third; "work
    # time" without saying whether lunch is part of it in the last.
    "wt-lunch-scroll": {
        "raleigh": _right("terms", "6.1", words=("work",)),
        "voyage": _not(Why.INDIRECT, "2 ¶1 bullet 3"),
        "creating_tomorrow": _not(Why.SILENT),
        "clt": _right("free", "4.8 b", words=("break",)),
        "lead": _not(Why.UNCLEAR, _WORKTIME),
    },
    # The school named in a bio. Three want a line on whose views they are; one has no word on it; in one, staff
    # should not present themselves as its representatives, which is not the same as naming it.
    "prof-says-where-you-work": {
        "raleigh": _right("add", "10.4(d)", "10.4(b)", words=("views",)),
        "voyage": _not(Why.SILENT),
        "creating_tomorrow": _right("add", "5.2 bullet 3", words=("views",)),
        "clt": _right("add", "3 b", "4.5 b", "4.7 d", words=("views",)),
        "lead": _not(Why.INDIRECT, _REPRESENTATIVE),
    },
    # A rant about one's bosses under another name. One text suggests it, on terms; four bar running staff down, and
    # say nothing of the name it is done under.
    "resp-rant-unnamed": {
        "raleigh": _right("drop", "10.4(a)", "10.4(a)(iii)", "5.1(e)", words=("made-up name",)),
        "voyage": _right("check", "7 ¶1 bullet 12", words=("no person or school",)),
        "creating_tomorrow": _right("drop", "5.2 bullet 1", words=("made-up name",)),
        "clt": _right("drop", "4.7 b", "4.9 a", words=("made-up name",)),
        "lead": _right("drop", _SCHOOL_MATTERS, words=("made-up name",)),
    },
    # Whose yes comes before posting for the school. One speaks of agreed authority without saying who agrees it.
    "whose-yes-counts": {
        "raleigh": _right("right_one", "8.1", words=("Principal", "CEO")),
        "voyage": _not(Why.SILENT),
        "creating_tomorrow": _right("right_one", "4.2.1", "7.1.1", words=("line manager",)),
        "clt": _not(Why.TABLE),
        "lead": _right("right_one", _SERVICE, words=("Head teacher", "Director of schools")),
    },
    # A reporter asks for a line. Two name who deals with it; the others have no clause on the press.
    "reporter-direct-message": {
        "raleigh": _right("pass", "8.2", words=("Principal", "CEO")),
        "voyage": _not(Why.SILENT),
        "creating_tomorrow": _right("pass", "4.5.1", "5.2 bullet 6", words=("IT Senior Leadership",)),
        "clt": _not(Why.INDIRECT, "3 c"),
        "lead": _not(Why.INDIRECT, _SCHOOL_MATTERS),
    },
    # A pupil writes to the school's page. One allows talk through official accounts; three bar talk on such
    # sites whatever the account; one has nothing on messages.
    "message-to-school-page": {
        "raleigh": _right("in_person", "10.3(a)", "10.3(b)", "10.3(d)", "8.3", words=("unanswered",)),
        "voyage": _right("reply", "7 ¶1 bullet 2", words=("page",)),
        "creating_tomorrow": _right(
            "in_person", "5.1 bullet 1", "5.1 bullet 2", "5.1 bullet 3", "5 ¶1", words=("unanswered",)
        ),
        "clt": _not(Why.INDIRECT, "4.6 c"),
        "lead": _right("in_person", f"{_GUIDANCE} > bullet 1", words=("unanswered",)),
    },
}

BANK = {scenario.id: scenario for scenario in courses.taught().bank}
CASES = [
    (scenario, variant, slug)
    for scenario, trusts in SIDE_BY_SIDE.items()
    for variant in range(len(BANK[scenario].variants))
    for slug in trusts
]


@pytest.mark.parametrize(("scenario", "variant", "slug"), CASES)
def test_what_is_right_is_what_the_text_of_each_trust_says(scenario: str, variant: int, slug: str) -> None:
    expected = SIDE_BY_SIDE[scenario][slug]
    met = resolve(courses.compiled(slug), scenario, variant)
    if isinstance(expected, NotSettled):
        assert isinstance(met, NotAsked), met
        assert met.why is expected.why, met.reason
        return
    assert isinstance(met, Asked), met
    assert met.right == (expected.right,)
    [text] = [option.text for option in met.options if option.is_right]
    assert [word for word in expected.words if word not in text] == [], text
    assert {cited.ref for cited in met.citations} == expected.clauses


@pytest.mark.parametrize("scenario", SIDE_BY_SIDE)
def test_every_published_policy_is_compared_and_not_all_come_to_the_same(scenario: str) -> None:
    published = set(courses.taught().policies) - {"model"}
    assert set(SIDE_BY_SIDE[scenario]) == published
    met = [resolve(courses.compiled(slug), scenario, 0) for slug in published]
    assert len({one.right if isinstance(one, Asked) else one.why for one in met}) > 1


@pytest.mark.parametrize("scenario", SIDE_BY_SIDE)
def test_the_command_prints_them_side_by_side(scenario: str) -> None:
    printed = CliRunner().invoke(content_commands, ["show", scenario], catch_exceptions=False).output
    for slug, expected in SIDE_BY_SIDE[scenario].items():
        lines = [line for line in printed.splitlines() if line.startswith(f"{slug}, variant ")]
        variants = range(1, len(BANK[scenario].variants) + 1)
        for variant, line in zip(variants, lines, strict=True):
            assert re.match(rf"{slug}, variant {variant}\b", line)
            assert ("not asked because" in line) is isinstance(expected, NotSettled), line
            words = () if isinstance(expected, NotSettled) else expected.words
            assert [part for part in (*words, *expected.clauses) if part not in line] == [], line
            assert line.endswith("]") is bool(expected.clauses), line
