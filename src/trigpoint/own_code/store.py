"""The SQL of registered images."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from trigpoint.db.tables.images import images


@dataclass(frozen=True, slots=True)
class RegisteredImage:
    """What runs for an image URI: a program, or people's scripts in an environment."""

    uri: str
    command: tuple[str, ...]
    python: str
    created_at: datetime


def put(connection: Connection, image: RegisteredImage) -> None:
    """Adds the image, or replaces the one of the same URI."""
    remove(connection, image.uri)
    connection.execute(insert(images).values({**asdict(image), "command": list(image.command)}))


def remove(connection: Connection, uri: str) -> bool:
    """Removes the image; False when there is none of this URI."""
    return connection.execute(delete(images).where(images.c.uri == uri)).rowcount == 1


def find(connection: Connection, uri: str) -> RegisteredImage | None:
    row = connection.execute(select(images).where(images.c.uri == uri)).mappings().first()
    return None if row is None else RegisteredImage(**{**row, "command": tuple(row["command"])})


def every(connection: Connection, limit: int) -> list[RegisteredImage]:
    """The images by URI."""
    rows = connection.execute(select(images).order_by(images.c.uri).limit(limit)).mappings()
    return [RegisteredImage(**{**row, "command": tuple(row["command"])}) for row in rows]
