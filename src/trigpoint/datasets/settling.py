"""The checks of a set that was read, the same for all formats, before anything is written."""

from __future__ import annotations

from collections import defaultdict

from trigpoint.core.errors import Invalid
from trigpoint.datasets.model import BadEntry, Complaints, LabeledImage, LabeledSet
from trigpoint.datasets.pictures import NO_IMAGE

NO_LABEL = "none of its labels can be converted"
_ADVICE = "check that the source has this format, and correct what the counts name"
SHARED = "image of several entries"


def settle(labeled: LabeledSet, complaints: Complaints) -> None:
    """Removes images that have lost all their labels, and those that several entries describe.

    Without its labels, an image would count as one without objects. Of two entries for one image, nobody can say
    which labels are right; only the rows of a list with ids of their own may share an image.
    Raises: BadEntry: by way of `complaints`.
    """
    kept = [image for image in labeled.images if not _emptied(image)]
    labeled.report.images.leave_out(NO_LABEL, len(labeled.images) - len(kept))
    labeled.images = kept if labeled.images_may_repeat else _with_one_entry(kept, labeled, complaints)


def _with_one_entry(
    kept: list[LabeledImage], labeled: LabeledSet, complaints: Complaints
) -> list[LabeledImage]:
    by_name: dict[str, list[LabeledImage]] = defaultdict(list)
    for image in kept:
        by_name[image.image].append(image)
    shared = [(image, of_image) for of_image in by_name.values() if len(of_image) > 1 for image in of_image]
    for image, of_image in shared:
        complaints.add(_shared(image, of_image), labeled.report.images)
    return [image for image in kept if len(by_name[image.image]) == 1]


def _emptied(image: LabeledImage) -> bool:
    return bool(image.left_out) and not image.boxes and not image.classes


def _shared(image: LabeledImage, of_image: list[LabeledImage]) -> BadEntry:
    other = next(each for each in of_image if each is not image)
    why = f"its image {image.image} is also that of {other.where}; one image needs one entry"
    return BadEntry(image.where, why, SHARED)


def require_pixels(labeled: LabeledSet) -> None:
    """Raises: Invalid: all boxes are within one pixel, as those of a source are that holds fractions of the image."""
    boxes = [box for image in labeled.images for box in image.boxes or ()]
    if not boxes or any(box.right > 1 or box.bottom > 1 for box in boxes):
        return
    if any(not value.is_integer() for box in boxes for value in map(float, box.ltwh)):
        first = next(image for image in labeled.images if image.boxes)
        raise Invalid(
            f"{first.where}: all boxes of the source are within one pixel, so their numbers seem to be fractions of "
            "the image; multiply them by its width and height"
        )


def require_labels(labeled: LabeledSet, complaints: Complaints, source: str = "the source") -> None:
    """Makes sure that something was recognised in the source, unless it says itself that it is empty.

    Decision: when bad entries are skipped on request, they may be all there is, but not because no image was found.
    Raises: Invalid: no image or, in a source with labels, no label was converted.
    """
    images, labels = labeled.totals()
    if not images.converted and images.left_out.keys() == {NO_IMAGE}:
        raise Invalid(f"none of the images was found; name their folder with --images ({images})")
    if labeled.is_declared_empty or complaints.skipped:
        return
    if not images.converted:
        raise Invalid(f"{source}: no image was converted ({images}; {labels}); {_ADVICE}")
    if labels.read and not labels.converted:
        raise Invalid(f"{source}: no label was converted ({images}; {labels}); {_ADVICE}")
