"""Payloads that a RecordIO writer can get wrong: the magic at every offset, repeated, at both ends; random ones.

This is plain Python without imports from trigpoint, so that MXNet's interpreter can run it too.
"""

from __future__ import annotations

import random

MAGIC = b"\x0a\x23\xd7\xce"


def hostile(seed: int = 1, count: int = 120) -> list[bytes]:
    """The payloads; the same for the same arguments."""
    draw = random.Random(seed)
    found = [
        b"",
        b"1",
        b"AAAA" + MAGIC + b"BBBB",
        MAGIC,
        MAGIC * 2,
        MAGIC * 5,
        MAGIC[:3],
        MAGIC[1:],
        MAGIC + b"x",
    ]
    found += [b"x" * before + MAGIC + b"y" * after for before in range(9) for after in range(5)]
    found += [b"x" * before + MAGIC + MAGIC + b"y" + MAGIC for before in range(5)]
    while len(found) < count:
        pieces = [
            draw.choice([MAGIC, MAGIC[:2], MAGIC[2:], bytes(draw.randbytes(draw.randrange(7)))])
            for _ in range(8)
        ]
        found.append(b"".join(pieces))
    return found


LABELS: list[float | list[float]] = [
    0.0,
    3.0,
    -1.5,
    16777217.0,
    [1.0],
    [0.0, 1.0, 1.0],
    [2.0, 5.0, 1.0, 0.1, 0.25, 0.5, 0.75],
]
"""The labels of the image records in the golden file; the bytes `image(n)` follow each."""


def image(number: int) -> bytes:
    return b"\xff\xd8" + bytes([number]) * number + MAGIC
