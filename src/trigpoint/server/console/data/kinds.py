"""What an object is, as far as its name says: how a page can show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_IMAGES: Final[Mapping[str, str]] = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".bmp": "image/bmp",
}
"""Content types by suffix. SVG is left out: it is a document with scripts."""
_TABLES: Final = (".manifest", ".jsonl", ".ndjson", ".csv")
_TEXTS: Final = (
    *(".txt", ".json", ".md", ".log", ".xml", ".yaml", ".yml", ".html", ".liquid", ".py", ".sh", ".tsv"),
    *(".lst", ".svg", ".ini", ".cfg", ".toml"),
)


def kind_of(key: str) -> str:
    """image, table, text or other."""
    name = key.lower()
    if _suffix(name) in _IMAGES:
        return "image"
    if name.endswith(_TABLES):
        return "table"
    return "text" if name.endswith(_TEXTS) else "other"


def image_type(key: str) -> str | None:
    """The content type of an image that every browser shows; None for what is no such image."""
    return _IMAGES.get(_suffix(key.lower()))


def _suffix(name: str) -> str:
    return name[name.rfind(".") :] if "." in name else ""
