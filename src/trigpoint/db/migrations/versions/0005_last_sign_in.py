"""Workers have the time of their last sign-in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_last_sign_in"
down_revision = "0004_training_groups"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("workers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("last_sign_in_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("workers", schema=None) as batch_op:
        batch_op.drop_column("last_sign_in_at")
