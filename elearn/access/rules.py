"""The gate: who may use a business account on a day, and why not. Pure.

`decide_access` is the only place that says yes. It is asked at the moment of use and knows no stored state:
training, signature, approval, grant, holds and posts are facts with dates. What it answers is in decision.py, which
request counts in request_rules.py, who may approve one in approval_rules.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache

from elearn.access.decision import AccessDecision, Answer, Met, unmet
from elearn.access.facts import AccessFacts, HoldScope, InductionFact, RequestFact, TrainingFact
from elearn.access.induction_rules import gives_induction
from elearn.access.request_rules import current_request, has_passed
from elearn.access.requirements import ACCOUNT_HOLDER, AccessRequirements, Need, TrainingNeed
from elearn.access.turning_points import turning_points
from elearn.dates import spoken_day
from elearn.decisions import Reason

DO_HOLDER_COURSE = "Do the situations for people who post"
"""The next step to training that one may take at any time, from wherever this step is shown."""
CANNOT_SAY_CODES = frozenset(
    {"person_unknown", "account_unknown", "requirements_missing", "approver_unnamed", "cannot_decide"}
)
"""Reasons for which nobody can tell yes from no until something is put right."""


def decide_access(facts: AccessFacts, requirements: AccessRequirements | None, today: date) -> AccessDecision:
    """Whether the person may use the account today, with every requirement that is not met.

    `requirements` is None where there is no content to read them from: then the answer is never yes.
    """
    met, reasons = _findings(facts, requirements, today)
    answer = _answer(reasons)
    request = current_request(facts.requests, today)
    return AccessDecision(
        answer=answer,
        reasons=reasons,
        met=met,
        next_change_on=_next_change(facts, requirements, today, answer),
        right=None if request is None else request.right,
        conditions=_conditions(facts, today),
    )


def _conditions(facts: AccessFacts, today: date) -> str:
    """What approvers made a condition of the rights that are live, each once; with none live, of the request that
    counts. Who may look after an account has not been freed from what their posting depends on."""
    live = [r for r in facts.requests if r.grant is not None and r.grant.is_live_on(today)]
    counting = [current_request(facts.requests, today)] if not live else sorted(live, key=_asked_at)
    approvals = [request.approval for request in counting if request is not None]
    texts = [approval.conditions for approval in approvals if approval is not None and approval.approved]
    return "; ".join(dict.fromkeys(text for text in texts if text))


def _asked_at(request: RequestFact) -> datetime:
    return request.requested_at


def _answer(reasons: tuple[Reason, ...]) -> Answer:
    if not reasons:
        return Answer.YES
    unsure = any(reason.code in CANNOT_SAY_CODES for reason in reasons)
    return Answer.CANNOT_SAY if unsure else Answer.NOT_YET


# --- one function for each requirement ---------------------------------------------------------------

Finding = Reason | Met


def _findings(
    facts: AccessFacts, requirements: AccessRequirements | None, today: date
) -> tuple[tuple[Met, ...], tuple[Reason, ...]]:
    found: list[Finding] = [*_identity(facts)]
    if facts.person is not None and facts.account is not None:
        found.append(_policy(facts, today))
        if requirements is None:
            if facts.policy is not None:
                found.append(_no_requirements())
        else:
            for check in CHECKS:
                found.extend(check(facts, requirements, today))
    met = tuple(finding for finding in found if isinstance(finding, Met))
    return met, tuple(finding for finding in found if isinstance(finding, Reason))


def _identity(facts: AccessFacts) -> Iterable[Finding]:
    if facts.person is None:
        yield Reason(
            "person_unknown",
            "Nobody with this reference is on the staff list",
            next_step="Check the payroll number, or ask HR to add them",
            who="HR",
        )
    if facts.account is None:
        yield Reason(
            "account_unknown",
            "No account with this reference is in the register",
            next_step="Check the name of the account, or have it registered",
            who="IT",
        )


def _policy(facts: AccessFacts, today: date) -> Finding:
    policy = facts.policy
    if policy is None or policy.in_force_from > today:
        return Reason(
            "policy_not_published",
            "No version of the policy is in force",
            next_step="Publish the policy",
            who="the policy's author",
        )
    return Met(
        "policy", f"{policy.label} is in force since {_day(policy.in_force_from)}", on=policy.in_force_from
    )


def _no_requirements() -> Reason:
    return Reason(
        "requirements_missing",
        "The rules for accounts cannot be read: the policy's content is missing or broken",
        next_step="Load the content again and run its checks",
        who="the policy's author",
    )


def _post(facts: AccessFacts, requirements: AccessRequirements, today: date) -> Iterable[Finding]:
    """A post at the account's academy or in the central team, of a kind that the policy covers."""
    assert facts.account is not None
    reach = [p for p in facts.placements if p.is_central or p.academy_id == facts.account.academy_id]
    here = [p for p in reach if p.term.holds_on(today)]
    if not here:
        yield Reason(
            "no_placement",
            f"No post at {facts.account.academy_name} or in the central team on this day",
            next_step="Record the post, or ask somebody who works there",
            who="HR",
        )
        return
    covered = [p for p in here if p.kind in requirements.covered_kinds]
    if not covered:
        kinds = " or ".join(sorted({p.kind.replace("_", " ") for p in here}))
        yield Reason(
            "not_covered",
            f"The policy does not say that it covers this kind of person ({kinds})",
            next_step="Ask whether the policy should cover them",
            who="the policy's author",
        )
        return
    since = min(p.term.starts_on for p in covered)
    yield Met("placement", f"In post since {_day(since)}", on=since)


def _account_open(facts: AccessFacts, requirements: AccessRequirements, today: date) -> Iterable[Finding]:
    account = facts.account
    assert account is not None
    if account.closed_on is not None and account.closed_on <= today:
        yield Reason(
            "account_closed",
            f"The account was closed on {_day(account.closed_on)}",
            next_step="Use another account, or register it again",
            who="IT",
        )
    need = requirements.registered
    if account.registered_on > today:
        yield unmet(
            "not_registered", "The account is not in the register on this day", need, "Register it", "IT"
        )
    elif need is not None:
        yield _met("registered", f"Registered on {_day(account.registered_on)}", need, account.registered_on)


def _training(facts: AccessFacts, requirements: AccessRequirements, today: date) -> Iterable[Finding]:
    for need in requirements.training:
        yield _one_training(facts.training.get(need.course), need, facts, today)


def _one_training(done: TrainingFact | None, need: TrainingNeed, facts: AccessFacts, today: date) -> Finding:
    assert facts.person is not None
    who = facts.person.name
    posts = need.course == ACCOUNT_HOLDER
    if done is None or done.passed_on is None or done.passed_on > today:
        next_step = DO_HOLDER_COURSE if posts else "Finish the training"
        return unmet("training_missing", f"{need.title}: not passed yet", need, next_step, who)
    if done.counts_on(today):
        until = f" and counts until {_day(done.valid_until)}" if done.valid_until else ""
        return _met(
            "training", f"{need.title}: passed on {_day(done.passed_on)}{until}", need, done.passed_on
        )
    message = f"{need.title}: passed on {_day(done.passed_on)}, but {_why_over(done.valid_until, today)}"
    next_step = DO_HOLDER_COURSE if posts else "Do the training again"
    return unmet("training_not_current", message, need, next_step, who)


def _signature(facts: AccessFacts, requirements: AccessRequirements, today: date) -> Iterable[Finding]:
    assert facts.person is not None
    need, signed, who = requirements.signature, facts.signature, facts.person.name
    if signed is None or signed.signed_on > today:
        yield unmet(
            "signature_missing", "The policy is not signed yet", need, "Read and sign the policy", who
        )
    elif signed.counts_on(today):
        until = f" and counts until {_day(signed.valid_until)}"
        yield _met("signature", f"Signed on {_day(signed.signed_on)}{until}", need, signed.signed_on)
    else:
        why = _why_over(signed.valid_until, today)
        message = f"Signed on {_day(signed.signed_on)}, but {why}"
        yield unmet("signature_not_current", message, need, "Read the policy and sign again", who)


def _why_over(valid_until: date | None, today: date) -> str:
    if valid_until is not None and valid_until < today:
        return f"it counted until {_day(valid_until)}"
    return "the policy has changed since"


def _two_contacts(facts: AccessFacts, requirements: AccessRequirements, today: date) -> Iterable[Finding]:
    need = requirements.two_contacts
    if need is None:
        return
    named = len({contact.person_id for contact in facts.contacts if contact.stands_on(today)})
    if named < need.count:
        message = f"The account has {named} of {need.count} administrative contacts"
        yield unmet("two_contacts", message, need, "Name another contact", need.by or "IT")
    else:
        yield _met("two_contacts", f"The account has {named} administrative contacts", need, None)


def _induction(facts: AccessFacts, requirements: AccessRequirements, today: date) -> Iterable[Finding]:
    need = requirements.account_induction
    if need is None:
        return
    given = [induction for induction in facts.inductions if induction.given_on <= today]
    counting = [induction.given_on for induction in given if _counts(induction, need, facts)]
    if counting:
        first = min(counting)
        yield _met("account_induction", f"Induction given on {_day(first)}", need, first)
        return
    message = "The short induction for this account has not been given"
    if given:
        last = max(induction.given_on for induction in given)
        message = f"The induction given on {_day(last)} does not count: it has to be given by {need.by}"
    yield unmet("account_induction", message, need, "Arrange the induction", need.by or "IT")


def _counts(induction: InductionFact, need: Need, facts: AccessFacts) -> bool:
    """Whether who gave it held, on that day, an office that the policy names for it."""
    assert facts.person is not None
    assert facts.account is not None
    return gives_induction(
        induction.offices,
        need,
        academy_id=facts.account.academy_id,
        person_id=facts.person.id,
        day=induction.given_on,
    )


def _attested(facts: AccessFacts, requirements: AccessRequirements, today: date) -> Iterable[Finding]:
    """What somebody confirms with the request: equipment of the trust, and two-step sign-in."""
    request = current_request(facts.requests, today)
    what = "that equipment of the trust will be used"
    yield from _confirmed(
        "equipment", what, requirements.equipment, facts, request is not None and request.equipment_attested
    )
    what = "that two-step sign-in is on"
    yield from _confirmed(
        "two_step", what, requirements.two_step, facts, request is not None and request.two_step_confirmed
    )


def _confirmed(code: str, what: str, need: Need | None, facts: AccessFacts, done: bool) -> Iterable[Finding]:
    assert facts.person is not None
    if need is None:
        return
    if done:
        yield _met(code, f"Confirmed {what}", need, None)
    else:
        message = f"It has not been confirmed {what}"
        yield unmet(code, message, need, f"Confirm in the request {what}", facts.person.name)


def _approval(facts: AccessFacts, requirements: AccessRequirements, today: date) -> Iterable[Finding]:
    need = requirements.approval
    if not need.offices:
        message = "The policy does not name who approves, and nobody has been chosen"
        yield unmet("approver_unnamed", message, need, "Choose who approves", "the policy's author")
        return
    request = current_request(facts.requests, today)
    approval = None if request is None else request.approval
    if approval is None or approval.decided_on > today:
        asked = request is not None and not has_passed(request.term.ends_on, today)
        message = "Asked for, but no approver has decided yet" if asked else "No approver has agreed"
        next_step = "Decide the request" if asked else "Ask for access"
        yield unmet("not_approved", message, need, next_step, need.by if asked else "the line manager")
    elif not approval.approved:
        message = f"Refused on {_day(approval.decided_on)}{_because(approval.conditions)}"
        yield unmet("approval_refused", message, need, "Talk to the approver, then ask again", need.by)
    elif approval.ends_on is not None and approval.ends_on < today:
        message = f"The approval ended on {_day(approval.ends_on)}"
        yield unmet("not_approved", message, need, "Ask for access again", "the line manager")
    else:
        message = f"Approved on {_day(approval.decided_on)}{_because(approval.conditions)}"
        yield _met("approval", message, need, approval.decided_on)


def _grant(facts: AccessFacts, requirements: AccessRequirements, today: date) -> Iterable[Finding]:
    request = current_request(facts.requests, today)
    grant = None if request is None else request.grant
    if grant is None:
        yield Reason(
            "grant_missing", "Access has not been granted", next_step="Grant it once all is met", who="IT"
        )
    elif grant.ended_on is not None and grant.ended_on <= today:
        message = f"Access was ended on {_day(grant.ended_on)}"
        yield Reason("grant_ended", message, next_step="Ask for access again", who="the line manager")
    elif grant.term.starts_on > today:
        message = f"Access starts on {_day(grant.term.starts_on)}"
        yield Reason("grant_not_started", message, next_step="Wait until then", who="nobody")
    elif grant.term.ends_on is not None and grant.term.ends_on < today:
        message = f"Access ended on {_day(grant.term.ends_on)}"
        yield Reason("grant_ended", message, next_step="Ask for access again", who="the line manager")
    else:
        until = f" until {_day(grant.term.ends_on)}" if grant.term.ends_on else ""
        yield Met("grant", f"Granted from {_day(grant.term.starts_on)}{until}", on=grant.term.starts_on)


def _holds(facts: AccessFacts, requirements: AccessRequirements, today: date) -> Iterable[Finding]:
    """A hold suspends every right it reaches and destroys none."""
    standing = [hold for hold in facts.holds if hold.stands(today, facts.at)]
    for hold in standing:
        where = {HoldScope.ACCOUNT: "this account", HoldScope.ACADEMY: "this academy's accounts"}
        until = f" until {_day(hold.ends_on)}" if hold.ends_on else " until it is lifted"
        message = f"Posting is stopped on {where.get(hold.scope, 'all accounts')}{until}: {hold.reason}"
        yield unmet("on_hold", message, requirements.hold, "Wait until the hold ends or is lifted", "IT")
    if not standing:
        yield _met("no_hold", "Posting is not stopped", requirements.hold, None)


Check = Callable[[AccessFacts, AccessRequirements, date], Iterable[Finding]]
CHECKS: tuple[Check, ...] = (
    _post,
    _training,
    _signature,
    _account_open,
    _two_contacts,
    _induction,
    _attested,
    _approval,
    _grant,
    _holds,
)
"""Every requirement of the gate, in the order in which a page lists them."""


def _met(code: str, message: str, need: Need, on: date | None) -> Met:
    return Met(code, message, need.basis, need.clauses, on)


_day = lru_cache(maxsize=2048)(spoken_day)


def _because(conditions: str) -> str:
    return f": {conditions}" if conditions else ""


# --- when the answer changes ----------------------------------------------------------------------


def _next_change(
    facts: AccessFacts, requirements: AccessRequirements | None, today: date, answer: Answer
) -> date | None:
    """The first day or moment of a fact, after now, at which the answer is another one; at the latest the day
    on which another version of the policy comes into force, which may ask for something else."""
    for day, at in turning_points(facts, today):
        if facts.next_version_on is not None and today < facts.next_version_on <= day:
            break
        _, reasons = _findings(replace(facts, at=at), requirements, day)
        if _answer(reasons) is not answer:
            return day
    return facts.next_version_on
