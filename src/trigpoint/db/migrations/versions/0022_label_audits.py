"""The machine's labels that people label again, to measure how often the machine is right."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022_label_audits"
down_revision = "0021_worker_totals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "labeling_audits",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("object_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("people", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["job_id"],
            ["labeling_jobs.id"],
            name=op.f("fk_labeling_audits_job_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("job_id", "object_index", name=op.f("pk_labeling_audits")),
    )
    with op.batch_alter_table("labeling_audits", schema=None) as batch_op:
        batch_op.create_index("ix_labeling_audits_status", ["job_id", "status", "object_index"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("labeling_audits", schema=None) as batch_op:
        batch_op.drop_index("ix_labeling_audits_status")

    op.drop_table("labeling_audits")
