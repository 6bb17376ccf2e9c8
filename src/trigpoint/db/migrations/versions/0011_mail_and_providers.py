"""The outbox of e-mail, links for new passwords, and workers of an identity provider."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011_mail_and_providers"
down_revision = "0010_functions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mails",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("once_key", sa.Text(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sealed_body", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["worker_id"], ["workers.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("once_key"),
    )
    op.create_index("ix_mails_status_due_at", "mails", ["status", "due_at"])
    op.create_index("ix_mails_worker_id_created_at", "mails", ["worker_id", "created_at"])
    op.create_index("ix_mails_ended_at", "mails", ["ended_at"])
    op.create_table(
        "password_resets",
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["worker_id"], ["workers.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_sha256"),
    )
    op.create_index("ix_password_resets_worker_id", "password_resets", ["worker_id"])
    op.create_index("ix_password_resets_expires_at", "password_resets", ["expires_at"])
    # Not in a batch: a new table would lose what refers to the old one.
    op.add_column(
        "workers", sa.Column("wants_notices", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.add_column("workers", sa.Column("issuer", sa.Text(), nullable=True))
    op.add_column("workers", sa.Column("provider_sub", sa.Text(), nullable=True))
    op.create_index("ix_workers_issuer_provider_sub", "workers", ["issuer", "provider_sub"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_workers_issuer_provider_sub", table_name="workers")
    for column in ("provider_sub", "issuer", "wants_notices"):
        op.drop_column("workers", column)
    op.drop_table("password_resets")
    op.drop_table("mails")
