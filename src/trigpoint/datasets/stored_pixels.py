"""Boxes that were drawn on a photo as a tool showed it, on the pixels as the file stores them.

Phones store photos as the sensor sees them, with an EXIF orientation by which viewers turn them. Labels in
Trigpoint are always on the stored pixels. A label's file names the size that its tool worked with, which says whether
the tool turned the photo.

Decision: where both sizes are equal (a photo that is upside down, mirrored or square) or no size is named, nothing says
what the tool did. Such a photo with boxes is refused, unless the caller names the frame of the boxes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from trigpoint.core.errors import Invalid
from trigpoint.datasets.image_header import ImageHeader
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.frames import unturned
from trigpoint.records.labels.image_size import ImageSize

Frame = Literal["shown", "stored"]
"""What boxes refer to: the photo as a viewer shows it, or as it is stored."""


def frame_of(
    declared: ImageSize | None, header: ImageHeader, choice: Frame | None, boxes: Iterable[Box] = ()
) -> Frame | None:
    """The frame that boxes for an image of the declared size refer to; None when nothing says it.

    choice: the frame where the sizes do not tell, or where the boxes contradict them.
    Raises: Invalid: the image has another size.
    """
    fits: list[Frame] = [
        frame for frame, size in _frames(header) if declared is None or size.sides == declared.sides
    ]
    if declared is not None and not fits:
        raise Invalid(_other_size(declared, header))
    decided = len(fits) == 1 or header.orientation == 1
    return fits[0] if decided and not _contradict(boxes, header, fits[0]) else choice


def _contradict(boxes: Iterable[Box], header: ImageHeader, frame: Frame) -> bool:
    """True when some of the boxes reach out of the photo in this frame, and none does in the other one.

    Such a source names the size of one frame, but its boxes are those of the other.
    """
    other = header.size if frame == "shown" else header.shown
    found = list(boxes)
    inside = [_within(box, header.shown if frame == "shown" else header.size) for box in found]
    return not all(inside) and all(_within(box, other) for box in found)


def _within(box: Box, size: ImageSize) -> bool:
    """True when the box is in the image, but for a pixel: some formats count pixels from 1."""
    return min(box.left, box.top) >= -1 and box.right <= size.width + 1 and box.bottom <= size.height + 1


def on_stored_pixels(boxes: Iterable[Box], header: ImageHeader) -> tuple[Box, ...]:
    """The boxes of the shown photo on the stored pixels. For orientation 1 they do not change."""
    return tuple(_turned(box, header) for box in boxes)


def undecided(header: ImageHeader) -> Invalid:
    """The error for a photo whose boxes can be those of two frames."""
    return Invalid(
        f"the photo has EXIF orientation {header.orientation} (stored {header.size}, shown "
        f"{header.shown} pixels), and nothing says on which of the two its boxes are; "
        "choose with --exif shown or --exif stored"
    )


def _frames(header: ImageHeader) -> tuple[tuple[Frame, ImageSize], ...]:
    return ("stored", header.size), ("shown", header.shown)


def _turned(box: Box, header: ImageHeader) -> Box:
    ltwh = unturned(box.ltwh, header.orientation, header.size.width, header.size.height)
    return replace(box, left=ltwh[0], top=ltwh[1], width=ltwh[2], height=ltwh[3])


def _other_size(declared: ImageSize, header: ImageHeader) -> str:
    shown = f" (shown as {header.shown})" if header.orientation >= 5 else ""
    return (
        f"the labels are for an image of {declared} pixels, but the image has {header.size}{shown}; "
        "it was resized after labeling, or is another image. Use the image that was labeled"
    )
