"""Anchors against values worked out by hand, and the counts of the specification's table."""

from __future__ import annotations

import math

import pytest
import torch

from trigpoint.algorithms.common.backbones import make_backbone
from trigpoint.algorithms.object_detection.anchors import AnchorLayout, layout_for, make_anchors
from trigpoint.algorithms.object_detection.ssd import extra_layers


def test_anchors_of_a_tiny_grid_match_values_worked_out_by_hand() -> None:
    layout = AnchorLayout(sizes=((0.2, 0.3), (0.5, 0.6)), ratios=((1.0, 2.0, 0.5), (1.0,)), steps=None)
    anchors = make_anchors(layout, [(2, 2), (1, 1)])
    long, short = 0.2 * math.sqrt(2), 0.2 / math.sqrt(2)
    cell = [(0.2, 0.2), (0.3, 0.3), (long, short), (short, long)]
    expected = [(x, y, w, h) for y in (0.25, 0.75) for x in (0.25, 0.75) for w, h in cell]
    expected += [(0.5, 0.5, 0.5, 0.5), (0.5, 0.5, 0.6, 0.6)]
    torch.testing.assert_close(anchors, torch.tensor(expected))


def test_given_steps_can_place_centres_outside_the_image() -> None:
    layout = AnchorLayout(sizes=((0.1, 0.2),), ratios=((1.0,),), steps=(0.4,))
    anchors = make_anchors(layout, [(1, 3)])
    assert anchors[::2, 0].tolist() == pytest.approx([0.2, 0.6, 1.0])


def test_a_map_that_is_not_square_scales_the_width_by_its_aspect() -> None:
    layout = AnchorLayout(sizes=((0.2, 0.4),), ratios=((1.0, 2.0),), steps=None)
    anchors = make_anchors(layout, [(1, 2)])
    w = 0.2 * math.sqrt(2)
    assert anchors[:3, 2].tolist() == pytest.approx([0.1, 0.2, w / 2])
    assert anchors[:3, 3].tolist() == pytest.approx([0.2, 0.4, 0.2 / math.sqrt(2)])


TABLE = [
    ("vgg-16", 300, (38, 19, 10, 5, 3, 1), 8732),
    ("vgg-16", 512, (64, 32, 16, 8, 4, 2, 1), 24564),
    ("resnet-50", 300, (19, 10, 5, 3, 2, 1), 2268),
    ("resnet-50", 512, (32, 16, 8, 4, 2, 1), 6132),
    ("resnet-10", 300, (38, 19, 10, 5, 3, 2), 8744),
]


@pytest.mark.parametrize(("network", "shape", "maps", "count"), TABLE)
def test_a_network_has_the_maps_and_the_number_of_anchors_in_the_table(
    network: str, shape: int, maps: tuple[int, ...], count: int
) -> None:
    with torch.device("meta"):  # only shapes: no memory, no arithmetic
        backbone = make_backbone(network)
        found = [int(tap.shape[2]) for tap in backbone(torch.empty(1, 3, shape, shape))]
    for layer in extra_layers(network, shape):
        found.append((found[-1] + 2 * layer.padding - 3) // layer.stride + 1)
    assert tuple(found) == maps
    assert len(make_anchors(layout_for(network, shape), [(m, m) for m in maps])) == count


def test_vgg_anchors_have_the_original_steps_for_the_input_size_of_the_paper() -> None:
    layout = layout_for("vgg-16", 300)
    anchors = make_anchors(layout, [(38, 38), (19, 19), (10, 10), (5, 5), (3, 3), (1, 1)])
    assert anchors[0, :2].tolist() == pytest.approx([4 / 300, 4 / 300])
    assert anchors[4, :2].tolist() == pytest.approx([12 / 300, 4 / 300])
    assert anchors[-1, :2].tolist() == pytest.approx([0.5, 0.5])
