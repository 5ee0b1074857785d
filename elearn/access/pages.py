"""What the pages of access show: an answer in one sentence, and each requirement with the words it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from elearn.access.accounts import get_account_of, list_accounts
from elearn.access.approval_rules import RequestParties, approving_offices
from elearn.access.decision import AccessDecision, Answer, Met
from elearn.access.facts import Right
from elearn.access.gathering import gather
from elearn.access.models import AccountInduction
from elearn.access.request_rules import (
    TAKEN,
    RequestState,
    eligible_to_request,
    may_request,
    offered_rights,
)
from elearn.access.requests import list_live, requests_of
from elearn.access.requirements import AccessRequirements, RequirementsUnusable
from elearn.access.rules import CANNOT_SAY_CODES
from elearn.access.service import check_access
from elearn.access.views import AccountView, RequestView
from elearn.courses.quoting import Quotation, quote_content
from elearn.dates import spoken_day
from elearn.db import db
from elearn.decisions import Reason
from elearn.errors import NotFound
from elearn.people.offices import list_offices
from elearn.people.organisations import list_academies
from elearn.people.placements import list_posts
from elearn.people.rules import placements_on
from elearn.people.service import PersonView, names_of
from elearn.policies.service import version_in_force
from elearn.scenarios.service import find_latest_bundle, get_bundle

MOST_NAMED = 3
ASK_FIRST = "ask_first"
SPEAK_FOR_TRUST = "speak_for_trust"

STILL_NEEDS = {
    "training_missing": "the training",
    "training_not_current": "the training again",
    "signature_missing": "to sign the policy",
    "signature_not_current": "to sign the policy again",
    "account_induction": "the short induction for this account",
    "two_contacts": "a second contact on the account",
    "not_approved": "an approval",
    "approval_refused": "an approval",
    "grant_missing": "the access to be granted",
    "grant_ended": "to ask again",
    "equipment": "to confirm the equipment",
    "two_step": "to confirm two-step sign-in",
    "no_placement": "a post at this academy",
}
"""What is missing, in a few words, for the one sentence at the head; anything else is said in full below it."""


@dataclass(frozen=True, slots=True)
class Check:
    """One requirement, met or not, with the clauses that ask for it and what to do next."""

    met: bool
    message: str
    clauses: tuple[str, ...]
    next_step: str = ""
    who: str = ""


def sentence(decision: AccessDecision, name: str, account: AccountView) -> str:
    """The answer in one large sentence, beginning with Yes, Not yet or Cannot say."""
    if decision.answer is Answer.YES:
        does = "look after" if decision.right is Right.HOLDER else "post on"
        return f"Yes. {name} can {does} {account.handle}."
    if decision.answer is Answer.CANNOT_SAY:
        unsure = next((r.message for r in decision.reasons if r.code in CANNOT_SAY_CODES), "")
        return f"Cannot say. {unsure}."
    held = next((r.message for r in decision.reasons if r.code == "on_hold"), "")
    if held and len(decision.reasons) == 1:
        return f"Not now. {held}."
    codes = [
        code for code in decision.codes if code != "grant_missing" or "not_approved" not in decision.codes
    ]
    needs = list(dict.fromkeys(STILL_NEEDS[code] for code in codes if code in STILL_NEEDS))
    if eligible_to_request(decision) and "not_approved" in decision.codes:
        return f"Not yet. {name} is ready: what is missing is {_listed(needs)}."
    return (
        f"Not yet. {name} still needs {_listed(needs)}."
        if needs
        else f"Not yet. {decision.reasons[0].message}."
    )


def _listed(words: Sequence[str]) -> str:
    """The first things in words; a long list follows below the sentence anyway."""
    if len(words) > MOST_NAMED:
        words = [*words[: MOST_NAMED - 1], f"{len(words) - MOST_NAMED + 1} more things"]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def checks(decision: AccessDecision) -> list[Check]:
    """Every requirement of an answer, what is missing first, each with the clauses it rests on."""
    findings: list[Reason | Met] = [*decision.reasons, *decision.met]
    return [
        Check(
            isinstance(finding, Met),
            finding.message,
            tuple(finding.clauses),
            finding.next_step if isinstance(finding, Reason) else "",
            finding.who if isinstance(finding, Reason) and finding.who != "nobody" else "",
        )
        for finding in findings
    ]


def quoted(refs: Iterable[str], organisation_id: UUID, day: date) -> Sequence[Quotation]:
    """These clauses of the policy in force, each once, to be read from the top."""
    version, bundle = version_in_force(organisation_id, day), find_latest_bundle(organisation_id)
    return quote_content(None if bundle is None else bundle.id, None if version is None else version.id, refs)


# --- asking ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asking:
    """What a page for asking shows: the account, who looks after it, what its rules ask for, what stands.

    `offered` are the rights to ask for and `against` says why there are none; `posts`: they have been granted that.
    """

    account: AccountView
    contacts: tuple[str, ...]
    decision: AccessDecision
    requirements: AccessRequirements | None
    quotations: Sequence[Quotation]
    offered: tuple[Right, ...]
    against: tuple[Reason, ...]
    posts: bool
    asker_approves: bool

    @property
    def needs_equipment(self) -> bool:
        """Whether the policy asks for equipment of the trust."""
        return self.requirements is not None and self.requirements.equipment is not None

    @property
    def needs_two_step(self) -> bool:
        """Whether two-step sign-in must be confirmed."""
        return self.requirements is not None and self.requirements.two_step is not None


def shown_when_asking(
    person: PersonView, account_id: UUID, *, asker: PersonView, day: date, at: datetime
) -> Asking:
    """What is known before somebody asks. Raises NotFound for an account of another organisation."""
    account = get_account_of(person.organisation_id, account_id)
    requirements = requirements_at(person.id, account_id, day, at)
    equipment = None if requirements is None else requirements.equipment
    decision = check_access(person.id, account_id, day, at=at)
    theirs = [request for request in requests_of(person.id) if request.account_id == account_id]
    verdict = may_request(decision, {request.state(day) for request in theirs})
    parties = RequestParties(person.id, asker.id, account.academy_id)
    approves = requirements is not None and approving_offices(
        parties, list_offices(asker.id), requirements, day
    )
    return Asking(
        account,
        tuple(_contact_names(account, day)),
        decision,
        requirements,
        quoted(() if equipment is None else equipment.clauses, account.organisation_id, day),
        rights_to_ask_for(theirs, decision, day),
        () if verdict else verdict.reasons,
        any(r.right is Right.POSTER and r.state(day) is RequestState.GRANTED for r in theirs),
        bool(approves) and asker.id != person.id,
    )


def rights_to_ask_for(
    theirs: Iterable[RequestView], decision: AccessDecision, day: date
) -> tuple[Right, ...]:
    """The rights on an account that somebody can ask for, least first. `theirs` are their requests for it.

    None where a request would be refused whatever it asks for: the account was closed, say.
    """
    return offered_rights((r.right, r.state(day)) for r in theirs) if may_request(decision, ()) else ()


def _contact_names(account: AccountView, day: date) -> list[str]:
    for line in list_accounts(account.organisation_id, day=day, closed=True):
        if line.account.id == account.id:
            return [contact.name for contact in line.contacts if contact.in_post]
    return []


def requirements_at(person_id: UUID, account_id: UUID, day: date, at: datetime) -> AccessRequirements | None:
    """What the rules ask for at an account; None where there is no content to read them from."""
    try:
        return gather([person_id], account_id, day, at=at).requirements
    except (RequirementsUnusable, NotFound, ValueError, KeyError):
        return None


def asks_themselves(organisation_id: UUID) -> bool:
    """Whether the policy says that somebody who wants to speak for the organisation asks first (such as Creating
    Tomorrow 4.2.1). Where it is silent, a manager or HR asks for them."""
    bundle = find_latest_bundle(organisation_id)
    if bundle is None:
        return False
    policy = get_bundle(bundle.id).bundle.policy
    rule = policy.access.approval
    stances = policy.positions.get(rule.position or SPEAK_FOR_TRUST)
    stance = None if stances is None else stances.stance(rule.case or "trust")
    return stance is not None and stance.answer == ASK_FIRST


# --- somebody's own accounts -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """An account that somebody has a right on, as their own page shows it."""

    request: RequestView
    account: AccountView
    sentence: str
    decision: AccessDecision
    others: tuple[str, ...]
    may_ask_for_more: bool


def own_accounts(person: PersonView, *, day: date, at: datetime) -> list[OwnAccount]:
    """The accounts that somebody has been granted, and whether they may use them now."""
    found, asked = [], requests_of(person.id)
    for request in asked:
        if request.grant is None or request.state(day) is not RequestState.GRANTED:
            continue
        account = get_account_of(person.organisation_id, request.account_id)
        decision = check_access(person.id, account.id, day, at=at)
        others = {*_contact_names(account, day)}
        others |= {r.person_name for r in list_live(account.organisation_id, account.id, day)}
        words = sentence(decision, "You", account).replace("You still needs", "You still need")
        if decision.allowed:
            does = "look after" if request.right is Right.HOLDER else "post on"
            until = spoken_day(request.grant.term.ends_on)
            words = f"You can {does} {account.handle} until {until}."
        more = rights_to_ask_for([r for r in asked if r.account_id == account.id], decision, day)
        others -= {person.name}
        found.append(OwnAccount(request, account, words, decision, tuple(sorted(others)), bool(more)))
    return found


def accounts_to_ask_for(person: PersonView, *, day: date) -> list[AccountView]:
    """The open accounts where they have a post, and all of them for the central team, without those they have
    or have asked for."""
    posts = placements_on(list_posts(person), day)
    here = {post.academy_id for post in posts}
    central = {a.id for a in list_academies(person.organisation_id) if a.is_central}
    taken = {r.account_id for r in requests_of(person.id) if r.state(day) in TAKEN}
    return [
        line.account
        for line in list_accounts(person.organisation_id, day=day)
        if line.account.id not in taken and (here & central or line.account.academy_id in here)
    ]


# --- inductions --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InductionView:
    """One short induction to an account."""

    name: str
    given_by: str
    given_on: date


def list_inductions(account: AccountView) -> list[InductionView]:
    """Who was given the induction to an account, by whom and when, oldest first."""
    query = select(AccountInduction).where(
        AccountInduction.organisation_id == account.organisation_id, AccountInduction.account_id == account.id
    )
    rows = list(db.session.scalars(query.order_by(AccountInduction.given_on)))
    names = names_of([row.person_id for row in rows] + [row.given_by_id for row in rows])
    return [InductionView(names[row.person_id], names[row.given_by_id], row.given_on) for row in rows]
