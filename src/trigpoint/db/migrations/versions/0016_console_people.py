"""People of the console, and access keys that belong to a person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016_console_people"
down_revision = "0015_corrections_and_choices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in a batch: a new table would lose what refers to the old one.
    op.add_column("workers", sa.Column("console_role", sa.Text(), nullable=True))
    op.execute("UPDATE workers SET console_role = 'admin' WHERE role = 'admin'")
    op.add_column("access_keys", sa.Column("owner_id", sa.Text(), nullable=True))
    op.create_index("ix_access_keys_owner_id", "access_keys", ["owner_id"])


def downgrade() -> None:
    op.drop_index("ix_access_keys_owner_id", "access_keys")
    op.drop_column("access_keys", "owner_id")
    op.drop_column("workers", "console_role")
