"""The languages that the browser of whoever signs asks pages in stand under the signature."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from elearn.errors import ConfigurationError

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. Under earlier signatures it stays empty, as nothing about it was sealed."""
    with op.batch_alter_table("acknowledgements") as batch:
        batch.add_column(sa.Column("languages", sa.String(200), nullable=True))


def downgrade() -> None:
    """Drop the column. Refused where it holds something, since the ledger has a commitment to it."""
    signatures = sa.table("acknowledgements", sa.column("languages", sa.String()))
    if op.get_bind().scalar(sa.select(sa.func.count(signatures.c.languages))):
        raise ConfigurationError(
            "signatures hold the languages of browsers, which version 0011 cannot hold: restore a backup of that "
            "version"
        )
    with op.batch_alter_table("acknowledgements") as batch:
        batch.drop_column("languages")
