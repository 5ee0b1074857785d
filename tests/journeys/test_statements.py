"""What a learner's pages ask of the database: few statements, each answered by an index."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import event

from elearn.db import db
from tests.benchmarks.installation import application
from tests.benchmarks.journeys import InProcess, Journey, prepared
from tests.conftest import Databases

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
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, int], dict[str, list[str]]]:
    """One learner's way: the statements of each page at most, and what each statement reads through as a whole."""
    folder, database = tmp_path_factory.mktemp("journey"), databases.empty("journey")
    way: Journey = prepared(folder, database, 2)
    seen: list[str] = []
    read_through: dict[str, list[str]] = {}
    with application(folder, database) as app:
        engine = db.engine

        @event.listens_for(engine, "after_cursor_execute")
        def note(connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
            if not statement.startswith("BEGIN"):
                seen.append(statement)
            if statement.startswith(("SELECT", "UPDATE", "DELETE")) and statement not in read_through:
                read_through[statement] = READ_THROUGH[engine.name](cursor.connection, statement, values)

    way(InProcess(app), 1)  # what a process reads once it has read by now
    browser = Watched(app, seen)
    way(browser, 2)
    return {label: max(counts) for label, counts in browser.counts.items()}, read_through


def read_through_on_sqlite(connection: Any, statement: str, values: Any) -> list[str]:
    """The tables that SQLite goes through from end to end, with an index or without."""
    steps = [step[3] for step in connection.execute("EXPLAIN QUERY PLAN " + statement, values)]
    return [scan[1] for step in steps if (scan := re.match(r"SCAN (\w+?)(_\d+)?\b", step))]


def read_through_on_postgresql(connection: Any, statement: str, values: Any) -> list[str]:
    """The tables that PostgreSQL would go through from end to end for want of an index that serves.

    Tables with few rows it reads through whatever their indexes, so it is told that there is no quick way to do that.
    """
    with connection.cursor() as cursor:
        for way in WAYS_OF_FEW_ROWS:
            cursor.execute(f"SET {way} = off")
        cursor.execute("EXPLAIN (FORMAT JSON) " + statement, values)
        [[[told]]] = cursor.fetchall()
        for way in WAYS_OF_FEW_ROWS:
            cursor.execute(f"RESET {way}")
    return [table for table, step in steps_of(told["Plan"]) if is_whole(step)]


def steps_of(plan: dict[str, Any], table: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every step of a plan with its table; that of a step that names none is that of the step above."""
    table = plan.get("Relation Name", table)
    yield table, plan
    for step in plan.get("Plans", []):
        yield from steps_of(step, table)


def is_whole(step: dict[str, Any]) -> bool:
    """Whether this step goes through a table, or through an index, from end to end."""
    kind = step["Node Type"]
    return kind == "Seq Scan" or (
        kind.endswith(("Index Scan", "Index Only Scan")) and "Index Cond" not in step
    )


WAYS_OF_FEW_ROWS = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_material")
READ_THROUGH = {"sqlite": read_through_on_sqlite, "postgresql": read_through_on_postgresql}


def test_no_page_of_a_learner_takes_more_than_twelve_statements(journey: Any) -> None:
    counts, _ = journey
    assert len(counts) > 10
    assert Counter({page: count for page, count in counts.items() if count > MOST_ON_A_PAGE}) == Counter()


def test_no_statement_of_a_learners_way_reads_through_a_table_that_grows_with_people(journey: Any) -> None:
    _, read_through = journey
    assert len(read_through) > 20
    growing = {statement: GROWS_WITH_PEOPLE & set(tables) for statement, tables in read_through.items()}
    assert {statement: tables for statement, tables in growing.items() if tables} == {}
