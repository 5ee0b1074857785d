"""Who loads content by command is recorded, since whoever loads it does not publish it alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from elearn.errors import ConfigurationError

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table. Nothing says who loaded the content that is there: it stays without a row."""
    op.create_table(
        "content_loadings",
        sa.Column("bundle_id", sa.Uuid(), nullable=False),
        sa.Column("loaded_by_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["bundle_id"], ["content_bundles.id"], name=op.f("fk_content_loadings_bundle_id")
        ),
        sa.ForeignKeyConstraint(
            ["loaded_by_id"], ["people.id"], name=op.f("fk_content_loadings_loaded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_content_loadings_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_loadings")),
    )
    op.create_index("ix_content_loadings_bundle_id", "content_loadings", ["bundle_id"])


def downgrade() -> None:
    """Drop the table. Refused where somebody is recorded in it, since the ledger holds an entry for each row."""
    if op.get_bind().scalar(sa.select(sa.func.count()).select_from(sa.table("content_loadings"))):
        raise ConfigurationError(
            "it is recorded who loaded content, which version 0010 cannot hold: restore a backup of that version"
        )
    op.drop_table("content_loadings")
