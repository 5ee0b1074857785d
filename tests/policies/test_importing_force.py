"""The force proposed for clauses, and how often it is what people decided."""

from __future__ import annotations

from pathlib import Path

import pytest

from elearn.config import data_folder
from elearn.policies.importing import Force, read_policy
from elearn.policies.importing.force import propose_force
from elearn.scenarios.loader import load_content

BINDING = {"duty", "prohibition"}


@pytest.mark.parametrize(
    ("text", "force"),
    [
        ("If a pupil cannot choose, you must ask the lead.", Force.DUTY),
        ("You must pass it to the head. You must not answer yourself.", Force.DUTY),
        ("You must not answer yourself. You must pass it to the head.", Force.PROHIBITION),
        ("You must be honest online. You must not:", Force.PROHIBITION),
        ("Nobody may approve their own access.", Force.PROHIBITION),
        ("Note that only equipment of the school may be used.", Force.PROHIBITION),
        ("We reserve the right to look at our own systems.", Force.PERMISSION),
        ("An “official account” is one that speaks for us.", Force.DEFINITION),
        ("A breach may lead to steps under the Disciplinary Policy.", Force.CONSEQUENCE),
        ("This use does not need to be approved.", Force.PERMISSION),
        ("If you make a mistake, correct it at once.", Force.DUTY),
        ("If you join in, consider who reads it.", Force.RECOMMENDATION),
        ("A post may last, so consider it well.", Force.RECOMMENDATION),
        ("Say that the views are yours and do not stand for ours. Be sure to do so.", Force.INFORMATION),
        ("Choose well and be sure to sign it.", Force.DUTY),
        ("All staff are subject to this procedure.", Force.DUTY),
        ("The poster said “You must not run” and it was read.", Force.INFORMATION),
        ("A visitor wrote “never post here”, which staff may ignore.", Force.PERMISSION),
        ("You are not to accept requests from pupils.", Force.PROHIBITION),
        ("Pictures are not to be posted.", Force.PROHIBITION),
        ("The list is not to be read as complete.", Force.INFORMATION),
        ("The purpose of these rules is not to end all posting.", Force.INFORMATION),
        ("Staff are to report it to the head.", Force.DUTY),
        ("You are required not to answer.", Force.PROHIBITION),
        ("Staff are banned from posting in our name.", Force.PROHIBITION),
        ("Posting in our name is not permitted.", Force.PROHIBITION),
        ("Staff are not allowed to post in our name.", Force.PROHIBITION),
        ("Under no circumstances are staff to answer.", Force.PROHIBITION),
        ("In no circumstances may staff answer.", Force.PROHIBITION),
        ("On no account are staff to answer.", Force.PROHIBITION),
        ("At no time may staff answer.", Force.PROHIBITION),
        ("No one may post in our name.", Force.PROHIBITION),
        ("No one is to post in our name.", Force.PROHIBITION),
        ("None of us may post in our name.", Force.PROHIBITION),
        ("Neither staff nor governors may post in our name.", Force.PROHIBITION),
        ("No pictures of pupils may be posted.", Force.PROHIBITION),
        ("It is unacceptable to post pictures of pupils.", Force.PROHIBITION),
        ("Staff mustn’t answer.", Force.PROHIBITION),
        ("You can’t accept requests from pupils.", Force.PROHIBITION),
        ("Where staff can’t decide, the head is asked.", Force.INFORMATION),
        ("There is no need to ask first.", Force.PERMISSION),
        ("You need not ask first.", Force.PERMISSION),
        ("You needn’t ask first.", Force.PERMISSION),
        ("You do not have to ask first.", Force.PERMISSION),
        ("Staff may share it and do not have to ask.", Force.PERMISSION),
        ("Staff do not need to ask first.", Force.PERMISSION),
        ("You are not required to name your accounts.", Force.PERMISSION),
        ("It is not necessary to ask first.", Force.PERMISSION),
        ("You need not ask, but you must tell the head.", Force.DUTY),
        ("You need to ask first.", Force.DUTY),
        ("You must not accept it, and there is no need to answer.", Force.PROHIBITION),
    ],
)
def test_force_is_proposed_from_modal_verbs_and_negation(text: str, force: Force) -> None:
    assert propose_force(text) is force


@pytest.mark.parametrize(
    ("lead_in", "item", "force"),
    [
        (Force.PROHIBITION, "use your work address for it;", Force.PROHIBITION),
        (Force.DUTY, "use two steps to sign in;", Force.DUTY),
        (Force.RECOMMENDATION, "Never post in anger.", Force.RECOMMENDATION),
        (Force.RECOMMENDATION, "Staff must not post in anger.", Force.PROHIBITION),
        (Force.PROHIBITION, "You must tell the head where you did.", Force.DUTY),
    ],
)
def test_an_item_goes_on_from_the_words_above_its_list(lead_in: Force, item: str, force: Force) -> None:
    assert propose_force(item, lead_in) is force


def agreement(slug: str, file: Path) -> tuple[int, int, int, int]:
    """Of the clauses that people call duties or bans, and of all: how many, and how many proposed so."""
    proposed = {
        clause.ref: clause.force.value for clause in read_policy(file.read_bytes(), file.name).clauses
    }
    content = load_content(data_folder("scenarios"), [slug])
    pairs = [(clause.force.value, proposed.get(clause.ref)) for clause in content.policies[slug].clauses]
    binding = [pair for pair in pairs if pair[0] in BINDING]
    return (
        len(binding),
        sum(theirs == ours for theirs, ours in binding),
        len(pairs),
        sum(theirs == ours for theirs, ours in pairs),
    )


def test_most_duties_and_bans_of_the_model_policy_are_proposed_as_such() -> None:
    file = data_folder("scenarios") / "policies" / "model" / "policy.md"
    binding, right, total, agreed = agreement("model", file)
    assert binding > 100
    assert right / binding >= 0.9
    assert agreed / total >= 0.78


@pytest.mark.shared
def test_most_duties_and_bans_of_the_published_policies_are_proposed_as_such(policy_texts: Path) -> None:
    counts = [agreement(file.stem, file) for file in sorted(policy_texts.glob("*.txt"))]
    # City Learning orders by bare verbs. Of the four that differ, three begin with a ban and go on with what to do
    # instead, or only forbid, where a person wrote duty; one says "so consider".
    assert agreement("clt", policy_texts / "clt.txt")[:2] == (12, 8)
    binding, right, total, agreed = (sum(column) for column in zip(*counts, strict=True))
    assert binding > 90
    assert right / binding >= 0.91
    assert agreed / total >= 0.82
