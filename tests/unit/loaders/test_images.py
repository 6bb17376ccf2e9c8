"""Batches of images: their content, exact resuming and splitting, and the accuracy of the fast code paths."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader

from helpers.photos import photo, photo_folder
from trigpoint.loaders.pixels import (
    Resize,
    _quick_decoder,
    decode,
    decode_by_pillow,
    quick_resize,
    resize_by_pillow,
    resize_by_torch,
)
from trigpoint.stream import AugmentedManifest, ImageBatches, StreamError, TorchImages


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return photo_folder(tmp_path_factory.mktemp("photos"), 21)


def reader(manifest: Path, seed: int | None = 3) -> AugmentedManifest:
    return AugmentedManifest(manifest, ["source-ref", "class", "boxes"], shuffle_seed=seed)


def classes(batches: Any) -> list[list[int]]:
    return [batch["class"] for batch in batches]


def test_a_batch_has_pixels_sizes_and_labels(manifest: Path) -> None:
    batches = list(ImageBatches(reader(manifest, None), size=(20, 30), batch_size=8, boxes=["boxes"]))
    assert [batch["images"].shape for batch in batches] == [(8, 20, 30, 3), (8, 20, 30, 3), (5, 20, 30, 3)]
    assert batches[1]["class"] == list(range(8, 16))
    assert batches[0]["sizes"].tolist() == [[40, 60]] * 8
    box = batches[0]["boxes"][0]["annotations"][0]
    assert box == {"class_id": 0, "left": 15.0, "top": 5.0, "width": 6.0, "height": 10.0}
    whole = Image.open(io.BytesIO(photo(9))).convert("RGB").resize((30, 20), Image.Resampling.BILINEAR)
    exact = ImageBatches(reader(manifest, None), size=(20, 30), batch_size=8, reduced_decode=False)
    assert np.abs(list(exact)[1]["images"][1].astype(int) - np.asarray(whole, int)).max() <= 1


@pytest.mark.parametrize("kind", [ImageBatches, TorchImages])
@pytest.mark.parametrize("drop_last", [False, True])
def test_batches_resume_exactly_in_the_middle_of_an_epoch(manifest: Path, kind: Any, drop_last: bool) -> None:
    def build() -> Any:
        return kind(reader(manifest), size=8, batch_size=4, drop_last=drop_last)

    source = build()
    whole = [*classes(source), *classes(source)]
    per_epoch = len(source)
    assert len(whole) == 2 * per_epoch
    for stop in range(1, per_epoch):
        used, passing = build(), None
        passing = iter(used)
        seen = [next(passing)["class"] for _ in range(stop)]
        state = json.loads(json.dumps(used.state_dict()))
        fresh = build()
        fresh.load_state_dict(state)
        assert [*seen, *classes(fresh), *classes(fresh)] == whole


def test_an_iteration_that_was_abandoned_starts_the_same_epoch_again(manifest: Path) -> None:
    batches = ImageBatches(reader(manifest), size=8, batch_size=10)
    for batch in batches:
        first = batch["class"]
        break
    assert classes(batches)[0] == first


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("world", [1, 3])
def test_ranks_and_dataloader_workers_get_every_image_once(manifest: Path, workers: int, world: int) -> None:
    seen: list[int] = []
    for rank in range(world):
        dataset = TorchImages(reader(manifest), rank=(rank, world), size=8, batch_size=3)
        for batch in DataLoader(dataset, batch_size=None, num_workers=workers):
            assert batch["images"].shape[1:] == (3, 8, 8)
            seen += batch["class"]
    assert sorted(seen) == list(range(21))


def test_torch_and_numpy_batches_differ_by_one_level_at_most(manifest: Path) -> None:
    arrays = next(iter(ImageBatches(reader(manifest), size=(17, 23), batch_size=21)))["images"]
    tensors = next(iter(TorchImages(reader(manifest), size=(17, 23), batch_size=21)))["images"]
    assert tensors.is_contiguous(memory_format=torch.channels_last)
    difference = np.abs(tensors.permute(0, 2, 3, 1).numpy().astype(int) - arrays)
    assert difference.max() <= 1


def test_decoding_at_reduced_scale_stays_within_the_stated_tolerance() -> None:
    """The mean difference is below 1 of 255 levels, as docs/streaming.md states."""
    for number in range(4):
        data = photo(number, (1000, 750))
        size, reduced = decode(data, (224, 224), True)
        assert size == (750, 1000) and reduced.shape == (375, 500, 3)
        full = Image.open(io.BytesIO(data)).convert("RGB").resize((224, 224), Image.Resampling.BILINEAR)
        small = Image.fromarray(reduced).resize((224, 224), Image.Resampling.BILINEAR)
        assert np.abs(np.asarray(full, int) - np.asarray(small, int)).mean() < 1


@pytest.mark.parametrize("size", [(60, 40), (501, 333), (1000, 750)])
def test_the_fast_decoder_gives_the_same_pixels_as_pillow(size: tuple[int, int]) -> None:
    pytest.importorskip("simplejpeg", reason="simplejpeg is optional")
    data = photo(1, size)
    for reduced in (False, True):
        quick, pillow = decode(data, (100, 100), reduced), decode_by_pillow(data, (100, 100), reduced)
        assert quick[0] == pillow[0]
        assert np.array_equal(quick[1], pillow[1])


@pytest.mark.parametrize("target", [(224, 224), (17, 23), (1, 1), (400, 9)])
@pytest.mark.parametrize("whole", [(350, 350), (375, 500), (61, 40), (1, 7), (3, 1)])
@pytest.mark.parametrize("resize", [quick_resize(), resize_by_torch])
def test_every_resize_function_is_within_one_level_of_pillow(
    resize: Resize | None, whole: tuple[int, int], target: tuple[int, int]
) -> None:
    if resize is None:
        pytest.skip("cykooz_resizer is optional")
    pixels = np.random.default_rng(1).integers(0, 256, (*whole, 3), np.uint8)
    found, right = np.empty((2, *target, 3), np.uint8)
    resize(pixels, found)
    resize_by_pillow(pixels, right)
    assert np.abs(found.astype(int) - right).max() <= 1


@pytest.mark.parametrize("absent", [["cykooz_resizer"], ["simplejpeg"], ["cykooz_resizer", "simplejpeg"]])
def test_batches_without_the_fast_packages_differ_by_one_level_at_most(
    manifest: Path, monkeypatch: pytest.MonkeyPatch, absent: list[str]
) -> None:
    quick = next(iter(ImageBatches(reader(manifest), size=(17, 23), batch_size=21)))["images"]
    for name in absent:
        monkeypatch.setitem(sys.modules, name, None)
    for way in (_quick_decoder, quick_resize):
        way.cache_clear()
    try:
        plain = next(iter(ImageBatches(reader(manifest), size=(17, 23), batch_size=21)))["images"]
    finally:
        monkeypatch.undo()
        for way in (_quick_decoder, quick_resize):
            way.cache_clear()
    assert np.abs(quick.astype(int) - plain).max() <= 1


@pytest.mark.parametrize(
    "damage", [lambda data: data[: len(data) // 2], lambda data: b"no image", lambda data: b""]
)
def test_a_broken_image_is_reported_after_the_batches_before_it(tmp_path: Path, damage: Any) -> None:
    path = photo_folder(tmp_path, 9)
    (tmp_path / "photos" / "6.jpg").write_bytes(damage(photo(6)))
    seen = []
    with pytest.raises(StreamError, match="line 7, attribute 'source-ref': not a readable image"):
        for batch in ImageBatches(reader(path, None), size=8, batch_size=3):
            seen += batch["class"]
    assert seen == [0, 1, 2, 3, 4, 5]
