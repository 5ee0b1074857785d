"""Two tiny policies and six scenarios that have no fault, and a way to seed one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from elearn.scenarios.content import Content
from elearn.scenarios.loader import load_content

CONTENT = Path(__file__).parent / "content"
Edit = tuple[str, str, str]


@pytest.fixture(scope="session")
def sound() -> Content:
    """The content without a fault."""
    return load_content(CONTENT)


@pytest.fixture
def edited_folder(tmp_path: Path) -> Callable[..., Path]:
    """A copy of the content in which texts of files are replaced: (file, old, new), each old one there once."""

    def edit(*edits: Edit) -> Path:
        folder = tmp_path / "content"
        shutil.copytree(CONTENT, folder, dirs_exist_ok=True)
        for file, old, new in edits:
            text = (folder / file).read_text(encoding="utf-8") if (folder / file).exists() else ""
            if old:
                assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {file}"
            (folder / file).write_text(text.replace(old, new) if old else text + new, encoding="utf-8")
        return folder

    return edit


@pytest.fixture
def edited(edited_folder: Callable[..., Path]) -> Callable[..., Content]:
    """The content of such a copy."""
    return lambda *edits: load_content(edited_folder(*edits))
