"""The rules of the structure that no import contract can say."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, inspect

import elearn.tables
from elearn.db import Base
from elearn.ledger.facts import FACT_TABLES, Fact, Replaceable
from elearn.permissions import Permission
from tests.conftest import pytest_runtest_call, pytest_runtest_setup

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
    "responses": "committed with the result of its attempt, and with the signature; a MAC until then",
    "reading_steps": "committed with the signature; a MAC until then",
    "ledger_entries": "the ledger itself",
    "ledger_salts": "opens the commitments",
    "ledger_heads": "checked against the chain",
    "sign_in_sessions": "a MAC; a signature commits to what it used of it",
    "sign_in_failures": "a MAC",
}
"""Tables that are not facts, and why that is safe. A new one is added here, in the open."""

NAMES_SQLITE = {
    "tests/conftest.py": "makes databases of each kind for all tests, by the fixture `databases`",
    "tests/benchmarks/installation.py": "measures on one kind or on the other, as asked",
}
"""Files of the tests that name a file of SQLite's by themselves. A new one is added here, in the open."""

SILENCED = """
elearn/app.py: type: ignore [method-assign]
elearn/app.py: type: ignore [return-value]
elearn/auth/rules.py: noqa S105
elearn/auth/rules.py: noqa SIM905
elearn/commands.py: noqa F401
elearn/commands.py: type: ignore [attr-defined]
elearn/ledger/models.py: type: ignore [no-untyped-call]
elearn/pdf.py: type: ignore [import-untyped]
elearn/pdf.py: type: ignore [import-untyped]
elearn/pdf.py: type: ignore [no-untyped-call]
elearn/permissions.py: type: ignore [attr-defined]
elearn/scenarios/loader.py: noqa RUF012
elearn/scenarios/loader.py: noqa RUF012
elearn/scenarios/loader.py: type: ignore [attr-defined]
elearn/scenarios/loader.py: type: ignore [no-redef]
migrations/env.py: noqa F401
tests/access/facts.py: type: ignore [type-var]
tests/access/facts.py: type: ignore [type-var]
tests/access/test_rules.py: type: ignore [arg-type]
tests/access/test_rules.py: type: ignore [no-untyped-def]
tests/access/test_rules.py: type: ignore [type-var]
tests/benchmarks/answers.py: type: ignore [attr-defined]
tests/benchmarks/installation.py: noqa F401
tests/conftest.py: noqa F401
tests/courses/test_quoting.py: type: ignore [arg-type]
tests/journeys/serving.py: type: ignore [attr-defined]
tests/look/test_look.py: type: ignore [attr-defined]
tests/look/test_look.py: type: ignore [attr-defined]
tests/quizzes/test_routes.py: type: ignore [index]
tests/scenarios/test_golden.py: type: ignore [no-any-return]
tests/test_app.py: type: ignore [attr-defined]
tests/test_app.py: type: ignore [index]
tests/test_documentation.py: noqa F401
tests/test_migrations.py: noqa F401
"""
"""Each line of code that switches a check off. A new one is added here, in the open."""

SILENCED_IN_SETTINGS = {
    "ruff": ["RUF001", "RUF002", "RUF003", "S101"],
    "ruff per file": {"tests/**": ["S"], "migrations/**": ["E501"], "elearn/demo/*.py": ["S310", "S603"]},
    "ruff left out": [],
    "mypy": [],
    "mypy per module": [
        {
            "module": [
                "flask_migrate.*",
                "flask_wtf.*",
                "wtforms.*",
                "xhtml2pdf.*",
                "pyhanko.*",
                "pyhanko_certvalidator.*",
                "segno.*",
                "waitress.*",
                "mammoth.*",
            ],
            "ignore_missing_imports": True,
        },
        {"module": ["elearn.*.forms", "elearn.fields"], "disallow_subclassing_any": False},
    ],
    "imports": [
        "elearn.*.routes -> elearn.**",
        "elearn.access.register_routes -> elearn.**",
        "elearn.access.request_routes -> elearn.**",
        "elearn.app -> elearn.*.routes",
        "elearn.access.routes -> elearn.access.*",
    ],
    "imports allowed at one remove": [
        "Pages are the edge: they may call any package's service, and nobody but the application imports them"
    ],
    "warnings": ["error"],
}
"""What the checks' settings leave out, in pyproject.toml. A new one is added here, in the open."""


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
    """No service updates or deletes a fact: sessions and failures are the only rows that change, and MACs of rows."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("update", "delete")
            ):
                target = ast.unparse(node.args[0]) if node.args else ""
                changing = {"SignInSession", "SignInFailure", "LedgerHead"}
                assert target in changing or (path.name, target) == ("macs.py", "table"), (
                    f"{path.name}: {target}"
                )


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


def test_the_lines_that_silence_a_check_are_fixed() -> None:
    mark = re.compile(
        r"#\s*(noqa|type: ignore|nosec|mypy: |ruff: |pragma: )(?:: ?([\w, ]+?) ?(?:-|$)|(\[[\w, -]+\]))?",
        re.M,
    )
    found = [
        f"{path.relative_to(ROOT).as_posix()}: {silenced[1]} {silenced[2] or silenced[3] or 'everything'}"
        for folder in ("elearn", "tests", "migrations", "scripts")
        for path in (ROOT / folder).rglob("*.py")
        if path != Path(__file__).resolve()
        for silenced in mark.finditer(path.read_text(encoding="utf-8"))
    ]
    assert sorted(found) == sorted(SILENCED.strip().splitlines())


def test_tests_get_their_database_from_where_there_is_one_of_each_kind() -> None:
    """That no other is asked while something is tested is seen to with each test, in conftest.py."""
    naming = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("*.py")
        if path != Path(__file__).resolve() and re.search("sqlite:/{3}", path.read_text(encoding="utf-8"))
    }
    assert naming == set(NAMES_SQLITE)


def test_a_test_that_asks_one_kind_of_database_only_fails(request: pytest.FixtureRequest) -> None:
    engine = create_engine("sqlite://")
    engine.connect().close()
    engine.dispose()
    with pytest.raises(pytest.fail.Exception, match="is not run on each kind"):
        pytest_runtest_call(request.node)
    pytest_runtest_setup()


def test_what_the_settings_silence_is_fixed() -> None:
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    lint, contracts = tool["ruff"]["lint"], tool["importlinter"]["contracts"]
    assert {
        "ruff": sorted(lint["ignore"]),
        "ruff per file": lint["per-file-ignores"],
        "ruff left out": sorted(
            set(lint) - {"select", "ignore", "per-file-ignores", "pycodestyle", "mccabe"}
        ),
        "mypy": sorted(set(tool["mypy"]) - {"strict", "python_version", "packages", "overrides"}),
        "mypy per module": tool["mypy"]["overrides"],
        "imports": [edge for contract in contracts for edge in contract.get("ignore_imports", [])],
        "imports allowed at one remove": [c["name"] for c in contracts if c.get("allow_indirect_imports")],
        "warnings": tool["pytest"]["ini_options"]["filterwarnings"],
    } == SILENCED_IN_SETTINGS
    assert tool["mypy"]["strict"] is True


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


def test_the_page_about_somebodys_data_names_every_cookie() -> None:
    """That of the session, which Flask sets, and each that is set here."""
    set_here = sum(path.read_text(encoding="utf-8").count(".set_cookie(") for path in SOURCES)
    page = (PACKAGE / "templates" / "auth" / "your_data.html").read_text(encoding="utf-8")
    assert set_here == 2
    assert "Three, all needed: " in page
