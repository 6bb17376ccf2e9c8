"""The object that a worker's page has loaded as their next task."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trigpoint.db.tables.metadata import UtcDateTime

revision = "0013_reserved_tasks"
down_revision = "0012_job_log"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "labeling_reservations",
        sa.Column(
            "job_id", sa.Text(), sa.ForeignKey("labeling_jobs.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("worker_id", sa.Text(), primary_key=True),
        sa.Column("id", sa.Text(), nullable=False, unique=True),
        sa.Column("object_index", sa.Integer(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
    )
    op.create_index(
        "ix_labeling_reservations_object_index", "labeling_reservations", ["job_id", "object_index"]
    )


def downgrade() -> None:
    op.drop_table("labeling_reservations")
