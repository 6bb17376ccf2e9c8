"""Boxes of a label on the stored pixels of its image, where the label's image_size is not the size of the image.

Labels are on stored pixels. Two things go wrong after labeling or in other tools, and the sizes show which:
the image was resized, or the boxes are on the photo as viewers show it, turned by its EXIF orientation.

Decision: boxes are resized with the image where its shape is the same, and turned back where only the shown size fits.
With any other size the image is another one, or was cropped or squeezed, and the label is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from trigpoint.core.errors import Invalid
from trigpoint.records.labels.boxes import BoxLabel, BoxLtwh, Corners, clip_to_fractions
from trigpoint.records.labels.image_size import ImageSize


@dataclass(frozen=True, slots=True)
class Frame:
    """What the pixels of a label's boxes are.

    size:        of the image to which boxes refer after `stored`.
    orientation: EXIF's, which viewers applied before the boxes were drawn; 1 for none.
    """

    size: ImageSize
    orientation: int = 1

    def stored(self, box: BoxLtwh) -> BoxLtwh:
        """The box turned as the image is stored, in pixels of an image of `size`."""
        return unturned(box, self.orientation, self.size.width, self.size.height)


def frame_of_label(declared: ImageSize | None, stored: ImageSize, orientation: Callable[[], int]) -> Frame:
    """The frame of boxes in a label with this image_size, for an image of this size.

    orientation: reads the EXIF orientation of the image; called only when the sizes differ.
    Raises: Invalid: the image is another one (names both sizes).
    """
    if declared is None:
        return Frame(stored)
    if _is_resized(declared, stored):
        return Frame(declared)
    turned_by = orientation()
    swapped = ImageSize(declared.height, declared.width, declared.depth)
    if turned_by >= 5 and _is_resized(swapped, stored):
        return Frame(swapped, turned_by)
    raise Invalid(
        f"image_size is {declared}, but the image has {stored} pixels, another shape; use the image that was labeled"
    )


def fractions_of(label: BoxLabel, stored: ImageSize, orientation: Callable[[], int]) -> list[Corners | None]:
    """The corners x1, y1, x2, y2 of each box as fractions of the stored image, within [0, 1].

    None for a box that has no area inside the image; it is dropped in training.
    Raises: as `frame_of_label`.
    """
    frame = frame_of_label(label.image_size, stored, orientation)
    return [clip_to_fractions(frame.stored(box), frame.size) for box in label.boxes_ltwh]


def unturned(box: BoxLtwh, orientation: int, width: int, height: int) -> BoxLtwh:
    """A box of the photo as viewers show it, on the stored pixels of an image of this stored width and height.

    orientation: EXIF's, 1 to 8; for 1 the box does not change.
    """
    across, down, wide, high = box if orientation < 5 else (box[1], box[0], box[3], box[2])
    if orientation in (2, 3, 7, 8):
        across = width - across - wide
    if orientation in (3, 4, 6, 7):
        down = height - down - high
    return across, down, wide, high


def _is_resized(one: ImageSize, other: ImageSize) -> bool:
    """Whether the sizes are of one shape: the sides of the smaller one may be rounded up or down to whole pixels."""
    difference = abs(one.width * other.height - other.width * one.height)
    larger = max(one, other, key=lambda size: size.width * size.height)
    return one.sides == other.sides or difference < larger.width + larger.height
