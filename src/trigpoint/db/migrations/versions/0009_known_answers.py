"""Labeling jobs know which of their objects carry a known label, and which answers were given only to measure workers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_known_answers"
down_revision = "0008_worker_quality"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("labeling_objects", sa.Column("is_known", sa.Integer(), nullable=False, server_default="0"))
    for name in ("is_known", "is_extra"):
        column = sa.Column(name, sa.Integer(), nullable=False, server_default="0")
        op.add_column("labeling_assignments", column)
    op.add_column("labeling_assignments", sa.Column("round_id", sa.Text(), nullable=True))
    _index("ix_labeling_objects_known", "labeling_objects", ["job_id", "object_index"], "is_known = 1")
    _index("ix_labeling_assignments_known", "labeling_assignments", ["worker_id", "job_id"], "is_known = 1")
    _index("ix_labeling_assignments_extra", "labeling_assignments", ["job_id", "round_id"], "is_extra = 1")


def downgrade() -> None:
    op.drop_index("ix_labeling_assignments_extra", table_name="labeling_assignments")
    op.drop_index("ix_labeling_assignments_known", table_name="labeling_assignments")
    op.drop_index("ix_labeling_objects_known", table_name="labeling_objects")
    for name in ("round_id", "is_extra", "is_known"):
        op.drop_column("labeling_assignments", name)
    op.drop_column("labeling_objects", "is_known")


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
