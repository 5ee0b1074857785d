"""A wrong stance shows: whatever position is turned, some situation comes out otherwise, and no clause can go unseen.

What is compared is what people meet (options, texts, what is right, clauses), not the cells' hashes, which change
with every answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import pytest

from elearn.config import data_folder
from elearn.scenarios.asked import Asked, Cell
from elearn.scenarios.bank_content import Scenario
from elearn.scenarios.checking_policy import check_policies
from elearn.scenarios.content import Bundle, Content, Position
from elearn.scenarios.findings import Findings, Level
from elearn.scenarios.loader import load_content
from elearn.scenarios.policy_content import CaseStance, ClauseBasis, PolicyContent, Stance, Stances, Who
from elearn.scenarios.rules import CompiledBundle, cells
from elearn.scenarios.tables import parse_decide
from elearn.scenarios.vocabulary import CitationForce, NonAnswer, WhoRule

SLUGS = ("raleigh", "voyage", "creating_tomorrow", "clt", "lead", "model")
Situation = tuple[str, str | None]
"""A position and the case in it."""

# Situations that no scenario reads, and why.
NOT_ASKED: Mapping[Situation, str] = {
    ("ex_pupil_message", "adult"): "what is barred nowhere and taught nowhere makes no dilemma",
}

# Answers that come to the same act, so that one option is right for both. Key: position and the two answers.
SAME_ACT: Mapping[tuple[str, frozenset[str]], str] = {
    ("ex_pupil_friend", frozenset({"allowed", "not_barred"})): "the link may stand either way",
    ("whatsapp", frozenset({"allowed", "not_barred"})): "the chat may go on either way",
    (
        "employer_in_profile",
        frozenset({"allowed_if", "not_barred"}),
    ): "the line about views is added either way",
    ("use_at_work", frozenset({"allowed_if", "judgement"})): "now and then, without harm to the work",
    ("register_account", frozenset({"ask_first", "tell"})): "one goes to the same people first",
    ("privacy_settings", frozenset({"recommended", "required"})): "the settings are tightened either way",
    ("account_safety_settings", frozenset({"recommended", "required"})): "the setting is made either way",
    ("manager_duty", frozenset({"recommended", "required"})): "the manager explains the rules either way",
    ("consent_check", frozenset({"recommended", "required"})): "the list is looked at either way",
    ("two_step", frozenset({"recommended", "required"})): "it is switched on either way",
    ("page_check", frozenset({"recommended", "required"})): "the page is looked through either way",
}

# Non-answers that no answer would turn into a situation here, and why. Key: organisation and situation.
NEVER_ANSWERED: Mapping[tuple[str, Situation], str] = {
    ("lead", ("employer_in_profile", None)): "its situation reads the disclaimer too, which is open there",
    (
        "lead",
        ("account_safety_settings", "age_limit"),
    ): "its situation reads both settings, and one is not named there",
}

# Stances whose office no situation shows, and why.
OFFICE_NOT_SHOWN: Mapping[tuple[str, str], str] = {
    ("model", "logo"): "the situation asks whether permission comes first, not whose",
    ("model", "report_fake_picture"): "the situation asks what is done with the picture, not who is told",
}


class _Bank:
    """The content, and which scenarios read a situation."""

    def __init__(self, content: Content) -> None:
        self.content = content

    @cached_property
    def readers(self) -> Mapping[Situation, tuple[Scenario, ...]]:
        found: dict[Situation, dict[str, Scenario]] = {}
        for scenario in self.content.bank:
            for step in scenario.situations:
                for variant in scenario.variants:
                    for name, text in step.decide.items():
                        reading = parse_decide(name, text, variant)
                        assert reading is not None, f"{scenario.id}: {text}"
                        found.setdefault((reading.position, reading.case), {})[scenario.id] = scenario
        return {situation: tuple(scenarios.values()) for situation, scenarios in found.items()}

    def situations(self, slug: str) -> Iterator[tuple[Position, str | None, Stance]]:
        """Every position in every case, with this policy's stance, where it is not silent."""
        for position in self.content.catalogue.positions:
            for case in position.cases or (None,):
                stance = self.content.policies[slug].positions[position.id].stance(case)
                assert stance is not None, f"{slug}: {position.id}[{case}]"
                if stance.answer != NonAnswer.SILENT:
                    yield position, case, stance

    def met(self, policy: PolicyContent, situation: Situation) -> list[Any]:
        """What people meet of the scenarios that read this situation."""
        bank = self.readers.get(situation, ())
        bundle = Bundle.model_construct(catalogue=self.content.catalogue, bank=bank, policy=policy)
        return [_met(cell) for cell in cells(CompiledBundle(bundle))]


def _met(cell: Cell) -> list[Any]:
    shown: list[Any] = [cell.scenario, cell.variant]
    for step, result in cell.steps:
        if isinstance(result, Asked):
            options = [(option.text, option.consequence, option.leads_to) for option in result.options]
            shown.append((step, result.story, result.ask, result.right, options, result.citations))
    return shown


def _turned(policy: PolicyContent, situation: Situation, **change: Any) -> PolicyContent:
    """The policy with something else in its stance on a situation."""
    name, case = situation
    stances = policy.positions[name]
    stance = stances.stance(case)
    assert stance is not None
    fields = {key: getattr(stance, key) for key in Stance.model_fields} | change
    if case is None:
        turned = Stances.model_construct(default=Stance.model_construct(**fields), exceptions=())
    else:
        exception = CaseStance.model_construct(**fields, cases=(case,))
        turned = Stances.model_construct(default=stances.default, exceptions=(exception, *stances.exceptions))
    return policy.model_copy(update={"positions": {**policy.positions, name: turned}})


@pytest.fixture(scope="module")
def bank() -> _Bank:
    """The content that the program teaches."""
    return _Bank(load_content(data_folder("scenarios")))


def _listed(situation: Situation, answer: str, other: str) -> bool:
    return situation in NOT_ASKED or (situation[0], frozenset({answer, other})) in SAME_ACT


@pytest.mark.parametrize("slug", SLUGS)
def test_another_answer_changes_what_people_meet(bank: _Bank, slug: str) -> None:
    policy = bank.content.policies[slug]
    unseen = []
    for position, case, stance in bank.situations(slug):
        if not stance.is_answer:
            continue
        situation = (position.id, case)
        before = bank.met(policy, situation)
        # A position with one answer can only fall silent.
        others = [answer for answer in position.answers if answer != stance.answer] or [
            NonAnswer.SILENT.value
        ]
        for other in others:
            same = bank.met(_turned(policy, situation, answer=other), situation) == before
            if same and not _listed(situation, stance.answer, other):
                unseen.append((situation, stance.answer, other))
    assert unseen == []


@pytest.mark.parametrize("slug", SLUGS)
def test_an_answer_in_place_of_an_open_question_puts_a_situation_to_people(bank: _Bank, slug: str) -> None:
    policy = _with_every_name(bank.content, bank.content.policies[slug])
    unseen = []
    for position, case, stance in bank.situations(slug):
        situation = (position.id, case)
        if stance.is_answer or situation in NOT_ASKED:
            continue
        before = bank.met(policy, situation)
        changes = _answers(bank.content, position, stance)
        if all(bank.met(_turned(policy, situation, **change), situation) == before for change in changes):
            unseen.append(situation)
    assert set(unseen) == {situation for name, situation in NEVER_ANSWERED if name == slug}


def _with_every_name(content: Content, policy: PolicyContent) -> PolicyContent:
    """The policy with words for every office and channel, so that any stance can be shown."""
    titles = {item.id: item.title for item in (*content.catalogue.offices, *content.catalogue.channels)}
    words = policy.policy.model_copy(update={"names": {**titles, **policy.policy.names}})
    return policy.model_copy(update={"policy": words})


def _answers(content: Content, position: Position, stance: Stance) -> Iterator[dict[str, Any]]:
    """Every answer to a position on the same clauses, with a channel, and with each office it may name."""
    obliging = tuple(cited.model_copy(update={"force": CitationForce.MUST}) for cited in stance.clauses)
    offices = () if position.who is WhoRule.NONE else content.catalogue.offices
    for answer in position.answers:
        bare = {"answer": answer, "clauses": obliging, "how": (content.catalogue.channels[0].id,)}
        yield bare
        for office in offices:
            yield bare | {"who": Who.model_construct(any=(office.id,), all=None)}


@pytest.mark.parametrize("slug", SLUGS)
def test_another_office_changes_what_people_meet(bank: _Bank, slug: str) -> None:
    policy = bank.content.policies[slug]
    offices = {office.id for office in bank.content.catalogue.offices} & set(policy.policy.names)
    unseen = []
    for position, case, stance in bank.situations(slug):
        situation = (position.id, case)
        if stance.who is None or situation in NOT_ASKED:
            continue
        before = bank.met(policy, situation)
        for office in sorted(offices - set(stance.offices)):
            who = Who.model_construct(any=(office,), all=None)
            if bank.met(_turned(policy, situation, who=who), situation) == before:
                unseen.append(position.id)
    assert set(unseen) == {name for listed, name in OFFICE_NOT_SHOWN if listed == slug}


def test_the_lists_of_what_nobody_meets_are_no_longer_than_the_bank_needs(bank: _Bank) -> None:
    asked = {situation for situation in NOT_ASKED if situation in bank.readers}
    assert asked == set()
    for (name, answers), _ in SAME_ACT.items():
        assert _is_same_act(bank, name, answers), f"{name}: {sorted(answers)} are told apart"


def _is_same_act(bank: _Bank, name: str, answers: Collection[str]) -> bool:
    """Whether in some organisation one answer can stand for the other unseen."""
    for slug in SLUGS:
        policy = bank.content.policies[slug]
        for position, case, stance in bank.situations(slug):
            if position.id == name and stance.answer in answers:
                [other] = set(answers) - {stance.answer}
                turned = _turned(policy, (name, case), answer=other)
                if bank.met(turned, (name, case)) == bank.met(policy, (name, case)):
                    return True
    return False


@pytest.mark.parametrize("slug", SLUGS)
def test_a_cited_clause_that_is_taken_away_is_reported(bank: _Bank, slug: str) -> None:
    policy = bank.content.policies[slug]
    assert _missing(bank.content, slug, policy) == set()
    cited = _cited(policy)
    assert cited <= {clause.ref for clause in policy.clauses}
    for ref in sorted(cited):
        clauses = tuple(clause for clause in policy.clauses if clause.ref != ref)
        assert ref in _missing(bank.content, slug, policy.model_copy(update={"clauses": clauses})), ref


def _missing(content: Content, slug: str, policy: PolicyContent) -> set[str]:
    """The clauses that the check reports as cited and missing."""
    findings = Findings(replace(content, policies={slug: policy}))
    check_policies(findings)
    prefix = "there is no clause "
    return {
        finding.sentence.removeprefix(prefix)
        for finding in findings.found
        if finding.code == "unknown_clause" and finding.level is Level.ERROR
    }


def _cited(policy: PolicyContent) -> set[str]:
    """Every clause that anything in a policy's folder rests on, save for what a clause is an item of."""
    return {ref for refs in _citations(policy).values() for ref in refs}


def _citations(policy: PolicyContent) -> dict[str, set[str]]:
    """The clauses cited, by what cites them."""
    stances = [
        stance
        for found in policy.positions.values()
        for stance in (found.default, *found.exceptions)
        if stance is not None
    ]
    requirements = policy.access.requirements
    bases = [policy.access.approval.basis, *(item.basis for item in requirements)]
    bases += [item.otherwise.basis for item in requirements if item.otherwise]
    reasons = [item.not_quizable or "" for clause in policy.clauses for item in (clause, *clause.parts)]
    return {
        "stances": {cited.ref for stance in stances for cited in stance.clauses},
        "clashes": {ref for stance in stances for ref in stance.but},
        "key rules": {ref for rule in policy.key_rules for ref in rule.clauses},
        "access": {ref for basis in bases if isinstance(basis, ClauseBasis) for ref in basis.clauses}
        | {ref for item in requirements for ref in item.only or ()},
        "courses": {ref for item in policy.courses if item.basis != "product" for ref in item.basis},
        "covers": {ref for refs in policy.policy.covers.values() if refs != "silent" for ref in refs},
        "signature": set(policy.policy.quote_beside_signature),
        "flags": {ref for flag in policy.policy.flags for ref in flag.refs},
        "twins": {reason.partition("duplicate_of_")[2] for reason in reasons} - {""},
    }


def test_all_that_cites_clauses_is_looked_at(bank: _Bank) -> None:
    """Each kind of citation is there in some policy, or the test above would say nothing on it."""
    there = {kind for slug in SLUGS for kind, refs in _citations(bank.content.policies[slug]).items() if refs}
    assert there == set(_citations(bank.content.policies["model"]))
