"""Names of request members in errors: lower-camel, list items 1-based and map keys with `.member`."""

from __future__ import annotations


class MapKey(str):
    """A key of a map within a path; keeps its case."""


Path = tuple[str | int, ...]  # member names, list positions from 1, map keys


def member_path(path: Path) -> str:
    """`inputDataConfig.1.member.dataSource`."""
    return ".".join(_part(part) for part in path)


def _part(part: str | int) -> str:
    if isinstance(part, int | MapKey):
        return f"{part}.member"
    return part[:1].lower() + part[1:]
