"""The database: engine, tables, migrations."""

from sqlalchemy import Connection

from trigpoint.db.engine import Database
from trigpoint.db.shared_writes import Work

__all__ = ["Connection", "Database", "Work"]
