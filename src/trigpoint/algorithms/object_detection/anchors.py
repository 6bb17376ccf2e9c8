"""Anchors of a network, by its input size.

An anchor is SSD's default box. Each feature map has a pair of sizes (s0, s1 = sqrt(s0 * next s0)) and a
list of aspect ratios; every cell carries 2 + len(ratios) - 1 anchors: squares of s0 and s1, then s0 at the
other ratios. The tables are those of the open ancestor of the built-in algorithm (mxnet-ssd,
symbol_factory.py), fractions of the image.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

_FEW = (1.0, 2.0, 0.5)
_MANY = (1.0, 2.0, 0.5, 3.0, 1 / 3)

_SIZES_300 = (
    (0.1, 0.1414), (0.2, 0.272), (0.37, 0.447), (0.54, 0.6192), (0.71, 0.7904), (0.88, 0.9612),
)  # fmt: skip
_RATIOS_300 = (_FEW, _MANY, _MANY, _MANY, _FEW, _FEW)
_SIZES_512 = (
    (0.07, 0.1025), (0.15, 0.2121), (0.3, 0.3674), (0.45, 0.5196), (0.6, 0.6708), (0.75, 0.8216), (0.9,
    0.9721),
)  # fmt: skip
_RATIOS_512 = (_FEW, _MANY, _MANY, _MANY, _MANY, _FEW, _FEW)

VGG_LARGE_FROM = 448  # image_shape from which VGG-16 gets a seventh map
_STEPS_VGG_300 = (8, 16, 32, 64, 100, 300)
_STEPS_VGG_512 = (8, 16, 32, 64, 128, 256, 512)


@dataclass(frozen=True, slots=True)
class AnchorLayout:
    """Sizes and ratios of each feature map; steps in fractions of the image, or None for 1 / cells."""

    sizes: tuple[tuple[float, float], ...]
    ratios: tuple[tuple[float, ...], ...]
    steps: tuple[float, ...] | None

    def per_cell(self) -> list[int]:
        """Number of anchors in a cell of each map."""
        return [1 + len(ratios) for ratios in self.ratios]


def layout_for(base_network: str, image_shape: int) -> AnchorLayout:
    """The table for a network and an input size in pixels."""
    if base_network != "vgg-16":
        return AnchorLayout(_SIZES_300, _RATIOS_300, None)
    if image_shape < VGG_LARGE_FROM:
        steps = tuple(step / 300 for step in _STEPS_VGG_300) if image_shape == 300 else None
        return AnchorLayout(_SIZES_300, _RATIOS_300, steps)
    steps = tuple(step / 512 for step in _STEPS_VGG_512) if image_shape == 512 else None
    return AnchorLayout(_SIZES_512, _RATIOS_512, steps)


def make_anchors(layout: AnchorLayout, map_sizes: Sequence[tuple[int, int]]) -> Tensor:
    """All anchors of a network, in the order of the heads' outputs: map, row, column, anchor of the cell.

    Args:    map_sizes: (height, width) in cells of each feature map.
    Returns: (A, 4) float32 boxes_cxcywh, fractions; not clipped.
    """
    assert len(map_sizes) == len(layout.sizes) == len(layout.ratios)
    maps = []
    for k, (rows, columns) in enumerate(map_sizes):
        step_y = layout.steps[k] if layout.steps else 1 / rows
        step_x = layout.steps[k] if layout.steps else 1 / columns
        cell = _cell_shapes(layout.sizes[k], layout.ratios[k], rows / columns)
        maps.append(_tile(rows, columns, step_y, step_x, cell))
    return torch.cat(maps)


def _cell_shapes(
    sizes: tuple[float, float], ratios: Sequence[float], aspect: float
) -> list[tuple[float, float]]:
    """(width, height) of a cell's anchors; aspect = height / width of the map, 1 for square inputs."""
    small, large = sizes
    assert ratios[0] == 1.0
    shapes = [(small * aspect, small), (large * aspect, large)]
    return shapes + [(small * math.sqrt(r) * aspect, small / math.sqrt(r)) for r in ratios[1:]]


def _tile(
    rows: int, columns: int, step_y: float, step_x: float, cell: Sequence[tuple[float, float]]
) -> Tensor:
    centre_y, centre_x = torch.meshgrid(
        (torch.arange(rows) + 0.5) * step_y, (torch.arange(columns) + 0.5) * step_x, indexing="ij"
    )
    centres = torch.stack((centre_x, centre_y), dim=-1)[:, :, None, :].expand(-1, -1, len(cell), -1)
    shapes = torch.tensor(cell, dtype=torch.float32).expand(rows, columns, -1, -1)
    return torch.cat((centres, shapes), dim=-1).reshape(-1, 4)
