"""What authors and owners read about the content that an organisation has loaded, worked out once in a process."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from elearn.kept import Kept
from elearn.policies.service import list_clauses
from elearn.scenarios.asked import Cell
from elearn.scenarios.bundles import bundle_sha256, content_to_json
from elearn.scenarios.checking import CheckReport, check_content
from elearn.scenarios.content import Content
from elearn.scenarios.coverage import Covered, coverage
from elearn.scenarios.grids import BankItem, Teaching, list_bank
from elearn.scenarios.installed import Installed, installed_content
from elearn.scenarios.rules import cells
from elearn.scenarios.service import BundleView, get_bundle

_cells: Kept[UUID, tuple[Cell, ...]] = Kept(20)
_banks: Kept[UUID, tuple[BankItem, ...]] = Kept(20)
_reports: Kept[tuple[UUID, UUID | None, str], CheckReport] = Kept(10)


def cells_of(bundle_id: UUID) -> tuple[Cell, ...]:
    """Every scenario and variant of a loaded bundle. Raises NotFound."""
    return _cells.get(bundle_id, lambda: tuple(cells(get_bundle(bundle_id))))


def bank_of(bundle_id: UUID) -> tuple[BankItem, ...]:
    """The bank of a loaded bundle with what is asked of it. Raises NotFound."""
    return _banks.get(bundle_id, lambda: tuple(list_bank(get_bundle(bundle_id), cells_of(bundle_id))))


def coverage_of(bundle_id: UUID) -> list[Covered]:
    """What covers each clause of a loaded bundle's policy. Raises NotFound."""
    return coverage(get_bundle(bundle_id), cells_of(bundle_id))


def teachings_of(bundle: BundleView) -> list[Teaching]:
    """The loaded bundle first, then every other organisation whose content came with the installation."""
    own = get_bundle(bundle.id)
    others = [
        Teaching(compiled.bundle.policy.policy.organisation, False, compiled)
        for slug, compiled in installed_content().compiled.items()
        if slug != bundle.slug
    ]
    return [Teaching(own.bundle.policy.policy.organisation, True, own), *others]


def report_of(bundle: BundleView, version_id: UUID | None) -> CheckReport:
    """What the checks say about a loaded bundle, and about its clauses in an imported text where one is named.

    Where the installation's files hold the same content, findings name their file and line; warnings that
    overrides.yaml accepts are listed with their reasons.
    """
    installed = installed_content()
    key = (bundle.id, version_id, installed.stamp)
    return _reports.get(key, lambda: _check(bundle, version_id, installed))


def _check(bundle: BundleView, version_id: UUID | None, installed: Installed) -> CheckReport:
    texts = {} if version_id is None else {c.ref: c.text for c in list_clauses(version_id)}
    return check_content(_as_content(bundle, installed), {bundle.slug: texts} if texts else None)


def _as_content(bundle: BundleView, installed: Installed) -> Content:
    files = installed.content
    if files is not None and _holds(files, bundle):
        return replace(files, policies={bundle.slug: files.policies[bundle.slug]}, is_whole=False)
    loaded = get_bundle(bundle.id).bundle
    overrides = files.overrides if files is not None else ()
    return Content(loaded.catalogue, loaded.bank, {bundle.slug: loaded.policy}, overrides, is_whole=False)


def _holds(files: Content, bundle: BundleView) -> bool:
    """Whether the files say the same as a loaded bundle."""
    return (
        bundle.slug in files.policies and bundle_sha256(content_to_json(files, bundle.slug)) == bundle.sha256
    )
