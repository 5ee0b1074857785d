"""The policy's words beside what a course teaches."""

from __future__ import annotations

from types import SimpleNamespace
from uuid import uuid4

import pytest

from elearn.courses import quoting
from elearn.policies.service import ClauseView

pytestmark = pytest.mark.usefixtures("app")


def quoted(monkeypatch: pytest.MonkeyPatch, printed: list[str], cited: list[str]) -> list[str]:
    """What is quoted of a text with these clauses, in the order of the document, where these are cited."""

    def find(version_id: object, refs: list[str]) -> dict[str, ClauseView]:
        return {ref: ClauseView(ref, "", f"The text of {ref}", "must") for ref in printed if ref in refs}

    monkeypatch.setattr(quoting, "clauses_by_ref", find)
    monkeypatch.setattr(quoting, "get_bundle", lambda bundle_id: SimpleNamespace(clauses={}))
    course = SimpleNamespace(policy_version_id=uuid4(), bundle_id=uuid4())
    return [quotation.ref for quotation in quoting.quote_clauses(course, cited)]  # type: ignore[arg-type]


def test_a_sub_clause_stands_below_the_clause_that_leads_into_it(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = ["6.2", "7.1", "7.1(a)", "7.1(b)", "7.1(c)", "7.2"]
    cited = ["7.2", "7.1(b)", "6.2", "7.1(c)", "7.1(a)"]
    assert quoted(monkeypatch, printed, cited) == ["7.2", "7.1", "7.1(a)", "7.1(b)", "7.1(c)", "6.2"]


def test_a_lead_in_that_the_text_does_not_have_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert quoted(monkeypatch, ["6.3", "6.3(a)(ii)"], ["6.3(a)(ii)"]) == ["6.3", "6.3(a)(ii)"]


def test_a_number_in_brackets_leads_into_nothing() -> None:
    assert quoting.lead_ins("(a)") == []
    assert quoting.lead_ins("4.2.1") == []


def test_a_bullet_stands_below_the_clause_that_it_is_a_bullet_of(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = ["4.4.2", "4.4.2 bullet 1", "4.4.2 bullet 3", "4.4.2 bullet 3.1", "4.4.3"]
    cited = ["4.4.3", "4.4.2 bullet 3.1"]
    assert quoted(monkeypatch, printed, cited) == ["4.4.3", "4.4.2", "4.4.2 bullet 3", "4.4.2 bullet 3.1"]


def test_a_bullet_of_a_heading_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert quoted(monkeypatch, ["Monitoring > bullet 2"], ["Monitoring > bullet 2"]) == [
        "Monitoring > bullet 2"
    ]
