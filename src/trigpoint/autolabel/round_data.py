"""The data objects of a round: what people have labeled, what is held, and their lines for the files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trigpoint.autolabel.kinds import LabelKind
from trigpoint.autolabel.learners import Learner, Sent, source_of
from trigpoint.autolabel.model import State
from trigpoint.db import Database
from trigpoint.labeling.model import Job, ObjectStatus
from trigpoint.labeling.outputs import json_text, output_line
from trigpoint.labeling.store import held_objects
from trigpoint.labeling.store.held_objects import StoredObject
from trigpoint.objects import ObjectStore
from trigpoint.records.labels.attributes import is_human_annotated

VALIDATION, UNLABELED = "validation", "unlabeled"


@dataclass(frozen=True, slots=True)
class Labeled:
    """An object with what people gave it, as its kind of label reads it: a class id, boxes, a mask."""

    stored: StoredObject
    given: Any


class RoundData:
    """Reads the objects of one job from the database."""

    def __init__(
        self, db: Database, objects: ObjectStore, job: Job, learner: Learner, kind: LabelKind
    ) -> None:
        self._db = db
        self._objects = objects
        self._job = job
        self._learner = learner
        self._kind = kind

    def labeled(self, state: State) -> tuple[list[Labeled], list[Labeled]]:
        """What people labeled for training, and the validation set. Labels from before the job are for training."""
        with self._db.read() as connection:
            by_people = held_objects.of_status(connection, self._job.id, ObjectStatus.LABELED)
            carried = held_objects.of_status(connection, self._job.id, ObjectStatus.CARRIED)
        train: list[Labeled] = []
        validation: list[Labeled] = []
        for stored in carried:
            line = json.loads(stored.line)
            if is_human_annotated(line, self._job.spec.label_attribute):
                train += self._labeled(stored, line)
        for stored in by_people:
            members = json.loads(f"{{{stored.result}}}")
            is_validation = stored.iteration in state.validation_iterations
            (validation if is_validation else train).extend(self._labeled(stored, members))
        return train, validation

    def _labeled(self, stored: StoredObject, line: Mapping[str, Any]) -> list[Labeled]:
        """The object with its label; none if the label is not one of this job's classes."""
        given = self._kind.given(line)
        return [] if given is None else [Labeled(stored, given)]

    def held(self) -> list[StoredObject]:
        """The objects without a label."""
        with self._db.read() as connection:
            return held_objects.of_status(connection, self._job.id, ObjectStatus.HELD)

    def training_lines(self, labeled: Sequence[Labeled]) -> list[str]:
        """Lines of an augmented manifest with the two attributes that the learner reads."""
        lines = []
        for each in labeled:
            source = source_of(self._objects, self._learner, json.loads(each.stored.line))
            if source is not None:
                attribute = self._job.spec.label_attribute
                value = self._kind.training_value(each.given)
                lines.append(json_text({self._learner.source: source, attribute: value}))
        return lines

    def sent(self, name: str, found: Sequence[StoredObject]) -> list[Sent]:
        """The inputs of the transform jobs for these objects; none for no object."""
        sources: dict[int, str] = {}
        for each in found:
            source = source_of(self._objects, self._learner, json.loads(each.line))
            if source is not None:
                sources[each.index] = source
        return self._learner.inputs(name, sources) if sources else []

    def output_lines(self, found: Sequence[StoredObject]) -> list[str]:
        """The lines with the labels that people gave."""
        return [output_line(each.line, each.result, self._job.spec.label_attribute) for each in found]

    def numbered(self, found: Sequence[StoredObject], results: Mapping[int, str]) -> list[str]:
        """Each object's number before its output line with the machine's label, as in auto_annotator_output.txt."""
        attribute = self._job.spec.label_attribute
        return [f"{each.index} {output_line(each.line, results[each.index], attribute)}" for each in found]
