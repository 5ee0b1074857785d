"""The content files that came with this installation, read once in each process and again when they change."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from elearn.config import data_folder
from elearn.scenarios.checking_cells import compile_all
from elearn.scenarios.content import Content
from elearn.scenarios.loader import ContentProblems, load_content
from elearn.scenarios.rules import CompiledBundle


@dataclass(frozen=True, slots=True)
class Installed:
    """The files as read: everything in them, or (`content` None) what keeps them from being read."""

    stamp: str
    content: Content | None
    compiled: Mapping[str, CompiledBundle]
    problems: tuple[str, ...] = ()


_last: dict[Path, Installed] = {}
_lock = threading.Lock()


def installed_content() -> Installed:
    """The installation's content folder as it is now."""
    folder = data_folder("scenarios")
    stamp = _stamp(folder)
    with _lock:
        found = _last.get(folder)
        if found is None or found.stamp != stamp:
            found = _last[folder] = _read(folder, stamp)
        return found


def _stamp(folder: Path) -> str:
    """Changes whenever a file of the folder is written, added or taken away."""
    seen = sorted((str(path), path.stat().st_mtime_ns) for path in folder.rglob("*.yaml"))
    return sha256(repr(seen).encode()).hexdigest()


def _read(folder: Path, stamp: str) -> Installed:
    try:
        content = load_content(folder)
    except ContentProblems as error:
        return Installed(stamp, None, {}, tuple(error.problems))
    return Installed(stamp, content, compile_all(content))
