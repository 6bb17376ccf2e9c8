"""Table of registered images."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from trigpoint.db.tables.metadata import Json, KeyText, UtcDateTime, metadata

images = Table(
    "images",
    metadata,
    # with or without a tag; without one it stands for all tags
    Column("uri", KeyText, primary_key=True),
    # the words of the program's command; empty for scripts
    Column("command", Json, nullable=False),
    # the folder of a Python environment; "" for that of the server
    Column("python", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)
