"""The database: engine, tables, migrations."""

from sqlalchemy import Connection

from trigpoint.db.engine import Database

__all__ = ["Connection", "Database"]
