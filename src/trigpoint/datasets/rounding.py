"""Numbers as the converters write them."""

from __future__ import annotations

from trigpoint.records.labels.values import write_number


def rounded(value: float) -> int | float:
    """The number to 9 decimals, which removes the noise of sums; 3 instead of 3.0."""
    return write_number(round(value, 9))
