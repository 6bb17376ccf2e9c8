"""The labels of an annotation of Label Studio: boxes where the set has regions, else classes of the whole image."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from trigpoint.core.errors import Invalid
from trigpoint.datasets.label_studio_boxes import boxes_of, declared_size, is_turned
from trigpoint.datasets.label_studio_names import image_of
from trigpoint.datasets.label_studio_regions import RECTANGLE, Content, Region
from trigpoint.datasets.label_studio_tasks import Task
from trigpoint.datasets.model import BadEntry, Complaints, LabeledImage
from trigpoint.datasets.pictures import Pictures
from trigpoint.datasets.report import Tally
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize

NO_CLASS: Final = "region without a class"
OF_REGION: Final = "choice for a region that has a label"
OF_IMAGE: Final = "choice for the whole image"
_TURNED: Final = "rotated rectangles became the upright boxes around them"
_SEVERAL: Final = "regions have several classes and became one box for each"


@dataclass(slots=True)
class Labeler:
    """Makes the labels of images, and counts in `labels` what cannot be one."""

    pictures: Pictures
    complaints: Complaints
    labels: Tally
    facts: Counter[str] = field(default_factory=Counter)
    """How often a label changed its form."""

    def classified(self, task: Task, content: Content) -> LabeledImage:
        """The image with the choices as its classes. Raises: Invalid: no such image."""
        name = image_of(task.url, self.pictures, task.where)
        classes = tuple(dict.fromkeys(content.choices))
        self._leave_out(content.others)
        self.labels.read += len(classes)
        return LabeledImage(task.where, name, classes=classes, left_out=len(content.others))

    def boxed(self, task: Task, content: Content) -> LabeledImage:
        """The image with its rectangles as boxes on the stored pixels.

        Raises: Invalid: no such image, or its size is another one or not known.
        """
        name = image_of(task.url, self.pictures, task.where)
        unused = [reason for region in content.regions for reason in _unused(region)]
        unused += [OF_IMAGE] * len(content.choices) + content.others
        usable = [region for region in content.regions if region.kind == RECTANGLE and region.classes]
        self._leave_out(unused)
        self.labels.read += sum(len(region.classes) for region in usable)
        size = self._size(content.regions, usable, name, task.where)
        bad = len(self.complaints.skipped)
        boxes = tuple(box for region in usable for box in self._boxes(region, size))
        left_out = len(unused) + len(self.complaints.skipped) - bad
        return self.pictures.placed(LabeledImage(task.where, name, size, boxes, left_out=left_out))

    def _leave_out(self, reasons: list[str]) -> None:
        self.labels.read += len(reasons)
        for reason in reasons:
            self.labels.leave_out(reason)

    def _size(self, regions: list[Region], usable: list[Region], name: str, where: str) -> ImageSize | None:
        """The size of which coordinates are percent; None when there are none."""
        if (declared := declared_size(regions)) is not None or not usable:
            return declared
        if not self.pictures.is_readable(name):
            raise BadEntry(
                where,
                "original_width and original_height are missing; name the folder of the images with --images",
            )
        return self.pictures.size_of_fractions(name, where)

    def _boxes(self, region: Region, size: ImageSize | None) -> list[Box]:
        assert size is not None
        try:
            boxes = boxes_of(region, size)
        except Invalid as problem:
            self.complaints.leave_out(problem, region.where, self.labels)
            return []
        self.facts[_TURNED] += is_turned(region.value, region.where)
        self.facts[_SEVERAL] += len(boxes) > 1
        return boxes

    def notes(self) -> list[str]:
        return [f"{count} {fact}" for fact, count in self.facts.items() if count]


def _unused(region: Region) -> list[str]:
    """Why each answer for a region is no label."""
    if region.kind != RECTANGLE:
        return [region.kind]
    if not region.classes:
        return [NO_CLASS, *region.others]
    return [OF_REGION] * (len(region.choices) if region.labels else 0) + region.others
