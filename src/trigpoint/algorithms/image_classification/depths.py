"""The units in each of the four stages of a ResNet, by its number of layers. Source: He et al. 2015, table 1."""

from __future__ import annotations

from typing import Final

UNITS: Final = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
    200: (3, 24, 36, 3),
}
FIRST_BOTTLENECK: Final = 50
"""From this depth on, units are bottlenecks."""
