"""Variations of training images and their boxes, so that the network does not learn the images by heart.

The order is colour, mirror, pad, crop, resize; none of it at validation. The ranges are those of the open ancestor
(mxnet-ssd).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

import numpy as np
from PIL import Image

from trigpoint.algorithms.common.augmentation import (
    FILTERS,
    WHOLE,
    Array,
    Window,
    jitter_colour,
    mirror_window,
    pad_window,
    render,
)
from trigpoint.algorithms.object_detection.samples import Sample

CROP_MIN_IOUS = (0.1, 0.3, 0.5, 0.7, 0.9)
CROP_TRIES = 25
CROP_MIN_SCALE = 0.3
CROP_ASPECTS = (0.5, 2.0)


@dataclass(frozen=True, slots=True)
class Augmentation:
    """The strength of the variations: probabilities and the largest zoom-out."""

    colour_p: float = 0.5
    mirror_p: float = 0.5
    pad_p: float = 0.5
    pad_max: float = 4.0
    crop_p: float = 0.5


FULL = Augmentation()
GENTLE = Augmentation(pad_p=0.3, pad_max=1.6)


def strength_for(base_network: str) -> Augmentation:
    """The variations that suit a network."""
    # Decision: the networks made for short trainings see objects at no less than 1/1.6 of their size. With the
    # ancestor's fourfold zoom-out resnet-10 learns more slowly: mAP 0.63 against 0.84 after 20 epochs of 140 scenes.
    return GENTLE if base_network in ("resnet-10", "efficientnet-lite0") else FULL


@dataclass(frozen=True, slots=True)
class Example:
    """One image of a batch and its objects."""

    pixels: Array  # (S, S, 3) uint8
    boxes_xyxy: Array  # (G, 4) fractions
    classes: Array  # (G,)
    difficult: Array | None = None  # (G,); only for examples that are not varied: evaluation needs it
    labeled: Array | None = (
        None  # (L,) the classes of all objects of a varied example, also of those outside of it
    )


def resize_only(sample: Sample, image_shape: int) -> Example:
    """The whole image, resized to the square without keeping its aspect ratio."""
    image = sample.image.resize((image_shape, image_shape), Image.Resampling.BILINEAR)
    return Example(np.asarray(image), sample.boxes_xyxy, sample.classes, sample.difficult)


def augment(sample: Sample, image_shape: int, strength: Augmentation, rng: Random) -> Example:
    """A random variation of the example. Equal states of `rng` give equal variations."""
    image = jitter_colour(sample.image, strength.colour_p, rng)
    boxes, classes = sample.boxes_xyxy, sample.classes
    mirror = rng.random() < strength.mirror_p
    if mirror:
        boxes = mirror_boxes(boxes)
    window = WHOLE
    if rng.random() < strength.pad_p:
        window = pad_window(strength.pad_max, rng)
    if rng.random() < strength.crop_p:
        window = _crop_window(window, boxes, rng)
    boxes, classes = look_through(window, boxes, classes)
    pixels = render(image, mirror_window(window) if mirror else window, image_shape, rng.choice(FILTERS))
    return Example(pixels[:, ::-1] if mirror else pixels, boxes, classes, labeled=sample.classes)


def mirror_boxes(boxes_xyxy: Array) -> Array:
    """Boxes of the image flipped left to right."""
    return np.stack((1 - boxes_xyxy[:, 2], boxes_xyxy[:, 1], 1 - boxes_xyxy[:, 0], boxes_xyxy[:, 3]), axis=1)


def look_through(window: Window, boxes_xyxy: Array, classes: Array) -> tuple[Array, Array]:
    """Boxes in fractions of the window, clipped to it. Boxes whose centre is outside are dropped."""
    x1, y1, x2, y2 = window
    centres = (boxes_xyxy[:, :2] + boxes_xyxy[:, 2:]) / 2
    inside = (centres[:, 0] > x1) & (centres[:, 0] < x2) & (centres[:, 1] > y1) & (centres[:, 1] < y2)
    origin = np.array([x1, y1, x1, y1], dtype=np.float32)
    extent = np.array([x2 - x1, y2 - y1, x2 - x1, y2 - y1], dtype=np.float32)
    moved = np.clip((boxes_xyxy[inside] - origin) / extent, 0, 1).astype(np.float32)
    solid = (moved[:, 2] - moved[:, 0] > 1e-4) & (moved[:, 3] - moved[:, 1] > 1e-4)
    return moved[solid], classes[inside][solid]


def _crop_window(window: Window, boxes_xyxy: Array, rng: Random) -> Window:
    """A part of the window that overlaps an object well enough; the window itself if none is found."""
    if len(boxes_xyxy) == 0:
        return window
    for min_iou in rng.sample(CROP_MIN_IOUS, len(CROP_MIN_IOUS)):
        for _ in range(CROP_TRIES):
            candidate = _random_part(window, rng)
            if candidate is not None and float(_window_iou(candidate, boxes_xyxy).max()) >= min_iou:
                centres = (boxes_xyxy[:, :2] + boxes_xyxy[:, 2:]) / 2
                inside = (centres > candidate[:2]).all(axis=1) & (centres < candidate[2:]).all(axis=1)
                if inside.any():
                    return candidate
    return window


def _random_part(window: Window, rng: Random) -> Window | None:
    scale = rng.uniform(CROP_MIN_SCALE, 1)
    low, high = max(CROP_ASPECTS[0], scale * scale), min(CROP_ASPECTS[1], 1 / (scale * scale))
    aspect = math.sqrt(rng.uniform(low, high))
    width, height = scale * aspect, scale / aspect
    if width > 1 or height > 1:
        return None
    full_w, full_h = window[2] - window[0], window[3] - window[1]
    x = window[0] + rng.uniform(0, 1 - width) * full_w
    y = window[1] + rng.uniform(0, 1 - height) * full_h
    return x, y, x + width * full_w, y + height * full_h


def _window_iou(window: Window, boxes_xyxy: Array) -> Array:
    x1, y1, x2, y2 = window
    w = np.minimum(boxes_xyxy[:, 2], x2) - np.maximum(boxes_xyxy[:, 0], x1)
    h = np.minimum(boxes_xyxy[:, 3], y2) - np.maximum(boxes_xyxy[:, 1], y1)
    shared = np.clip(w, 0, None) * np.clip(h, 0, None)
    areas = (boxes_xyxy[:, 2] - boxes_xyxy[:, 0]) * (boxes_xyxy[:, 3] - boxes_xyxy[:, 1])
    result: Array = shared / ((x2 - x1) * (y2 - y1) + areas - shared)
    return result
