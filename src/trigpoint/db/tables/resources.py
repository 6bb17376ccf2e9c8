"""Looks up whether a resource of an ARN exists, whatever its kind."""

from __future__ import annotations

from sqlalchemy import Connection, literal, select, union_all

from trigpoint.db.tables.metadata import metadata
from trigpoint.db.tables.workforce import workforces, workteams

_WORKTEAM = "workteam/private-crowd/"
_WORKFORCE = "workforce/"


def stored_arn(connection: Connection, arn: str) -> str | None:
    """The ARN of the resource as it is written here, None when there is none.

    Resources keep their ARN in a table with `arn` and `name_key`; teams and the workforce, whose ARNs have
    their names as they were given, are found by their names.
    """
    place, resource = arn.rsplit(":", 1)
    if resource.startswith(_WORKTEAM):
        key = resource.removeprefix(_WORKTEAM).lower()
        name = connection.execute(select(workteams.c.name).where(workteams.c.name_key == key)).scalar()
        return None if name is None else f"{place}:{_WORKTEAM}{name}"
    if resource.startswith(_WORKFORCE):
        name = connection.execute(select(workforces.c.name)).scalar()
        same = name is not None and name.lower() == resource.removeprefix(_WORKFORCE).lower()
        return f"{place}:{_WORKFORCE}{name}" if same else None
    key = resource.rsplit("/", 1)[-1].lower()
    tables = [table for table in metadata.tables.values() if {"arn", "name_key"} <= set(table.c.keys())]
    found = union_all(
        *(
            select(literal(1).label("found")).where(table.c.name_key == key, table.c.arn == arn)
            for table in tables
        )
    )
    return arn if connection.execute(found).first() is not None else None
