"""Workers have a language."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014_languages"
down_revision = "0013_reserved_tasks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in a batch: a new table would lose what refers to the old one.
    op.add_column("workers", sa.Column("language", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("workers", "language")
