"""The links of the gate, from not yet to a hold; of a new version; and of the ledger."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from elearn import clock
from elearn.config import data_folder
from elearn.courses.service import INDUCTION, current_course, publish_with_courses
from elearn.demo.browser import Browser, PageProblem
from elearn.demo.learning_links import answer_all, enter, read_all_rules
from elearn.demo.sample import OWN_TEXT
from elearn.demo.walk import Walk, need, sign_in
from elearn.policies.rules import Change
from elearn.policies.service import import_policy
from elearn.scenarios.service import find_latest_bundle

# --- the gate ------------------------------------------------------------------------------------


def gate_is(walk: Walk, *, open_: bool, code: str = "") -> None:
    """The gate's three faces (page, API, command) give the same answer; shut for this reason where one is given."""
    person_id, account_id = walk.person("teacher").id, walk.account_id
    wanted = "yes" if open_ else "not_yet"
    decision = ask_api(walk, person_id, account_id)
    need(
        decision["answer"] == wanted,
        f"the API answers {decision['answer']}, not {wanted}: {_codes(decision)}",
    )
    need(decision["allowed"] is open_, "the API's two fields disagree")
    need(not code or code in _codes(decision), f"the API's reasons are {_codes(decision)}, without {code}")
    page = sign_in(walk, "manager").get(f"/staff/{person_id}/accounts/{account_id}").expect()
    need(
        page.text.count("Yes") > 0 if open_ else "Not yet" in page.text, f"{page.path} does not say {wanted}"
    )
    done = walk.command("access", "check", str(person_id), str(account_id), "--json")
    need(done.returncode == (0 if open_ else 1), f"`elearn access check` exits with {done.returncode}")
    need(json.loads(done.stdout)["answer"] == wanted, "`elearn access check` says something else")


def ask_api(walk: Walk, person_id: UUID, account_id: UUID) -> dict[str, Any]:
    """The decision as the API gives it to a bearer token."""
    browser = Browser(walk.base)
    address = f"/api/v1/access/decision?person={person_id}&account={account_id}"
    need(browser.get(address).status == 401, "the API answers without a token")
    page = browser.get(address, headers={"Authorization": f"Bearer {walk.trust.token}"})
    need(page.status == 200, f"the API answered {page.status}")
    found: dict[str, Any] = json.loads(page.body)
    return found


def _codes(decision: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in decision["reasons"]]


def gate_is_shut_at_first(walk: Walk) -> None:
    """Before anybody has asked, the answer is not yet."""
    gate_is(walk, open_=False)


def request_access(walk: Walk) -> None:
    """The line manager asks for access; asking opens nothing."""
    manager = sign_in(walk, "manager")
    page = manager.get(f"/staff/{walk.person('teacher').id}/accounts/{walk.account_id}/request").expect()
    filled: dict[str, str | Sequence[str]] = {
        "right": "poster",
        "purpose": "Photos of school events",
        "asset_number": "MR-0042",
        "equipment_attested": "y",
        "two_step_confirmed": "y",
    }
    form = page.form(has="purpose")
    page = manager.submit(form, {name: value for name, value in filled.items() if name in form.names})
    send = next((form for form in page.forms if ("step", "send") in form.values), None)
    if send is None:
        raise PageProblem(
            f"{page.path} ({page.status}) does not offer to send the request: {page.text[:300]}"
        )
    manager.submit(send).expect()
    need(
        not ask_api(walk, walk.person("teacher").id, walk.account_id)["allowed"],
        "asking alone opened the gate",
    )


def approve_request(walk: Walk) -> None:
    """Another person, who holds the office that the policy names, approves."""
    approver = sign_in(walk, "approver")
    page = approver.get(approver.get("/requests").expect().link("/requests/")).expect(
        walk.person("teacher").name
    )
    approver.submit(page.form(has="decision"), {"decision": "approve"}).expect()


def gate_opens(walk: Walk) -> None:
    """Training, signature and approval stand: the gate is open."""
    gate_is(walk, open_=True)


def hold_shuts(walk: Walk) -> None:
    """A hold shuts the gate at once, and lifting it opens it again."""
    by, slug = str(walk.person("it").id), walk.trust.organisation.slug
    account = f"{slug}/millroad"
    done = walk.command(
        "hold", "start", "--account", account, "--organisation", slug, "--reason", "A check", "--by", by
    )
    need(done.returncode == 0, f"the hold cannot be started: {done.stderr.strip()}")
    gate_is(walk, open_=False, code="on_hold")
    listed = json.loads(walk.command("hold", "list", "--organisation", slug, "--json").stdout)
    done = walk.command("hold", "lift", listed[0]["hold"], "--by", by)
    need(done.returncode == 0, f"the hold cannot be lifted: {done.stderr.strip()}")
    gate_is(walk, open_=True)


# --- a new version, and the proof ----------------------------------------------------------------


def open_sign_page(walk: Walk) -> None:
    """A third person comes as far as the page where one signs, and leaves it open."""
    enter(walk, "governor")
    read_all_rules(walk, "governor")
    answer_all(walk, "governor").expect("You have done the situations")
    walk.sign_form = walk.browser("governor").get("/sign").expect("Sign the").form(has="typed_name")


def publish_new_version(walk: Walk) -> None:
    """A new version shuts the gate for those who signed the old one only."""
    organisation_id, at = walk.trust.organisation.id, clock.now()
    course = current_course(organisation_id, INDUCTION, clock.today())
    bundle = find_latest_bundle(organisation_id)
    if course is None or bundle is None:
        raise PageProblem("there is no course in force")
    data = source_text() + b"\n"
    version = import_policy(organisation_id, data, "policy.md", version="next", at=at).version
    publish_with_courses(
        version.id,
        bundle.id,
        organisation_id=organisation_id,
        in_force_from=clock.local_day(at),
        change=Change.MAJOR,
        published_by_id=walk.person("administrator").id,
        at=at + timedelta(milliseconds=1),
    )
    gate_is(walk, open_=False)


def refuse_old_page(walk: Walk) -> None:
    """The page that was left open does not sign: it had shown another version."""
    if walk.sign_form is None:
        raise PageProblem("no page to sign was left open")
    values = {"typed_name": walk.person("governor").name, "ticked": "y"}
    page = walk.browser("governor").submit(walk.sign_form, values)
    need(not walk.signatures("governor"), "a page that had shown another version was signed")
    need("/done/" not in page.path, "the page says that it was signed")


def verify_ledger(walk: Walk) -> None:
    """`elearn verify` finds every record as it was entered."""
    done = walk.command("verify", "--json")
    findings = [
        f"entry {finding['seq']} ({finding['kind']}): {finding['message']}"
        for organisation in json.loads(done.stdout or '{"organisations": []}')["organisations"]
        for finding in organisation["findings"]
    ]
    need(
        done.returncode == 0,
        f"`elearn verify` exits with {done.returncode}: {'; '.join(findings[:3]) or done.stderr}",
    )


def source_text() -> bytes:
    """The model policy's own text."""
    return (data_folder("scenarios") / "policies" / OWN_TEXT / "policy.md").read_bytes()
