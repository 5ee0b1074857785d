"""How long a course counts, and from when it may be done again. Pure."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

EXPIRING_DAYS = 30
"""From how many days before the last valid day somebody is told that it ends, and may do it again."""


def add_months(day: date, months: int) -> date:
    """The same day some months later; the month's last day where it has no such day (29 February + 12: 28th)."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def expiring_from(valid_until: date) -> date:
    """The first day of the time in which something that counts through `valid_until` may be done again early."""
    return valid_until - timedelta(days=EXPIRING_DAYS)
