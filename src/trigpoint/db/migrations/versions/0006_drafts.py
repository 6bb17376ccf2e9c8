"""A draft belongs to a worker and a data object, no longer to one assignment.

The newest unfinished work of each worker on each open object becomes their draft.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006_drafts"
down_revision = "0005_last_sign_in"
branch_labels = None
depends_on = None

_MOVE = """
INSERT INTO labeling_drafts (job_id, object_index, worker_id, version, saved_at, state, size_bytes)
SELECT job_id, object_index, worker_id, id, accepted_at, state, {size}
FROM (
    SELECT a.*, row_number() OVER (
        PARTITION BY a.job_id, a.object_index, a.worker_id ORDER BY a.accepted_at DESC, a.id DESC
    ) AS place
    FROM labeling_assignments a
    JOIN labeling_objects o ON o.job_id = a.job_id AND o.object_index = a.object_index
    WHERE a.state IS NOT NULL AND a.status IN ('Open', 'Stopped', 'Released', 'Expired') AND o.status = 'Open'
) kept
WHERE place = 1
"""
_MOVE_BACK = """
UPDATE labeling_assignments SET state = (
    SELECT d.state FROM labeling_drafts d
    WHERE d.job_id = labeling_assignments.job_id
    AND d.object_index = labeling_assignments.object_index
    AND d.worker_id = labeling_assignments.worker_id
)
WHERE status IN ('Open', 'Stopped')
"""


def upgrade() -> None:
    op.create_table(
        "labeling_drafts",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("object_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["labeling_jobs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "object_index", "worker_id"),
    )
    op.create_index("ix_labeling_drafts_worker_id", "labeling_drafts", ["worker_id", "job_id"])
    postgres = op.get_bind().dialect.name == "postgresql"
    size = "octet_length(state)" if postgres else "length(CAST(state AS BLOB))"
    op.execute(_MOVE.format(size=size))
    # Not in a batch: on SQLite a batch makes a new table, without the conditions of the partial indexes.
    op.execute("ALTER TABLE labeling_assignments DROP COLUMN state")


def downgrade() -> None:
    op.add_column("labeling_assignments", sa.Column("state", sa.Text(), nullable=True))
    op.execute(_MOVE_BACK)
    op.drop_table("labeling_drafts")
