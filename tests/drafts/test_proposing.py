"""What is proposed for a policy that nobody has read yet, and how often that is what its readers wrote by hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from elearn.drafts.passages import SourceClause, force_of
from elearn.drafts.proposing import Proposal, propose_positions
from elearn.policies.importing import read_policy
from elearn.scenarios.content import Catalogue, Content
from elearn.scenarios.loader import load_content
from elearn.scenarios.vocabulary import CitationForce

SCENARIOS = Path(__file__).parents[2] / "scenarios"
OTHERS = ("clt", "creating_tomorrow", "lead", "raleigh", "voyage")


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
    assert proposal.why == "Clause 1 speaks of tag and pupil and says must, or as much"


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


@dataclass(frozen=True, slots=True)
class Measured:
    """Positions that the policy answers and how many have, first among the proposed clauses, one cited by hand;
    cells (a position in one case) and how many have the stance written by hand."""

    answered: int = 0
    first_cited: int = 0
    cells: int = 0
    same_stance: int = 0

    def __add__(self, other: Measured) -> Measured:
        return Measured(
            self.answered + other.answered,
            self.first_cited + other.first_cited,
            self.cells + other.cells,
            self.same_stance + other.same_stance,
        )


def measure(content: Content, slug: str, clauses: list[SourceClause]) -> Measured:
    total = Measured()
    for name, proposal in propose_positions(content.catalogue, clauses).items():
        hand, cases = content.policies[slug].positions[name], [*proposal.position.cases] or [None]
        written = [hand.stance(case) for case in cases]
        refs = {citation.ref for stance in written if stance for citation in stance.clauses}
        answered = any(stance is not None and stance.is_answer for stance in written)
        same = sum(
            stance is not None
            and (mine := proposal.stances.stance(case)) is not None
            and mine.answer == stance.answer
            for case, stance in zip(cases, written, strict=True)
        )
        first = answered and proposal.near[:1] != () and proposal.near[0] in refs
        total += Measured(int(answered), int(first), len(cases), same)
    print(f"{slug}: {total}")
    return total


def test_for_our_own_policy_nearly_every_proposal_is_what_its_author_wrote(content: Content) -> None:
    """The words were tried on this very policy, so this says what they can do, not what to expect."""
    data = (SCENARIOS / "policies" / "model" / "policy.md").read_bytes()
    found = measure(content, "model", clauses_of(data, "policy.md"))
    assert found.answered == 98
    assert found.first_cited / found.answered >= 0.85
    assert found.same_stance / found.cells >= 0.92


@pytest.mark.shared
def test_for_policies_of_others_more_than_half_of_the_proposals_are_right(
    content: Content, policy_texts: Path
) -> None:
    """Written by five authors in five ways: what a trust may expect is nearer to this."""
    total = Measured()
    for slug in OTHERS:
        file = policy_texts / f"{slug}.txt"
        total += measure(content, slug, clauses_of(file.read_bytes(), file.name))
    print(f"together: {total}")
    assert total.first_cited / total.answered >= 0.58
    assert total.same_stance / total.cells >= 0.55
