"""Consolidation of masks: simulated workers with known errors, against the plain vote of each pixel.

    uv run python benchmarks/mask_consolidation.py

Each kind of crowd is in tests/helpers/mask_crowds.py. `IoU` is the mean IoU with the truth, without the background.
`error` is the mean difference between the confidence of an image and the share of its pixels that are right; the
confidence of the plain vote is the mean share of the winning votes. Then the time and memory for large images.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import fmean

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from helpers.mask_crowds import CROWDS, Painter, compare, painted, scenes
from trigpoint.labeling.consolidation.masks import MaskConsolidation
from trigpoint.labeling.consolidation.packed_masks import pack


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=30)
    parser.add_argument("--workers", type=int, nargs="*", default=(2, 3, 5, 9))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--megapixels", type=float, nargs="*", default=(2, 20))
    chosen = parser.parse_args()
    for line in quality(chosen.workers, chosen.images, chosen.seeds):
        print(line, flush=True)
    for megapixels in chosen.megapixels:
        for workers in (3, 9):
            print(speed(megapixels, workers), flush=True)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit:,.0f} MiB")


def quality(workers: tuple[int, ...], images: int, seeds: int) -> Iterator[str]:
    for count in workers:
        yield f"\n{count} workers, {images} images{'IoU':>20} {'plain':>7} {'gain':>7} {'error':>7} {'plain':>7}"
        rows = []
        for name, painters in CROWDS.items():
            found = [compare(painters[:count], images, seed) for seed in range(seeds)]
            rows.append(
                [
                    fmean(getattr(each, field) for each in found)
                    for field in ("iou", "plain_iou", "error", "plain_error")
                ]
            )
            yield _row(name, rows[-1])
        yield _row("mean", [fmean(column) for column in zip(*rows, strict=True)])


def _row(name: str, values: list[float]) -> str:
    ours, plain, error, plain_error = values
    return f"{name:<36} {ours:7.3f} {plain:7.3f} {ours - plain:+7.3f} {error:7.3f} {plain_error:7.3f}"


def speed(megapixels: float, workers: int) -> str:
    side = round((megapixels * 1e6) ** 0.5)
    dice = Random(1)
    (scene,) = scenes(dice, 1, side, side)
    masks = {f"w{k}": pack(painted(scene, Painter(miss=0.1), dice)) for k in range(workers)}
    started_s = time.process_time()
    results = MaskConsolidation({0: masks}, scene.classes, {}).results()
    next(results)
    taken_s = time.process_time() - started_s
    return f"{megapixels:6g} megapixels, {workers} workers: {taken_s:7.2f} s of processor time"


if __name__ == "__main__":
    main()
