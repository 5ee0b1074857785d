"""Content in the database: loaded once, never changed, compiled once in each process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import func, select

from elearn.db import canonical_json, db, transaction
from elearn.errors import NotFound
from elearn.kept import Kept
from elearn.ledger.service import record
from elearn.scenarios.bundles import bundle_sha256, content_from_json, content_to_json
from elearn.scenarios.content import Content
from elearn.scenarios.models import ContentAcceptance, ContentBundle
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


def load_bundle(organisation_id: UUID, content: Content, slug: str, *, at: datetime) -> BundleView:
    """Store the content of policy `slug` for an organisation. The same content again changes nothing."""
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
        return BundleView(row.id, row.organisation_id, row.slug, row.sha256, row.recorded_at)


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
    accepted = (
        select(func.max(ContentAcceptance.recorded_at))
        .where(ContentAcceptance.bundle_id == ContentBundle.id)
        .scalar_subquery()
    )
    row = db.session.execute(
        select(
            ContentBundle.id,
            ContentBundle.organisation_id,
            ContentBundle.slug,
            ContentBundle.sha256,
            ContentBundle.recorded_at,
        )
        .where(ContentBundle.organisation_id == organisation_id)
        .order_by(func.coalesce(accepted, ContentBundle.recorded_at).desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else BundleView(*row)
