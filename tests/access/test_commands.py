"""Access from the command line: exit codes, every reason in plain lines, nothing secret."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.exc import OperationalError

from elearn.access.account_commands import account
from elearn.access.commands import access
from elearn.access.hold_commands import hold
from elearn.access.requests import requests_of
from elearn.prepared import Prepared
from tests.access.typed import Run, account_of, person


def test_a_check_exits_1_and_lists_each_reason_with_basis_step_and_who(run: Run, ready: Any) -> None:
    result = run(access, "check", person(ready, "kim"), account_of(ready), "--json")
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert set(answer) == {"answer", "allowed", "reasons", "next_change_on", "decided_at"}
    assert (answer["answer"], answer["allowed"]) == ("not_yet", False)
    assert answer["decided_at"] == "2026-09-10T11:00:00.000Z"
    for reason in answer["reasons"]:
        assert set(reason) == {"code", "message", "basis", "clause", "next_step", "who"}
    found = {reason["code"]: reason for reason in answer["reasons"]}
    assert found["not_approved"]["clause"] == ["4.2.1", "7.1.1"]
    assert found["not_approved"]["basis"] == "clause"
    assert (found["grant_missing"]["basis"], found["grant_missing"]["clause"]) == ("product", [])


def test_a_check_exits_0_for_yes_and_says_when_it_changes(run: Run, ready: Any) -> None:
    ready.granted()
    result = run(access, "check", person(ready, "kim"), account_of(ready), "--json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert answer == {
        "answer": "yes",
        "allowed": True,
        "reasons": [],
        "next_change_on": "2027-09-01",
        "decided_at": "2026-09-10T11:00:00.000Z",
    }
    plain = run(access, "check", str(ready.kim.id), str(ready.account.id))
    assert plain.exit_code == 0
    assert plain.stdout.startswith("Yes.\n")
    assert "[clause 4.4.3]" in plain.stdout
    assert "1 September 2027" in plain.stdout


@pytest.mark.parametrize(
    ("on", "code", "word"),
    [("2027-08-31", 0, "Yes."), ("2027-09-01", 1, "Not yet."), ("2026-09-09", 1, "Not yet.")],
)
def test_a_check_on_another_day_answers_for_that_day(
    run: Run, ready: Any, on: str, code: int, word: str
) -> None:
    ready.granted()
    result = run(access, "check", person(ready, "kim"), account_of(ready), "--on", on)
    assert (result.exit_code, result.stdout.splitlines()[0]) == (code, word)


def test_an_unknown_person_or_account_exits_2(run: Run, ready: Any) -> None:
    slug = ready.trust.slug
    for who, what, expected in (
        (f"{slug}/99999", account_of(ready), ["person_unknown"]),
        (person(ready, "kim"), f"{slug}/nothing", ["account_unknown"]),
        ("nonsense", str(uuid4()), ["person_unknown", "account_unknown"]),
    ):
        result = run(access, "check", who, what, "--json")
        assert result.exit_code == 2
        answer = json.loads(result.stdout)
        assert (answer["answer"], answer["allowed"]) == ("cannot_say", False)
        assert [reason["code"] for reason in answer["reasons"]] == expected


def test_a_database_that_fails_exits_2_and_allows_nothing(
    run: Run, ready: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready.granted()

    def fail(*_: object, **_asked: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(Prepared, "all", fail)
    result = run(access, "check", person(ready, "kim"), account_of(ready), "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["allowed"] is False


def test_a_wrong_date_is_a_usage_error(run: Run, ready: Any) -> None:
    result = run(access, "check", "a/1", "a/b", "--on", "31.12.2026")
    assert result.exit_code == 2
    assert "not a date of the form 2026-09-01" in result.stderr


def test_the_whole_way_from_registering_to_ending(run: Run, ready: Any) -> None:
    trust = ready.trust
    slug, kim, sam = trust.slug, person(ready, "kim"), person(ready, "sam")
    manager, it = person(ready, "manager"), person(ready, "it")
    made = run(
        account,
        *("register", "--organisation", slug, "--academy", "mill-road", "--platform", "x"),
        *("--handle", "@MillRoadPE", "--purpose", "Sports results", "--work-email", "pe@millroad.example"),
    )
    assert made.exit_code == 0, made.output
    page = f"{slug}/millroadpe"
    assert page in made.stdout
    for who in (kim, sam):
        assert run(account, "contact", page, who).exit_code == 0
    assert run(account, "induction", page, kim, "--given-by", it).exit_code == 0
    asked = run(
        access,
        "request",
        kim,
        page,
        "--by",
        sam,
        "--purpose",
        "Results",
        "--equipment",
        "--asset-number",
        "LT-1",
    )
    assert asked.exit_code == 0, asked.output
    request_id = str(requests_of(ready.kim.id)[0].id)
    early = run(access, "grant", request_id, "--by", it)
    assert early.exit_code == 1
    assert "clauses 4.2.1, 7.1.1" in early.stderr
    own = run(access, "approve", request_id, "--by", kim)
    assert own.exit_code == 1
    assert "Nobody approves their own access" in own.stderr
    assert run(access, "approve", request_id, "--by", manager, "--conditions", "No replies").exit_code == 0
    granted = run(access, "grant", request_id, "--by", it)
    assert granted.exit_code == 0, granted.output
    assert "until 31 August 2027" in granted.stdout
    assert run(access, "check", kim, page).exit_code == 0
    listed = json.loads(run(access, "list", "--organisation", slug, "--json").stdout)
    assert [(item["state"], item["account"]) for item in listed] == [("granted", "millroadpe")]
    ended = run(access, "end", listed[0]["access"], "--by", it, "--reason", "New role")
    assert ended.exit_code == 0
    assert run(access, "check", kim, page).exit_code == 1
    assert "0 requests" in run(access, "list", "--organisation", slug).stdout
    assert "1 requests" in run(access, "list", "--organisation", slug, "--all").stdout


def test_a_refusal_by_an_approver_needs_and_keeps_its_reason(run: Run, ready: Any) -> None:
    request = ready.trust.request(ready.kim, ready.account, ready.sam)
    manager = person(ready, "manager")
    assert run(access, "approve", str(request.id), "--by", manager, "--refuse", " ").exit_code == 2
    assert (
        run(access, "approve", str(request.id), "--by", manager, "--refuse", "Not this term").exit_code == 0
    )
    check = run(access, "check", person(ready, "kim"), account_of(ready))
    assert "Not this term" in check.stdout


def test_what_looks_like_a_password_and_a_personal_mailbox_are_refused_in_plain_words(
    run: Run, ready: Any
) -> None:
    given = (
        "register",
        "--organisation",
        ready.trust.slug,
        "--academy",
        "mill-road",
        "--platform",
        "x",
        "--handle",
        "@n",
    )
    secret = run(account, *given, "--purpose", "News. Password: x1", "--work-email", "a@millroad.example")
    assert secret.exit_code == 2
    assert "passwords are never kept here" in secret.stderr
    private = run(account, *given, "--purpose", "News", "--work-email", "kim@gmail.com")
    assert private.exit_code == 2
    assert "personal mailbox" in private.stderr


def test_no_command_takes_a_password() -> None:
    for group in (access, account, hold):
        for command in group.commands.values():
            names = [name for parameter in command.params for name in (parameter.name or "", *parameter.opts)]
            assert not [name for name in names if "pass" in name or "secret" in name or "credential" in name]
