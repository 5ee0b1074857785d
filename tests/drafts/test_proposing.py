"""What is proposed for a policy that nobody has read yet, and how often that is what its readers wrote by hand."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import astuple, dataclass
from pathlib import Path

import pytest

from elearn.drafts.answering import whose_permission
from elearn.drafts.passages import SourceClause, force_of
from elearn.drafts.proposing import Proposal, propose_positions
from elearn.policies.importing import read_policy
from elearn.scenarios.content import Catalogue, Content, Position
from elearn.scenarios.loader import load_content
from elearn.scenarios.policy_content import Stance
from elearn.scenarios.vocabulary import CitationForce, NonAnswer, WhoRule
from elearn.scenarios.words import ideas_of

SCENARIOS = Path(__file__).parents[2] / "scenarios"
LEARNT_FROM = ("clt", "creating_tomorrow", "raleigh", "voyage")
HELD_OUT = "lead"


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content(SCENARIOS)


def clauses_of(data: bytes, name: str) -> list[SourceClause]:
    return [
        SourceClause(clause.ref, clause.parent or "", clause.heading or "", clause.text, clause.force.value)
        for clause in read_policy(data, name).clauses
    ]


def small(*texts: str) -> list[SourceClause]:
    """Clauses 1, 2, 3 …; one that begins with a letter in brackets belongs to the one before."""
    found: list[SourceClause] = []
    for text in texts:
        whole = [clause for clause in found if not clause.parent]
        if text.startswith("("):
            ref, parent = f"{len(whole)}{text[:3]}", str(len(whole))
            found.append(SourceClause(ref, parent, "", text[4:], "information"))
        else:
            found.append(SourceClause(str(len(whole) + 1), "", "", text, "information"))
    return found


def proposed(catalogue: Catalogue, position: str, *texts: str) -> Proposal:
    return propose_positions(catalogue, small(*texts))[position]


@pytest.mark.parametrize(
    ("position", "text", "answer", "force"),
    [
        ("tag_pupil", "You must not tag a pupil.", "not_allowed", "must"),
        ("tag_pupil", "Staff should not tag students in posts.", "not_allowed", "should"),
        ("tag_pupil", "Ask before you tag a child. You must ask the head.", "ask_first", "must"),
        (
            "professional_community",
            "You may take part in the forum of a professional body.",
            "allowed",
            "may",
        ),
        ("two_step", "Accounts should use two-step sign-in.", "recommended", "should"),
        ("two_step", "Accounts must use two-step sign-in.", "required", "must"),
        ("emergency", "If a child is in danger, call 999.", "call_999", "must"),
    ],
)
def test_an_answer_follows_from_how_the_clause_speaks(
    content: Content, position: str, text: str, answer: str, force: str
) -> None:
    stance = proposed(content.catalogue, position, "This is about the trust.", text).stances.default
    assert stance is not None
    assert (stance.answer, [(c.ref, c.force.value) for c in stance.clauses]) == (answer, [("2", force)])


def test_where_no_clause_speaks_of_it_silence_is_proposed(content: Content) -> None:
    found = propose_positions(content.catalogue, small("Lunch is at noon.", "The gates must be shut."))
    assert all(proposal.is_silent for proposal in found.values())
    assert all(not proposal.near for proposal in found.values())
    assert {proposal.why for proposal in found.values()} == {"No clause speaks of it"}


def test_a_case_takes_the_clause_that_speaks_of_it(content: Content) -> None:
    proposal = proposed(
        content.catalogue,
        "report_misuse",
        "If someone misuses social media, you must report it:",
        "(a) to the head, if the person works at an academy;",
        "(b) to the chief executive, if the person works in the central team.",
    )
    academy, trust = (proposal.stances.stance(case) for case in ("academy", "trust"))
    assert academy is not None
    assert trust is not None
    assert (academy.answer, academy.offices, academy.clauses[0].ref) == ("tell", ("head",), "1(a)")
    assert (trust.answer, trust.offices, trust.clauses[0].ref) == ("tell", ("ceo",), "1(b)")


def test_the_reason_names_the_clause_and_its_words(content: Content) -> None:
    proposal = proposed(content.catalogue, "tag_pupil", "You must not tag a pupil.")
    assert proposal.why == "Clause 1 speaks of “tag” and “pupil”. It says “must”, or a word as strong"


@pytest.mark.parametrize(
    ("text", "force"),
    [
        ("you must not do it", "must"),
        ("you should not do it", "should"),
        ("you may do it", "may"),
        ("it is done", "says"),
        ("staff are expected to do it", "must"),
        ("report it to the head", "must"),
    ],
)
def test_should_is_never_taken_for_must(text: str, force: str) -> None:
    assert force_of(text) == CitationForce(force)


def test_a_special_case_goes_by_what_is_said_of_the_act_at_large(content: Content) -> None:
    ban = "Staff must not exchange messages with pupils. Block unwanted messages from pupils."
    found = propose_positions(content.catalogue, small("This is about the trust.", ban))
    for name in ("message_pupil_official", "pupil_friend_request", "pupil_group_chat"):
        stance = found[name].stances.default
        assert stance is not None
        assert (stance.answer, stance.clauses[0].ref) == ("not_allowed", "2"), name
    assert found["pupil_group_chat"].why.startswith("No clause speaks of just this. Clause 2 ")
    assert found["block_pupil"].stances.stance(None) is not None


def test_a_clause_that_only_comes_close_is_shown_and_not_taken_for_an_answer(content: Content) -> None:
    text = "Do not post personal information about customers or other stakeholders."
    proposal = proposed(content.catalogue, "pupil_photo_official", text)
    assert [stance and stance.answer for stance in (proposal.stances.default,)] == ["indirect"]
    assert proposal.near == ("1",)


def test_a_ban_that_is_limited_to_one_case_does_not_reach_the_other(content: Content) -> None:
    text = "Staff should not chat with a former pupil under 18."
    stances = proposed(content.catalogue, "ex_pupil_friend", text).stances
    said = {case: stance.answer for case in stances_of(content) if (stance := stances.stance(case))}
    assert said == {
        "under_18": "not_allowed",
        "under_18_sibling": "not_allowed",
        "adult": "not_barred",
        "adult_sibling": "not_barred",
    }


def stances_of(content: Content) -> list[str]:
    """The cases of one position."""
    return [*next(p for p in content.catalogue.positions if p.id == "ex_pupil_friend").cases]


def test_of_two_people_the_one_beside_whom_the_case_stands_is_named(content: Content) -> None:
    text = (
        "Misuse by colleagues must be reported to the Headteacher (school staff) or the CEO (central team)."
    )
    stances = proposed(content.catalogue, "report_misuse", text).stances
    named = {case: stance.offices for case in ("academy", "trust") if (stance := stances.stance(case))}
    assert named == {"academy": ("head",), "trust": ("ceo",)}


@pytest.mark.parametrize("way", ["in writing", "in a written note"])
def test_how_a_family_link_is_told_is_proposed(content: Content, way: str) -> None:
    text = f"Where a relative is a pupil here, please tell the Head teacher {way}."
    stance = proposed(content.catalogue, "family_link", text).stances.default
    assert stance is not None
    assert (stance.answer, stance.offices, stance.how) == ("tell", ("head",), ("written_note",))


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("Ask the Head teacher for permission in writing before you tag a pupil.", "written_permission"),
        ("Ask the Head teacher for approval in writing before you tag a pupil.", "written_approval"),
    ],
)
def test_a_written_permission_is_no_written_note(content: Content, text: str, how: str) -> None:
    stance = proposed(content.catalogue, "tag_pupil", text).stances.default
    assert stance is not None
    assert stance.how == (how,)


WHOSE = "Do not post a picture of your {} without their written permission."


@pytest.mark.parametrize(
    ("position", "text", "whose"),
    [
        ("post_about_colleague", WHOSE.format("colleagues, pupils or parents"), "colleague"),
        (
            "pupil_in_personal_post",
            WHOSE.format("colleagues, pupils or parents on a personal account"),
            "pupil",
        ),
        ("pupil_in_personal_post", WHOSE.format("pupils or parents on a private account"), "pupil"),
        ("post_about_colleague", WHOSE.format("colleagues"), "colleague"),
    ],
)
def test_of_several_people_the_one_that_the_question_is_about_is_asked_for_permission(
    content: Content, position: str, text: str, whose: str
) -> None:
    stance = proposed(content.catalogue, position, "This is about the trust.", text).stances.default
    assert stance is not None
    assert (stance.answer, stance.offices) == ("ask_first", (whose,))


@pytest.mark.parametrize(
    ("text", "clause", "asked", "whose"),
    [
        ("name a pupil or a parent only with their consent", "", "may staff name somebody?", "parent"),
        ("name a parent or a pupil only with their consent", "", "may staff name somebody?", "pupil"),
        (
            "only with their own prior consent",
            "a pupil is named only so",
            "may staff name somebody?",
            "pupil",
        ),
        ("only with their consent", "", "may staff name a pupil?", "pupil"),
        ("only with their consent", "", "may staff name somebody?", None),
        ("tell their manager that a pupil gave consent", "", "may staff name a pupil?", None),
    ],
)
def test_their_permission_is_that_of_the_nearest_person_named_before_it(
    content: Content, text: str, clause: str, asked: str, whose: str | None
) -> None:
    groups = content.catalogue.word_groups
    people = [(name, ideas_of((f"@{name}",), groups)[0]) for name in ("pupil", "parent", "colleague")]
    found = whose_permission(text, clause or text, asked, people)
    assert (found[0] if found else None) == whose


@pytest.mark.parametrize(
    ("text", "force"),
    [
        ("only staff with approval may do it", "must"),
        ("it may result in dismissal", "says"),
        ("we authorise such use", "may"),
        ("managers have a responsibility to do it", "must"),
    ],
)
def test_what_may_follow_is_no_permission_and_only_is_a_ban(text: str, force: str) -> None:
    assert force_of(text) == CitationForce(force)


@dataclass(frozen=True, slots=True)
class Measured:
    """How proposals compare with what people wrote by hand.

    Positions that the policy answers, and how many have, first among the proposed clauses, one cited by hand. Cells
    (a position in one case): how many have the stance written by hand; of those that it answers, how many are
    proposed otherwise or as silent; of those on which it is silent, how many are proposed with an answer. Of answers
    that agree, how many name the same people.
    """

    answered: int = 0
    first_cited: int = 0
    cells: int = 0
    same_stance: int = 0
    wrong: int = 0
    missed: int = 0
    invented: int = 0
    with_who: int = 0
    same_who: int = 0

    def __add__(self, other: Measured) -> Measured:
        return Measured(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


def compared(mine: Stance, hand: Stance, position: Position) -> Measured:
    same = mine.answer == hand.answer
    named = same and hand.is_answer and position.who is not WhoRule.NONE
    return Measured(
        cells=1,
        same_stance=same,
        wrong=not same and mine.is_answer and hand.is_answer,
        missed=hand.is_answer and mine.answer == NonAnswer.SILENT,
        invented=mine.is_answer and hand.answer == NonAnswer.SILENT,
        with_who=named,
        same_who=named and set(mine.offices) == set(hand.offices),
    )


def measure(
    content: Content, slug: str, clauses: list[SourceClause], topics: Collection[str] | None = None
) -> Measured:
    """Over all positions, or those of some topics."""
    total = Measured()
    for name, proposal in propose_positions(content.catalogue, clauses).items():
        position, hand = proposal.position, content.policies[slug].positions[name]
        if topics is not None and position.topic not in topics:
            continue
        pairs = [(proposal.stances.stance(case), hand.stance(case)) for case in [*position.cases] or [None]]
        for mine, theirs in pairs:
            assert mine is not None
            assert theirs is not None
            total += compared(mine, theirs, position)
        refs = {citation.ref for _mine, theirs in pairs if theirs for citation in theirs.clauses}
        answered = any(theirs is not None and theirs.is_answer for _mine, theirs in pairs)
        total += Measured(answered, answered and proposal.near[:1] != () and proposal.near[0] in refs)
    print(f"{slug}: {total}")
    return total


def musts(content: Content) -> set[str]:
    return {topic.id for topic in content.catalogue.topics if topic.must_get_right}


def test_for_our_own_policy_nearly_every_proposal_is_what_its_author_wrote(content: Content) -> None:
    """The words were tried on this very policy, so this says what they can do, not what to expect."""
    data = (SCENARIOS / "policies" / "model" / "policy.md").read_bytes()
    clauses = clauses_of(data, "policy.md")
    found = measure(content, "model", clauses)
    assert found.answered == 98
    assert found.first_cited / found.answered >= 0.93
    assert found.same_stance / found.cells >= 0.97
    must = measure(content, "model", clauses, musts(content))
    assert must.same_stance == must.cells


def measured(content: Content, folder: Path, slugs: Iterable[str], *, must: bool) -> Measured:
    total = Measured()
    for slug in slugs:
        file = folder / f"{slug}.txt"
        clauses = clauses_of(file.read_bytes(), file.name)
        total += measure(content, slug, clauses, musts(content) if must else None)
    print(f"together: {total}")
    return total


@pytest.mark.shared
def test_for_four_policies_of_others_four_of_five_proposals_are_right(
    content: Content, policy_texts: Path
) -> None:
    """Written by four authors in four ways. Words and rules were made better by what they missed in these four."""
    total = measured(content, policy_texts, LEARNT_FROM, must=False)
    assert total.first_cited / total.answered >= 0.87
    assert total.same_stance / total.cells >= 0.82
    assert total.wrong <= 10
    assert total.same_who / total.with_who >= 0.89
    must = measured(content, policy_texts, LEARNT_FROM, must=True)
    assert must.same_stance / must.cells >= 0.85
    assert must.same_who / must.with_who >= 0.82
    assert (must.wrong, must.missed) == (0, 0)
    assert must.invented <= 2


@pytest.mark.shared
def test_for_a_policy_that_taught_nothing_more_than_three_of_five_are_right(
    content: Content, policy_texts: Path
) -> None:
    """Nothing was changed for what is missed here: what a trust that nobody knows may expect is nearer to this."""
    total = measured(content, policy_texts, [HELD_OUT], must=False)
    assert total.first_cited / total.answered >= 0.48
    assert total.same_stance / total.cells >= 0.64
    assert total.wrong <= 2
    must = measured(content, policy_texts, [HELD_OUT], must=True)
    assert must.same_stance / must.cells >= 0.66
    assert must.wrong <= 2
    assert (must.missed, must.invented) == (0, 0)
