"""What the steps of automated labeling work with: the database, the object store, and the parts of the server they call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from trigpoint.autolabel import store
from trigpoint.autolabel.kinds import LabelKind
from trigpoint.autolabel.label_kinds import kind_of
from trigpoint.autolabel.learners import Learner, learner_of, with_image
from trigpoint.autolabel.model import State
from trigpoint.autolabel.round_data import RoundData
from trigpoint.autolabel.round_jobs import RoundJobs
from trigpoint.core.clock import Clock
from trigpoint.db import Database
from trigpoint.labeling.metrics import JobMetrics
from trigpoint.labeling.model import Job, ObjectStatus
from trigpoint.labeling.progress import JobProgress
from trigpoint.labeling.store import data_objects, rounds
from trigpoint.objects import ObjectStore
from trigpoint.reconcile import Queue
from trigpoint.settings import Settings

PEOPLE_LOOK_S: Final = 1.0
JOBS_LOOK_S: Final = 0.5
"""After how many seconds a step looks again that waits for people, or for training and transform jobs."""


_WORKING: Final = frozenset((ObjectStatus.CHOSEN, ObjectStatus.OPEN, ObjectStatus.READY))


@dataclass(frozen=True, slots=True)
class Resources:
    """The same for all jobs and steps."""

    db: Database
    objects: ObjectStore
    progress: JobProgress
    round_jobs: RoundJobs
    metrics: JobMetrics
    queue: Queue
    settings: Settings
    clock: Clock

    def learner(self, job: Job) -> Learner:
        """What the job learns with."""
        learner = learner_of(job.task_type, self.settings.weights_dir)
        return learner if job.spec.learner_image is None else with_image(learner, job.spec.learner_image)

    def kind(self, job: Job) -> LabelKind:
        """The kind of the job's labels."""
        return kind_of(job, self.objects)

    def data(self, job: Job) -> RoundData:
        """The objects of the job."""
        return RoundData(self.db, self.objects, job, self.learner(job), self.kind(job))

    def people_work(self, job: Job) -> bool:
        """Whether a batch of the job is with people, or its answers are not consolidated yet."""
        with self.db.read() as connection:
            present = data_objects.unfinished_statuses(connection, job.id)
            return not present.isdisjoint(_WORKING) or rounds.unfinished(connection, job.id) is not None

    def save(self, seen: State, changed: State) -> bool:
        """Writes the state; False when another process has changed it. The caller then looks again."""
        with self.db.write() as connection:
            return store.replace(connection, replace(changed, revision=seen.revision))
