"""A post given by mistake today can be taken back today: the row that does so ends before it begins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from elearn.errors import ConfigurationError

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BEFORE = ("ends_after_start", "ends_on IS NULL OR ends_on >= starts_on")
AFTER = (
    "ends_after_start_or_taken_back",
    "ends_on IS NULL OR ends_on >= starts_on OR replaces_id IS NOT NULL",
)


def upgrade() -> None:
    """Let a row that replaces another one end before it begins."""
    _exchange(BEFORE[0], AFTER)


def downgrade() -> None:
    """Forbid it again. Refused where it was done, since such a row could be kept only by changing the record."""
    posts = sa.table("placements", sa.column("starts_on", sa.Date()), sa.column("ends_on", sa.Date()))
    taken_back = sa.select(sa.func.count()).where(posts.c.ends_on < posts.c.starts_on).select_from(posts)
    if op.get_bind().scalar(taken_back):
        raise ConfigurationError(
            "posts were taken back, which version 0009 cannot hold: restore a backup of that version"
        )
    _exchange(AFTER[0], BEFORE)


def _exchange(old: str, new: tuple[str, str]) -> None:
    name, rule = new
    with op.batch_alter_table("placements") as batch:
        batch.drop_constraint(op.f(f"ck_placements_{old}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_placements_{name}"), rule)
