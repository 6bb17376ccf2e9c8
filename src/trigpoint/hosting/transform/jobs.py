"""Transform jobs: create, describe, list, stop, and the steps from start to end.

`reconcile` asks `steps` for the next step, takes it, and stores the job unless another process has changed it. It
may be killed anywhere; every step can be repeated.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from trigpoint.access.session_keys import IssueJobKeys
from trigpoint.compute.logs import LogStreams
from trigpoint.compute.runner import Runner
from trigpoint.core.arn import sagemaker_arn
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, NotFound, TrigpointError
from trigpoint.core.ids import new_id
from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.db import Database
from trigpoint.db.tables.events import record_event
from trigpoint.db.tables.tags import put_tags
from trigpoint.hosting.instance_ids import new_instance_id
from trigpoint.hosting.records import ModelServer
from trigpoint.hosting.servers import ModelServers, ServerCommand, algorithm_server
from trigpoint.hosting.transform import steps, store
from trigpoint.hosting.transform.inputs import share_of, write_inputs
from trigpoint.hosting.transform.model import (
    KIND,
    TransformInstance,
    TransformJob,
    TransformOutcome,
    TransformSpec,
)
from trigpoint.hosting.transform.processes import LOG_GROUP, InstanceProcesses
from trigpoint.hosting.transform.scope import folders_named_by_manifest
from trigpoint.hosting.transform.steps import TransformStep
from trigpoint.objects import ObjectStore
from trigpoint.objects.errors import RemoteUnavailable
from trigpoint.reconcile import Queue
from trigpoint.settings import Settings

STARTING_LOOK_S = 0.25
RUNNING_LOOK_S = 0.5
INPUT_LOOK_S = 5.0
INPUT_WAIT_S = 60.0
"""Decision: how long to wait for a store that does not answer when the input is listed; AWS's always answers."""

log = logging.getLogger(__name__)


class TransformJobs:
    """All transform jobs of an installation. Thread-safe."""

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
        issue_keys: IssueJobKeys,
        model_server_command: ServerCommand = algorithm_server,
    ) -> None:
        self.objects = objects
        self._database = database
        self._queue = queue
        self._log_streams = log_streams
        self._settings = settings
        self._clock = clock
        servers = ModelServers(objects, runner, settings, model_server_command, area="transforms")
        self._processes = InstanceProcesses(runner, servers, settings, clock, issue_keys)

    # operations

    def create(
        self,
        name: str,
        spec: TransformSpec,
        request: Mapping[str, Any],
        *,
        tags: Mapping[str, str] | None = None,
        region: str | None = None,
    ) -> TransformJob:
        """Creates a job, which starts at once in the background.

        Raises: Conflict: the name is taken.
        """
        now = self._clock.now()
        arn = sagemaker_arn(region or self._settings.region, self._settings.account_id, KIND, name)
        job = TransformJob(new_id(), name, arn, spec, request, 1, "InProgress", now, now)
        with self._database.write() as connection:
            if not store.JOBS.add(connection, job):
                raise Conflict(
                    "Job name must be unique within an AWS account and region, and a job with this name "
                    f"already exists ({arn})"
                )
            put_tags(connection, arn, tags or {}, now)
            record_event(connection, KIND, job.id, now, job.status)
            self._queue.enqueue(connection, KIND, job.id)
        self._queue.poke()
        return job

    def describe(self, name: str) -> TransformJob:
        """The job of this name.

        Raises: NotFound.
        """
        with self._database.read() as connection:
            job = store.JOBS.find(connection, name)
        if job is None:
            raise NotFound(f"Could not find requested job with name: {name}")
        return job

    def list(self, wanted: ListFilter) -> Page[TransformJob]:
        """One page of jobs."""
        with self._database.read() as connection:
            return store.JOBS.page(connection, wanted)

    def stop(self, name: str) -> None:
        """Asks the job to end. Idempotent while the job is stopping.

        Decision: outputs that are written by then stay; AWS documents nothing.
        Raises: NotFound. Conflict: the job has ended.
        """
        while True:
            job = self.describe(name)
            if job.is_terminal or job.outcome:
                status = job.outcome.status if job.outcome else job.status
                raise Conflict(f"The request was rejected because the transform job is in status {status}.")
            if job.status == "Stopping" or self._save(job, replace(job, status="Stopping")):
                break
        self._queue.poke()

    # steps

    def reconcile(self, job_id: str) -> float | None:
        """Takes the job one step further; the seconds until the next look, None when it has ended."""
        with self._database.read() as connection:
            job = store.get(connection, job_id)
        if job is None or job.is_terminal:
            return None
        match steps.next_step(job):
            case TransformStep.PREPARE:
                return self._prepare(job)
            case TransformStep.RUN:
                return self._run(job)
            case TransformStep.DECIDE:
                progress = [self._processes.progress(job, instance) for instance in job.instances]
                return self._decide(job, steps.outcome(job, progress))
            case TransformStep.STOP:
                return self._stop(job)

    def _prepare(self, job: TransformJob) -> float:
        """Lists the input and adds the instances."""
        try:
            total = write_inputs(job.spec, self.objects, self._processes.folder(job))
        except TrigpointError as error:
            waited_s = (self._clock.now() - job.created_at).total_seconds()
            if isinstance(error, RemoteUnavailable) and waited_s < INPUT_WAIT_S:
                return INPUT_LOOK_S
            return self._decide(job, steps.failed(f"ClientError: {error.message}"))
        named = folders_named_by_manifest(job.spec, self._processes.folder(job))
        now = self._clock.now()
        count = min(job.spec.instance_count, total)
        servers = [
            ModelServer(new_instance_id(), job.id, job.id, job.spec.model_name, number)
            for number in range(count)
        ]
        prepared = replace(
            job,
            spec=replace(job.spec, instance_count=count, named_folders=named),
            instances=[
                TransformInstance(server, share_of(total, count, server.number)) for server in servers
            ],
            started_at=now,
            updated_at=now,
        )
        with self._database.write() as connection:
            if store.replace(connection, prepared):
                for server in servers:
                    stream = f"{job.name}/{server.id}-{int(now.timestamp())}"
                    server_log, data_log = self._processes.log_paths(server)
                    self._log_streams.register(connection, LOG_GROUP, stream, server_log, now)
                    self._log_streams.register(connection, LOG_GROUP, f"{stream}/data-log", data_log, now)
        return 0.0

    def _run(self, job: TransformJob) -> float:
        """Takes each instance one step further. New handles are stored before their processes are started."""
        instances = [self._processes.advanced(job, instance) for instance in job.instances]
        changed = instances != list(job.instances)
        if changed and not self._save(job, replace(job, instances=instances)):
            return 0.0  # another process changed the job: look again
        for before, instance in zip(job.instances, instances, strict=True):
            if instance.server.handle != before.server.handle:
                self._processes.start_server(job, instance)
        starting = any(instance.server.phase == "starting" for instance in instances)
        return 0.0 if changed else STARTING_LOOK_S if starting else RUNNING_LOOK_S

    def _decide(self, job: TransformJob, outcome: TransformOutcome) -> float:
        self._save(job, replace(job, outcome=outcome))
        return 0.0

    def _stop(self, job: TransformJob) -> float | None:
        """Stops the job's processes, then sets its final status."""
        ended = [
            self._processes.has_ended(job, instance) for instance in job.instances
        ]  # asks all of them to end
        if not all(ended):
            return STARTING_LOOK_S
        assert job.outcome is not None
        end = replace(
            job,
            status=job.outcome.status,
            failure_reason=job.outcome.failure_reason,
            ended_at=self._clock.now(),
        )
        if not self._save(job, end):
            return 0.0
        self._processes.remove_files(job)
        log.info("transform job ended job=%s status=%s reason=%s", job.name, end.status, end.failure_reason)
        return None

    def _save(self, seen: TransformJob, changed: TransformJob) -> bool:
        """Writes the job; False when it was changed since it was read."""
        now = self._clock.now()
        with self._database.write() as connection:
            if not store.replace(connection, replace(changed, revision=seen.revision, updated_at=now)):
                return False
            if changed.status != seen.status:
                reason = changed.failure_reason or ""
                record_event(connection, KIND, seen.id, now, changed.status, reason)
                if not changed.is_terminal:
                    self._queue.enqueue(connection, KIND, seen.id)
        return True
