"""Numbers of things in sentences."""

from __future__ import annotations


def counted(number: int, one: str, many: str = "") -> str:
    """`1 image`, `1,204 images`; `many` where it is not formed with an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
