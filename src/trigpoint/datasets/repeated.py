"""Labels that a source gives an image twice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from trigpoint.datasets.report import Tally
from trigpoint.records.labels.boxes import Box

REPEATED: Final = "repeated label"


def each_once(boxes: Iterable[Box], labels: Tally) -> tuple[Box, ...]:
    """The boxes of an image without exact repetitions, which are counted as left out."""
    found = list(boxes)
    once = tuple(dict.fromkeys(found))
    labels.leave_out(REPEATED, len(found) - len(once))
    return once
