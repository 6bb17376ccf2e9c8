"""The colours of labels in pictures: those of the labeling tool, so that a class looks the same everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

COLOURS: Final = (
    "#4b87e1", "#e1e13c", "#b41e3c", "#78f0e1", "#5a1eff", "#b47800", "#ff9678", "#873ca5", "#c3a5ff", "#ff3c96",
    "#0f5a4b", "#00c300", "#e100ff", "#008700", "#00ff00", "#00c3b4", "#1e4b96", "#783c0f", "#b4b400", "#007896",
    "#ffe1b4", "#ffc3f0", "#9669ff", "#ff69ff", "#ff2d2d", "#c30f96", "#69691e", "#9600f0", "#c3c396", "#00b4ff",
    "#965a78", "#ff87c3", "#d26978", "#a587c3", "#002dd2", "#5a9696", "#ffb41e", "#96c3e1", "#78962d", "#960069",
    "#5a1eb4", "#5a5ad2", "#693c69", "#3ce196", "#96ff96", "#d25ac3", "#c34b00", "#c39669", "#96e100", "#f07800",
)  # fmt: skip
"""The same as in web/src/ui/palette.ts; a test compares them."""

UNLISTED: Final = "#6b7688"
"""Of a class that the job does not have."""


def colours_of(labels: Sequence[str], own: Mapping[str, str] | None = None) -> dict[str, str]:
    """The colour of each label by its name; `own` are those that the job gives, as `#rrggbb`."""
    found = {name: COLOURS[k % len(COLOURS)] for k, name in enumerate(labels)}
    return {**found, **(own or {})}
