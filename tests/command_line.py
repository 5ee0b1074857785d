"""The program as somebody types it: `run("person", "list", "--organisation", slug)`."""

from __future__ import annotations

from click.testing import CliRunner, Result

from elearn.cli import main


def run(*arguments: str, text: str | None = None) -> Result:
    """What a command prints and ends with; `text` is what is typed into it."""
    return CliRunner().invoke(main, arguments, input=text)


def done(*arguments: str) -> str:
    """What a command prints. Fails where it does not end well."""
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.output
