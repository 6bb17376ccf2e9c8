"""Tables of functions, and of calls that were accepted to be made later."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, Table, Text

from trigpoint.db.tables.metadata import Json, KeyText, UtcDateTime, metadata

functions = Table(
    "functions",
    metadata,
    Column("name", KeyText, primary_key=True),
    # a functions.model.Function without its environment
    Column("spec", Json, nullable=False),
    # its environment variables as JSON, encrypted
    Column("sealed_environment", Text, nullable=False),
    # changes with every change, so that two changes at the same time do not overwrite each other
    Column("revision", Text, nullable=False),
)

function_calls = Table(
    "function_calls",
    metadata,
    Column("id", Text, primary_key=True),
    Column("function_name", Text, nullable=False),
    Column("event", LargeBinary, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("accepted_at", UtcDateTime, nullable=False),
)
