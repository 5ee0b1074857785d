"""Days in words, the same on every page and in every message, on every operating system. Pure."""

from __future__ import annotations

from datetime import date


def spoken_day(day: date | None) -> str:
    """A day as people write it: 3 September 2026; nothing where there is none."""
    return "" if day is None else f"{day.day} {day:%B %Y}"
