"""Pictures of shapes to label."""

from __future__ import annotations

import io
from collections.abc import Iterator
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from trigpoint.demo.session import Session
from trigpoint.demo.task_set import TaskSet
from trigpoint.demo.tasks.shapes import HEIGHT, SHAPES, WIDTH, Drawing, draw
from trigpoint.labeling.task_types.class_labels import write_one, write_several
from trigpoint.labeling.task_types.contract import Label
from trigpoint.labeling.task_types.image_classification import IMAGE_CLASSIFICATION
from trigpoint.labeling.task_types.image_classification_multi_label import IMAGE_CLASSIFICATION_MULTI_LABEL
from trigpoint.labeling.task_types.mask_labels import write_label
from trigpoint.labeling.task_types.semantic_segmentation import SEMANTIC_SEGMENTATION
from trigpoint.records.labels.image_size import ImageSize

CATEGORIES = tuple({"label": shape} for shape in SHAPES)


def classes(session: Session, dice: Random, count: int) -> TaskSet:
    """Pictures whose class is the shape of the largest area."""
    drawn = dict(uploaded_drawings(session, dice, count))
    return TaskSet(
        task_type=IMAGE_CLASSIFICATION,
        categories=CATEGORIES,
        label_attribute="largest-shape",
        lines=tuple({"source-ref": uri} for uri in drawn),
        truths={
            uri: write_one(SHAPES.index(max(drawing.shapes, key=lambda shape: shape.side).name), 0, SHAPES)
            for uri, drawing in drawn.items()
        },
        title="The largest shape in {count} pictures",
        description="Choose the kind of the largest shape in the picture",
        keywords=("Images", "Shapes"),
    )


def several_classes(session: Session, dice: Random, count: int) -> TaskSet:
    """Pictures whose classes are the shapes in them."""
    drawn = dict(uploaded_drawings(session, dice, count))
    return TaskSet(
        task_type=IMAGE_CLASSIFICATION_MULTI_LABEL,
        categories=CATEGORIES,
        label_attribute="shapes",
        lines=tuple({"source-ref": uri} for uri in drawn),
        truths={
            uri: write_several({SHAPES.index(shape.name): 0 for shape in drawing.shapes}, SHAPES)
            for uri, drawing in drawn.items()
        },
        title="The shapes in {count} pictures",
        description="Choose all kinds of shapes in the picture",
        keywords=("Images", "Shapes"),
    )


def masks(session: Session, dice: Random, count: int) -> TaskSet:
    """Pictures in which each pixel belongs to a shape or to the background."""
    drawn = dict(uploaded_drawings(session, dice, count))
    return TaskSet(
        task_type=SEMANTIC_SEGMENTATION,
        categories=CATEGORIES,
        label_attribute="shapes-ref",
        lines=tuple({"source-ref": uri} for uri in drawn),
        truths={uri: true_mask(drawing.mask) for uri, drawing in drawn.items()},
        title="Masks of {count} pictures",
        description="Paint each shape with its label",
        keywords=("Images", "Masks"),
    )


def true_mask(mask: NDArray[np.uint8]) -> Label:
    """The label with this mask."""
    return write_label(mask.tobytes(), SHAPES, ImageSize(WIDTH, HEIGHT), 0)


def uploaded_drawings(session: Session, dice: Random, count: int) -> Iterator[tuple[str, Drawing]]:
    """Drawings by their URI."""
    for number in range(count):
        drawing = draw(dice)
        yield session.put(f"images/shapes-{number:03d}.png", _png(drawing.image)), drawing


def _png(image: Image.Image) -> bytes:
    encoded = io.BytesIO()
    image.save(encoded, "PNG")
    return encoded.getvalue()
