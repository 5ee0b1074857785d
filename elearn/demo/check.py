"""The check: walks the main job against a real server, from a slip's code to the proof, one named link at a time."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from elearn import clock
from elearn.acknowledgements.service import SignatureView, list_signatures
from elearn.config import data_folder
from elearn.courses.service import INDUCTION, current_course, publish_with_courses
from elearn.db import db
from elearn.demo.browser import Browser, Form, Page, PageProblem
from elearn.demo.sample import OWN_TEXT, Demonstration, SampleTrust
from elearn.errors import ElearnError
from elearn.ledger.service import current_keys
from elearn.pdf import verify_pdf
from elearn.people.service import PersonView
from elearn.policies.rules import Change
from elearn.policies.service import import_policy, list_clauses, version_in_force
from elearn.quizzes.service import QuestionView, get_consequence, get_question
from elearn.scenarios.service import find_latest_bundle
from elearn.scenarios.vocabulary import ScenarioType

START_SECONDS = 60
QUESTION = re.compile(r"/attempts/(?P<attempt>[0-9a-f-]{36})/questions/(?P<number>\d+)$")
REFERENCE = re.compile(r"R-\w{4}-\w{4}-\w{4}")
BROKEN = (PageProblem, ElearnError, SQLAlchemyError, OSError, LookupError, ValueError)
"""What a step may meet when its link is broken; anything else is a fault of the check itself."""


@dataclass(slots=True)
class Walk:
    """The state of one walk: the server, the check's own sight of the database, and who is where."""

    base: str
    app: Flask
    trust: SampleTrust
    password: str
    instance: Path
    browsers: dict[str, Browser] = field(default_factory=dict)
    page: Page | None = None
    sign_form: Form | None = None
    signature: SignatureView | None = None

    def browser(self, who: str) -> Browser:
        """The browser of one person, made at first use."""
        return self.browsers.setdefault(who, Browser(self.base))

    def person(self, who: str) -> PersonView:
        """One of the sample people."""
        return self.trust.people[who]

    @property
    def account_id(self) -> UUID:
        """The business account that access is asked to."""
        if self.trust.account_id is None:
            raise PageProblem("there is no sample account")
        return self.trust.account_id

    @property
    def signed(self) -> SignatureView:
        """The teacher's signature. Raises PageProblem before there is one."""
        if self.signature is None:
            raise PageProblem("nobody has signed yet")
        return self.signature

    def signatures(self, who: str) -> list[SignatureView]:
        """What the database holds of a person's signatures, read afresh."""
        db.session.rollback()
        person = self.person(who)
        return list_signatures(person.organisation_id, [person.id]).get(person.id, [])

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `elearn` in a process of its own on this installation."""
        return subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "elearn", *words],
            env=environment(self.instance, self.base),
            capture_output=True,
            text=True,
            check=False,
        )


Step = tuple[str, Callable[[Walk], None]]


def need(holds: bool, otherwise: str) -> None:
    """Go on where this holds. Raises PageProblem with what is wrong otherwise."""
    if not holds:
        raise PageProblem(otherwise)


# --- from the code to the situations -------------------------------------------------------------


def open_with_slip(walk: Walk) -> None:
    """A slip's code opens the door, shows who, and asks whether it is them."""
    enter(walk, "teacher")


def enter(walk: Walk, who: str) -> None:
    """Use somebody's code and confirm that it is them."""
    browser = walk.browser(who)
    page = browser.get("/").expect()
    page = browser.submit(page.form(has="code"), {"code": walk.trust.codes[who]})
    page.expect("Is this you", walk.person(who).initialled)
    page = browser.submit(page.form(action="is-this-you"), {"answer": "yes"})
    page.expect("Who can see what")


def refuse_other_device(walk: Walk) -> None:
    """The same code does not open on another device."""
    other = Browser(walk.base)
    page = other.submit(other.get("/").form(has="code"), {"code": walk.trust.codes["teacher"]})
    page.expect("already been used", status=422)


def read_rules(walk: Walk) -> None:
    """Each key rule is shown and read."""
    read_all_rules(walk, "teacher")


def read_all_rules(walk: Walk, who: str) -> None:
    """Read every key rule, one page after the other."""
    browser = walk.browser(who)
    page = browser.get(browser.get("/").link("/rules/"))
    for _ in range(20):
        if "/rules/" not in page.path:
            break
        page = browser.submit(page.form(action="/rules/"))
    need("/rules/" not in page.path, "the key rules do not end")


def answer_situations(walk: Walk) -> None:
    """Every situation is answered rightly; each answer is stored and its consequence shown."""
    page = answer_all(walk, "teacher")
    page.expect("You have done the situations")


def answer_all(walk: Walk, who: str) -> Page:
    """Start the situations and answer all of them rightly; the page of the outcome."""
    browser = walk.browser(who)
    page = start_situations(walk, who)
    for _ in range(60):
        if not QUESTION.search(page.path):
            return page
        page = answer_one(walk, who, page, right=True)
        onward = next(
            (link for link in page.links if QUESTION.search(link) or link.endswith("/result")), None
        )
        if onward is None:
            raise PageProblem(f"{page.path} leads nowhere")
        page = browser.get(onward)
    raise PageProblem("the situations do not end")


def start_situations(walk: Walk, who: str) -> Page:
    """Begin a round: the page of its first situation."""
    browser = walk.browser(who)
    page = browser.submit(browser.get("/").form(action="/situations/start"))
    need(bool(QUESTION.search(page.path)), f"no situation was given: {page.text[:200]}")
    return page


def answer_one(walk: Walk, who: str, page: Page, *, right: bool) -> Page:
    """Answer the situation on this page rightly or wrongly, and see that just that was stored."""
    found = QUESTION.search(page.path)
    if found is None:
        raise PageProblem(f"{page.path} is no situation")
    attempt_id, number = UUID(found["attempt"]), int(found["number"])
    person_id = walk.person(who).id
    db.session.rollback()
    question = get_question(attempt_id, number, person_id=person_id)
    form = page.form(action="/questions/")
    page = walk.browser(who).submit(form, answer_values(question, form, right=right))
    page.expect("What happens next")
    db.session.rollback()
    stored = get_consequence(attempt_id, number, question.step, person_id=person_id)
    need(stored.right is right, f"situation {number}: the answer stored is not the one that was sent")
    return page


def answer_values(question: QuestionView, form: Form, *, right: bool) -> dict[str, str | Sequence[str]]:
    """What to send for the right answer to this question, or for one that is not."""
    by_option = {
        option: choice.value for choice, option in zip(question.choices, question.order, strict=True)
    }
    wanted = [by_option[option] for option in question.asked.right]
    values = list(by_option.values())
    if question.asked.type is ScenarioType.ORDER:
        order = wanted if right else wanted[::-1]
        return {name: str(order.index(value) + 1) for name, value in zip(form.selects, values, strict=True)}
    if not right:
        wanted = next([value] for value in values if [value] != wanted)
    return {"choice": wanted}


def answer_wrongly(walk: Walk) -> None:
    """In another person's sitting a wrong answer is stored as wrong, and its page says what was better."""
    enter(walk, "kitchen")
    read_all_rules(walk, "kitchen")
    page = answer_one(walk, "kitchen", start_situations(walk, "kitchen"), right=False)
    need("keeps everyone safe" not in page.text, "the page praises a wrong answer")


# --- from the text to the proof ------------------------------------------------------------------


def read_policy(walk: Walk) -> None:
    """The whole text can be read, clause by clause, and reading it is recorded."""
    browser = walk.browser("teacher")
    version = version_in_force(walk.trust.organisation.id, clock.today())
    if version is None:
        raise PageProblem("no version is in force")
    page = browser.get("/policy").expect(version.title)
    clauses = [clause for clause in list_clauses(version.id) if clause.text]
    for clause in (clauses[0], clauses[len(clauses) // 2], clauses[-1]):
        page.expect(" ".join(clause.text.split())[:40])
    browser.submit(page.form(action="/policy/read")).expect()


def sign(walk: Walk) -> None:
    """Check, sign, and the signature stands under the version in force, with the name as typed."""
    browser, person = walk.browser("teacher"), walk.person("teacher")
    browser.get("/check").expect("Check before you sign", person.name)
    page = browser.get("/sign").expect("Sign the")
    page = browser.submit(page.form(has="typed_name"), {"typed_name": person.name, "ticked": "y"})
    page.expect("Signed")
    signatures = walk.signatures("teacher")
    need(len(signatures) == 1, f"{len(signatures)} signatures are stored, not one")
    walk.signature, walk.page = signatures[0], page
    version = version_in_force(walk.trust.organisation.id, clock.today())
    need(version is not None and version.id == walk.signed.version_id, "another version was signed")
    need(version is not None and version.text_sha256 == walk.signed.policy_sha256, "another text was signed")
    need(walk.signed.typed_name == person.name, "another name was stored")
    need(walk.signed.reference in page.text, "the page does not give the record's reference")


def see_record(walk: Walk) -> None:
    """The record can be seen, downloaded as a sealed PDF, and verified by anybody by its reference."""
    browser, reference = walk.browser("teacher"), walk.signed.reference
    browser.get(f"/records/{reference}").expect(walk.person("teacher").name, reference)
    pdf = browser.get(f"/records/{reference}.pdf")
    need(pdf.body[:5] == b"%PDF-", f"{pdf.path} answered {pdf.status} and no PDF")
    keys = current_keys()
    if keys is None:
        raise PageProblem("there are no keys to check the seal with")
    verdict = verify_pdf(pdf.body, certificate=keys.certificate)
    need(bool(verdict.sound), "the seal of the PDF does not hold")
    anybody = Browser(walk.base).get(f"/verify/{reference}").expect("sound", reference)
    need(walk.person("teacher").name not in anybody.text, "the page for anybody shows a name")


# --- the gate ------------------------------------------------------------------------------------


def sign_in(walk: Walk, who: str) -> Browser:
    """Somebody's browser, signed in by password."""
    if who in walk.browsers:
        return walk.browsers[who]
    browser = walk.browser(who)
    form = browser.get("/sign-in").form(has="password")
    page = browser.submit(form, {"login": walk.trust.logins[who], "password": walk.password})
    need(page.status == 200 and page.path != "/sign-in", f"{who} cannot sign in: {page.text[:200]}")
    return browser


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


STEPS: tuple[Step, ...] = (
    ("a slip opens the door", open_with_slip),
    ("the slip opens on no other device", refuse_other_device),
    ("the key rules are read", read_rules),
    ("the situations are answered", answer_situations),
    ("a wrong answer is stored as wrong", answer_wrongly),
    ("the policy's text is read", read_policy),
    ("the policy is signed", sign),
    ("the record is seen, sealed and verified", see_record),
    ("the gate says not yet", gate_is_shut_at_first),
    ("access is asked for", request_access),
    ("another person approves", approve_request),
    ("the gate opens", gate_opens),
    ("a hold shuts the gate and lifting opens it", hold_shuts),
    ("somebody leaves the sign page open", open_sign_page),
    ("a new version shuts the gate", publish_new_version),
    ("the page of the old version does not sign", refuse_old_page),
    ("the ledger is sound", verify_ledger),
)


# --- running -------------------------------------------------------------------------------------


def source_text() -> bytes:
    """The model policy's own text."""
    return (data_folder("scenarios") / "policies" / OWN_TEXT / "policy.md").read_bytes()


def environment(instance: Path, base: str) -> dict[str, str]:
    """The environment of a process on the check's own installation."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ELEARN_")}
    kept.pop("DATABASE_URL", None)
    return kept | {"ELEARN_INSTANCE": str(instance), "ELEARN_BASE_URL": base}


def run_check(
    app: Flask,
    made: Demonstration,
    *,
    port: int,
    app_factory: str,
    say: Callable[[str], None],
    steps: Sequence[Step] = STEPS,
) -> bool:
    """Start the server, take the steps in order, stop at the first that fails; whether all held."""
    base = f"http://127.0.0.1:{port}"
    walk = Walk(base, app, made.trusts[OWN_TEXT], made.password, Path(app.instance_path))
    server = _start_server(walk, port, app_factory)
    try:
        with app.app_context():
            return _wait_for(server, base, say) and all(_take(step, walk, say) for step in steps)
    finally:
        server.terminate()
        server.wait(timeout=30)


def _start_server(walk: Walk, port: int, app_factory: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own program
        [
            sys.executable,
            "-m",
            "waitress",
            f"--listen=127.0.0.1:{port}",
            "--threads=4",
            "--call",
            app_factory,
        ],
        env=environment(walk.instance, walk.base),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _wait_for(server: subprocess.Popen[bytes], base: str, say: Callable[[str], None]) -> bool:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            page = Browser(base).get("/")
        except OSError:
            time.sleep(0.1)
            continue
        say(f"{'ok' if page.status == 200 else 'FAILED':6}  the server answers")
        return page.status == 200
    say("FAILED  the server answers: it did not start")
    return False


def _take(step: Step, walk: Walk, say: Callable[[str], None]) -> bool:
    name, act = step
    try:
        act(walk)
    except BROKEN as error:
        say(f"FAILED  {name}: {error}")
        return False
    finally:
        db.session.rollback()
    say(f"ok      {name}")
    return True
