"""A learner's whole journey against the floor's, both behind `gunicorn -w 2 -k sync`, taking turns.

    python -m tests.benchmarks.journeys [--database sqlite|postgresql] [--workers 8] [--seconds 10] [--runs 3]
    python -m tests.benchmarks.journeys --in-process 20

The product's journey goes from the slip's code to the record, through every key rule, every situation and the text of
the policy that comes with the program. The floor's has ten requests; it is in ../shared/floor. With --in-process
nothing is served: that many journeys are taken in this process, and their processor time is measured by itself.
"""

from __future__ import annotations

import argparse
import html
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import event, insert
from sqlalchemy.engine import Engine

from elearn import clock
from elearn.auth import rules, service
from elearn.courses.service import INDUCTION, current_course
from elearn.db import Base, db, transaction
from elearn.demo.sample import OWN_TEXT, SampleTrust, make_demonstration
from elearn.ledger.keys import create_keys
from elearn.scenarios.rules import cells
from elearn.scenarios.service import get_bundle
from tests.benchmarks.installation import SECRET, application, databases, people_like, shared_floor
from tests.benchmarks.load import WARM_UP_SECONDS, compare, served

TARGET = 0.4
PEOPLE_A_SECOND = 60
"""How many people are made ready for each second of load: more than a machine of two cores gets through."""

CHOICE = re.compile(r'name="choice" type="\w+" value="(\d+)"[^>]*>\s*<label[^>]*>(.*?)</label>', re.DOTALL)
PLACE = re.compile(r'<label[^>]* for="(place-\d+)">(.*?)</label>', re.DOTALL)
STORY = re.compile(r'<p class="govuk-body">(.*?)</p>', re.DOTALL)
QUESTION = re.compile(r'href="(/attempts/[0-9a-f-]+/(?:questions/\d+|result))"')
RULE = re.compile(r'href="(/rules/[^"]+)" role="button"')

Key = tuple[str, frozenset[str]]
"""A situation as a page shows it: its story and what can be chosen."""


class Broken(Exception):
    """An answer of the server that the journey can't go on from."""


@dataclass(frozen=True)
class Journey:
    """What one learner does, with a slip's code of their own. `right` is what to choose in each situation."""

    codes: tuple[str, ...]
    name: str
    right: Mapping[Key, tuple[str, ...]]

    def __call__(self, browser: Any, number: int) -> None:
        """Go all the way. Raises Broken at the first answer that is not a page or a redirect."""
        way = _Way(browser)
        self._enter(way, self.codes[number - 1])
        self._read_rules(way)
        self._answer_situations(way)
        self._sign(way)

    def _enter(self, way: _Way, code: str) -> None:
        way.get("01 start", "/")
        way.submit("02 code", "/code", "03 is this you", code=code)
        way.submit("04 yes", "/is-this-you", "05 who sees what", answer="yes")
        way.get("06 home", "/")

    def _read_rules(self, way: _Way) -> None:
        while RULE.search(way.text):
            way.get("07 rule", way.link(RULE))
        way.submit("08 rules read", way.address, "06 home")

    def _answer_situations(self, way: _Way) -> None:
        way.submit("09 start the situations", "/situations/start", "10 situation")
        while not way.address.endswith("/result"):
            way.submit("11 answer", way.address, "12 consequence", **self._answer(way.text))
            way.get("10 situation", way.link(QUESTION))
        way.expect("You have done the situations")

    def _answer(self, page: str) -> dict[str, Any]:
        """The right choice for the situation on this page."""
        step = re.search(r'name="step"[^>]*value="([^"]*)"', page)
        story, offered = STORY.search(page), CHOICE.findall(page) or PLACE.findall(page)
        if step is None or story is None:
            raise Broken("a page without a situation")
        by_text = {html.unescape(text): value for value, text in offered}
        right = [by_text[text] for text in self.right[html.unescape(story[1]), frozenset(by_text)]]
        common = {"step": html.unescape(step[1]), "sure": "yes"}
        if right[0].startswith("place-"):
            return common | {name: str(place) for place, name in enumerate(right, start=1)}
        return common | {"choice": right}

    def _sign(self, way: _Way) -> None:
        way.get("13 policy", "/policy")
        way.submit("14 policy read", "/policy/read", "15 check")
        way.get("16 sign page", "/sign")
        shown = re.search(r'name="shown"[^>]*value="([^"]*)"', way.text)
        if shown is None:
            raise Broken("a page that can't be signed")
        way.submit("17 sign", "/sign", "18 done", shown=shown[1], typed_name=self.name, ticked="y")
        way.get("19 record", way.address.replace("/done/", "/records/"))
        way.expect(self.name)
        way.submit("20 end", "/end")


class _Way:
    """Where somebody is on their way: the page they see and its address."""

    def __init__(self, browser: Any) -> None:
        self.browser = browser
        self.address, self.text = "", ""

    def get(self, label: str, address: str) -> None:
        """Open a page."""
        self._see(self.browser.get(label, address), address)

    def submit(self, label: str, address: str, then: str = "", /, **fields: Any) -> None:
        """Post a form of this page, and open the page that it leads to, under the label `then`."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.text)
        if token is None:
            raise Broken(f"{self.address} has no form")
        answer = self.browser.post(label, address, {"csrf_token": token[1], **fields})
        if answer.status not in (302, 303):
            raise Broken(f"{label} answered {answer.status}")
        if then:
            self.get(then, answer.headers["Location"])

    def link(self, pattern: re.Pattern[str]) -> str:
        """Where the first link of this kind leads."""
        found = pattern.search(self.text)
        if found is None:
            raise Broken(f"{self.address} has no link like {pattern.pattern}")
        return found[1]

    def expect(self, words: str) -> None:
        """Go on where the page says this."""
        if html.escape(words) not in self.text:
            raise Broken(f"{self.address} does not say '{words}'")

    def _see(self, answer: Any, address: str) -> None:
        if answer.status != 200:
            raise Broken(f"{address} answered {answer.status}")
        self.address, self.text = address, answer.text


# --- making ready --------------------------------------------------------------------------------


def prepared(folder: Path, database: str, number: int) -> Journey:
    """A published organisation with so many people, each with a slip; the journey that they will take."""
    create_keys(folder / "keys", "elearn benchmark")
    with application(folder, database):
        Base.metadata.create_all(db.engine)
        trust = make_demonstration(only=[OWN_TEXT]).trusts[OWN_TEXT]
        if not trust.is_published:
            raise RuntimeError("; ".join(trust.remarks))
        example = trust.people["teacher"]
        codes = _give_slips(trust, people_like(example.id, number))
        return Journey(codes, example.name, _right_choices(trust.organisation.id))


def _give_slips(trust: SampleTrust, people: Sequence[UUID]) -> tuple[str, ...]:
    """A slip for each person: its code."""
    now = clock.now()
    codes = [rules.new_code() for _ in people]
    rows = [
        {
            "id": uuid4(),
            "organisation_id": trust.organisation.id,
            "recorded_at": now,
            "person_id": person_id,
            "code_digest": service._digests(code)[0],
            "expires_on": clock.local_day(now) + timedelta(days=30),
            "issued_by_id": None,
        }
        for person_id, code in zip(people, codes, strict=True)
    ]
    with transaction() as unit:
        unit.execute(insert(Base.metadata.tables["slips"]), rows)
    return tuple(codes)


def _right_choices(organisation_id: UUID) -> dict[Key, tuple[str, ...]]:
    """The texts of the right options of every situation, in order."""
    course = current_course(organisation_id, INDUCTION, clock.today())
    assert course is not None
    right = {}
    for cell in cells(get_bundle(course.bundle_id)):
        for asked in cell.asked:
            texts = {option.id: option.text for option in asked.options}
            right[asked.story, frozenset(texts.values())] = tuple(texts[option] for option in asked.right)
    return right


# --- under load ----------------------------------------------------------------------------------


def measure(
    floor: Path, kind: str, *, workers: int, seconds: float, runs: int
) -> tuple[list[float], list[float]]:
    """Journeys a second of the floor and of the product, taking turns."""
    client = _module(floor / "loadlib.py")
    rates: tuple[list[float], list[float]] = ([], [])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database, floor_database = databases(folder, kind)
        people = round(PEOPLE_A_SECOND * (WARM_UP_SECONDS + seconds))
        journey = prepared(folder, database, people * runs)
        bare = {"BENCH_DB": floor_database, "PYTHONPATH": str(floor)}
        command = [sys.executable, str(floor / "journey_app.py")]
        subprocess.run(command, check=True, env=os.environ | bare)
        for turn in range(runs):
            first = 1 + turn * people
            with served("journey_app:app", bare) as address:
                rates[0].append(_floor_rate(floor, address, workers, seconds, first))
            with served("elearn.wsgi:app", _environment(folder, database)) as address:
                rates[1].append(_product_rate(client, journey, address, workers, seconds, first))
            ratio = rates[1][-1] / rates[0][-1]
            print(
                f"run {turn + 1}: product {rates[1][-1]:.1f}/s, floor {rates[0][-1]:.1f}/s, ratio {ratio:.2f}",
                flush=True,
            )
    return rates


def _environment(folder: Path, database: str) -> dict[str, str]:
    return {
        "ELEARN_INSTANCE": str(folder),
        "DATABASE_URL": database,
        "ELEARN_SECRET_KEY": SECRET,
        "ELEARN_BASE_URL": "http://127.0.0.1:8000",
    }


def _floor_rate(floor: Path, address: str, workers: int, seconds: float, first: int) -> float:
    """Journeys a second as the floor's own script drives them, once it has warmed up."""
    script = str(floor / "journey_run.py")
    for duration in (WARM_UP_SECONDS, seconds):
        command = [sys.executable, script, address, str(workers), str(duration), str(first)]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = re.search(r"journeys \d+ \((\S+)/s\), broken 0 ", output)
        if found is None:
            raise RuntimeError(f"journeys of the floor broke: {output[:500]}")
    return float(found[1])


def _product_rate(
    client: ModuleType, journey: Journey, address: str, workers: int, seconds: float, first: int
) -> float:
    """Journeys a second, once the server has warmed up as long as the floor."""
    client.run(address, journey, workers=workers, seconds=WARM_UP_SECONDS, first=first)
    first += PEOPLE_A_SECOND * WARM_UP_SECONDS
    result = client.run(address, journey, workers=workers, seconds=seconds, first=first)
    bad = sum(step["bad"] for step in result["labels"].values())
    if result["errors"] or bad:
        raise RuntimeError(f"{result['errors']} journeys broke, {bad} bad answers: {result['first_errors']}")
    steps = [step["n"] for label, step in result["labels"].items() if not label.startswith("==")]
    print(client.table(result))
    print(f"{sum(steps) / result['sessions']:.1f} requests a journey")
    return float(result["sessions_per_s"])


def _module(path: Path) -> ModuleType:
    """A Python file as a module that other processes know under its name."""
    found = importlib.util.spec_from_file_location(path.stem, path)
    assert found is not None
    assert found.loader is not None
    module = sys.modules[path.stem] = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


# --- in this process -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Answer:
    """What `Journey` asks of an answer."""

    status: int
    text: str
    headers: Mapping[str, str]


class InProcess:
    """The application without a server, asked like a browser of the load client."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.requests = 0
        self.seconds = 0.0

    def get(self, label: str, address: str) -> _Answer:
        """Open a page."""
        return self._ask("GET", address, None)

    def post(self, label: str, address: str, form: Mapping[str, Any]) -> _Answer:
        """Post a form."""
        return self._ask("POST", address, form)

    def _ask(self, method: str, address: str, form: Mapping[str, Any] | None) -> _Answer:
        self.requests += 1
        before = time.process_time()
        answer = self.client.open(address, method=method, data=form)
        self.seconds += time.process_time() - before
        return _Answer(answer.status_code, answer.text, answer.headers)


def measure_in_process(kind: str, number: int) -> str:
    """Requests, statements and milliseconds of processor time of a journey; the first ones only warm up."""
    warm = 3
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database, _ = databases(folder, kind)
        journey = prepared(folder, database, number + warm)
        with application(folder, database) as app:
            statements = _counted(db.engine)
        browsers = []
        for at in range(1, number + warm + 1):
            browsers.append(InProcess(app))
            journey(browsers[-1], at)
    taken = sorted(browser.seconds * 1000 for browser in browsers[warm:])
    requests = sum(browser.requests for browser in browsers) / len(browsers)
    times = f"{taken[0]:.1f} ms at best, {taken[len(taken) // 2]:.1f} ms in the middle"
    return f"{requests:.1f} requests, {len(statements) / len(browsers):.0f} statements, {times}"


def _counted(engine: Engine) -> list[str]:
    """Every statement from now on."""
    seen: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    return seen


def main(arguments: Sequence[str] | None = None) -> None:
    """Print both rates and their ratio, or what a journey costs in this process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--in-process", type=int, default=0, metavar="JOURNEYS")
    asked = parser.parse_args(arguments)
    if asked.in_process:
        print(
            f"journey in this process, {asked.database}: {measure_in_process(asked.database, asked.in_process)}"
        )
        return
    floor = shared_floor()
    if floor is None:
        parser.exit(
            2, "../shared/floor is not here, and its journey is what the product's is measured against\n"
        )
    rates = measure(floor, asked.database, workers=asked.workers, seconds=asked.seconds, runs=asked.runs)
    print(compare(f"journey, {asked.database}", *rates, TARGET))
    best = max(product / bare for bare, product in zip(*rates, strict=True))
    print(f"best of {asked.runs} pairs: {best:.2f}")


if __name__ == "__main__":
    main()
