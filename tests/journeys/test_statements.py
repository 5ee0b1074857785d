"""What a learner's pages ask of the database: few statements, each answered by an index."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import event

from elearn.db import db
from tests.benchmarks.installation import application
from tests.benchmarks.journeys import InProcess, Journey, prepared

MOST_ON_A_PAGE = 12
GROWS_WITH_PEOPLE = frozenset(
    {
        "acknowledgements",
        "attempt_results",
        "attempts",
        "help_given",
        "ledger_entries",
        "office_holdings",
        "people",
        "placements",
        "questions_raised",
        "reading_steps",
        "responses",
        "role_holdings",
        "sign_in_sessions",
        "slip_uses",
        "slip_voids",
        "slips",
    }
)


class Watched(InProcess):
    """A browser that notes how many statements each step of the journey took."""

    def __init__(self, app: Any, seen: Sequence[str]) -> None:
        super().__init__(app)
        self.seen = seen
        self.counts: dict[str, list[int]] = defaultdict(list)

    def get(self, label: str, address: str) -> Any:
        """Open a page."""
        before = len(self.seen)
        answer = super().get(label, address)
        self.counts[label].append(len(self.seen) - before)
        return answer


@pytest.fixture(scope="module")
def journey(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[dict[str, int], dict[str, list[str]]]:
    """One learner's way on SQLite: the statements of each page at most, and the plan of every statement."""
    folder = tmp_path_factory.mktemp("journey")
    database = f"sqlite:///{folder / 'journey.db'}"
    way: Journey = prepared(folder, database, 2)
    seen: list[str] = []
    plans: dict[str, list[str]] = {}
    with application(folder, database) as app:
        engine = db.engine

        @event.listens_for(engine, "after_cursor_execute")
        def note(connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
            if not statement.startswith("BEGIN"):
                seen.append(statement)
            if statement.startswith(("SELECT", "UPDATE", "DELETE")) and statement not in plans:
                explained = cursor.connection.execute("EXPLAIN QUERY PLAN " + statement, values)
                plans[statement] = [step[3] for step in explained]

    way(InProcess(app), 1)  # what a process reads once it has read by now
    browser = Watched(app, seen)
    way(browser, 2)
    return {label: max(counts) for label, counts in browser.counts.items()}, plans


def test_no_page_of_a_learner_takes_more_than_twelve_statements(journey: Any) -> None:
    counts, _ = journey
    assert len(counts) > 10
    assert Counter({page: count for page, count in counts.items() if count > MOST_ON_A_PAGE}) == Counter()


def test_no_statement_of_a_learners_way_reads_through_a_table_that_grows_with_people(journey: Any) -> None:
    _, plans = journey
    assert len(plans) > 20
    whole = {
        statement: step
        for statement, steps in plans.items()
        for step in steps
        if (table := re.match(r"SCAN (\w+?)(_\d+)?\b", step)) and table[1] in GROWS_WITH_PEOPLE
    }
    assert whole == {}
