"""Light segmentation: trained as a job would, served, and its sums computed by hand."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from PIL import Image

from helpers.algorithms.container import Platform, jpeg, make_container, train_here
from helpers.mask_pictures import SIZE, picture
from trigpoint.algorithms.common.harness import CustomerError
from trigpoint.algorithms.common.serve import RequestRefused
from trigpoint.algorithms.common.sources import InvalidSample, Raw
from trigpoint.algorithms.light_segmentation.entry import load_handler
from trigpoint.algorithms.light_segmentation.loss import mask_loss, overlaps
from trigpoint.algorithms.light_segmentation.samples import read_example
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.labels.masks import read_mask, write_mask

NAME = "light-segmentation"


def settings(count: int, **more: str) -> dict[str, str]:
    return {"num_classes": "3", "num_training_samples": str(count), "image_shape": "96"} | more


def iou(found: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], true: bytes) -> float:
    """The mean over both classes."""
    given = np.frombuffer(true, np.uint8).reshape(found.shape)
    return float(
        np.mean([((found == k) & (given == k)).sum() / ((found == k) | (given == k)).sum() for k in (1, 2)])
    )


def test_masks_are_learned_from_few_images_and_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    pairs = [*map(picture, range(24)), (picture(1)[0], b"no mask"), (b"no image", picture(1)[1])]
    root = make_container(tmp_path, settings(26, epochs="5", mini_batch_size="4", learning_rate="0.01"))
    with Platform(root, {"train": pairs, "validation": list(map(picture, range(100, 106)))}):
        assert train_here(root, NAME) == 0
    log = capfd.readouterr().out
    assert "validation mIOU <score>=(" in log and "completed 100 % of epochs" in log

    reply = load_handler(root / "model")
    image, mask = picture(200)
    shown = reply(image, "image/jpeg", "")
    assert shown.content_type == "image/png"
    size, numbers = read_mask(shown.body)
    assert size.sides == SIZE.sides
    assert iou(np.frombuffer(numbers, np.uint8).reshape(SIZE.sides[::-1]), read_mask(mask)[1]) > 0.7
    told = json.loads(reply(image, "image/jpeg", "application/json").body)
    assert base64.b64decode(told["mask"]) == shown.body
    assert {each["class_id"] for each in told["classes"]} >= {1, 2}
    assert all(0 <= each["expected_iou"] <= 1 for each in told["classes"]) and 0 < told["confidence"] <= 1

    for body, kind, accept in (
        (b"no image", "image/jpeg", ""),
        (image, "text/csv", ""),
        (image, "", "text/html"),
    ):
        with pytest.raises(RequestRefused):
            reply(body, kind, accept)
    monkeypatch.setenv("SAGEMAKER_BATCH", "true")
    assert json.loads(reply(b"no image", "image/jpeg", "application/json").body)["error"]
    with pytest.raises(CustomerError, match=r"has no light-segmentation\.json"):
        load_handler(tmp_path)


def test_a_class_beyond_the_model_is_the_customers_fault_and_works_from_scratch(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pairs = list(map(picture, range(4)))
    scratch = settings(4, epochs="1", mini_batch_size="2", use_pretrained_model="0")
    root = make_container(tmp_path / "a", scratch, ("train",))
    with Platform(root, {"train": pairs}):
        assert train_here(root, NAME) == 0
    root = make_container(tmp_path / "b", scratch | {"num_classes": "2"}, ("train",))
    with Platform(root, {"train": pairs}):
        assert train_here(root, NAME) == 2
    assert "A mask has the class 2, but num_classes is 2" in capfd.readouterr().out


def test_an_image_and_its_mask_are_varied_together() -> None:
    image = Image.new("RGB", (40, 40), (0, 0, 0))
    image.paste((255, 255, 255), (0, 0, 20, 40))
    mask = Image.new("L", (40, 40))
    mask.paste(1, (0, 0, 20, 40))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    raw = Raw("x", buffer.getvalue(), write_mask(mask.tobytes(), ImageSize(40, 40, 1)))
    for seed in range(12):
        example = read_example(raw, 2, 32, Random(seed))
        light = example.pixels.mean(axis=2) > example.pixels.mean()
        assert (light == (example.classes == 1)).mean() > 0.9
    with pytest.raises(InvalidSample, match=r"the mask has 40 x 40 pixels, the image 10 x 20"):
        read_example(Raw("x", jpeg(Image.new("RGB", (10, 20))), raw.label), 2, 32, None)


def test_pixels_of_no_class_count_neither_in_the_loss_nor_in_the_overlaps() -> None:
    classes = torch.tensor([[[0, 1], [1, 255]]])
    right = torch.nn.functional.one_hot(torch.tensor([[[0, 1], [1, 0]]]), 2).permute(0, 3, 1, 2) * 20.0
    assert float(mask_loss(right, classes)) < 0.01
    assert float(mask_loss(-right, classes)) > 10
    assert float(mask_loss(right[:0], classes[:0])) == 0.0
    shared, united = overlaps(torch.tensor([[[1, 1], [0, 1]]]), classes, 2)
    assert (shared.tolist(), united.tolist()) == ([0, 1], [2, 3])
