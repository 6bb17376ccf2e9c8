"""Confidence, disagreement and classes of labeled objects, by which the console sorts and filters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020_label_figures"
down_revision = "0019_form_drafts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "labeling_object_classes",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("class_name", sa.Text(), nullable=False),
        sa.Column("object_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("things", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"],
            ["labeling_jobs.id"],
            name=op.f("fk_labeling_object_classes_job_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "job_id", "class_name", "object_index", name=op.f("pk_labeling_object_classes")
        ),
    )
    op.create_table(
        "labeling_object_figures",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("object_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("disagreement", sa.Float(), nullable=True),
        sa.Column("things", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"],
            ["labeling_jobs.id"],
            name=op.f("fk_labeling_object_figures_job_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("job_id", "object_index", name=op.f("pk_labeling_object_figures")),
    )
    with op.batch_alter_table("labeling_object_figures", schema=None) as batch_op:
        batch_op.create_index(
            "ix_labeling_object_figures_confidence", ["job_id", "confidence", "object_index"], unique=False
        )
        batch_op.create_index(
            "ix_labeling_object_figures_disagreement",
            ["job_id", "disagreement", "object_index"],
            unique=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("labeling_object_figures", schema=None) as batch_op:
        batch_op.drop_index("ix_labeling_object_figures_disagreement")
        batch_op.drop_index("ix_labeling_object_figures_confidence")

    op.drop_table("labeling_object_figures")
    op.drop_table("labeling_object_classes")
