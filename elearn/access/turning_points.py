"""The days and moments at which something that is known of a person and an account starts or ends. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from elearn.access.facts import AccessFacts
from elearn.people.rules import Term

ONE_DAY = timedelta(days=1)


def turning_points(facts: AccessFacts, today: date) -> list[tuple[date, datetime | None]]:
    """Those after today, or after the moment of asking, in order. Between two of them no answer changes."""
    days = {day for day in _turning_days(facts) if day > today}
    moments = {
        (day, moment)
        for hold in facts.holds
        for day, moment in ((hold.starts_on, hold.starts_at), (hold.ends_on, hold.ends_at))
        if day is not None and moment is not None and _is_ahead(day, moment, today, facts.at)
    }
    points: list[tuple[date, datetime | None]] = [(day, None) for day in days]
    points.extend(moments)
    return sorted(points, key=lambda point: (point[0], "" if point[1] is None else point[1].isoformat()))


def _is_ahead(day: date, moment: datetime, today: date, at: datetime | None) -> bool:
    return day > today if at is None else moment > at and day >= today


def _turning_days(facts: AccessFacts) -> Iterable[date]:
    """The first day of everything that starts, and the day after the last day of everything that ends."""
    for term in _terms(facts):
        yield term.starts_on
        if term.ends_on is not None:
            yield term.ends_on + ONE_DAY
    lasts = [done.valid_until for done in facts.training.values()]
    lasts.append(None if facts.signature is None else facts.signature.valid_until)
    lasts += [hold.ends_on for hold in facts.holds]
    lasts += [request.approval.ends_on for request in facts.requests if request.approval is not None]
    yield from (last + ONE_DAY for last in lasts if last is not None)
    if facts.account is not None and facts.account.closed_on is not None:
        yield facts.account.closed_on
    if facts.policy is not None:
        yield facts.policy.in_force_from


def _terms(facts: AccessFacts) -> Iterable[Term]:
    yield from (placement.term for placement in facts.placements)
    for contact in facts.contacts:
        yield contact.term
        yield from contact.posts
    for request in facts.requests:
        yield request.term
        if request.grant is not None:
            yield request.grant.term
