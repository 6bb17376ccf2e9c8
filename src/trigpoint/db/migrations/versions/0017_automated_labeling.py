"""Automated labeling: its state, and the counters and the model of its jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017_automated_labeling"
down_revision = "0016_console_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "automated_labelings",
        sa.Column(
            "job_id", sa.Text(), sa.ForeignKey("labeling_jobs.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    )
    # Not in a batch: a new table would lose what refers to the old one.
    op.add_column(
        "labeling_jobs", sa.Column("auto_labeled_count", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("labeling_jobs", sa.Column("final_model_arn", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("labeling_jobs", "final_model_arn")
    op.drop_column("labeling_jobs", "auto_labeled_count")
    op.drop_table("automated_labelings")
