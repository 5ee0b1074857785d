"""An installed wheel, in a clean environment and without a checkout, is the whole product."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    return next(folder.glob("*.whl"))


def test_a_wheel_carries_content_migrations_templates_and_fonts(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for wanted in (
        "elearn/_data/scenarios/catalogue.yaml",
        "elearn/_data/scenarios/policies/model/policy.md",
        "elearn/_data/migrations/env.py",
        "elearn/templates/layout.html",
        "elearn/static/vendor/govuk-frontend.min.css",
        "elearn/fonts/DejaVuSans.ttf",
    ):
        assert wanted in names
    assert not any(name.startswith(("tests/", "instance/")) for name in names)


@pytest.mark.slow
def test_an_installed_wheel_walks_the_main_job(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    programs = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    install = [str(programs / "python"), "-m", "pip", "install", "-q", "--no-compile", str(wheel)]
    installed = subprocess.run(install, capture_output=True, text=True)
    assert installed.returncode == 0, installed.stderr
    (tmp_path / "elsewhere").mkdir()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("ELEARN", "PYTHON"))
    }
    environment.pop("DATABASE_URL", None)
    walk = subprocess.run(
        [str(programs / "elearn"), "demo", "--check"],
        cwd=tmp_path / "elsewhere",
        env=environment,
        capture_output=True,
        text=True,
    )
    assert walk.returncode == 0, walk.stdout + walk.stderr
    assert "the ledger is sound" in walk.stdout
