"""Answers, reading, sessions and failures carry a code under the secret key until the ledger commits to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from elearn.config import secret_keys
from elearn.db import CanonicalJson, UtcDateTime
from elearn.errors import ConfigurationError
from elearn.ledger.facts import plain_value
from elearn.ledger.rules import row_mac

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BATCH = 1000
TABLES: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "responses": (
        ("id",),
        {
            "id": sa.Uuid(),
            "organisation_id": sa.Uuid(),
            "attempt_id": sa.Uuid(),
            "number": sa.Integer(),
            "step": sa.String(),
            "chosen": CanonicalJson(),
            "order_shown": CanonicalJson(),
            "cell_hash": sa.String(),
            "right": sa.Boolean(),
            "sure": sa.Boolean(),
            "answered_at": UtcDateTime(),
        },
    ),
    "reading_steps": (
        ("person_id", "policy_version_id", "step"),
        {
            "organisation_id": sa.Uuid(),
            "person_id": sa.Uuid(),
            "policy_version_id": sa.Uuid(),
            "step": sa.String(),
            "at": UtcDateTime(),
        },
    ),
    "sign_in_sessions": (
        ("digest",),
        {
            "digest": sa.String(),
            "organisation_id": sa.Uuid(),
            "person_id": sa.Uuid(),
            "method": sa.String(),
            "slip_id": sa.Uuid(),
            "confirmed": sa.Boolean(),
            "authenticated_at": UtcDateTime(),
            "expires_at": UtcDateTime(),
            "ended_at": UtcDateTime(),
        },
    ),
    "sign_in_failures": (("id",), {"id": sa.Uuid(), "key": sa.String(), "at": UtcDateTime()}),
}
"""The primary key and the columns of each table, as they are at this version."""


def upgrade() -> None:
    """Add the codes. What stands in the database at this moment is taken as it stands."""
    for name, (key, kinds) in TABLES.items():
        with op.batch_alter_table(name) as batch:
            batch.add_column(sa.Column("mac", sa.String(80), nullable=True))
        _fill(name, key, kinds)
        with op.batch_alter_table(name) as batch:
            batch.alter_column("mac", existing_type=sa.String(80), nullable=False)


def _fill(name: str, key: Sequence[str], kinds: dict[str, Any]) -> None:
    """Batch by batch along the primary key, so that a large table is gone through once."""
    bind = op.get_bind()
    table = sa.table(name, *(sa.column(column, kind) for column, kind in kinds.items()), sa.column("mac"))
    place = [table.c[column] for column in key]
    every = sa.select(*(table.c[column] for column in kinds)).order_by(*place).limit(BATCH)
    change = (
        sa.update(table)
        .where(*(table.c[column] == sa.bindparam(f"this_{column}", type_=kinds[column]) for column in key))
        .values(mac=sa.bindparam("new_mac"))
    )
    rows = bind.execute(every).mappings().all()
    while rows:
        bind.execute(change, [_filled(name, key, row) for row in rows])
        last = sa.tuple_(*(sa.literal(rows[-1][column], kinds[column]) for column in key))
        rows = bind.execute(every.where(sa.tuple_(*place) > last)).mappings().all()


def _filled(name: str, key: Sequence[str], row: Mapping[str, Any]) -> dict[str, Any]:
    values = {column: plain_value(value) for column, value in row.items()}
    return {f"this_{column}": row[column] for column in key} | {"new_mac": row_mac(_secret(), name, values)}


def _secret() -> str:
    """The secret key of the server, which has to be set where there are rows: none is made here."""
    found = secret_keys()
    if not found:
        raise ConfigurationError(
            "this version puts rows under the secret key, and none is set here: run this with the settings of the "
            "server, ELEARN_SECRET_KEY among them"
        )
    return found[0]


def downgrade() -> None:
    """Drop the codes: nothing else is lost."""
    for name in TABLES:
        with op.batch_alter_table(name) as batch:
            batch.drop_column("mac")
