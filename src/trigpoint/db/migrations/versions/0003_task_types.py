"""Labeling jobs have a task type, and data objects facts instead of an image size.

All jobs until now have been bounding box jobs.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003_task_types"
down_revision = "0002_clients"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    # Not in a batch: on SQLite a batch replaces the table, and dropping the old one deletes the rows that refer to it.
    # The default stays on SQLite, which cannot drop it; the program always gives a value.
    op.add_column(
        "labeling_jobs", sa.Column("task_type", sa.Text(), nullable=False, server_default="BoundingBox")
    )
    if postgres:
        op.alter_column("labeling_jobs", "task_type", server_default=None)

    with op.batch_alter_table("labeling_objects", schema=None) as batch_op:
        batch_op.add_column(sa.Column("facts", _JSON, nullable=True))
    build = "jsonb_build_object" if postgres else "json_object"
    op.execute(
        f"UPDATE labeling_objects SET facts = {build}('width', width, 'height', height, 'depth', depth) "
        "WHERE width IS NOT NULL"
    )
    with op.batch_alter_table("labeling_objects", schema=None) as batch_op:
        for name in ("width", "height", "depth"):
            batch_op.drop_column(name)


def downgrade() -> None:
    with op.batch_alter_table("labeling_objects", schema=None) as batch_op:
        for name in ("width", "height", "depth"):
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=True))
    postgres = op.get_bind().dialect.name == "postgresql"
    read = "CAST(facts ->> '{0}' AS INTEGER)" if postgres else "json_extract(facts, '$.{0}')"
    values = ", ".join(f"{name} = {read.format(name)}" for name in ("width", "height", "depth"))
    op.execute(f"UPDATE labeling_objects SET {values} WHERE facts IS NOT NULL")
    with op.batch_alter_table("labeling_objects", schema=None) as batch_op:
        batch_op.drop_column("facts")
    op.execute("ALTER TABLE labeling_jobs DROP COLUMN task_type")
