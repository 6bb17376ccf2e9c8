"""The data objects of a round: what people have labeled, what is held, and their lines for the files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trigpoint.autolabel.learners import Learner, Sent, source_of
from trigpoint.autolabel.model import State
from trigpoint.core.errors import Invalid
from trigpoint.db import Database
from trigpoint.labeling.model import Job, ObjectStatus
from trigpoint.labeling.outputs import json_text, output_line
from trigpoint.labeling.store import held_objects
from trigpoint.labeling.store.held_objects import StoredObject
from trigpoint.objects import ObjectStore
from trigpoint.records.labels.attributes import is_human_annotated
from trigpoint.records.labels.classes import parse_class_id

VALIDATION, UNLABELED = "validation", "unlabeled"


@dataclass(frozen=True, slots=True)
class Labeled:
    """An object with the class that people gave it."""

    stored: StoredObject
    class_id: int


class RoundData:
    """Reads the objects of one job from the database."""

    def __init__(self, db: Database, objects: ObjectStore, job: Job, learner: Learner) -> None:
        self._db = db
        self._objects = objects
        self._job = job
        self._learner = learner

    def labeled(self, state: State) -> tuple[list[Labeled], list[Labeled]]:
        """What people labeled for training, and the validation set. Labels from before the job are for training."""
        with self._db.read() as connection:
            by_people = held_objects.of_status(connection, self._job.id, ObjectStatus.LABELED)
            carried = held_objects.of_status(connection, self._job.id, ObjectStatus.CARRIED)
        attribute = self._job.spec.label_attribute
        train = [each for stored in carried if (each := _carried(stored, attribute, len(self._job.labels)))]
        validation: list[Labeled] = []
        for stored in by_people:
            members = json.loads(f"{{{stored.result}}}")
            each = Labeled(stored, int(members[attribute]))
            (validation if stored.iteration in state.validation_iterations else train).append(each)
        return train, validation

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
                lines.append(json_text({self._learner.source: source, attribute: each.class_id}))
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


def _carried(stored: StoredObject, attribute: str, class_count: int) -> Labeled | None:
    """The label that an input line had, if people gave it and the job has its class."""
    line: Mapping[str, Any] = json.loads(stored.line)
    if not is_human_annotated(line, attribute):
        return None
    try:
        class_id = parse_class_id(line[attribute])
    except (Invalid, KeyError):
        return None
    return Labeled(stored, class_id) if class_id < class_count else None
