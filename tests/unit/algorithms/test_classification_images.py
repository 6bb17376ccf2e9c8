"""Images of a classifier: turned upright, resized, cropped and varied."""

from __future__ import annotations

import io
from random import Random

import numpy as np
import pytest
from PIL import Image

from trigpoint.algorithms.common.harness import CustomerError
from trigpoint.algorithms.common.sources import InvalidSample
from trigpoint.algorithms.image_classification.augment import augment
from trigpoint.algorithms.image_classification.hyperparameters import parse
from trigpoint.algorithms.image_classification.images import (
    centre_crop,
    decode,
    pixels,
    resize_shorter,
    squeeze,
)

HALVES = Image.new("RGB", (40, 20), "red")
HALVES.paste("blue", (0, 0, 20, 20))  # left half


def encoded(image: Image.Image, orientation: int) -> bytes:
    buffer, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = orientation
    image.save(buffer, "PNG", exif=exif)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("orientation", "size", "blue_corner"),
    [(1, (40, 20), (0, 0)), (2, (40, 20), (39, 0)), (3, (40, 20), (39, 0)), (6, (20, 40), (0, 0)), (8, (20, 40), (0, 39))],
)  # fmt: skip
def test_a_photo_is_turned_upright(
    orientation: int, size: tuple[int, int], blue_corner: tuple[int, int]
) -> None:
    image = decode(encoded(HALVES, orientation), None)
    assert image.size == size
    assert image.getpixel(blue_corner) == (0, 0, 255)
    opposite = (size[0] - 1 - blue_corner[0], size[1] - 1 - blue_corner[1])
    assert image.getpixel(opposite) == (255, 0, 0)


def test_the_shorter_side_is_resized_and_the_middle_is_cut_out() -> None:
    resized = resize_shorter(HALVES, 10)
    assert resized.size == (20, 10) and resize_shorter(HALVES, None) is HALVES
    with pytest.raises(
        InvalidSample, match="resize 256 makes 256 x 2560000 pixels of its 1 x 10000, more than 100"
    ):
        resize_shorter(Image.new("RGB", (1, 10_000)), 256)
    middle = pixels(centre_crop(resized, 8, 6), 3)
    assert middle.shape == (8, 6, 3)
    assert middle[0, 0].tolist() == [0, 0, 255] and middle[0, 5].tolist() == [255, 0, 0]
    assert pixels(squeeze(HALVES, 8, 6), 1).shape == (8, 6, 1)


@pytest.mark.parametrize("level", ["crop", "crop_color", "crop_color_transform"])
def test_variations_differ_from_each_other_and_are_repeatable(level: str) -> None:
    image = Image.fromarray(np.random.default_rng(1).integers(0, 255, (30, 40, 3), dtype=np.uint8))
    seen = [np.asarray(augment(image, (16, 12), level, Random(k))) for k in (1, 2, 1)]
    assert all(each.shape == (12, 16, 3) for each in seen)
    assert np.array_equal(seen[0], seen[2]) and not np.array_equal(seen[0], seen[1])
    grey = Image.new("RGB", (30, 30), (120, 120, 120))
    values = {
        int(v) for k in range(20) for v in np.unique(np.asarray(augment(grey, (8, 8), level, Random(k))))
    }
    assert (values == {120}) is (level == "crop")  # the others change the lightness


def test_the_transformation_keeps_what_is_in_the_middle() -> None:
    cross = Image.new("RGB", (41, 41), "black")
    cross.paste("white", (18, 18, 23, 23))
    for k in range(20):
        varied = np.asarray(augment(cross, (41, 41), "crop_color_transform", Random(k)).convert("L")).astype(
            float
        )
        assert varied[20, 20] > varied[2, 2] + 60


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"resize": "200"}, "resize: 200 must be at least the height and the width of image_shape 3,224,224"),
        ({"use_weighted_loss": "1"}, "use_weighted_loss: 1 has an effect only with multi_label 1"),
        ({"top_k": "4"}, "top_k: 4 must be at most num_classes, which is 3"),
        ({"top_k": "1"}, "top_k: 1 must be a whole number of at least 2"),
        ({"top_k": "2", "multi_label": "1"}, "top_k: 2 has no meaning with multi_label 1"),
        ({"checkpoint_frequency": "31"}, "checkpoint_frequency: 31 must be at most epochs, which is 30"),
        ({"use_pretrained_model": "1", "num_layers": "20"}, "use_pretrained_model: 1 needs num_layers 18, 34, 50, 101 or 152"),
        ({"use_pretrained_model": "1", "image_shape": "1,224,224"}, "use_pretrained_model: 1 needs an image_shape of 3 channels"),
        ({"image_shape": "224"}, "image_shape: 224 must be channels (1 or 3), height and width of at most 4096"),
        ({"image_shape": "3,224,9000"}, "image_shape: 3,224,9000 must be channels (1 or 3)"),
        ({"num_layers": "19"}, "num_layers: 19 must be one of 18, 34, 50, 101, 152, 200, 20, 32, 44, 56, 110"),
        ({"beta_1": "1"}, "beta_1: 1 must be in [0, 1)"),
        ({"augmentation_type": "flip"}, "augmentation_type: flip must be one of crop, crop_color, crop_color_transform"),
        ({"kv_store": "device"}, "kv_store: device must be one of dist_sync, dist_async"),
        ({"label_width": "350"}, "label_width: 350 is not a hyperparameter of image classification"),
    ],
)  # fmt: skip
def test_settings_that_do_not_fit_are_refused_by_name(changes: dict[str, str], said: str) -> None:
    with pytest.raises(CustomerError) as refusal:
        parse({"num_classes": "3", "num_training_samples": "100", **changes})
    assert str(refusal.value).startswith(f"Error when validating hyperparameters: {said}")


def test_the_defaults_are_those_of_the_guide_and_other_spellings_are_read() -> None:
    hp = parse(
        {
            "num_classes": "3.0",
            "num_training_samples": "100",
            "num_layers": "18.0",
            "resize": " 256 ",
            "top_k": "",
        }
    )
    assert (hp.num_classes, hp.num_layers, hp.resize, hp.image_shape, hp.top_k) == (
        3,
        18,
        256,
        (3, 224, 224),
        None,
    )
    assert (hp.optimizer, hp.learning_rate, hp.momentum, hp.weight_decay) == ("sgd", 0.1, 0.9, 0.0001)
    assert (hp.beta_1, hp.beta_2, hp.eps, hp.gamma) == (0.9, 0.999, 1e-8, 0.9)
    assert (hp.mini_batch_size, hp.epochs, hp.lr_scheduler_factor, hp.precision_dtype) == (
        32,
        30,
        0.1,
        "float32",
    )
    assert (hp.use_pretrained_model, hp.multi_label, hp.kv_store, hp.augmentation_type) == (
        False,
        False,
        None,
        None,
    )
