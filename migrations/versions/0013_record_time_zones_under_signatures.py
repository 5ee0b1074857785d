"""The time zone that the browser of whoever signs is set to stands under the signature."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from elearn.errors import ConfigurationError

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. Under earlier signatures it stays empty, as nothing about it was sealed."""
    with op.batch_alter_table("acknowledgements") as batch:
        batch.add_column(sa.Column("time_zone", sa.String(60), nullable=True))


def downgrade() -> None:
    """Drop the column. Refused where it holds something, since the ledger has a commitment to it."""
    signatures = sa.table("acknowledgements", sa.column("time_zone", sa.String()))
    if op.get_bind().scalar(sa.select(sa.func.count(signatures.c.time_zone))):
        raise ConfigurationError(
            "signatures hold the time zones of browsers, which version 0012 cannot hold: restore a backup of that "
            "version"
        )
    with op.batch_alter_table("acknowledgements") as batch:
        batch.drop_column("time_zone")
