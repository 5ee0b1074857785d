"""What each policy's content asks of somebody who is to use an account, and on what basis."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from elearn.access.requirements import AccessRequirements, RequirementsUnusable, read_requirements
from elearn.scenarios.loader import load_content
from elearn.scenarios.policy_content import PolicyContent


@cache
def content(slug: str) -> PolicyContent:
    return load_content(Path(__file__).resolve().parents[2] / "scenarios", [slug]).policies[slug]


def needs(slug: str, *, central: bool = False) -> AccessRequirements:
    return read_requirements(content(slug), central=central)


@pytest.mark.parametrize(
    ("slug", "offices", "clauses"),
    [
        ("raleigh", ("head", "ceo"), ("8.1",)),
        ("creating_tomorrow", ("line_manager",), ("4.2.1", "7.1.1")),
        ("lead", ("head", "director_of_schools"), ("Social Networking as part of School Service > ¶1",)),
        ("clt", ("head",), ()),
        ("voyage", ("head",), ()),
    ],
)
def test_approval_is_by_whom_the_policy_names_or_the_product_chose(
    slug: str, offices: tuple[str, ...], clauses: tuple[str, ...]
) -> None:
    approval = needs(slug).approval
    assert approval.offices == offices
    assert approval.clauses == clauses
    assert approval.basis == ("clause" if clauses else "product")
    assert approval.by


def test_training_is_a_clause_at_creating_tomorrow_and_the_products_rule_at_raleigh() -> None:
    assert {need.clauses for need in needs("creating_tomorrow").training} == {("7.1.1",)}
    assert {need.basis for need in needs("raleigh").training} == {"product"}


@pytest.mark.parametrize("slug", ["raleigh", "voyage", "creating_tomorrow", "clt", "lead", "model"])
def test_an_account_asks_for_the_induction_and_the_course_for_people_who_post(slug: str) -> None:
    training = {need.course: need for need in needs(slug).training}
    assert list(training) == ["induction", "account_holder"]
    asked_for = {"creating_tomorrow": "clause", "model": "clause"}
    assert training["account_holder"].basis == asked_for.get(slug, "product")


@pytest.mark.parametrize("slug", ["raleigh", "voyage", "creating_tomorrow", "clt", "lead"])
def test_no_policy_asks_for_a_signature_so_it_is_the_products_rule(slug: str) -> None:
    assert needs(slug).signature.basis == "product"


def test_creating_tomorrow_asks_for_more_than_the_others() -> None:
    found = needs("creating_tomorrow")
    assert found.registered is not None
    assert found.two_contacts is not None
    assert found.account_induction is not None
    assert found.equipment is not None
    assert (found.registered.clauses, found.two_contacts.clauses) == (("4.4.1",), ("4.4.2 bullet 3",))
    assert (found.two_contacts.count, found.account_induction.clauses) == (2, ("4.4.3",))
    assert found.account_induction.offices == ("it_slt",)
    assert found.account_induction.by == "the Trust IT Senior Leadership Team"
    assert found.equipment.clauses == ("4.2.3",)
    assert found.hold.clauses == ("4.6.1",)
    assert found.two_step is None
    raleigh = needs("raleigh")
    assert (raleigh.two_contacts, raleigh.equipment, raleigh.account_induction) == (None, None, None)
    assert raleigh.hold.basis == "product"


def test_whom_the_policy_covers_is_read_and_silence_does_not_cover() -> None:
    written = content("raleigh").policy.covers
    silent = {kind.value for kind, refs in written.items() if refs == "silent"}
    assert "employee" in needs("raleigh").covered_kinds
    assert not needs("raleigh").covered_kinds & silent


def _with_access(slug: str, **changes: object) -> PolicyContent:
    written = content(slug)
    return written.model_copy(update={"access": written.access.model_copy(update=changes)})


def test_without_training_or_signature_in_the_content_they_are_the_products_rule() -> None:
    found = read_requirements(_with_access("raleigh", requirements=()), central=False)
    assert [(need.course, need.basis) for need in found.training] == [("induction", "product")]
    assert found.signature.basis == "product"


def test_a_position_that_is_not_answered_is_refused_and_named() -> None:
    rule = content("raleigh").access.approval.model_copy(update={"position": "no_such_position"})
    with pytest.raises(RequirementsUnusable, match="no_such_position"):
        read_requirements(_with_access("raleigh", approval=rule), central=False)


def test_a_course_that_is_not_given_is_refused_and_named() -> None:
    broken = content("raleigh").model_copy(update={"courses": ()})
    with pytest.raises(RequirementsUnusable, match="induction"):
        read_requirements(broken, central=False)


def test_a_stance_that_names_nobody_leaves_the_approver_unnamed() -> None:
    rule = content("raleigh").access.approval
    found = read_requirements(_with_access("clt", approval=rule), central=False).approval
    assert (found.offices, found.clauses) == ((), ("3 c",))


def test_the_model_policy_says_who_approves_by_whose_account_it_is() -> None:
    assert (needs("model").approval.offices, needs("model").approval.clauses) == (
        ("head", "ceo"),
        ("13.1", "13.1(a)"),
    )
    trust = needs("model", central=True).approval
    assert (trust.offices, trust.clauses) == (("ceo",), ("13.1", "13.1(b)"))


def test_each_course_of_the_model_policy_cites_only_the_clauses_that_ask_for_it() -> None:
    training = {need.course: need.clauses for need in needs("model").training}
    assert training == {"induction": ("13.4(a)",), "account_holder": ("13.4(a)", "19.3")}
