"""Functions of requesters and operators, and calls that were accepted to be made later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010_functions"
down_revision = "0009_known_answers"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "functions",
        sa.Column("name", _KEY, nullable=False),
        sa.Column("spec", _JSON, nullable=False),
        sa.Column("sealed_environment", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "function_calls",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("function_name", sa.Text(), nullable=False),
        sa.Column("event", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "labeling_task_inputs",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("object_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["labeling_jobs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "object_index"),
    )


def downgrade() -> None:
    op.drop_table("labeling_task_inputs")
    op.drop_table("function_calls")
    op.drop_table("functions")
