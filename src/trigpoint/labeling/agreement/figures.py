"""Numbers as the reports show them."""

from __future__ import annotations

DECIMALS = 4


def ratio(part: float, whole: float) -> float | None:
    """The quotient, rounded; None when there is nothing to divide by."""
    return round(part / whole, DECIMALS) if whole else None


def beyond_chance(observed: float, expected: float) -> float | None:
    """1 - observed / expected disagreement, rounded: 1 is full agreement, 0 is what chance gives; None without any."""
    return round(1 - observed / expected, DECIMALS) if expected > 0 else None
