"""Former versions of corrected answers, and what workers chose on the pages of the portal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trigpoint.db.tables.metadata import KeyText, UtcDateTime

revision = "0015_corrections_and_choices"
down_revision = "0014_languages"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "labeling_former_answers",
        sa.Column(
            "assignment_id",
            sa.Text(),
            sa.ForeignKey("labeling_assignments.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=False),
        sa.Column("time_spent_s", sa.Float(), nullable=False),
    )
    op.create_table(
        "worker_choices",
        sa.Column("worker_id", sa.Text(), sa.ForeignKey("workers.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("job_name", KeyText, primary_key=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
    )
    # Not in a batch: a new table would lose what refers to the old one.
    op.add_column("workers", sa.Column("theme", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("workers", "theme")
    op.drop_table("worker_choices")
    op.drop_table("labeling_former_answers")
