"""Holds from the command line."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from elearn import clock
from elearn.access.account_commands import account
from elearn.access.commands import access
from elearn.access.hold_commands import hold
from tests.access.conftest import NOW
from tests.access.typed import Run, account_of, person


def test_holds_start_are_listed_and_are_lifted(run: Run, ready: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ready.granted()
    slug, it = ready.trust.slug, person(ready, "it")
    started = run(
        hold, "start", "--organisation", slug, "--academy", "mill-road", "--reason", "Incident", "--by", it
    )
    assert started.exit_code == 0, started.output
    assert "1 people at 1 accounts" in started.stdout
    stopped = run(access, "check", person(ready, "kim"), account_of(ready))
    assert stopped.exit_code == 1
    assert "[clause 4.6.1]" in stopped.stdout
    assert "ON HOLD" in run(account, "list", "--organisation", slug).stdout
    (listed,) = json.loads(run(hold, "list", "--organisation", slug, "--json").stdout)
    assert (listed["scope"], listed["where"], listed["stands"]) == ("academy", "Mill Road", True)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=5))
    assert run(hold, "lift", listed["hold"], "--by", it).exit_code == 0
    assert run(access, "check", person(ready, "kim"), account_of(ready)).exit_code == 0
    again = run(hold, "lift", listed["hold"], "--by", it)
    assert again.exit_code == 1
    assert "lifted already" in again.stderr
    assert "0 holds" in run(hold, "list", "--organisation", slug).stdout
    assert "does not stand" in run(hold, "list", "--organisation", slug, "--all").stdout


def test_a_hold_until_an_hour_is_in_uk_time(run: Run, ready: Any) -> None:
    slug, it = ready.trust.slug, person(ready, "it")
    given = ("start", "--organisation", slug, "--reason", "Drill", "--by", it)
    assert run(hold, *given, "--until", "2026-09-10T17:00").exit_code == 0
    assert "until 10 September 2026, 17:00" in run(hold, "list", "--organisation", slug).stdout
    past = run(hold, *given, "--until", "2026-09-10T11:00")
    assert past.exit_code == 2
    both = run(hold, *given, "--academy", "mill-road", "--account", account_of(ready))
    assert both.exit_code == 2
