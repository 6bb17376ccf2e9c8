"""Labeling jobs keep their label category file, and what their consolidations learn about the workers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008_worker_quality"
down_revision = "0007_bucket_settings"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "labeling_worker_quality",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("agreement", sa.Float(), nullable=False),
        sa.Column("accuracy", sa.Float(), nullable=True),
        sa.Column("details", _JSON, nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["labeling_jobs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "worker_id"),
    )
    op.create_index("ix_labeling_worker_quality_worker_id", "labeling_worker_quality", ["worker_id"])
    op.add_column("labeling_jobs", sa.Column("category_file", _JSON, nullable=True))


def downgrade() -> None:
    op.drop_column(
        "labeling_jobs", "category_file"
    )  # not as a batch: a new table would lose what refers to the old one
    op.drop_index("ix_labeling_worker_quality_worker_id", table_name="labeling_worker_quality")
    op.drop_table("labeling_worker_quality")
