"""A request: which one counts, when one may be made, and when one may be granted. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from enum import StrEnum

from elearn.access.decision import AccessDecision
from elearn.access.facts import RequestFact, Right
from elearn.dates import spoken_day
from elearn.decisions import Decision, Reason, decide
from elearn.people.rules import Term

COMES_WITH = {Right.POSTER: {Right.POSTER, Right.HOLDER}, Right.HOLDER: {Right.HOLDER}}
"""Each right, least first, with the rights that bring it: who looks after an account posts on it as well."""
AFTER_REQUEST_CODES = frozenset(
    {"equipment", "two_step", "not_approved", "approval_refused", "on_hold"}
    | {"grant_missing", "grant_not_started", "grant_ended"}
)
"""What a request brings about, or what a request may wait for."""


class RequestState(StrEnum):
    """Where a request stands on a day, as worked out from what followed it."""

    WAITING = "waiting"
    REFUSED = "refused"
    APPROVED = "approved"
    GRANTED = "granted"
    ENDED = "ended"
    OVER = "over"


OPEN = frozenset({RequestState.WAITING, RequestState.APPROVED})
"""Asked for and neither refused, granted nor over."""
TAKEN = OPEN | {RequestState.GRANTED}
"""Had, or asked for: nobody asks for it again."""


def request_state(
    term: Term, *, approved: bool | None, granted: Term | None, is_ended: bool, day: date
) -> RequestState:
    """Where a request for this term stands on a day. `approved` is None before a decision, `granted` the term of the
    right that came of it, `is_ended` whether that was taken back."""
    if granted is not None:
        over = is_ended or has_passed(granted.ends_on, day)
        return RequestState.ENDED if over else RequestState.GRANTED
    if approved is False:
        return RequestState.REFUSED
    if has_passed(term.ends_on, day):
        return RequestState.OVER
    return RequestState.WAITING if approved is None else RequestState.APPROVED


def eligible_to_request(decision: AccessDecision) -> Decision:
    """Whether access can be asked for: all is met but what the request itself brings about. A hold does not
    matter: the request waits."""
    return decide(reason for reason in decision.reasons if reason.code not in AFTER_REQUEST_CODES)


def may_grant(decision: AccessDecision, request: RequestFact, today: date) -> Decision:
    """Whether this request may be turned into a grant: all is met but the grant, and it is not over.

    `decision` is the one on this request alone.
    """
    reasons = [reason for reason in decision.reasons if reason.code != "grant_missing"]
    if request.grant is not None:
        reasons.append(Reason("already_granted", "This request has been granted already"))
    elif has_passed(request.term.ends_on, today):
        message = f"The request was for access until {spoken_day(request.term.ends_on)}"
        reasons.append(
            Reason("request_over", message, next_step="Ask for access again", who="the line manager")
        )
    return decide(reasons)


def current_request(requests: Iterable[RequestFact], day: date) -> RequestFact | None:
    """The request that matters on a day: one whose right is live, else one that will be, else the latest that
    is open, else the latest."""

    def rank(request: RequestFact) -> tuple[int, datetime, str]:
        return (_rank(request, day), request.requested_at, str(request.id))

    return max(requests, key=rank, default=None)


def _rank(request: RequestFact, day: date) -> int:
    grant, approval = request.grant, request.approval
    if grant is None:
        is_open = approval is None or approval.approved
        return 1 if is_open and not has_passed(request.term.ends_on, day) else 0
    if grant.is_live_on(day):
        return 3
    return 2 if grant.ended_on is None and grant.term.starts_on > day else 0


def has_passed(last_day: date | None, day: date) -> bool:
    """Whether something with this last day is over by a day."""
    return last_day is not None and last_day < day


def offered_rights(requests: Iterable[tuple[Right, RequestState]]) -> tuple[Right, ...]:
    """The rights on an account that a page offers to ask for, least first, by somebody's requests for it.

    None that they have or wait for, by itself or with a greater one. After a refusal or an end they may ask again.
    """
    taken = {right for right, state in requests if state in TAKEN}
    return tuple(right for right, greater in COMES_WITH.items() if taken.isdisjoint(greater))


def may_request(decision: AccessDecision, states: Collection[RequestState]) -> Decision:
    """Whether a request may be stored, by the states of the person's requests for rights that bring this one.

    Training, signature and approval may come in any order, so their lack does not stop it; an unknown person, no
    post there, a closed account or a second request does.
    """
    barred = {"person_unknown", "account_unknown", "no_placement", "not_covered", "account_closed"}
    barred |= {"policy_not_published", "requirements_missing", "cannot_decide"}
    reasons = [reason for reason in decision.reasons if reason.code in barred]
    if RequestState.GRANTED in states:
        reasons.append(Reason("already_granted", "They have this access already", next_step="Nothing to do"))
    if not OPEN.isdisjoint(states):
        reasons.append(
            Reason(
                "already_requested", "A request for this is open already", next_step="Wait for the decision"
            )
        )
    return decide(reasons)


def end_of_school_year(day: date) -> date:
    """The 31 August on or after a day: how long access is asked for unless somebody says otherwise."""
    this_year = date(day.year, 8, 31)
    return this_year if day <= this_year else date(day.year + 1, 8, 31)
