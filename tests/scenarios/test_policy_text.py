"""What the content says about the five published policies holds against their texts, and copies none of them.

Skipped where ../shared/policies is absent: the texts are the trusts' own and no part of this repository.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from elearn.config import data_folder
from elearn.policies.importing import ImportedPolicy, read_policy
from elearn.scenarios.content import Content
from elearn.scenarios.loader import load_content
from elearn.scenarios.policy_content import Basis, ClauseBasis, PolicyContent, Stances

ROOT = Path(__file__).parents[2]
SLUGS = ("raleigh", "voyage", "creating_tomorrow", "clt", "lead")
RUN = 8
"""So many words in a row would be a copy."""
BREAK = "\0"
"""Stands in our files for the heading in a ref: no run of theirs goes across it."""
Gram = tuple[str, ...]


@pytest.fixture(scope="module")
def content() -> Content:
    """The content of the five policies."""
    return load_content(data_folder("scenarios"), SLUGS)


@pytest.fixture(scope="module")
def imported(policy_texts: Path) -> Mapping[str, ImportedPolicy]:
    """The five policies as imported."""
    return {slug: read_policy((policy_texts / f"{slug}.txt").read_bytes(), f"{slug}.txt") for slug in SLUGS}


@pytest.mark.parametrize("slug", SLUGS)
def test_every_clause_and_its_fingerprint_are_those_of_the_text(
    content: Content, imported: Mapping[str, ImportedPolicy], slug: str
) -> None:
    ours = {clause.ref: clause.fingerprint for clause in content.policies[slug].clauses}
    theirs = {clause.ref: _fingerprint(clause.text) for clause in imported[slug].clauses}
    assert len(ours) == len(content.policies[slug].clauses)
    assert ours == theirs


def _fingerprint(text: str) -> str:
    """As docs/content-format.md says, worked out anew."""
    return sha256(" ".join(text.split()).encode()).hexdigest()[:16]


@pytest.mark.parametrize("slug", SLUGS)
def test_every_clause_cited_anywhere_is_in_the_text(
    content: Content, imported: Mapping[str, ImportedPolicy], slug: str
) -> None:
    known = {clause.ref for clause in imported[slug].clauses}
    cited = list(_cited(content.policies[slug]))
    assert len(cited) > 50
    assert [(where, ref) for where, ref in cited if ref not in known] == []


def _cited(policy: PolicyContent) -> Iterator[tuple[str, str]]:
    """Where each ref is cited, and the ref."""
    for name, stances in policy.positions.items():
        yield from ((f"positions: {name}", ref) for ref in _cited_by(stances))
    for rule in policy.key_rules:
        yield from ((f"key rule {rule.id}", ref) for ref in rule.clauses)
    yield from (("access", ref) for ref in _access_refs(policy))
    for course in policy.courses:
        if course.basis != "product":
            yield from ((f"course {course.id}", ref) for ref in course.basis)
    for kind, clauses in policy.policy.covers.items():
        if clauses != "silent":
            yield from ((f"covers {kind}", ref) for ref in clauses)
    yield from (("quote_beside_signature", ref) for ref in policy.policy.quote_beside_signature)
    for flag in policy.policy.flags:
        yield from ((f"flag {flag.id}", ref) for ref in flag.refs)
    for clause in policy.clauses:
        reason, _, twin = (clause.not_quizable or "").partition("duplicate_of_")
        if twin and not reason:
            yield f"clause {clause.ref}", twin


def _cited_by(stances: Stances) -> Iterator[str]:
    for stance in (stances.default, *stances.exceptions):
        if stance is not None:
            yield from (citation.ref for citation in stance.clauses)
            yield from stance.but


def _access_refs(policy: PolicyContent) -> Iterator[str]:
    bases: list[Basis | None] = [policy.access.approval.basis]
    for requirement in policy.access.requirements:
        bases.append(requirement.basis)
        bases.append(requirement.otherwise.basis if requirement.otherwise else None)
    for basis in bases:
        if isinstance(basis, ClauseBasis):
            yield from basis.clauses


@pytest.mark.parametrize("slug", SLUGS)
def test_every_key_rule_rests_on_clauses_of_the_text(
    content: Content, imported: Mapping[str, ImportedPolicy], slug: str
) -> None:
    known = {clause.ref for clause in imported[slug].clauses}
    rules = {rule.id: set(rule.clauses) for rule in content.policies[slug].key_rules}
    assert {name: refs - known for name, refs in rules.items() if not refs or refs - known} == {}


@pytest.mark.parametrize("slug", SLUGS)
def test_every_access_requirement_rests_on_clauses_of_the_text_or_says_that_it_is_the_products(
    content: Content, imported: Mapping[str, ImportedPolicy], slug: str
) -> None:
    known = {clause.ref for clause in imported[slug].clauses}
    policy = content.policies[slug]
    for requirement in policy.access.requirements:
        if requirement.position is not None:
            stance = policy.positions[requirement.position].stance(requirement.case)
            assert stance is not None
            asks = stance.answer in requirement.on
            refs = {citation.ref for citation in stance.clauses} if asks else set()
            assert refs <= known, requirement.code
            assert refs or requirement.otherwise is not None, requirement.code
        elif requirement.basis != "product":
            assert isinstance(requirement.basis, ClauseBasis)
            assert requirement.basis.clauses, requirement.code
            assert set(requirement.basis.clauses) <= known, requirement.code


def _words(text: str) -> list[str]:
    """The words of a text, without case, marks and accents."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "").replace("'", "")).casefold()
    return re.findall(rf"[a-z0-9]+|{BREAK}", plain)


def _runs(text: str) -> set[Gram]:
    words = _words(text)
    return {tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}


def _headings(policies: Iterable[ImportedPolicy]) -> set[str]:
    """The headings of documents without numbers, which are part of their refs."""
    refs = [clause.ref for policy in policies for clause in policy.clauses]
    return {ref.partition(" > ")[0] for ref in refs if " > " in ref}


def _tracked_files() -> list[Path]:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("this is no checkout, so which files are tracked is not known")
    done = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name for name in done.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_no_run_of_eight_words_of_a_policy_is_in_a_tracked_file(
    policy_texts: Path, imported: Mapping[str, ImportedPolicy]
) -> None:
    theirs = {run for slug in SLUGS for run in _runs((policy_texts / f"{slug}.txt").read_text("utf-8"))}
    headings = _headings(imported.values())
    theirs -= {run for heading in headings for run in _runs(heading)}
    in_refs = re.compile("|".join(re.escape(heading) + " >" for heading in headings))
    copied: list[tuple[str, str]] = []
    for file in _tracked_files():
        try:
            ours = _runs(in_refs.sub(BREAK, file.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
        copied.extend((str(file.relative_to(ROOT)), " ".join(run)) for run in sorted(ours & theirs))
    assert copied == []
