"""Content in the database: loaded once, never changed, compiled once in each process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, func, select, union_all

from elearn.db import canonical_json, db, transaction
from elearn.errors import NotFound
from elearn.kept import Kept
from elearn.ledger.service import record
from elearn.prepared import Prepared
from elearn.scenarios.bundles import bundle_sha256, content_from_json, content_to_json
from elearn.scenarios.content import Content
from elearn.scenarios.models import ContentAcceptance, ContentBundle, ContentLoading
from elearn.scenarios.rules import CompiledBundle

MOST_COMPILED = 50
"""A compiled bundle takes a few megabytes."""

_compiled: Kept[UUID, CompiledBundle] = Kept(MOST_COMPILED)
_digests: Kept[UUID, str] = Kept(500)


@dataclass(frozen=True, slots=True)
class BundleView:
    """One loaded bundle."""

    id: UUID
    organisation_id: UUID
    slug: str
    sha256: str
    loaded_at: datetime


@dataclass(frozen=True, slots=True)
class LoadingView:
    """Who loaded a bundle by command, and when."""

    loaded_by_id: UUID
    loaded_at: datetime


def load_bundle(
    organisation_id: UUID, content: Content, slug: str, *, loaded_by_id: UUID | None = None, at: datetime
) -> BundleView:
    """Store the content of policy `slug` for an organisation, and who loads it by command.

    Without a person it came from a proposal, which names two. Content that is there already is not stored again, but
    whoever loads it again is recorded too, and it is the latest from then on.
    """
    if slug not in content.policies:
        raise NotFound(f"there is no content for a policy called '{slug}'")
    data = content_to_json(content, slug)
    digest = bundle_sha256(data)
    with transaction() as session:
        known = session.scalar(
            select(ContentBundle).where(
                ContentBundle.organisation_id == organisation_id, ContentBundle.sha256 == digest
            )
        )
        row = known or record(
            ContentBundle(
                organisation_id=organisation_id,
                recorded_at=at,
                sha256=digest,
                slug=slug,
                body=canonical_json(data),
            )
        )
        view = BundleView(row.id, row.organisation_id, row.slug, row.sha256, row.recorded_at)
        if loaded_by_id is not None:
            _record_loading(view, loaded_by_id, at)
        return view


def _record_loading(bundle: BundleView, loaded_by_id: UUID, at: datetime) -> None:
    """Record who loaded a bundle, unless it is the latest already and by them."""
    latest = find_latest_bundle(bundle.organisation_id)
    if latest is not None and latest.id == bundle.id and loaded_by_id in loaders_of(bundle.id):
        return
    record(
        ContentLoading(
            organisation_id=bundle.organisation_id,
            recorded_at=at,
            bundle_id=bundle.id,
            loaded_by_id=loaded_by_id,
        )
    )


def list_loadings(bundle_id: UUID) -> list[LoadingView]:
    """Who loaded a bundle by command, and when. None for one from a proposal, or from before this was recorded."""
    rows = db.session.execute(
        select(ContentLoading.loaded_by_id, ContentLoading.recorded_at)
        .where(ContentLoading.bundle_id == bundle_id)
        .order_by(ContentLoading.recorded_at)
    )
    return [LoadingView(*row) for row in rows]


def loaders_of(bundle_id: UUID) -> frozenset[UUID]:
    """Everybody who ever loaded this content by command."""
    return frozenset(loading.loaded_by_id for loading in list_loadings(bundle_id))


def get_bundle(bundle_id: UUID) -> CompiledBundle:
    """The compiled content of a loaded bundle. Raises NotFound."""

    def read() -> CompiledBundle:
        body = db.session.scalar(select(ContentBundle.body).where(ContentBundle.id == bundle_id))
        if body is None:
            raise NotFound("no such content")
        return _compile(body)

    return _compiled.get(bundle_id, read)


@lru_cache(MOST_COMPILED)
def _compile(body: str) -> CompiledBundle:
    """Content as it is stored, ready to use: one copy for every organisation and bundle that has the same."""
    return CompiledBundle(content_from_json(json.loads(body)))


def bundle_sha256_of(bundle_id: UUID) -> str:
    """The hash of a loaded bundle. Raises NotFound."""

    def read() -> str:
        digest = db.session.scalar(select(ContentBundle.sha256).where(ContentBundle.id == bundle_id))
        if digest is None:
            raise NotFound("no such content")
        return digest

    return _digests.get(bundle_id, read)


def recomputed_sha256(bundle_id: UUID) -> str:
    """The hash that a loaded bundle's content has as it is stored now. Raises NotFound."""
    body = db.session.scalar(select(ContentBundle.body).where(ContentBundle.id == bundle_id))
    if body is None:
        raise NotFound("no such content")
    return bundle_sha256(json.loads(body))


def find_latest_bundle(organisation_id: UUID) -> BundleView | None:
    """The bundle an organisation loaded last, or None. A proposal's acceptance loads its bundle again."""
    row = LATEST_BUNDLE.first(organisation_id=organisation_id)
    return None if row is None else BundleView(*row)


def _latest_bundle() -> Select[Any]:
    columns = ContentBundle.__table__.c
    again = union_all(
        *(select(table.bundle_id, table.recorded_at) for table in (ContentAcceptance, ContentLoading))
    ).subquery()
    last = select(func.max(again.c.recorded_at)).where(again.c.bundle_id == columns.id).scalar_subquery()
    return (
        select(columns.id, columns.organisation_id, columns.slug, columns.sha256, columns.recorded_at)
        .where(columns.organisation_id == bindparam("organisation_id", type_=Uuid()))
        .order_by(func.coalesce(last, columns.recorded_at).desc())
        .limit(1)
    )


LATEST_BUNDLE = Prepared(_latest_bundle())
