"""Label Studio: its JSON export, full or JSON-MIN, with rectangles in percent of the image, or choices.

The set is one of boxes when any task has a region; then choices about whole images are left out. Shapes other than
rectangles are left out too. All of it is counted.
Decision: a rotated rectangle becomes the upright one around it, and a region of several classes a box for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from trigpoint.core.counted import counted
from trigpoint.core.errors import Invalid
from trigpoint.datasets.json_source import load, members
from trigpoint.datasets.label_studio_images import Labeler
from trigpoint.datasets.label_studio_minimal import Row, read_row, tasks_of
from trigpoint.datasets.label_studio_regions import Content, Result, content_of
from trigpoint.datasets.label_studio_tasks import Task, is_full, read_task
from trigpoint.datasets.model import Complaints, LabeledImage, LabeledSet, has_several_classes, names_in
from trigpoint.datasets.pictures import Pictures
from trigpoint.datasets.report import Report
from trigpoint.datasets.stored_pixels import Frame

UNANNOTATED: Final = "task without an annotation"
NO_CHOICE: Final = "annotation without a choice"
OTHER_ANNOTATION: Final = "another annotation of the task counts"
OTHER_TAG: Final = "another tag than --tag"


def read_label_studio(
    source: Path,
    images: Path | None,
    complaints: Complaints,
    tag: str | None = None,
    frame: Frame | None = None,
) -> LabeledSet:
    """The set of an export; tasks without annotations are left out.

    tag: only the answers of this tag of the labeling template. frame: see `Pictures`.
    Raises: NotFound, Invalid: no such file, or no export. BadEntry: by way of `complaints`.
    """
    tasks = load(source)
    if not isinstance(tasks, list):
        raise Invalid(f"{source} is not an export in JSON or JSON-MIN: a list of tasks is needed")
    labeled = LabeledSet()
    reader = _Reader(complaints, labeled.report, tag)
    answered = list(reader.answered(tasks, str(source)))
    if reader.turned:
        reader.notes.append(
            f"results with an image_rotation: {reader.turned}; the image was turned in the editor. Their coordinates "
            "were taken as those of the image that is not turned; compare some of them with the images"
        )
    labeler = Labeler(Pictures(images, source.parent, frame), complaints, labeled.report.labels)
    labeled.images = list(reader.images(answered, labeler))
    labeled.class_names = names_in(labeled.images)
    labeled.several_classes = has_several_classes(labeled.images)
    labeled.notes = [*reader.notes, *labeler.notes(), *labeler.pictures.notes()]
    return labeled


def _is_turned_in_the_editor(result: Result) -> bool:
    return "x" in result.members and result.members.get("image_rotation") not in (None, 0, "0")


@dataclass(slots=True)
class _Reader:
    """Reads the tasks of an export, and counts those that have no label."""

    complaints: Complaints
    report: Report
    tag: str | None
    notes: list[str] = field(default_factory=list)
    turned: int = 0

    def answered(self, values: Sequence[Any], source: str) -> Iterator[tuple[Task, Content]]:
        """The annotated tasks, and what their annotations hold."""
        for task in self._tasks(values, source):
            if task.results is None:
                self.report.images.leave_out(UNANNOTATED)
                continue
            self._leave_out(OTHER_ANNOTATION, task.others)
            kept = [each for each in task.results if self.tag in (None, each.tag)]
            self.turned += sum(map(_is_turned_in_the_editor, kept))
            self._leave_out(OTHER_TAG, len(task.results) - len(kept))
            try:
                yield task, content_of(kept)
            except Invalid as problem:
                self.complaints.leave_out(problem, task.where, self.report.images)

    def _tasks(self, values: Sequence[Any], source: str) -> list[Task]:
        found: list[Task] = []
        rows: list[Row] = []
        for k, value in enumerate(values):
            where = f"{source}: task[{k}]"
            try:
                task = members(value, where)
                if is_full(task):
                    found.append(read_task(task, where))
                else:
                    rows.append(read_row(task, where))
            except Invalid as problem:
                self.report.images.read += 1
                self.complaints.leave_out(problem, where, self.report.images)
        minimal, unused = tasks_of(rows, self.tag, source)
        found += minimal
        self.report.images.read += len(found)
        if unused:
            self.notes.append(f"columns that were not taken as labels: {', '.join(unused)}")
        if several := sum(task.others > 0 for task in found):
            tasks = counted(several, "task has", "tasks have")
            self.notes.append(f"{tasks} several annotations; the ground truth or else the last one counts")
        return found

    def _leave_out(self, reason: str, count: int) -> None:
        self.report.labels.read += count
        self.report.labels.leave_out(reason, count)

    def images(self, answered: Sequence[tuple[Task, Content]], labeler: Labeler) -> Iterator[LabeledImage]:
        """The images with boxes if any task has a region, else those with classes."""
        detection = any(content.regions for _, content in answered)
        for task, content in answered:
            if not detection and not content.choices:
                self.report.images.leave_out(NO_CHOICE)
                continue
            try:
                yield labeler.boxed(task, content) if detection else labeler.classified(task, content)
            except Invalid as problem:
                self.complaints.leave_out(problem, task.where, self.report.images)
