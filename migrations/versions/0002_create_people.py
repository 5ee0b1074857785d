"""Who works where, and what each may do in the program."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "academies",
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("is_central", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_academies_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_academies")),
        sa.UniqueConstraint("organisation_id", "slug", name=op.f("uq_academies_organisation_id_slug")),
    )
    op.create_table(
        "people",
        sa.Column("payroll_number", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_people_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint(
            "organisation_id", "payroll_number", name=op.f("uq_people_organisation_id_payroll_number")
        ),
    )
    op.create_index("ix_people_organisation_id_name", "people", ["organisation_id", "name"])
    op.create_table(
        "placements",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("academy_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("job_title", sa.String(length=120), nullable=False),
        sa.Column("job_group", sa.String(length=30), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_placements_ends_after_start")
        ),
        sa.ForeignKeyConstraint(["academy_id"], ["academies.id"], name=op.f("fk_placements_academy_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_placements_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_placements_person_id")),
        sa.ForeignKeyConstraint(["replaces_id"], ["placements.id"], name=op.f("fk_placements_replaces_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placements")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_placements_replaces_id")),
    )
    op.create_index(
        "ix_placements_organisation_id_academy_id", "placements", ["organisation_id", "academy_id"]
    )
    op.create_index("ix_placements_organisation_id_person_id", "placements", ["organisation_id", "person_id"])
    op.create_table(
        "role_holdings",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("academy_id", sa.Uuid(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_role_holdings_ends_after_start")
        ),
        sa.ForeignKeyConstraint(["academy_id"], ["academies.id"], name=op.f("fk_role_holdings_academy_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_role_holdings_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_role_holdings_person_id")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["role_holdings.id"], name=op.f("fk_role_holdings_replaces_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_holdings")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_role_holdings_replaces_id")),
    )
    op.create_index(
        "ix_role_holdings_organisation_id_person_id", "role_holdings", ["organisation_id", "person_id"]
    )
    op.create_table(
        "office_holdings",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("office", sa.String(length=40), nullable=False),
        sa.Column("academy_id", sa.Uuid(), nullable=True),
        sa.Column("for_person_id", sa.Uuid(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(office = 'line_manager') = (for_person_id IS NOT NULL)",
            name=op.f("ck_office_holdings_manager_of_somebody"),
        ),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_office_holdings_ends_after_start")
        ),
        sa.CheckConstraint(
            "for_person_id IS NULL OR for_person_id <> person_id",
            name=op.f("ck_office_holdings_not_own_manager"),
        ),
        sa.ForeignKeyConstraint(["academy_id"], ["academies.id"], name=op.f("fk_office_holdings_academy_id")),
        sa.ForeignKeyConstraint(
            ["for_person_id"], ["people.id"], name=op.f("fk_office_holdings_for_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_office_holdings_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_office_holdings_person_id")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["office_holdings.id"], name=op.f("fk_office_holdings_replaces_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_holdings")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_office_holdings_replaces_id")),
    )
    op.create_index(
        "ix_office_holdings_organisation_id_for_person_id",
        "office_holdings",
        ["organisation_id", "for_person_id"],
    )
    op.create_index(
        "ix_office_holdings_organisation_id_office", "office_holdings", ["organisation_id", "office"]
    )
    op.create_index(
        "ix_office_holdings_organisation_id_person_id", "office_holdings", ["organisation_id", "person_id"]
    )


def downgrade() -> None:
    """Drop them, with all that is in them."""
    op.drop_table("office_holdings")
    op.drop_table("role_holdings")
    op.drop_table("placements")
    op.drop_table("people")
    op.drop_table("academies")
