"""The rules of the structure that no import contract can say."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import inspect

import elearn.tables
from elearn.db import Base
from elearn.ledger.facts import FACT_TABLES, Fact, Replaceable
from elearn.permissions import Permission

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "elearn"
SOURCES = sorted(PACKAGE.rglob("*.py"))

PUBLIC_ENDPOINTS = {
    "static",
    "auth.home",
    "auth.enter_code",
    "auth.sign_in",
    "auth.end",
    "auth.organisation_css",
    "auth.accessibility",
    "auth.your_data",
    "api.openapi",
    "completion.verify",
    "completion.verify_record",
}
"""Pages that anybody may open. A new one is added here, in the open."""

ROWS_OUTSIDE_THE_LEDGER = {
    "clauses": "committed with its policy version, as a hash",
    "policy_sources": "committed with its policy version, as a hash",
    "responses": "committed with the result of its attempt, and with the signature",
    "reading_steps": "committed with the signature",
    "ledger_entries": "the ledger itself",
    "ledger_salts": "opens the commitments",
    "ledger_heads": "checked against the chain",
    "sign_in_sessions": "who is signed in just now; a signature commits to what it used of it",
    "sign_in_failures": "counts wrong passwords for ten minutes",
}
"""Tables that are not facts, and why that is safe. A new one is added here, in the open."""

IGNORED_LINES = {"noqa": 5, "type: ignore": 10}
"""How many lines switch a check off, each with its reason beside it. A further one is counted here, in the open."""


def tables() -> list[type[Base]]:
    return [mapper.class_ for mapper in Base.registry.mappers]


def test_every_table_says_what_a_row_is_what_is_personal_and_how_long_it_is_kept() -> None:
    for table in tables():
        text = " ".join((table.__doc__ or "").split())
        assert re.match(r"One row \w+ ", text), table.__name__
        assert "Personal data:" in text, table.__name__
        assert "Kept:" in text, table.__name__


def test_every_table_is_committed_in_the_ledger_or_listed_with_a_reason() -> None:
    facts = {table.__tablename__ for table in FACT_TABLES.values()}
    others = {str(table.__tablename__) for table in tables()} - facts
    assert others == set(ROWS_OUTSIDE_THE_LEDGER)


def test_every_tenant_table_carries_its_organisation() -> None:
    tenant_free = {"sign_in_failures"}
    for table in tables():
        columns = {column.key for column in inspect(table).columns}
        assert "organisation_id" in columns or table.__tablename__ in tenant_free, table.__tablename__


def test_facts_are_append_only_in_code() -> None:
    """No service updates or deletes a fact: sessions and failures are the only rows that change."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("update", "delete")
            ):
                target = ast.unparse(node.args[0]) if node.args else ""
                assert target in ("SignInSession", "SignInFailure", "LedgerHead"), f"{path.name}: {target}"


def test_constraints_have_names() -> None:
    for table in Base.metadata.tables.values():
        for constraint in table.constraints:
            assert constraint.name, f"{table.name}: {constraint}"


def test_only_the_database_module_commits() -> None:
    for path in SOURCES:
        if path.name == "db.py" and path.parent == PACKAGE:
            continue
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\.commit\(\)", text), path


def test_days_are_written_so_that_windows_can_too() -> None:
    """A day without its zero, `%-d`, is known to strftime on some systems only; on Windows it raises."""
    assert [path.name for path in SOURCES if re.search(r"%-[a-zA-Z]", path.read_text(encoding="utf-8"))] == []


def test_no_package_is_a_drawer_for_odds_and_ends() -> None:
    names = {path.stem for path in PACKAGE.rglob("*")}
    assert not names & {"utils", "util", "helpers", "common", "misc"}


def test_tables_of_a_package_are_private_but_for_reading_queries() -> None:
    """`queries.py` may read the tables of other packages (docs/decisions/0003), and never writes."""
    for path in SOURCES:
        if path.name == "queries.py":
            assert not set(
                re.findall(r"\b(insert|update|delete|record|transaction)\(", path.read_text("utf-8"))
            )
            continue
        package = path.relative_to(PACKAGE).parts[0]
        for imported in imports_of(path):
            owner = re.fullmatch(r"elearn\.(\w+)\.models", imported)
            if owner and path.name != "tables.py":
                assert owner[1] == package, f"{path} reads the tables of {owner[1]}"


def imports_of(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module)
            found += [f"{node.module}.{name.name}" for name in node.names]
    return found


def test_every_package_has_the_same_file_names() -> None:
    known = {"rules", "models", "service", "routes", "forms", "commands", "__init__"}
    assert {"people", "access", "quizzes"} <= {path.name for path in PACKAGE.iterdir()}
    for package in ("people", "quizzes", "access", "acknowledgements", "completion", "assignments"):
        assert {"rules", "service"} <= {p.stem for p in (PACKAGE / package).glob("*.py")}, (package, known)


def test_every_route_states_its_permission(application: Flask) -> None:
    for rule in application.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        view = application.view_functions[rule.endpoint]
        assert isinstance(getattr(view, "required_permission", None), Permission), rule.endpoint


def test_the_list_of_public_pages_is_fixed(application: Flask) -> None:
    public = {
        rule.endpoint
        for rule in application.url_map.iter_rules()
        if getattr(application.view_functions[rule.endpoint], "required_permission", None)
        is Permission.PUBLIC
    }
    assert public | {"static"} == PUBLIC_ENDPOINTS


@pytest.mark.parametrize("mark", sorted(IGNORED_LINES))
def test_the_number_of_silenced_checks_is_fixed(mark: str) -> None:
    lines = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in SOURCES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if f"# {mark}" in line
    ]
    assert len(lines) == IGNORED_LINES[mark], "\n".join(lines)


def test_replaceable_facts_name_what_they_replace_once() -> None:
    for table in FACT_TABLES.values():
        if issubclass(table, Replaceable):
            assert any(
                "replaces_id" in c.columns for c in table.__table__.constraints if hasattr(c, "columns")
            )
        assert issubclass(table, Fact)


def test_every_table_module_is_registered() -> None:
    modules = {path.parent.name for path in PACKAGE.glob("*/models.py")}
    assert modules == set(elearn.tables.__all__)
