"""Random values of modelled shapes, for round trips between botocore and Trigpoint's codec."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

TEXTS = (
    "",
    "plain",
    "a b+c&d=e",
    "<x y='1'>\"&amp;</x>",
    "Größe 写真 🚗",
    "tab\tline\nend",
    "ctrl-free",
    "0",
    "null",
)


class Values:
    """Values of shapes. The same seed gives the same values.

    Args:   empty: whether structures, lists and maps may be empty (the query protocol cannot say so of most).
            header_safe: whether texts must be valid in HTTP headers.
    """

    def __init__(self, seed: int, *, empty: bool = True, header_safe: bool = False) -> None:
        self._random = random.Random(seed)
        self._empty = empty
        self._texts = ("plain", "a-b.c", "image/jpeg") if header_safe else TEXTS

    def of(self, shape: Any, depth: int = 0) -> Any:
        """A value of the shape, None when the recursion has to end here."""
        if depth > 6:
            return None
        match shape.type_name:
            case "structure":
                return self._structure(shape, depth)
            case "list":
                return self._list(shape, depth)
            case "map":
                return self._map(shape, depth)
            case _:
                return self._scalar(shape)

    def _structure(self, shape: Any, depth: int) -> Any:
        if getattr(shape, "is_document_type", False):
            return {"any": [1, "thing"]}
        names = list(shape.members)
        self._random.shuffle(names)
        share = 1 if shape.is_tagged_union else max(1, int(len(names) * (0.9 if depth == 0 else 0.4)))
        value: dict[str, Any] = {}
        for name in names:
            if len(value) >= share:
                break
            member = self.of(shape.members[name], depth + 1)
            if member is not None:
                value[name] = member
        if not value and (shape.is_tagged_union or (depth and not self._empty)):
            return None
        return value

    def _list(self, shape: Any, depth: int) -> Any:
        items = [self.of(shape.member, depth + 1) for _ in range(self._random.choice((1, 2, 3)))]
        items = [item for item in items if item is not None]
        return items if items or self._empty else None

    def _map(self, shape: Any, depth: int) -> Any:
        keys = shape.key.metadata.get("enum") or ("k", "key.with.dots", "Größe")
        chosen = self._random.sample(list(keys), k=min(2, len(keys)))
        pairs = {key: self.of(shape.value, depth + 1) for key in chosen}
        pairs = {key: value for key, value in pairs.items() if value is not None}
        return pairs if pairs or self._empty else None

    def _scalar(self, shape: Any) -> Any:
        pick = self._random
        match shape.type_name:
            case "string":
                return pick.choice(shape.metadata.get("enum") or self._texts)
            case "integer":
                return pick.choice((0, 1, -5, 2**31 - 1, -(2**31)))
            case "long":
                return pick.choice((0, 7, 2**53, -(2**60)))
            case "float" | "double":
                return pick.choice((0.0, 0.5, -1.25, 1e-7, 123456.75))
            case "boolean":
                return pick.random() < 0.5
            case "timestamp":
                return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=pick.randrange(10**11))
            case "blob":
                return pick.randbytes(pick.randrange(20)) + b"\xff\x00"
            case other:
                raise AssertionError(f"no values of type {other}")
