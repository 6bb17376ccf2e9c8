"""Several workers' masks become one."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from statistics import fmean

import numpy as np
import pytest

from helpers.mask_crowds import CAREFUL, CROWDS, SLOPPY, Painter, compare, iou, paint, painted, scenes
from trigpoint.labeling.consolidation import packed_masks
from trigpoint.labeling.consolidation.masks import MaskConsolidation, MaskResult
from trigpoint.labeling.consolidation.packed_masks import ClassNumbers, overlaps, pack
from trigpoint.labeling.model import WorkerQuality


def consolidated(
    *answers: Mapping[str, ClassNumbers],
    classes: int = 3,
    known: Mapping[str, WorkerQuality] | None = None,
    gold: Mapping[int, ClassNumbers] | None = None,
) -> tuple[list[MaskResult], dict[str, WorkerQuality]]:
    """The results of objects with these masks by worker id, and what was learned about the workers."""
    masks = {
        index: {worker: pack(mask) for worker, mask in given.items()} for index, given in enumerate(answers)
    }
    truths = {index: pack(mask) for index, mask in (gold or {}).items()}
    made = MaskConsolidation(masks, classes, known or {}, truths)
    results = list(made.results())
    return results, made.workers([result.agreement for result in results])


def square(left: int, top: int, side: int, number: int = 1, size: tuple[int, int] = (40, 60)) -> ClassNumbers:
    mask = np.zeros(size, np.uint8)
    mask[top : top + side, left : left + side] = number
    return mask


def by_name(*masks: ClassNumbers) -> dict[str, ClassNumbers]:
    return {f"w{k}": mask for k, mask in enumerate(masks)}


def test_one_workers_mask_is_taken_as_it_is_with_the_confidence_0() -> None:
    noise = np.random.default_rng(1).integers(0, 4, (40, 60), np.uint8)
    (result,), workers = consolidated({"bob": noise})
    assert (result.numbers == noise).all() and result.confidence == 0
    assert workers["bob"].answers == 1


def test_equal_masks_give_the_same_mask_with_a_confidence_of_1() -> None:
    noise = np.random.default_rng(1).integers(0, 4, (40, 60), np.uint8)
    (result,), workers = consolidated(by_name(noise, noise, noise))
    assert (result.numbers == noise).all() and result.confidence == 1
    assert all(quality.agreement == 1 for quality in workers.values())


def test_the_outline_is_that_of_most_workers() -> None:
    (result,), _ = consolidated(by_name(square(10, 10, 16), square(11, 10, 16), square(10, 11, 16)))
    inside = result.numbers > 0
    assert inside[12:25, 12:25].all() and not inside[:10].any() and not inside[:, :10].any()
    assert 15 * 15 <= inside.sum() <= 17 * 17


def test_what_only_one_of_two_workers_sees_is_background() -> None:
    (result,), workers = consolidated(by_name(square(10, 10, 16), square(10, 10, 0)))
    assert not result.numbers.any()
    assert 0.5 <= result.confidence < 1
    assert [quality.accuracy for quality in workers.values()] == [None, None]


def test_what_two_of_three_workers_see_is_there_and_what_one_sees_is_not() -> None:
    both = square(5, 5, 12) + square(30, 20, 12, 2)
    (result,), _ = consolidated(by_name(square(5, 5, 12), square(5, 5, 12), square(30, 20, 12, 2)))
    assert (result.numbers == square(5, 5, 12)).all()
    (result,), _ = consolidated(by_name(both, both, square(5, 5, 12)))
    assert (result.numbers == both).all()


def test_a_tie_between_two_classes_goes_to_the_lower_number() -> None:
    (result,), _ = consolidated(by_name(np.full((40, 60), 3, np.uint8), np.full((40, 60), 2, np.uint8)))
    assert set(np.unique(result.numbers)) == {2}


def test_single_pixels_in_doubt_follow_their_neighbours() -> None:
    whole, speckled = square(10, 10, 20), square(10, 10, 20)
    speckled[15, 15] = speckled[20, 22] = 0
    speckled[3, 3] = 1
    (result,), _ = consolidated(by_name(whole, speckled))
    assert (result.numbers == whole).all()


def test_neither_the_order_of_workers_nor_that_of_objects_matters() -> None:
    dice = Random(3)
    objects = [
        {name: painted(scene, SLOPPY, dice) for name in ("bob", "carol", "dan")} for scene in scenes(dice, 3)
    ]
    forwards, workers = consolidated(*objects)
    masks = {
        index: {worker: pack(objects[index][worker]) for worker in ("dan", "carol", "bob")}
        for index in (2, 1, 0)
    }
    made = MaskConsolidation(masks, 3, {})
    backwards = list(made.results())
    for one, other in zip(forwards, backwards, strict=True):
        assert (one.index, one.confidence) == (other.index, other.confidence)
        assert (one.numbers == other.numbers).all()
    assert made.workers([result.agreement for result in backwards]) == workers


def test_the_strips_in_which_an_image_is_worked_on_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = Random(4)
    (scene,) = scenes(dice, 1)
    masks = by_name(*(painted(scene, Painter(speckle=0.2, miss=0.3), dice) for _ in range(3)))
    (whole,), _ = consolidated(masks)
    monkeypatch.setattr(packed_masks, "STRIP_PIXELS", 160 * 3)
    (in_strips,), _ = consolidated(masks)
    assert (whole.numbers == in_strips.numbers).all()
    assert whole.confidence == pytest.approx(in_strips.confidence)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (2, 3)])
def test_images_of_any_shape_are_consolidated(size: tuple[int, int]) -> None:
    random = np.random.default_rng(5)
    masks = [random.integers(0, 256, size, np.uint8) for _ in range(3)]
    (result,), workers = consolidated(by_name(*masks), classes=255)
    assert result.numbers.shape == size and 0 < result.confidence <= 1
    assert (np.any([result.numbers == mask for mask in masks], axis=0) | (result.numbers == 0)).all()
    assert set(workers) == {"w0", "w1", "w2"}


@pytest.mark.parametrize(("workers", "least_gain"), [(3, 0.015), (5, 0.015)])
def test_the_result_is_nearer_to_the_truth_than_the_plain_vote_and_its_confidence_is_calibrated(
    workers: int, least_gain: float
) -> None:
    found = {name: compare(painters[:workers], 24, 11) for name, painters in CROWDS.items()}
    gains = {name: each.iou - each.plain_iou for name, each in found.items()}
    assert fmean(gains.values()) >= least_gain, gains
    assert min(gains.values()) >= -0.02, gains
    errors = [each.error for each in found.values()]
    assert fmean(errors) <= 0.04 < fmean(each.plain_error for each in found.values()), errors


def test_what_was_learned_in_earlier_rounds_decides_between_two_workers() -> None:
    dice = Random(6)
    before = scenes(dice, 25)
    _, known = consolidated(
        *(
            {
                "bob": painted(scene, CAREFUL, dice),
                "carol": painted(scene, CAREFUL, dice),
                "dan": painted(scene, SLOPPY, dice),
            }
            for scene in before
        )
    )
    assert known["dan"].accuracy is not None and known["bob"].accuracy is not None
    assert known["dan"].accuracy < known["bob"].accuracy
    assert known["dan"].agreement < known["bob"].agreement
    wrong = Painter(swap=1.0)
    ours, without = [], []
    for scene in scenes(dice, 12):
        # the same masks under other names: nothing is known about these workers
        careful, careless, truth = painted(scene, CAREFUL, dice), painted(scene, wrong, dice), paint(scene)
        (result,), _ = consolidated({"bob": careful, "dan": careless}, known=known)
        ours.append(iou(result.numbers, truth, 3))
        (result,), _ = consolidated({"erin": careful, "frank": careless}, known=known)
        without.append(iou(result.numbers, truth, 3))
    assert fmean(ours) > fmean(without) + 0.2
    assert fmean(ours) > 0.9


def test_known_masks_show_who_confuses_classes_also_with_two_answers() -> None:
    cat, dog = square(10, 10, 20, 1), square(10, 10, 20, 2)
    asked = {"bob": dog, "dan": cat}
    known = [{"bob": cat, "dan": dog}, asked] * 4
    (*_, plain), _ = consolidated(*known, asked)
    truths = {index: (cat, dog)[index % 2] for index in range(8)}
    (*_, result), workers = consolidated(*known, asked, gold=truths)
    assert (plain.numbers == cat).all(), "a tie goes to the lower number"
    assert (result.numbers == dog).all()
    assert workers["bob"].accuracy is not None and workers["dan"].accuracy is not None
    assert workers["bob"].accuracy > workers["dan"].accuracy + 0.2


def test_a_known_mask_does_not_change_the_mask_of_its_own_object() -> None:
    cat, dog = square(10, 10, 20, 1), square(10, 10, 20, 2)
    answers = [{"bob": cat, "dan": cat}] * 6
    results, workers = consolidated(*answers, gold=dict.fromkeys(range(6), dog))
    assert all((result.numbers == cat).all() for result in results)
    assert workers["bob"].accuracy is not None and workers["bob"].accuracy < 0.7


@pytest.mark.parametrize(("height", "width"), [(1, 1), (7, 3), (511, 900), (1500, 40), (513, 512)])
def test_a_reduced_mask_is_enlarged_to_nearly_the_same(height: int, width: int) -> None:
    mask = np.zeros((height, width), np.uint8)
    mask[height // 4 : height // 2, width // 3 :] = 2
    small = packed_masks.reduced(pack(mask), 512)
    assert small.shape == (min(height, 512), min(width, 512))
    large = packed_masks.enlarged(small, width, height).whole()
    assert large.shape == mask.shape
    assert (large == mask).mean() > 0.97
    if max(height, width) <= 512:
        assert (large == mask).all()


def test_what_is_kept_about_a_worker_adds_up_over_rounds() -> None:
    thing = square(10, 10, 20)
    _, first = consolidated(by_name(thing, thing, thing))
    _, second = consolidated(by_name(thing, thing, thing), known=first)
    assert second["w0"].answers == 2 and second["w0"].agreement == 2
    kept = [quality.details["confusion"]["1"]["1"] for quality in (first["w0"], second["w0"])]
    assert kept[1] == pytest.approx(2 * kept[0], rel=0.01)


def test_overlaps_count_the_pixels_of_each_class_in_both_and_in_either() -> None:
    one, two = square(0, 0, 10), square(5, 0, 10)
    two[30:32, 30:32] = 2
    assert overlaps(pack(one), pack(two), 3) == [(50, 150), (0, 4), (0, 0)]
