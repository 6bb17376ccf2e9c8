"""How does a training job live: created, advanced from step to step, stopped, listed, deleted.

`reconcile` loads the job and what is known of its instance, asks `steps` what to do, does it, and writes the
job back if nobody else has changed it meanwhile. It may be killed anywhere: all it does can be done again.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from trigpoint.compute.logs import LogStreams, read_lines
from trigpoint.compute.metrics import Measured, Metrics
from trigpoint.compute.runner import Runner
from trigpoint.core.arn import sagemaker_arn
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, NotFound, TrigpointError
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
from trigpoint.training import artifacts, channel_metrics, launch, metrics, steps, store
from trigpoint.training.instance import GRACE_S
from trigpoint.training.launch import AlgorithmCommand, JobFolder, builtin_command
from trigpoint.training.model import (
    IN_PROGRESS,
    MESSAGES,
    PREPARING_MESSAGE,
    STARTING,
    STOPPING,
    UPLOADING,
    TrainingJob,
    TrainingSpec,
)
from trigpoint.training.progress import read_progress, read_result
from trigpoint.training.steps import Facts, Step

KIND = "training-job"
LOG_GROUP = "/aws/sagemaker/TrainingJobs"
POLL_S = 0.5
UPLOAD_RETRY_S = 60.0
UPLOAD_PATIENCE_S = 24 * 3600.0
"""Decision: how long what was trained waits for a store that does not answer, before the job fails."""
STOP_GRACE_S = GRACE_S + 15.0  # the instance kills the algorithm after GRACE_S and then still has to say so

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
        published: Metrics | None = None,
    ) -> None:
        self.objects = objects
        self._database = database
        self._runner = runner
        self._queue = queue
        self._log_streams = log_streams
        self._settings = settings
        self._clock = clock
        self._algorithm_command = algorithm_command
        self._published = published

    # -- what people ask for

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

        Raises: Conflict: the name is taken.
        """
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
        )
        job = steps.enter(job, STARTING, now)
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

    def get(self, name: str) -> TrainingJob:
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
        """Asks the job to end; what it has by then is kept. Repeating it while the job is stopping changes
        nothing.

        Raises: NotFound. Conflict: the job has ended.
        """
        while True:
            job = self.get(name)
            if job.is_terminal:
                raise Conflict(
                    f"The request was rejected because the training job is in status {job.status}."
                )
            if job.status == STOPPING or self._save(job, steps.request_stop(job, self._clock.now())):
                break
        self._queue.poke()

    def update(self, name: str, changes: Mapping[str, Any]) -> TrainingJob:
        """The job, whose request is shown with these members changed from now on; structures are merged.

        Raises: NotFound.
        """
        while True:
            job = self.get(name)
            merged = {
                member: {**job.request.get(member, {}), **value} if isinstance(value, Mapping) else value
                for member, value in changes.items()
            }
            if self._save(job, replace(job, request={**job.request, **merged})):
                return job

    def delete(self, name: str) -> None:
        """Forgets an ended job with its tags; its outputs and its log stay.

        Raises: NotFound. Conflict: the job has not ended.
        """
        job = self.get(name)
        if not job.is_terminal:
            raise Conflict(
                f"The training job {name} is in status {job.status}; stop it, and delete it when it has ended"
            )
        with self._database.write() as connection:
            if not store.remove(connection, job):
                return
            delete_tags(connection, job.arn, get_tags(connection, job.arn))
            record_event(connection, KIND, job.id, self._clock.now(), "Deleted")

    # -- what goes on by itself

    def reconcile(self, job_id: str) -> float | None:
        """Takes the job one step further; the seconds until the next look, None when it has ended."""
        with self._database.read() as connection:
            job = store.get(connection, job_id)
        if job is None or job.is_terminal:
            return None
        facts = self._facts(job)
        step = steps.next_step(job, facts)
        if step is Step.LAUNCH:
            return self._launch(job)
        followed = self._follow(job, facts)
        if followed is None:
            return 0.0  # somebody changed the job meanwhile: look again
        if step is Step.STOP:
            self._runner.stop(_handle(job), STOP_GRACE_S)
        if step in (Step.WATCH, Step.STOP):
            return POLL_S
        return self._end(followed, facts, step)

    def _facts(self, job: TrainingJob) -> Facts | None:
        if job.launched_at is None:
            return None
        folder = self._folder(job)
        if job.secondary_status == STARTING:
            # changes nothing, unless we were killed between the decision to start and the start
            self._runner.start(launch.process_spec(folder, job.launched_at), _handle(job))
        process = self._runner.poll(_handle(job))
        return Facts(process, read_progress(folder.root), read_result(folder.root))

    def _launch(self, job: TrainingJob) -> float:
        folder = self._folder(job)
        launch.prepare(job, folder, self._settings, self._algorithm_command)
        now = self._clock.now()
        launched = replace(steps.say(job, PREPARING_MESSAGE), launched_at=now)
        stream = f"{job.name}/{launch.log_name(now)}"
        with self._database.write() as connection:
            if not self._replace(connection, job, launched):
                return 0.0
            self._log_streams.register(connection, LOG_GROUP, stream, folder.log(now), now)
        self._runner.start(launch.process_spec(folder, now), _handle(job))
        return POLL_S

    def _follow(self, job: TrainingJob, facts: Facts | None) -> TrainingJob | None:
        """Writes down new phases and metrics; the job as it then is, None when somebody else changed it."""
        if facts is None:
            return job
        followed, found = self._with_metrics(steps.follow(job, facts.phases))
        if followed == job:
            return job
        return replace(followed, revision=job.revision + 1) if self._save(job, followed, found) else None

    def _with_metrics(self, job: TrainingJob) -> tuple[TrainingJob, Sequence[Measured]]:
        """The job with the last values of its metrics, and all values that are new in its log: the algorithm's
        and, which are not the job's own, those of its channels.
        """
        if job.launched_at is None:
            return job, ()
        lines, offset = read_lines(self._folder(job).log(job.launched_at), job.log_offset)
        if offset == job.log_offset:
            return job, ()
        found = metrics.find_metrics(job.spec.algorithm, lines)
        values = [*metrics.published(job.name, found), *channel_metrics.published(job.name, lines)]
        return replace(job, metrics=metrics.latest(job.metrics, found), log_offset=offset), values

    def _end(self, job: TrainingJob, facts: Facts | None, step: Step) -> float | None:
        end = steps.outcome(job, facts)
        if step is Step.UPLOAD:
            if job.secondary_status != UPLOADING:
                self._save(job, steps.enter(job, UPLOADING, self._clock.now()))
                return 0.0
            folder = self._folder(job)
            try:
                artifacts.upload(job, folder.opt_ml, self.objects, folder.scratch)
            except RemoteUnavailable as error:
                waited_s = (self._clock.now() - job.transitions[-1].started_at).total_seconds()
                if waited_s < UPLOAD_PATIENCE_S:
                    return self._upload_later(job, error, waited_s)
                end = end if end.failure_reason else steps.upload_failed(error.message)
            except TrigpointError as error:
                end = end if end.failure_reason else steps.upload_failed(error.message)
        if not self._save(job, steps.finish(job, end, self._clock.now())):
            return 0.0
        # frees the disk of what was uploaded or can be had again; the log stays
        shutil.rmtree(self._folder(job).opt_ml, ignore_errors=True)
        self._runner.forget(_handle(job))
        log.info("training job ended job=%s status=%s reason=%s", job.name, end.status, end.failure_reason)
        return None

    def _upload_later(self, job: TrainingJob, error: RemoteUnavailable, waited_s: float) -> float:
        """What was trained waits for its store; the seconds until the next try."""
        told = steps.say(job, f"{MESSAGES[UPLOADING]}: {error.message}; it is tried again")
        if told != job:
            self._save(job, told)
        return min(max(POLL_S, waited_s / 4), UPLOAD_RETRY_S)

    # -- writing

    def _save(self, seen: TrainingJob, changed: TrainingJob, found: Sequence[Measured] = ()) -> bool:
        """Writes the job unless it was changed since it was read; looks at it again after a change of
        status.

        The values `found` are published in the same transaction as the place in the log up to which they were
        read, so that none is counted twice.
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

    def _folder(self, job: TrainingJob) -> JobFolder:
        return launch.folder_of(self._settings, job.name)


def _handle(job: TrainingJob) -> str:
    return f"training-{job.id}"
