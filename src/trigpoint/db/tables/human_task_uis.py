"""Table of human task UIs: templates with a name."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from trigpoint.db.tables.metadata import KeyText, UtcDateTime, metadata

human_task_uis = Table(
    "human_task_uis",
    metadata,
    # names are lower case, so the name is its own key
    Column("name_key", KeyText, primary_key=True),
    Column("arn", Text, nullable=False),
    Column("template", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_human_task_uis_created_at", "created_at", "name_key"),
)
