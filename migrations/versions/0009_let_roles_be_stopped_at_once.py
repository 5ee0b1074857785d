"""A role or office given today can be stopped today: the row that stops it may end before it begins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from elearn.errors import ConfigurationError

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = ("role_holdings", "office_holdings")
BEFORE = ("ends_after_start", "ends_on IS NULL OR ends_on >= starts_on")
AFTER = ("ends_after_start_or_stopped", "ends_on IS NULL OR ends_on >= starts_on OR replaces_id IS NOT NULL")


def upgrade() -> None:
    """Let a row that replaces another one end before it begins."""
    for table in TABLES:
        _exchange(table, BEFORE[0], AFTER)


def downgrade() -> None:
    """Forbid it again. Refused where it was done, since such a row could be kept only by changing the record."""
    for table in TABLES:
        holdings = sa.table(table, sa.column("starts_on", sa.Date()), sa.column("ends_on", sa.Date()))
        stopped = sa.select(sa.func.count()).where(holdings.c.ends_on < holdings.c.starts_on)
        if op.get_bind().scalar(stopped.select_from(holdings)):
            raise ConfigurationError(
                "roles or offices were stopped on the day they began, which version 0008 cannot hold: "
                "restore a backup of that version"
            )
    for table in TABLES:
        _exchange(table, AFTER[0], BEFORE)


def _exchange(table: str, old: str, new: tuple[str, str]) -> None:
    name, rule = new
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{old}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{name}"), rule)
