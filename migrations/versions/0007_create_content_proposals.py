"""Proposals to change content, and a second person's yes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "content_proposals",
        sa.Column("base_id", sa.Uuid(), nullable=False),
        sa.Column("file", sa.String(length=20), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["base_id"], ["content_bundles.id"], name=op.f("fk_content_proposals_base_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_content_proposals_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["people.id"], name=op.f("fk_content_proposals_proposed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_proposals")),
    )
    op.create_index(
        "ix_content_proposals_organisation_id", "content_proposals", ["organisation_id", "recorded_at"]
    )
    op.create_table(
        "content_acceptances",
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("bundle_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=False),
        sa.Column("accepted_by_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "accepted_by_id <> proposed_by_id", name=op.f("ck_content_acceptances_not_by_proposer")
        ),
        sa.ForeignKeyConstraint(
            ["accepted_by_id"], ["people.id"], name=op.f("fk_content_acceptances_accepted_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["bundle_id"], ["content_bundles.id"], name=op.f("fk_content_acceptances_bundle_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_content_acceptances_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["content_proposals.id"], name=op.f("fk_content_acceptances_proposal_id")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["people.id"], name=op.f("fk_content_acceptances_proposed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_acceptances")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_content_acceptances_proposal_id")),
    )
    op.create_index("ix_content_acceptances_bundle_id", "content_acceptances", ["bundle_id"])


def downgrade() -> None:
    """Drop them, with all that is in them."""
    op.drop_table("content_acceptances")
    op.drop_table("content_proposals")
