"""Training jobs have a group of instances instead of one; each instance has its handle and its place in its log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004_training_groups"
down_revision = "0003_task_types"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_JOBS = sa.table(
    "training_jobs",
    sa.column("id", sa.Text()),
    sa.column("launched_at", sa.BigInteger()),
    sa.column("log_offset", sa.Integer()),
    sa.column("members", _JSON),
)


def upgrade() -> None:
    with op.batch_alter_table("training_jobs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("members", _JSON, nullable=True))
    connection = op.get_bind()
    for job in connection.execute(sa.select(_JOBS.c.id, _JOBS.c.launched_at, _JOBS.c.log_offset)).all():
        handle = None if job.launched_at is None else f"training-{job.id}"
        member = {"number": 1, "handle": handle, "log_offset": job.log_offset, "result": None}
        connection.execute(sa.update(_JOBS).where(_JOBS.c.id == job.id).values(members=[member]))
    with op.batch_alter_table("training_jobs", schema=None) as batch_op:
        batch_op.alter_column("members", existing_type=_JSON, nullable=False)
        batch_op.drop_column("log_offset")


def downgrade() -> None:
    with op.batch_alter_table("training_jobs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("log_offset", sa.Integer(), nullable=False, server_default="0"))
    connection = op.get_bind()
    for job in connection.execute(sa.select(_JOBS.c.id, _JOBS.c.members)).all():
        offset = job.members[0]["log_offset"]
        connection.execute(sa.update(_JOBS).where(_JOBS.c.id == job.id).values(log_offset=offset))
    with op.batch_alter_table("training_jobs", schema=None) as batch_op:
        batch_op.drop_column("members")
