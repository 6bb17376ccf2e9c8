"""Programs and environments that run for image URIs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trigpoint.db.tables.metadata import Json, KeyText, UtcDateTime

revision = "0018_images"
down_revision = "0017_automated_labeling"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "images",
        sa.Column("uri", KeyText, primary_key=True),
        sa.Column("command", Json, nullable=False),
        sa.Column("python", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("images")
