"""The only place that reads the time. Rules are told the date; routes, commands and tasks ask here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    """This moment in UTC, to the millisecond (the precision that records keep)."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def today() -> date:
    """The day it is in the United Kingdom."""
    return local_day(now())


def local_day(moment: datetime) -> date:
    """The day in the United Kingdom at an aware moment: 23:30 UTC in July is already tomorrow."""
    return moment.astimezone(LONDON).date()


def local_time(moment: datetime) -> datetime:
    """The same moment on a clock in the United Kingdom."""
    return moment.astimezone(LONDON)


def spoken_date(text: str) -> str:
    """A date of day or month precision as people write it: "1 March 2021", "January 2024"; "" stays empty."""
    if not text:
        return ""
    if len(text) == 7:
        return f"{date.fromisoformat(text + '-01'):%B %Y}"
    day = date.fromisoformat(text)
    return f"{day.day} {day:%B %Y}"
