"""Decisions that make up an organisation's first content; its proposal replaces no other content."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, and let a proposal stand by itself."""
    op.create_table(
        "content_decisions",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.String(length=100), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_content_decisions_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_content_decisions_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["policy_versions.id"], name=op.f("fk_content_decisions_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_decisions")),
    )
    op.create_index("ix_content_decisions_version_id", "content_decisions", ["version_id", "recorded_at"])
    with op.batch_alter_table("content_proposals") as batch:
        batch.alter_column("base_id", existing_type=sa.Uuid(), nullable=True)


def downgrade() -> None:
    """Drop the table, and every proposal that replaces nothing."""
    op.execute(
        "DELETE FROM content_acceptances WHERE proposal_id IN "
        "(SELECT id FROM content_proposals WHERE base_id IS NULL)"
    )
    op.execute("DELETE FROM content_proposals WHERE base_id IS NULL")
    with op.batch_alter_table("content_proposals") as batch:
        batch.alter_column("base_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_table("content_decisions")
