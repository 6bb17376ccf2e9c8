"""What each worker has done in each job, counted as tasks end, and indexes for what a worker does."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021_worker_totals"
down_revision = "0020_label_figures"
branch_labels = None
depends_on = None

_ANSWERED = "status = 'Submitted'"
_ACTIVE = "status IN ('Open', 'Stopped')"
_COUNTED = """
    INSERT INTO labeling_worker_totals (job_id, worker_id, answers, declined, returned, expired, time_s, last_at)
    SELECT job_id, worker_id,
        SUM(CASE WHEN status = 'Submitted' THEN 1 ELSE 0 END),
        SUM(CASE WHEN status = 'Declined' THEN 1 ELSE 0 END),
        SUM(CASE WHEN status = 'Released' THEN 1 ELSE 0 END),
        SUM(CASE WHEN status = 'Expired' THEN 1 ELSE 0 END),
        SUM(CASE WHEN status = 'Submitted' THEN time_spent_s ELSE 0.0 END),
        COALESCE(MAX(ended_at), MAX(accepted_at))
    FROM labeling_assignments
    WHERE status IN ('Submitted', 'Declined', 'Released', 'Expired')
    GROUP BY job_id, worker_id
"""


def upgrade() -> None:
    op.create_table(
        "labeling_worker_totals",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("worker_id", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("answers", "declined", "returned", "expired")
        ),
        sa.Column("time_s", sa.Float(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"],
            ["labeling_jobs.id"],
            name=op.f("fk_labeling_worker_totals_job_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("job_id", "worker_id", name=op.f("pk_labeling_worker_totals")),
    )
    op.execute(_COUNTED)
    op.create_index("ix_labeling_worker_totals_worker_id", "labeling_worker_totals", ["worker_id"])
    op.create_index(
        "ix_labeling_assignments_answered",
        "labeling_assignments",
        ["worker_id", "ended_at"],
        sqlite_where=sa.text(_ANSWERED),
        postgresql_where=sa.text(_ANSWERED),
    )
    op.create_index(
        "ix_labeling_assignments_held",
        "labeling_assignments",
        ["worker_id"],
        sqlite_where=sa.text(_ACTIVE),
        postgresql_where=sa.text(_ACTIVE),
    )


def downgrade() -> None:
    op.drop_index("ix_labeling_assignments_held", "labeling_assignments")
    op.drop_index("ix_labeling_assignments_answered", "labeling_assignments")
    op.drop_table("labeling_worker_totals")
