"""The records of this package: labeling jobs, data objects, assignments, answers and rounds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

KIND = "labeling-job"
"""The kind under which the reconciler keeps labeling jobs."""

AUTOMATED_KIND = "automated-labeling"
"""The kind under which it keeps the automated labeling of jobs that have it; see `trigpoint.autolabel`."""

Facts = Mapping[str, Any]
"""What a task type measured on a data object before it was offered to workers, as JSON."""

DEFAULT_AVAILABILITY_S = 2_592_000
DEFAULT_CONCURRENT_OBJECTS = 1_000


class JobStatus(StrEnum):
    """A labeling job's status, in the API's words."""

    INITIALIZING = "Initializing"
    IN_PROGRESS = "InProgress"
    COMPLETED = "Completed"
    FAILED = "Failed"
    STOPPING = "Stopping"
    STOPPED = "Stopped"

    @property
    def is_terminal(self) -> bool:
        return self in (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.STOPPED)


class ObjectStatus(StrEnum):
    """The status of a data object.

    Waiting -> Chosen (in the current batch) -> Open (it was measured; workers are offered it)
            -> Ready (no more answers will come) -> Labeled | Failed
            Chosen -> Skipped: the pre-annotation function said that no people are needed
    Carried: its line of the input manifest already had the label.
    Held: automated labeling decides who labels it -> Chosen | AutoLabeled | Waiting
    AutoLabeled: a model has labeled it.
    Audited: a model has labeled it, and people will, to measure the model -> Chosen ... Ready -> Audited
             -> AutoLabeled | Labeled: it keeps the label, or people gave another one.
    """

    WAITING = "Waiting"
    CHOSEN = "Chosen"
    OPEN = "Open"
    READY = "Ready"
    LABELED = "Labeled"
    FAILED = "Failed"
    CARRIED = "Carried"
    SKIPPED = "Skipped"
    HELD = "Held"
    AUTO_LABELED = "AutoLabeled"
    AUDITED = "Audited"


class AssignmentStatus(StrEnum):
    """The status of a task that a worker accepted."""

    OPEN = "Open"
    STOPPED = "Stopped"
    SUBMITTED = "Submitted"
    DECLINED = "Declined"
    RELEASED = "Released"
    EXPIRED = "Expired"
    WITHDRAWN = "Withdrawn"

    @property
    def is_active(self) -> bool:
        return self in (AssignmentStatus.OPEN, AssignmentStatus.STOPPED)


@dataclass(frozen=True, slots=True)
class JobSpec:
    """What the requester asked for; None where they left a field out. URIs and ARNs are as they wrote them.

    At most one of `template_uri` and `human_task_ui_arn` is given; without them the task type's own template is used.
    """

    name: str
    label_attribute: str
    manifest_uri: str
    output_path: str
    role_arn: str
    label_categories_uri: str | None
    team_arn: str
    template_uri: str | None
    pre_function_arn: str | None
    consolidation_function_arn: str | None
    title: str
    description: str
    workers_per_object: int
    time_limit_s: int
    keywords: tuple[str, ...] | None = None
    availability_s: int | None = None
    max_concurrent_objects: int | None = None
    stop_after_objects: int | None = None
    stop_after_percent: int | None = None
    content_classifiers: tuple[str, ...] | None = None
    output_kms_key_id: str | None = None
    human_task_ui_arn: str | None = None
    consolidation_method: str | None = None
    """From the tag `trigpoint:consolidation`; None for the default method of the task type."""
    gold_attribute: str | None = None
    """From the tag `trigpoint:gold-attribute`: the attribute of input lines that holds a known label."""
    algorithm_arn: str | None = None
    """The algorithm of automated labeling; None without it."""
    initial_model_arn: str | None = None
    audit_share: float | None = None
    """From the tag `trigpoint:audit-share`: the share of the machine's labels that people check."""
    learner_image: str | None = None
    """From the tag `trigpoint:learner-image`: the program that learns instead of the built-in algorithm."""
    algorithm_resources: Mapping[str, Any] | None = None
    """LabelingJobResourceConfig as it was given; it has no effect."""

    @property
    def availability(self) -> timedelta:
        """How long the tasks of a data object are offered in all."""
        return timedelta(seconds=self.availability_s or DEFAULT_AVAILABILITY_S)

    @property
    def batch_size(self) -> int:
        """How many data objects are offered to workers at the same time."""
        return self.max_concurrent_objects or DEFAULT_CONCURRENT_OBJECTS


@dataclass(frozen=True, slots=True)
class Counters:
    """Numbers of data objects. All are 0 until the manifest has been read.

    Decision: an object whose line already carried the label counts as labeled, by a human unless its metadata says
    otherwise, so that labeled, failed and unlabeled objects add up to the manifest's lines.
    """

    total: int = 0
    carried_human: int = 0
    carried_machine: int = 0
    labeled: int = 0
    failed: int = 0
    auto_labeled: int = 0

    @property
    def human_labeled(self) -> int:
        return self.carried_human + self.labeled

    @property
    def machine_labeled(self) -> int:
        return self.carried_machine + self.auto_labeled

    @property
    def total_labeled(self) -> int:
        return self.human_labeled + self.machine_labeled

    @property
    def unlabeled(self) -> int:
        return self.total - self.total_labeled - self.failed

    @property
    def finished(self) -> int:
        """Objects that this job has labeled or given up."""
        return self.labeled + self.failed + self.auto_labeled


@dataclass(frozen=True, slots=True)
class Job:
    """A labeling job.

    `team_arn` is the team's own spelling of its ARN. `task_type` is a name in `task_types.TASK_TYPES`. `labels` are the
    label categories; they are empty until `inputs_read`. `category_file` is the label category file as it was written,
    {} without one.
    """

    id: str
    arn: str
    reference_code: str
    team_arn: str
    task_type: str
    spec: JobSpec
    status: JobStatus
    failure_reason: str | None
    created_at: datetime
    updated_at: datetime
    inputs_read: bool
    labels: tuple[str, ...]
    counters: Counters
    iteration: int
    published_count: int
    published_at: datetime | None
    stop_reason: str | None
    category_file: Mapping[str, Any] = field(default_factory=dict)
    final_model_arn: str | None = None
    """The model of the last round of automated labeling."""

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def expires_at(self) -> datetime:
        """When the job ends, finished or not."""
        return self.created_at + timedelta(days=30)


@dataclass(frozen=True, slots=True)
class HumanTaskUi:
    """A task template with a name, for RenderUiTemplate."""

    name: str
    arn: str
    template: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DataObject:
    """One line of the input manifest and the state of its tasks.

    `line` is the line as the requester wrote it, without the line break. `facts` is None until it was measured.
    `is_known`: the line carries a known label, by which workers are measured; see `labeling.gold`.
    """

    job_id: str
    index: int
    line: str
    status: ObjectStatus = ObjectStatus.WAITING
    iteration: int = 0
    open_slots: int = 0
    active_count: int = 0
    answer_count: int = 0
    decline_count: int = 0
    expires_at: datetime | None = None
    facts: Facts | None = None
    failure_reason: str | None = None
    is_known: bool = False

    @property
    def content(self) -> dict[str, Any]:
        """The line, parsed."""
        parsed: dict[str, Any] = json.loads(self.line)
        return parsed


@dataclass(frozen=True, slots=True)
class Answer:
    """What one worker submitted for one data object. `content` is JSON text with its keys sorted."""

    object_index: int
    assignment_id: str
    worker_id: str
    content: str
    accepted_at: datetime
    submitted_at: datetime
    time_spent_s: float
    identity: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Round:
    """One consolidation. `stamp_at` names its files; no two rounds of a job have it in the same second."""

    id: str
    job_id: str
    iteration: int
    stamp_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class WorkerQuality:
    """What the consolidations of a job have learned about one worker so far.

    answers:   data objects whose consolidation used an answer of theirs
    agreement: the sum over these of how well the answer agrees with the label, from 0 to 1
    accuracy:  the estimated probability that an answer of theirs, or a part of it, is right; None if unknown
    details:   what the method of the task type keeps about them, as JSON, such as a confusion matrix
    """

    answers: int = 0
    agreement: float = 0.0
    accuracy: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assignment:
    """A task of one worker.

    `task_input` is what the template calls `task.input`. `state` is the worker's unfinished work on the object, also
    from an earlier task; `draft_version` and `draft_saved_at` are None without it.
    `submitted_count`: how many tasks of the job they have submitted. `available_count`: how many more they could take.
    """

    id: str
    job_name: str
    title: str
    description: str
    object_index: int
    task_input: Mapping[str, Any]
    accepted_at: datetime
    expires_at: datetime
    time_limit_s: int
    time_spent_s: float
    state: Any
    status: str
    submitted_count: int
    available_count: int
    job_id: str
    draft_version: str | None
    draft_saved_at: datetime | None


@dataclass(frozen=True, slots=True)
class WorkerJob:
    """A labeling job as a worker sees it. `resumable`: the ids of their tasks that are stopped or still open."""

    job_name: str
    title: str
    description: str
    keywords: tuple[str, ...]
    time_limit_s: int
    created_at: datetime
    expires_at: datetime
    available: int
    submitted: int
    resumable: list[str]
    team_name: str
    finished_objects: int
    total_objects: int


@dataclass(frozen=True, slots=True)
class WorkerProgress:
    """How far a job is, and what one worker has done in it: in all, since a time, and how long each took on average.

    `seconds_per_answer` is None without an answer. Objects that failed count as finished.
    """

    finished_objects: int
    total_objects: int
    submitted: int
    submitted_since: int
    seconds_per_answer: float | None
