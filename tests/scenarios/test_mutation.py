"""A wrong stance shows: whatever position is flipped, some key changes, and no cited clause can go unmissed.

That is a check of the product (`checking_mutations`); here it is run over the content that the program teaches, and
shown to fail where a situation no longer tells two answers apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from elearn.config import data_folder
from elearn.scenarios import checking_mutations
from elearn.scenarios.bank_content import Row, Scenario
from elearn.scenarios.checking import CheckReport, check_content
from elearn.scenarios.checking_mutations import MutationCounts, check_mutations, keys
from elearn.scenarios.checking_policy import check_policies
from elearn.scenarios.content import Content
from elearn.scenarios.findings import Finding, Findings, Level
from elearn.scenarios.policy_content import ClauseBasis, PolicyContent
from elearn.scenarios.rules import CompiledBundle
from tests.content.courses import taught

SLUGS = ("raleigh", "voyage", "creating_tomorrow", "clt", "lead", "model")
FLIP = "flip_changes_no_key"


@pytest.fixture(scope="module")
def report() -> CheckReport:
    """The whole check of the content that the program teaches."""
    return check_content(taught(), mutations=True)


def _counted(report: CheckReport) -> MutationCounts:
    assert report.counts.mutations is not None
    return report.counts.mutations


def test_every_flip_of_every_stance_changes_a_key(report: CheckReport) -> None:
    counts = _counted(report)
    assert [str(found) for found in report.findings if found.code == FLIP] == []
    assert counts.flips_unseen == sum(item.finding.code == FLIP for item in report.overridden) == 0


def test_every_stance_is_flipped_and_every_cited_clause_taken_away(report: CheckReport) -> None:
    """Counted here from the content itself: answers, non-answers and offices that could be others."""
    content, counts = taught(), _counted(report)
    offices = {office.id for office in content.catalogue.offices}
    stances = flips = 0
    for policy in content.policies.values():
        for position in content.catalogue.positions:
            for case in position.cases or (None,):
                stance = policy.positions[position.id].stance(case)
                assert stance is not None
                stances += 1
                flips += max(1, len(position.answers) - 1) if stance.is_answer else 1
                if stance.who is not None:
                    flips += len((offices & set(policy.policy.names)) - set(stance.offices))
    assert (counts.stances, counts.flips) == (stances, flips)
    cited = sum(
        len(_cited(policy) | {clause.parent for clause in policy.clauses if clause.parent})
        for policy in content.policies.values()
    )
    assert (counts.clauses, counts.clauses_unseen) == (cited, 0)


# The check fails


def _flips(content: Content) -> list[Finding]:
    """What no key would change for, in the order of the files."""
    findings = Findings(content)
    assert check_mutations(findings, {scenario.id for scenario in content.bank}) is not None
    return [found for found in findings.found if found.code == FLIP]


def _without(*names: str) -> Content:
    assert set(names) <= {scenario.id for scenario in taught().bank}
    return replace(taught(), bank=tuple(item for item in taught().bank if item.id not in names))


def _changed(name: str, change: Callable[[Scenario], Scenario]) -> Content:
    bank = tuple(change(item) if item.id == name else item for item in taught().bank)
    assert bank != taught().bank
    return replace(taught(), bank=bank)


def test_a_situation_that_no_scenario_reads_any_more_is_found_with_file_and_line() -> None:
    found = _flips(_without("ex-pupil-grown-up-writes"))
    assert {(item.policy, item.at) for item in found} == {
        *((slug, "ex_pupil_message[adult] " + pair) for slug in ("creating_tomorrow", "lead", "raleigh")
          for pair in ("allowed/not_barred", "judgement/not_barred", "not_allowed/not_barred")),
        *(("model", "ex_pupil_message[adult] " + pair)
          for pair in ("allowed/judgement", "judgement/not_barred", "judgement/not_allowed")),
        ("clt", "ex_pupil_message[adult] indirect"),
        ("voyage", "ex_pupil_message[adult] silent"),
    }  # fmt: skip
    [lead] = [item for item in found if item.policy == "lead" and "allowed/not_barred" in item.at.split()]
    assert lead.level is Level.ERROR
    assert lead.file == "policies/lead/positions.yaml"
    assert (
        lead.sentence
        == "ex_pupil_message[adult] allowed/not_barred: no key would change if the answer were allowed"
    )
    lines = (data_folder("scenarios") / lead.file).read_text(encoding="utf-8").splitlines()
    assert "is: not_barred" in lines[lead.line - 1]
    assert lines[lead.line - 2] == "ex_pupil_message:"
    assert "overrides.yaml" in lead.mend


def test_two_answers_in_one_row_are_found() -> None:
    def one_row(scenario: Scenario) -> Scenario:
        assert scenario.answers is not None
        merged = Row.model_validate({"when": {"chat": ("not_barred", "allowed")}, "right": ("open",)})
        others = tuple(row for row in scenario.answers if "not_allowed" in row.when["chat"])
        return scenario.model_copy(update={"answers": (merged, *others)})

    found = _flips(_changed("whatsapp-quiz-night", one_row))
    assert {(item.policy, item.at) for item in found} == {
        ("creating_tomorrow", "whatsapp[private_chat] allowed/not_barred"),
        ("model", "whatsapp[private_chat] allowed/not_barred"),
    }


def test_another_office_that_no_right_option_shows_is_found() -> None:
    found = _flips(_without("logo-yes-in-the-corridor"))
    assert [(item.policy, item.at) for item in found] == [("model", "logo who")]
    assert found[0].sentence.startswith("logo who: no key would change if it named line_manager or ")


def test_a_non_answer_that_no_answer_would_turn_into_a_situation_is_found() -> None:
    found = _flips(_without("resp-nearly-there"))
    assert [(item.policy, item.at) for item in found] == [("raleigh", "school_event_personal silent")]
    assert found[0].sentence.endswith("no key would change, whatever the answer")


def test_other_words_for_the_same_right_option_are_no_other_key() -> None:
    """What a wrong option says, and what comes of it, is no part of the key; whom the right one names is."""

    def nameless(scenario: Scenario) -> Scenario:
        assert scenario.options is not None
        options = tuple(
            item.model_copy(update={"text": item.text.replace("{lim.who}", "for more room")})
            for item in scenario.options
        )
        return scenario.model_copy(update={"options": options})

    found = _flips(_changed("approved-with-a-limit", nameless))
    assert {item.at for item in found} == {"approval_conditions who"}


def test_of_whom_a_situation_is_asked_is_part_of_its_key() -> None:
    content = taught()
    policy = content.policies["lead"]
    narrow = policy.model_copy(
        update={
            "policy": policy.policy.model_copy(
                update={"covers": {**policy.policy.covers, "agency": "silent"}}
            )
        }
    )
    before, after = (
        keys(CompiledBundle(replace(content, policies={"lead": item}).bundle("lead")))
        for item in (policy, narrow)
    )
    assert {key[:-1] for key in before} == {key[:-1] for key in after}
    assert before != after


SPEAKING = "bank/speaking.yaml"
ROWS = """    - {when: {ok: [ask_first]}, right: [promise, blame]}
    - {when: {ok: [not_allowed]}, right: [blame], drop: [promise]}
"""
ONE_ROW = "    - {when: {ok: [ask_first, not_allowed]}, right: [promise, blame]}\n"
OVERRIDE = "- {code: flip_changes_no_key, at: speak ask_first/not_allowed, reason: it is one act}\n"


def test_a_flip_can_be_accepted_with_a_reason(edited: Callable[..., Content]) -> None:
    content = edited((SPEAKING, ROWS, ONE_ROW), ("overrides.yaml", "", OVERRIDE))
    report = check_content(content, mutations=True)
    assert report.findings == ()
    accepted = [(item.finding.policy, item.finding.at, item.reason) for item in report.overridden]
    told = ("speak ask_first/not_allowed", "it is one act")
    assert accepted == [("north", *told), ("south", *told)]
    assert _counted(report).flips_unseen == 2


def test_a_flip_that_is_accepted_in_one_policy_is_an_error_in_the_others(
    edited: Callable[..., Content],
) -> None:
    override = OVERRIDE.replace("reason", "policy: north, reason")
    report = check_content(
        edited((SPEAKING, ROWS, ONE_ROW), ("overrides.yaml", "", override)), mutations=True
    )
    assert [(found.code, found.policy) for found in report.errors] == [(FLIP, "south")]


def test_an_override_of_a_flip_that_shows_is_told_and_only_where_flips_are_looked_for(
    edited: Callable[..., Content],
) -> None:
    content = edited(("overrides.yaml", "", OVERRIDE))
    told = [
        [found.code for found in check_content(content, mutations=mutations).findings]
        for mutations in (True, False)
    ]
    assert told == [["unused_override"], []]


def test_nothing_is_flipped_while_a_scenario_is_not_sound(edited: Callable[..., Content]) -> None:
    """Whoever misspells a position is told that, and not that nobody reads it any more."""
    report = check_content(edited((SPEAKING, "decide: {ok: speak}", "decide: {ok: speaks}")), mutations=True)
    assert [found.code for found in report.errors] == ["unknown_position"]
    assert report.counts.mutations is None


def test_a_clause_that_nothing_would_miss_is_found(monkeypatch: pytest.MonkeyPatch, sound: Content) -> None:
    """As it would be if the check of policies did not look up what key rules rest on, say."""
    monkeypatch.setattr(checking_mutations, "check_policies", lambda findings: None)
    findings = Findings(sound)
    counts = check_mutations(findings, {scenario.id for scenario in sound.bank})
    assert counts is not None
    assert counts.clauses == counts.clauses_unseen == len(findings.found) > 0
    [found] = [item for item in findings.found if (item.policy, item.at) == ("north", "2.2")]
    assert (found.code, found.level) == ("removal_changes_nothing", Level.ERROR)
    assert found.file == "policies/north/clauses.yaml"
    assert found.line > 0


# Clauses, read by themselves


@pytest.fixture(scope="module")
def content() -> Content:
    """The content that the program teaches."""
    return taught()


@pytest.mark.parametrize("slug", SLUGS)
def test_a_cited_clause_that_is_taken_away_is_reported(content: Content, slug: str) -> None:
    policy = content.policies[slug]
    assert _missing(content, slug, policy) == set()
    cited = _cited(policy)
    assert cited <= {clause.ref for clause in policy.clauses}
    for ref in sorted(cited):
        clauses = tuple(clause for clause in policy.clauses if clause.ref != ref)
        assert ref in _missing(content, slug, policy.model_copy(update={"clauses": clauses})), ref


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


def test_all_that_cites_clauses_is_looked_at(content: Content) -> None:
    """Each kind of citation is there in some policy, or the test above would say nothing on it."""
    there = {kind for slug in SLUGS for kind, refs in _citations(content.policies[slug]).items() if refs}
    assert there == set(_citations(content.policies["model"]))
