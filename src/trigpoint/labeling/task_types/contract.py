"""What a task type declares: everything about a labeling job that depends on what people label.

The engine (batches, slots, rounds, outputs, tables) calls these declarations and names no task type. To add a type,
write a package with the same files as `bounding_box` and add one line to the registry in `task_types/__init__.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any, Generic, Protocol, TypeVar

from trigpoint.labeling.model import DataObject, Facts, Job, WorkerQuality
from trigpoint.labeling.task_types.answer_limits import AnswerLimits
from trigpoint.objects import ObjectStore

A = TypeVar("A")
"""One worker's answer, as the task type reads it."""

A_contra = TypeVar("A_contra", contravariant=True)


class DataKind(StrEnum):
    """What a manifest line must hold: the URI of an image, a text, or either of them."""

    IMAGE = "image"
    TEXT = "text"
    ANY = "any"


class LabelPlace(StrEnum):
    """Where labels are written, which decides whether the label attribute must end with `-ref`.

    In the manifest it must not; in files that the manifest refers to it must; with EITHER the name is free.
    """

    MANIFEST = "manifest"
    FILE = "file"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class CategoryRules:
    """How many label categories a job has. With `minimum` 0 it needs no label category file."""

    minimum: int = 1
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class LabelFile:
    """A label that is written into a file of its own; `suffix` ends the file's name, such as `.png`."""

    content: bytes
    suffix: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Label:
    """The label of one data object.

    `value` is the value of the label attribute, or the file whose URI is. `metadata` has the members that only this
    task type writes; the engine adds those that all types have.
    """

    value: Any
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AnsweredObject(Generic[A]):
    """A data object and its usable answers by worker id, in order of submission; there is at least one.

    `gold` is the known label of an object that the requester put among the others to measure the workers.
    """

    data_object: DataObject
    answers: Mapping[str, A]
    gold: Label | None = None


@dataclass(frozen=True, slots=True)
class Experience:
    """What a consolidation may use beyond the answers.

    `workers` is what earlier rounds of the job returned about its workers, by worker id. `method` is the one that the
    requester chose by the tag `trigpoint:consolidation`; None for the default.
    """

    workers: Mapping[str, WorkerQuality] = field(default_factory=dict)
    method: str | None = None


@dataclass(frozen=True, slots=True)
class Consolidation:
    """The labels of data objects by their index, and what is now known about the workers who answered, by worker id.

    A worker who is not in `workers` keeps what was known before. `failures` says why an object has no label.
    """

    labels: Mapping[int, Label]
    workers: Mapping[str, WorkerQuality] = field(default_factory=dict)
    failures: Mapping[int, str] = field(default_factory=dict)


class Agreement(Protocol[A_contra]):
    """Sums over data objects that say how well workers agree; see `labeling.agreement` for those that exist.

    They can be pickled. Their size does not depend on the number of objects.
    """

    def add(self, answers: Mapping[str, A_contra]) -> None:
        """Adds the answers of an object, by worker id."""

    def result(self) -> dict[str, Any]:
        """The figures as JSON: `measures` by name, and `classes`, which has the figures of each label category."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How a simulated worker errs. With the values of `PERFECT` they submit exactly the true label."""

    jitter: float = 0.015
    """How far off a drawn line is, as a share of the length of the object."""
    miss_rate: float = 0.03
    """The share of objects that they do not see."""
    mistake_rate: float = 0.01
    """The share of objects to which they give a wrong label."""


PERFECT = Habits(jitter=0, miss_rate=0, mistake_rate=0)


@dataclass(frozen=True, slots=True)
class ExampleObject:
    """A small data object with its true label, for tests.

    `content` is the image's bytes or the text. `line` has further members of the manifest line. `files` are the
    objects that these refer to, by key in the bucket `lab`.
    `bad_answers` are answers that a worker must not submit, by a part of the reason.
    """

    labels: tuple[str, ...]
    content: bytes | str
    truth: Label
    bad_answers: Mapping[str, Mapping[str, Any]]
    line: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskType(Generic[A]):
    """A kind of labeling job. All functions are pure, except that `measure` reads the object store."""

    name: str
    """Ends the names of the built-in functions `PRE-<name>` and `ACS-<name>`; kept in the database."""
    title: str
    """What messages call it, such as "bounding box"."""
    data: DataKind
    label_place: LabelPlace
    categories: CategoryRules
    most_objects: int = 100_000
    """Lines of an input manifest."""
    output_type: str
    """`type` in the metadata of labels, such as "groundtruth/object-detection"."""
    reviews: str | None = None
    """`type` of the labels that its jobs review; None if they review none."""
    element: str = ""
    """The HTML element that a template must have, such as "crowd-bounding-box"; "" if there is none."""
    element_has_form: bool = False
    """Whether the element submits its own answer, so that a template needs no crowd-form."""
    other_elements: tuple[str, ...] = ()
    """Elements of which a template may have one instead, because they submit an answer of the same meaning."""
    template: str
    """The task template of jobs that name none. It has the element, and reads `task.input` only."""
    documented_template: str = ""
    """A template in the form that AWS documents for this type; "" if it documents none."""
    built_in_ui: str | None = None
    """The name in the ARN `human-task-ui/<name>`, by which jobs of this type can ask for the template."""
    methods: tuple[str, ...] = ()
    """The consolidation methods that can be chosen besides the default one."""
    answer_limits: AnswerLimits
    """An answer that exceeds one is refused when it is submitted.

    Consolidating the answers of nine workers within these limits must take seconds: time and memory grow about as fast
    as the answers.
    """

    measure: Callable[[ObjectStore, Job, DataObject], Facts]
    """The facts of a data object that later steps need, as JSON.

    Called once, before the object is offered to workers.
    Raises: Invalid, NotFound: the object cannot be labeled; it fails with this reason, and the job goes on.
            RemoteUnavailable: the store does not answer; the object is measured later.
    """

    task_input: Callable[[Job, DataObject], Mapping[str, Any]]
    """What the template calls `task.input`.

    The template is first tried with the first line of the manifest, of which nothing was measured: `facts` is None.
    """

    read_answer: Callable[[Job, DataObject, Mapping[str, Any]], A]
    """The answer in what crowd-form submitted: one key per named element.

    Called when the answer is submitted, so that a bad one is refused at once, and again when it is consolidated. The
    answer is within the limits. The element may have any name, because requesters edit templates.
    Raises: Invalid: the answer cannot be used; names the field and the rule.
    """

    consolidate: Callable[[Job, Sequence[AnsweredObject[A]], Experience], Consolidation]
    """The labels of a round's data objects. Called with all of them at once.

    Called in the server for small rounds, otherwise in a process of its own, with limits of time and memory. An object
    without a label fails. The same answers and experience always give the same labels.
    """

    consolidation_s: Callable[[DataObject, int], float] | None = None
    """About how many seconds of processor time it takes to consolidate a data object with this many answers.

    None where that is little, or depends on the length of the answers only. A round has so many objects that it ends
    within a minute, also if each takes long.
    """

    simulate: Callable[[Label, Sequence[str], Random, Habits], dict[str, Any]]
    """What a simulated worker submits for a data object with this true label, given the job's label categories."""

    refers_to_answers: bool = False
    """Whether the metadata of labels have `worker-response-ref`, the URI of the file with the object's answers."""

    agreement: Callable[[Job], Agreement[A]] | None = None
    """New sums for the job; None if agreement of its answers is not measured."""

    known_label: Callable[[Job, Mapping[str, Any], str], Label] | None = None
    """The label in an attribute of an input line, with the class ids of the job; None if lines cannot carry known labels.

    `simulate` gives the answer that states it, unless labels are files; then `measure` keeps in the facts what the
    consolidation needs of the file. The line may be that of an object that was not measured yet.
    Raises: Invalid: it is no label of this task type, or has a class that the job does not have; names the field.
    """

    example: ExampleObject
