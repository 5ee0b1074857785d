"""The links from a slip's code to the proof of a signature."""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from elearn import clock
from elearn.assignments.service import standing_of
from elearn.courses.service import ACCOUNT_HOLDER
from elearn.db import db
from elearn.demo.browser import Browser, Form, Page, PageProblem, Values
from elearn.demo.walk import Walk, need, sign_in
from elearn.ledger.service import current_keys
from elearn.pdf import verify_pdf
from elearn.policies.service import list_clauses, version_in_force
from elearn.quizzes.service import QuestionView, get_consequence, get_question
from elearn.scenarios.vocabulary import ScenarioType

QUESTION = re.compile(r"/attempts/(?P<attempt>[0-9a-f-]{36})/questions/(?P<number>\d+)$")


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
        if any("/rules/" in form.action for form in page.forms):
            page = browser.submit(page.form(action="/rules/"))
        else:  # the link to the rule before, if there is one, stands above the one to the next
            page = browser.get([link for link in page.links if "/rules/" in link][-1])
    need("/rules/" not in page.path, "the key rules do not end")


def ask_and_be_answered(walk: Walk) -> None:
    """What somebody asks stands on HR's page of questions, with their name; HR's answer stands on their home page."""
    browser, words = walk.browser("teacher"), "May I share a picture that the academy has posted?"
    page = browser.submit(browser.get("/ask").expect().form(has="text"), {"kind": "question", "text": words})
    page.expect("Thank you for asking")
    hr, answer = sign_in(walk, "hr"), "Yes: share it as the academy posted it."
    page = hr.get("/questions").expect(words, walk.person("teacher").name)
    page = hr.get(page.link("/questions/"))
    hr.submit(page.form(has="text"), {"how": "here", "text": answer}).expect(
        "Everybody who asked has an answer"
    )
    browser.get("/").expect("Your question was answered", answer)


def answer_situations(walk: Walk) -> None:
    """Every situation is answered rightly; each answer is stored and its consequence shown."""
    page = answer_all(walk, "teacher")
    page.expect("You have done the situations")


def answer_holder_situations(walk: Walk) -> None:
    """Who is to post does the situations for it, from their own page on, and is told to ask for access."""
    browser = walk.browser("teacher")
    address = f"/courses/{ACCOUNT_HOLDER}/situations/start"
    page = browser.get(browser.get("/").expect("If you post for").link(address))
    page = answer_all(walk, "teacher", page)
    page.expect("You have done the situations", "ask for access")
    need(
        len(walk.signatures("teacher")) == 1,
        "the situations for people who post asked for a second signature",
    )


def answer_all(walk: Walk, who: str, start: Page | None = None) -> Page:
    """Start the situations, by default those of the induction, and answer all of them rightly; the page of the
    outcome."""
    browser = walk.browser(who)
    page = start_situations(walk, who, start)
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


def start_situations(walk: Walk, who: str, start: Page | None = None) -> Page:
    """Begin a round from this page, by default home: the page of its first situation."""
    browser = walk.browser(who)
    page = browser.submit((start or browser.get("/")).form(action="/situations/start"))
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


# --- where the text is missing -------------------------------------------------------------------


def practise_without_text(walk: Walk) -> None:
    """Somebody whose policy's text is not here is told so, tries the situations, and nothing of it is stored."""
    browser, person = Browser(walk.base), walk.without_text.people["teacher"]
    page = browser.submit(browser.get("/").form(has="code"), {"code": walk.without_text.codes["teacher"]})
    browser.submit(page.form(action="is-this-you"), {"answer": "yes"})
    page = browser.get("/").expect("nothing to sign yet", "is not loaded here yet")
    before = _rows()
    page = browser.get(browser.get(page.link("/practice")).expect("does not count").link("/practice/1/1"))
    for _ in range(60):
        form = page.form(action="/consequence")
        page = browser.submit(form, _first_of(form)).expect("These are our words", "In short:")
        onward = [link for link in page.links if link.startswith("/practice/1/")]
        if not onward:
            break
        page = browser.get(onward[0])
    page.expect("Nothing was kept")
    need(_rows() == before, "practice has left something in the database")
    standing = standing_of(person.id, organisation_id=person.organisation_id, day=clock.today())
    need(standing is None, "practice counts as training")
    browser.get("/sign").expect(status=404)


def _first_of(form: Form) -> Values:
    """The first choice that a form offers or, where it asks for an order, the order as it stands."""
    places = [name for name in form.selects if name.startswith("place-")]
    return {name: str(place) for place, name in enumerate(places, start=1)} or {"choice": "1"}


def _rows() -> dict[str, int]:
    """How many rows each table has."""
    db.session.rollback()
    tables = db.metadata.tables.values()
    return {table.name: db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}
