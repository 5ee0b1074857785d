"""Business social media accounts, who may use them, and what stops that."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "social_accounts",
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("academy_id", sa.Uuid(), nullable=False),
        sa.Column("platform", sa.String(length=20), nullable=False),
        sa.Column("handle", sa.String(length=120), nullable=False),
        sa.Column("purpose", sa.String(length=500), nullable=False),
        sa.Column("work_email", sa.String(length=200), nullable=False),
        sa.Column("enforcement", sa.String(length=20), nullable=False),
        sa.Column("registered_by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["academy_id"], ["academies.id"], name=op.f("fk_social_accounts_academy_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_social_accounts_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["registered_by_id"], ["people.id"], name=op.f("fk_social_accounts_registered_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_social_accounts")),
        sa.UniqueConstraint("organisation_id", "slug", name=op.f("uq_social_accounts_organisation_id_slug")),
    )
    op.create_index(
        "ix_social_accounts_organisation_id_academy_id", "social_accounts", ["organisation_id", "academy_id"]
    )
    op.create_table(
        "account_closings",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("closed_by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["social_accounts.id"], name=op.f("fk_account_closings_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["people.id"], name=op.f("fk_account_closings_closed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_account_closings_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_closings")),
        sa.UniqueConstraint("account_id", name=op.f("uq_account_closings_account_id")),
    )
    op.create_table(
        "account_contacts",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("named_by_id", sa.Uuid(), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_account_contacts_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["social_accounts.id"], name=op.f("fk_account_contacts_account_id")
        ),
        sa.ForeignKeyConstraint(["named_by_id"], ["people.id"], name=op.f("fk_account_contacts_named_by_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_account_contacts_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_account_contacts_person_id")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["account_contacts.id"], name=op.f("fk_account_contacts_replaces_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_contacts")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_account_contacts_replaces_id")),
    )
    op.create_index(
        "ix_account_contacts_organisation_id_account_id",
        "account_contacts",
        ["organisation_id", "account_id"],
    )
    op.create_index(
        "ix_account_contacts_organisation_id_person_id", "account_contacts", ["organisation_id", "person_id"]
    )
    op.create_table(
        "account_inductions",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("given_by_id", sa.Uuid(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("given_by_id <> person_id", name=op.f("ck_account_inductions_not_by_oneself")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["social_accounts.id"], name=op.f("fk_account_inductions_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["given_by_id"], ["people.id"], name=op.f("fk_account_inductions_given_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_account_inductions_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_account_inductions_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_inductions")),
    )
    op.create_index(
        "ix_account_inductions_organisation_id_account_id",
        "account_inductions",
        ["organisation_id", "account_id", "person_id"],
    )
    op.create_table(
        "access_requests",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("requested_by_id", sa.Uuid(), nullable=False),
        sa.Column("right", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=500), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("asset_number", sa.String(length=60), nullable=True),
        sa.Column("equipment_attested", sa.Boolean(), nullable=False),
        sa.Column("two_step_confirmed", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_access_requests_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["social_accounts.id"], name=op.f("fk_access_requests_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_access_requests_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_access_requests_person_id")),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["people.id"], name=op.f("fk_access_requests_requested_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_requests")),
    )
    op.create_index(
        "ix_access_requests_organisation_id_account_id",
        "access_requests",
        ["organisation_id", "account_id", "person_id"],
    )
    op.create_index(
        "ix_access_requests_organisation_id_person_id", "access_requests", ["organisation_id", "person_id"]
    )
    op.create_table(
        "access_approvals",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("requested_by_id", sa.Uuid(), nullable=False),
        sa.Column("approver_id", sa.Uuid(), nullable=False),
        sa.Column("office", sa.String(length=40), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("conditions", sa.String(length=500), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("approver_id <> person_id", name=op.f("ck_access_approvals_not_for_oneself")),
        sa.CheckConstraint(
            "approver_id <> requested_by_id", name=op.f("ck_access_approvals_not_by_requester")
        ),
        sa.ForeignKeyConstraint(["approver_id"], ["people.id"], name=op.f("fk_access_approvals_approver_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_access_approvals_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_access_approvals_person_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["access_requests.id"], name=op.f("fk_access_approvals_request_id")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["people.id"], name=op.f("fk_access_approvals_requested_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_approvals")),
        sa.UniqueConstraint("request_id", name=op.f("uq_access_approvals_request_id")),
    )
    op.create_index(
        "ix_access_approvals_organisation_id_approver_id",
        "access_approvals",
        ["organisation_id", "approver_id"],
    )
    op.create_table(
        "access_grants",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("right", sa.String(length=20), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("granted_by_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_access_grants_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["social_accounts.id"], name=op.f("fk_access_grants_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["access_approvals.id"], name=op.f("fk_access_grants_approval_id")
        ),
        sa.ForeignKeyConstraint(
            ["granted_by_id"], ["people.id"], name=op.f("fk_access_grants_granted_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_access_grants_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_access_grants_person_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["access_requests.id"], name=op.f("fk_access_grants_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_grants")),
        sa.UniqueConstraint("request_id", name=op.f("uq_access_grants_request_id")),
    )
    op.create_index(
        "ix_access_grants_organisation_id_account_id", "access_grants", ["organisation_id", "account_id"]
    )
    op.create_index(
        "ix_access_grants_organisation_id_ends_on", "access_grants", ["organisation_id", "ends_on"]
    )
    op.create_index(
        "ix_access_grants_organisation_id_person_id", "access_grants", ["organisation_id", "person_id"]
    )
    op.create_table(
        "grant_endings",
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ended_by_id"], ["people.id"], name=op.f("fk_grant_endings_ended_by_id")),
        sa.ForeignKeyConstraint(["grant_id"], ["access_grants.id"], name=op.f("fk_grant_endings_grant_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_grant_endings_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant_endings")),
        sa.UniqueConstraint("grant_id", name=op.f("uq_grant_endings_grant_id")),
    )
    op.create_table(
        "holds",
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("academy_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_by_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(scope = 'organisation' AND academy_id IS NULL AND account_id IS NULL) OR (scope = 'academy' AND academy_id IS NOT NULL AND account_id IS NULL) OR (scope = 'account' AND academy_id IS NULL AND account_id IS NOT NULL)",
            name=op.f("ck_holds_scope_names_its_own"),
        ),
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name=op.f("ck_holds_ends_after_start")),
        sa.ForeignKeyConstraint(["academy_id"], ["academies.id"], name=op.f("fk_holds_academy_id")),
        sa.ForeignKeyConstraint(["account_id"], ["social_accounts.id"], name=op.f("fk_holds_account_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_holds_organisation_id")
        ),
        sa.ForeignKeyConstraint(["started_by_id"], ["people.id"], name=op.f("fk_holds_started_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index("ix_holds_organisation_id_starts_at", "holds", ["organisation_id", "starts_at"])
    op.create_table(
        "holds_lifted",
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("lifted_by_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name=op.f("fk_holds_lifted_hold_id")),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["people.id"], name=op.f("fk_holds_lifted_lifted_by_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_holds_lifted_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds_lifted")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_holds_lifted_hold_id")),
    )


def downgrade() -> None:
    """Drop them, with all that is in them."""
    op.drop_table("holds_lifted")
    op.drop_table("holds")
    op.drop_table("grant_endings")
    op.drop_table("access_grants")
    op.drop_table("access_approvals")
    op.drop_table("access_requests")
    op.drop_table("account_inductions")
    op.drop_table("account_contacts")
    op.drop_table("account_closings")
    op.drop_table("social_accounts")
