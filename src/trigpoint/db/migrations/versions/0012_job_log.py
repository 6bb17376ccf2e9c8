"""Labeling jobs know which of their events are in their log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012_job_log"
down_revision = "0011_mail_and_providers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in a batch: a new table would lose what refers to the old one.
    op.add_column(
        "labeling_jobs", sa.Column("logged_event_id", sa.Integer(), nullable=False, server_default="0")
    )


def downgrade() -> None:
    op.drop_column("labeling_jobs", "logged_event_id")
