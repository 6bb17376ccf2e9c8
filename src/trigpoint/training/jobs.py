"""The life of training jobs: created, advanced step by step, stopped, listed, deleted.

`reconcile` loads the job and the facts about its instances, asks `steps` what to do, does it, and writes the job back
unless somebody changed it meanwhile. It may be killed anywhere: everything it does can be done again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from trigpoint.access.session_keys import IssueJobKeys
from trigpoint.compute.group import new_group
from trigpoint.compute.logs import LogStreams
from trigpoint.compute.metrics import Measured, Metrics
from trigpoint.compute.runner import Runner
from trigpoint.core.arn import sagemaker_arn
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, Invalid, NotFound, TrigpointError
from trigpoint.core.ids import new_id
from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.db import Connection, Database
from trigpoint.db.tables.events import record_event
from trigpoint.db.tables.tags import delete_tags, get_tags, put_tags
from trigpoint.objects import ObjectStore
from trigpoint.reconcile import Queue
from trigpoint.remote import RemoteUnavailable
from trigpoint.settings import Settings
from trigpoint.training import artifacts, attempts, channel_metrics, metrics, steps, store, transitions
from trigpoint.training.facts import Facts
from trigpoint.training.instances import JobInstances
from trigpoint.training.launch import AlgorithmCommand, builtin_command
from trigpoint.training.model import (
    COMPLETED,
    IN_PROGRESS,
    KIND,
    MESSAGES,
    PREPARING_MESSAGE,
    STARTING,
    STOP_MAX_WAIT,
    STOPPING,
    UPLOADING,
    TrainingJob,
    TrainingSpec,
)
from trigpoint.training.pretrained import warning_about
from trigpoint.training.scope import folders_named_by_manifests
from trigpoint.training.steps import TrainingStep

POLL_S = 0.5
UPLOAD_RETRY_S = 60.0
_URGENT = (TrainingStep.LAUNCH, TrainingStep.STOP)
"""Steps that do not wait until all lines of the logs are read."""
UPLOAD_PATIENCE_S = 24 * 3600.0
"""Decision: how long a trained model waits for a store that does not answer before the job fails."""

log = logging.getLogger(__name__)


class TrainingJobs:
    """All training jobs of an installation. Thread-safe."""

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        runner: Runner,
        queue: Queue,
        log_streams: LogStreams,
        settings: Settings,
        clock: Clock,
        *,
        algorithm_command: AlgorithmCommand = builtin_command,
        issue_keys: IssueJobKeys,
        published: Metrics | None = None,
    ) -> None:
        self.objects = objects
        self._database = database
        self._instances = JobInstances(runner, log_streams, settings, algorithm_command, issue_keys)
        self._queue = queue
        self._settings = settings
        self._clock = clock
        self._published = published

    @property
    def most_instances(self) -> int:
        """How many instances one job may have."""
        return self._settings.max_instances

    # operations

    def create(
        self,
        name: str,
        spec: TrainingSpec,
        request: Mapping[str, Any],
        tags: Mapping[str, str],
        region: str | None = None,
        account_id: str | None = None,
    ) -> TrainingJob:
        """Creates a job, which starts at once in the background.

        Raises: Conflict: the name is taken. Invalid: pretrained weights are wanted and required, and there are none.
        """
        spec = replace(spec, pretrained_warning=warning_about(spec, self._settings))
        if self._settings.require_pretrained and spec.pretrained_warning:
            raise Invalid(f"{spec.pretrained_warning} (TRIGPOINT_REQUIRE_PRETRAINED is set)")
        now = self._clock.now()
        arn = sagemaker_arn(
            region or self._settings.region, account_id or self._settings.account_id, "training-job", name
        )
        job = TrainingJob(
            id=new_id(),
            name=name,
            arn=arn,
            spec=spec,
            request=request,
            revision=1,
            status=IN_PROGRESS,
            secondary_status=STARTING,
            transitions=(),
            created_at=now,
            updated_at=now,
            group=new_group(spec.instance_count),
        )
        job = transitions.enter(job, STARTING, now)
        with self._database.write() as connection:
            if not store.add(connection, job):
                taken = store.arn_of_namesake(connection, name) or arn
                raise Conflict(
                    "Training job names must be unique within an AWS account and region, "
                    f"and a training job with this name already exists ({taken})"
                )
            put_tags(connection, arn, tags, now)
            record_event(connection, KIND, job.id, now, IN_PROGRESS, MESSAGES[STARTING])
            self._queue.enqueue(connection, KIND, job.id)
        self._queue.poke()
        return job

    def describe(self, name: str) -> TrainingJob:
        """The job of this name.

        Raises: NotFound.
        """
        with self._database.read() as connection:
            job = store.find(connection, name)
        if job is None:
            raise NotFound("Requested resource not found.")
        return job

    def list(self, wanted: ListFilter) -> Page[TrainingJob]:
        """One page of jobs."""
        with self._database.read() as connection:
            return store.find_page(connection, wanted)

    def tags(self, job: TrainingJob) -> dict[str, str]:
        """The job's tags."""
        with self._database.read() as connection:
            return get_tags(connection, job.arn)

    def stop(self, name: str) -> None:
        """Asks the job to end; its outputs so far are kept. Changes nothing while the job is stopping.

        Raises: NotFound. Conflict: the job has ended.
        """
        while True:
            job = self.describe(name)
            if job.is_terminal:
                raise Conflict(
                    f"The request was rejected because the training job is in status {job.status}."
                )
            if job.status == STOPPING or self._save(job, steps.request_stop(job, self._clock.now())):
                break
        self._queue.poke()

    def interrupt(self, name: str) -> None:
        """Plays the reclaim of the job's instances: they get their grace period, and the job starts again afterwards.

        Raises: NotFound. Conflict: the job has no managed spot training, or no instance of it trains.
        """
        while True:
            job = self.describe(name)
            if self._save(job, attempts.interrupted(job, self._clock.now())):
                break
        self._queue.poke()

    def update(self, name: str, changes: Mapping[str, Any]) -> TrainingJob:
        """Changes these members of the request in descriptions of the job; structures are merged.

        Raises: NotFound.
        """
        while True:
            job = self.describe(name)
            merged = {
                member: {**job.request.get(member, {}), **value} if isinstance(value, Mapping) else value
                for member, value in changes.items()
            }
            if self._save(job, replace(job, request={**job.request, **merged})):
                return job

    def delete(self, name: str) -> None:
        """Deletes an ended job with its tags; its outputs and its log stay.

        Raises: NotFound. Conflict: the job has not ended.
        """
        job = self.describe(name)
        if not job.is_terminal:
            raise Conflict(
                f"The training job {name} is in status {job.status}; stop it, and delete it when it has ended"
            )
        with self._database.write() as connection:
            if not store.remove(connection, job):
                return
            delete_tags(connection, job.arn, get_tags(connection, job.arn))
            record_event(connection, KIND, job.id, self._clock.now(), "Deleted")

    # steps

    def reconcile(self, job_id: str) -> float | None:
        """Takes the job one step further; the seconds until the next look, None when it has ended."""
        with self._database.read() as connection:
            job = store.get(connection, job_id)
        if job is None or job.is_terminal:
            return None
        if job.secondary_status == STARTING and job.launched_at is not None:
            # changes nothing, unless we were killed between the decision to start and the start
            self._instances.start(job)
        facts = self._instances.facts(job)
        followed = self._follow(job, facts)
        if followed is None:
            return 0.0  # somebody changed the job meanwhile: look again
        now = self._clock.now()
        if attempts.has_waited_too_long(followed, now):
            self._save(followed, steps.request_stop(followed, now, STOP_MAX_WAIT))
            return 0.0
        step = steps.next_step(followed, facts)
        if self._instances.has_more_lines(job, followed) and step not in _URGENT:
            return 0.0
        match step:
            case TrainingStep.LAUNCH:
                return self._launch(followed)
            case TrainingStep.WATCH:
                return POLL_S
            case TrainingStep.STOP:
                self._instances.stop(followed)
                return POLL_S
            case TrainingStep.SUSPEND:
                self._save(followed, attempts.suspended(followed, facts, now))
                return 0.0
            case TrainingStep.RESTART:
                return self._restart(followed)
            case TrainingStep.UPLOAD | TrainingStep.FINISH:
                return self._end(followed, facts, step)

    def _launch(self, job: TrainingJob) -> float:
        handles = self._instances.prepare(job)
        launched = replace(
            transitions.with_message(job, PREPARING_MESSAGE),
            spec=replace(job.spec, named_folders=folders_named_by_manifests(job.spec, self.objects)),
            launched_at=self._clock.now(),
            group=job.group.started(handles),
        )
        with self._database.write() as connection:
            if not self._replace(connection, job, launched):
                return 0.0
            self._instances.register_logs(connection, launched)
        self._instances.start(launched)
        return POLL_S

    def _restart(self, job: TrainingJob) -> float:
        """Begins the job's next attempt, when its pause is over."""
        left_s = (attempts.next_attempt_at(job) - self._clock.now()).total_seconds()
        if left_s > 0:
            return min(left_s, POLL_S)  # soon again: the job may be stopped
        self._save(job, transitions.enter(job, STARTING, self._clock.now()))
        return 0.0

    def _follow(self, job: TrainingJob, facts: Facts) -> TrainingJob | None:
        """Stores new phases, results and metrics; the job after that, None when somebody else changed it."""
        followed, found = self._with_metrics(steps.follow(job, facts))
        if followed == job:
            return job
        return replace(followed, revision=job.revision + 1) if self._save(job, followed, found) else None

    def _with_metrics(self, job: TrainingJob) -> tuple[TrainingJob, Sequence[Measured]]:
        """The job with the last values of its metrics, and all new values in its logs: those of the algorithm, and
        those of its channels, which the job does not keep.
        """
        lines, offsets = self._instances.new_lines(job)
        found = metrics.find_metrics(job.spec.algorithm, lines, job.spec.own)
        values = [*metrics.published(job.name, found), *channel_metrics.published(job.name, lines)]
        return replace(job, metrics=metrics.latest(job.metrics, found), group=job.group.read(offsets)), values

    def _end(self, job: TrainingJob, facts: Facts, step: TrainingStep) -> float | None:
        end = steps.outcome(job, facts)
        if step is TrainingStep.UPLOAD:
            if job.secondary_status != UPLOADING:
                self._save(job, transitions.enter(job, UPLOADING, self._clock.now()))
                return 0.0
            folders = self._instances.folders(job)
            opt_mls, scratch = [each.opt_ml for each in folders], folders[0].scratch
            try:
                artifacts.upload(job, opt_mls, self.objects, scratch, completed=end.status == COMPLETED)
            except RemoteUnavailable as error:
                waited_s = (self._clock.now() - job.transitions[-1].started_at).total_seconds()
                if waited_s < UPLOAD_PATIENCE_S:
                    return self._upload_later(job, error, waited_s)
                end = end if end.failure_reason else steps.upload_failed(error.message)
            except TrigpointError as error:
                end = end if end.failure_reason else steps.upload_failed(error.message)
        if not self._save(job, steps.finish(job, end, self._clock.now())):
            return 0.0
        self._instances.forget(job)
        log.info("training job ended job=%s status=%s reason=%s", job.name, end.status, end.failure_reason)
        return None

    def _upload_later(self, job: TrainingJob, error: RemoteUnavailable, waited_s: float) -> float:
        """Lets the upload wait for its store; the seconds until the next try."""
        waiting = transitions.with_message(job, f"{MESSAGES[UPLOADING]}: {error.message}; it is tried again")
        if waiting != job:
            self._save(job, waiting)
        return min(max(POLL_S, waited_s / 4), UPLOAD_RETRY_S)

    # writing

    def _save(self, seen: TrainingJob, changed: TrainingJob, found: Sequence[Measured] = ()) -> bool:
        """Writes the job; False when somebody changed it since it was read.

        The values `found` are published in the same transaction as the offsets in the logs, so that none is
        published twice.
        """
        with self._database.write() as connection:
            if not self._replace(connection, seen, changed):
                return False
            if self._published is not None:
                self._published.put(connection, found)
            return True

    def _replace(self, connection: Connection, seen: TrainingJob, changed: TrainingJob) -> bool:
        now = self._clock.now()
        if not store.replace(connection, replace(changed, revision=seen.revision, updated_at=now)):
            return False
        for each in changed.transitions[len(seen.transitions) :]:
            record_event(connection, KIND, seen.id, each.started_at, each.status, each.message)
        if changed.status != seen.status and not changed.is_terminal:
            self._queue.enqueue(connection, KIND, seen.id)
        return True
