"""That a question was answered is recorded, with the answer where one was written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from elearn.errors import ConfigurationError

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table. What was asked before stands as not answered yet."""
    op.create_table(
        "questions_answered",
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answered_by_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions_raised.id"], name=op.f("fk_questions_answered_question_id")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["people.id"], name=op.f("fk_questions_answered_answered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_questions_answered_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions_answered")),
        sa.UniqueConstraint("question_id", name=op.f("uq_questions_answered_question_id")),
    )


def downgrade() -> None:
    """Drop the table. Refused where it holds an answer, since the ledger holds an entry for each row."""
    if op.get_bind().scalar(sa.select(sa.func.count()).select_from(sa.table("questions_answered"))):
        raise ConfigurationError(
            "questions were answered, which version 0014 cannot hold: restore a backup of that version"
        )
    op.drop_table("questions_answered")
