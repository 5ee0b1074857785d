"""Content written to files as the loader reads them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from elearn.errors import InvalidInput
from elearn.scenarios.bundles import bundle_to_json
from elearn.scenarios.content import Bundle
from elearn.scenarios.loader import POLICY_FILES

_DUMPER: type[yaml.SafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
"""On libyaml's emitter, where PyYAML comes with it."""


def write_content(bundle: Bundle, folder: Path, *, remark: str = "") -> list[Path]:
    """Write catalogue, bank and the policy's folder, each file of the policy under a remark. Answers what was written.

    Raises InvalidInput where one of the files is there already: nothing is written over.
    """
    data = bundle_to_json(bundle)
    slug = bundle.policy.policy.slug
    files: dict[Path, tuple[str, Any]] = {folder / "catalogue.yaml": ("", data["catalogue"])}
    for topic in bundle.catalogue.topics:
        found = [scenario for scenario in data["bank"] if scenario["topic"] == topic.id]
        files[folder / "bank" / f"{topic.id}.yaml"] = ("", found)
    for name in POLICY_FILES:
        files[folder / "policies" / slug / f"{name}.yaml"] = (remark, data["policy"].get(name, {}))
    there = [path for path in files if path.exists()]
    if there:
        raise InvalidInput(f"{there[0]} is there already: choose an empty folder")
    for path, (comment, value) in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        head = f"# {comment}\n" if comment else ""
        path.write_text(head + _yaml(value), encoding="utf-8")
    return list(files)


def _yaml(value: Any) -> str:
    return str(yaml.dump(_as_written(value), Dumper=_DUMPER, allow_unicode=True, sort_keys=False, width=110))


def _as_written(value: Any) -> Any:
    """Yes and no as words, as content has them; everything else as it is."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return {key: _as_written(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_written(item) for item in value]
    return value
