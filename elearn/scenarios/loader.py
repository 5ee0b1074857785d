"""Reading the content folder: YAML in which every scalar is text, and every node knows its line.

Plain YAML would read `no` as a boolean and clause 7.10 as the number 7.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path as FilePath
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from elearn.errors import InvalidInput
from elearn.scenarios.bank_content import Scenario
from elearn.scenarios.content import Catalogue, Content, Override, Path, Place
from elearn.scenarios.policy_content import Access, Clause, Course, KeyRule, Policy, PolicyContent, Stances

try:
    from yaml.cyaml import CParser  # type: ignore[attr-defined]
except ImportError:  # PyYAML without libyaml

    class _TextLoader(yaml.SafeLoader):
        """The safe loader with no type guessed from how a scalar looks."""

        yaml_implicit_resolvers = {}  # noqa: RUF012

else:

    class _TextLoader(CParser, SafeConstructor, Resolver):  # type: ignore[no-redef]
        """The safe loader on libyaml's parser, with no type guessed from how a scalar looks."""

        yaml_implicit_resolvers = {}  # noqa: RUF012

        def __init__(self, stream: str) -> None:
            CParser.__init__(self, stream)
            SafeConstructor.__init__(self)
            Resolver.__init__(self)


_TEXT, _LIST, _MAPPING = (f"tag:yaml.org,2002:{name}" for name in ("str", "seq", "map"))
Lines = dict[Path, int]


class ContentProblems(InvalidInput):
    """Files that do not have the shape of content; each problem begins with file and line."""


def read_yaml(text: str, file: str) -> tuple[Any, Lines]:
    """The text's value (mappings, tuples and text only) and the line of every node by its path.

    Raises ContentProblems for text that is not YAML, a key given twice, a tag, an alias or a second document.
    """
    try:
        node = yaml.compose(text, Loader=_TextLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContentProblems(f"{file}:{line}: this is not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ContentProblems(f"{file}:1: this is not YAML: {error}") from error
    lines: Lines = {}
    if node is None:
        return (), lines
    return _Values(file, lines).read(node, ()), lines


class _Values:
    """Turns a tree of nodes into values and remembers lines."""

    def __init__(self, file: str, lines: Lines) -> None:
        self.file = file
        self.lines = lines
        self.seen: set[int] = set()

    def read(self, node: yaml.Node, path: Path) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if id(node) in self.seen:
            raise ContentProblems(f"{self.file}:{line}: anchors and aliases are not used in content")
        self.seen.add(id(node))
        if node.tag not in {_TEXT, _LIST, _MAPPING}:
            raise ContentProblems(f"{self.file}:{line}: tags such as {node.tag} are not used in content")
        if isinstance(node, yaml.ScalarNode):
            return str(node.value)
        if isinstance(node, yaml.SequenceNode):
            return tuple(self.read(child, (*path, index)) for index, child in enumerate(node.value))
        return self._mapping(node, path)

    def _mapping(self, node: yaml.Node, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise ContentProblems(f"{self.file}:{line}: a key is a single word or phrase")
            key = str(key_node.value)
            if key in found:
                raise ContentProblems(f"{self.file}:{line}: {key} is given twice")
            self.lines[(*path, key)] = line
            found[key] = self.read(value_node, (*path, key))
        return found


def shape(value: Any, expected: Any, file: str, lines: Lines) -> Any:
    """The value as the expected shape. Raises ContentProblems naming file and line of everything wrong."""
    try:
        return TypeAdapter(expected).validate_python(value)
    except ValidationError as error:
        raise ContentProblems(list(_problems(error, file, lines))) from error


def _problems(error: ValidationError, file: str, lines: Lines) -> Iterator[str]:
    """One sentence per node, the nearest that exists in the file; ways to be right are joined by "or"."""
    found: dict[tuple[int, str], list[str]] = {}
    for detail in error.errors(include_url=False):
        path: Path = ()
        for part in detail["loc"]:
            if (*path, part) in lines:
                path = (*path, part)
        message = detail["msg"].removeprefix("Value error, ")
        if detail["type"] == "missing":
            message = f"{detail['loc'][-1]} is missing"
        elif detail["type"] == "extra_forbidden":
            message = f"{detail['loc'][-1]} is not a key that is known here"
        where = ".".join(str(part) for part in path)
        found.setdefault((lines.get(path, 1), where), []).append(message)
    for (line, where), messages in found.items():
        text = " or ".join(dict.fromkeys(messages))
        yield f"{file}:{line}: {where}: {text}" if where else f"{file}:{line}: {text}"


def _read(
    text: str, file: str, expected: Any, reroot: Callable[[Path, Any], Path]
) -> tuple[Any, Mapping[Path, Place]]:
    """A file's value in its expected shape, and where each node of it stands by its path in all of the content."""
    value, lines = read_yaml(text, file)
    places = {reroot(path, value): Place(file, line) for path, line in lines.items()}
    return shape(value, expected, file, lines), places


_read_once = lru_cache(maxsize=100)(_read)
"""The same, remembered by the text: a content folder is read again for each organisation and command."""


class _Reader:
    """Reads files of one folder and gathers problems and places over all of them."""

    def __init__(self, folder: FilePath) -> None:
        self.folder = folder
        self.problems: list[str] = []
        self.places: dict[Path, Place] = {}

    def read(self, file: str, expected: Any, reroot: Callable[[Path, Any], Path]) -> Any:
        """The file's value, or None where something is wrong with it."""
        try:
            text = (self.folder / file).read_text(encoding="utf-8")
            value, places = _read_once(text, file, expected, reroot)
            self.places.update(places)
            return value
        except FileNotFoundError:
            self.problems.append(f"{file}:1: the file is missing")
        except UnicodeDecodeError:
            self.problems.append(f"{file}:1: the file is not UTF-8 text")
        except ContentProblems as error:
            self.problems.extend(error.problems)
        return None


@cache
def _below(*root: str | int) -> Callable[[Path, Any], Path]:
    return lambda path, value: (*root, *path)


def _by_id(path: Path, value: Any) -> Path:
    """Scenarios are found by id, not by their number in the file."""
    if not path:
        return ("bank",)
    item = value[path[0]] if isinstance(value, tuple) and isinstance(path[0], int) else None
    name = item.get("id") if isinstance(item, dict) else None
    return ("scenario", name if isinstance(name, str) else path[0], *path[1:])


def load_content(folder: FilePath, slugs: Sequence[str] | None = None) -> Content:
    """Everything in a content folder, or of its policies only those named.

    Raises ContentProblems with every problem of every file, each beginning with file and line.
    """
    reader = _Reader(folder)
    catalogue = reader.read("catalogue.yaml", Catalogue, _below("catalogue"))
    bank: list[Scenario] = []
    for file in sorted((folder / "bank").glob("*.yaml")):
        bank.extend(reader.read(f"bank/{file.name}", tuple[Scenario, ...], _by_id) or ())
    policies = {slug: _read_policy(reader, slug) for slug in _policy_slugs(folder, slugs)}
    overrides: tuple[Override, ...] = ()
    if (folder / "overrides.yaml").is_file():
        overrides = reader.read("overrides.yaml", tuple[Override, ...], _below("override")) or ()
    if reader.problems:
        raise ContentProblems(reader.problems)
    complete = {slug: policy for slug, policy in policies.items() if policy is not None}
    return Content(catalogue, tuple(bank), complete, overrides, reader.places, is_whole=slugs is None)


def load_catalogue(folder: FilePath) -> Catalogue:
    """The catalogue of a content folder alone. Raises ContentProblems."""
    reader = _Reader(folder)
    catalogue: Catalogue | None = reader.read("catalogue.yaml", Catalogue, _below("catalogue"))
    if catalogue is None:
        raise ContentProblems(reader.problems)
    return catalogue


def _policy_slugs(folder: FilePath, slugs: Sequence[str] | None) -> list[str]:
    if slugs is not None:
        return list(slugs)
    return sorted(found.parent.name for found in (folder / "policies").glob("*/policy.yaml"))


_SHAPES: Mapping[str, Any] = {
    "policy": Policy,
    "clauses": tuple[Clause, ...],
    "positions": dict[str, Stances],
    "key_rules": tuple[KeyRule, ...],
    "access": Access,
    "courses": tuple[Course, ...],
}


POLICY_FILES = tuple(_SHAPES)
"""The files of a policy's folder, without `.yaml`."""


def read_policy_file(name: str, text: str, slug: str) -> tuple[Any, Mapping[Path, Place]]:
    """One file of a policy by itself (`positions`, say): its value, and where each node stands.

    Raises ContentProblems, each beginning with file and line; KeyError for a name that is no such file.
    """
    return _read(text, f"{name}.yaml", _SHAPES[name], _below("policy", slug, name))


def _read_policy(reader: _Reader, slug: str) -> PolicyContent | None:
    parts = {
        name: reader.read(f"policies/{slug}/{name}.yaml", _SHAPES[name], _below("policy", slug, name))
        for name in POLICY_FILES
    }
    if any(part is None for part in parts.values()):
        return None
    if parts["policy"].slug != slug:
        place = reader.places[("policy", slug, "policy", "slug")]
        reader.problems.append(f"{place}: the slug is {parts['policy'].slug}, the folder {slug}")
    return PolicyContent.model_construct(**parts)
