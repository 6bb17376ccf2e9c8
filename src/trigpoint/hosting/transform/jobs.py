"""How does a transform job live: created, advanced from step to step, stopped, listed.

Each of its instances is two processes: a model server, as behind endpoints, and a data agent, which sends it
the instance's share of the objects and writes the answers. `reconcile` looks at them, asks `steps` what to do,
does it, and writes the job back if nobody else has changed it meanwhile. It may be killed anywhere: all it does
can be done again.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from trigpoint.compute.logs import LogStreams
from trigpoint.compute.runner import MeasuredAs, ProcessSpec, Runner
from trigpoint.core.arn import sagemaker_arn
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, Invalid, NotFound, TrigpointError
from trigpoint.core.ids import new_id
from trigpoint.core.json_file import write_json
from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.db import Database
from trigpoint.db.tables.events import record_event
from trigpoint.db.tables.tags import put_tags
from trigpoint.hosting.artifacts import ModelDataUnavailable
from trigpoint.hosting.instances import new_instance_id
from trigpoint.hosting.records import Instance
from trigpoint.hosting.servers import ModelServers, ServerCommand, algorithm_server
from trigpoint.hosting.steps import after_failed_fetch, after_failed_start
from trigpoint.hosting.transform import steps, store
from trigpoint.hosting.transform.address import SPEC, Address, hung_handle, publish_address
from trigpoint.hosting.transform.inputs import share_of, write_inputs
from trigpoint.hosting.transform.model import Outcome, TransformJob, TransformSpec, Worker
from trigpoint.hosting.transform.progress import Progress, read_progress
from trigpoint.hosting.transform.steps import Step
from trigpoint.objects import ObjectStore
from trigpoint.objects.errors import RemoteUnavailable
from trigpoint.reconcile import Queue
from trigpoint.settings import Settings

KIND = "transform-job"
LOG_GROUP = "/aws/sagemaker/TransformJobs"
STARTING_LOOK_S = 0.25
RUNNING_LOOK_S = 0.5
INPUT_LOOK_S = 5.0
INPUT_WAIT_S = 60.0
"""Decision: how long a job waits for a store that does not answer when its input is listed; AWS's always does."""
AGENT_GRACE_S = SERVER_GRACE_S = 5.0

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
        model_server_command: ServerCommand = algorithm_server,
    ) -> None:
        self.objects = objects
        self._database = database
        self._runner = runner
        self._queue = queue
        self._log_streams = log_streams
        self._settings = settings
        self._clock = clock
        self._servers = ModelServers(objects, runner, settings, model_server_command, area="transforms")

    # -- what people ask for

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

    def get(self, name: str) -> TransformJob:
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
        """Asks the job to end. Repeating it while the job is stopping changes nothing.

        Decision: outputs that are written by then stay; AWS promises neither that nor the contrary.
        Raises: NotFound. Conflict: the job has ended.
        """
        while True:
            job = self.get(name)
            if job.is_terminal or job.outcome:
                status = job.outcome.status if job.outcome else job.status
                raise Conflict(f"The request was rejected because the transform job is in status {status}.")
            if job.status == "Stopping" or self._save(job, replace(job, status="Stopping")):
                break
        self._queue.poke()

    # -- what goes on by itself

    def reconcile(self, job_id: str) -> float | None:
        """Takes the job one step further; the seconds until the next look, None when it has ended."""
        with self._database.read() as connection:
            job = store.get(connection, job_id)
        if job is None or job.is_terminal:
            return None
        match steps.next_step(job):
            case Step.PREPARE:
                return self._prepare(job)
            case Step.RUN:
                return self._run(job)
            case Step.DECIDE:
                return self._decide(job, steps.outcome(job, [self._progress(job, w) for w in job.workers]))
            case Step.STOP:
                return self._stop(job)

    def _prepare(self, job: TransformJob) -> float:
        """Lists the input and gives the job its instances."""
        try:
            total = write_inputs(job.spec, self.objects, self._folder(job))
        except TrigpointError as error:
            waited_s = (self._clock.now() - job.created_at).total_seconds()
            if isinstance(error, RemoteUnavailable) and waited_s < INPUT_WAIT_S:
                return INPUT_LOOK_S
            return self._decide(job, steps.failed(f"ClientError: {error.message}"))
        now = self._clock.now()
        count = min(job.spec.instance_count, total)
        spec = replace(job.spec, instance_count=count)
        servers = [
            Instance(new_instance_id(), job.id, job.id, job.spec.model_name, number)
            for number in range(count)
        ]
        workers = [Worker(server, share_of(total, count, server.number)) for server in servers]
        prepared = replace(job, spec=spec, workers=workers, started_at=now)
        with self._database.write() as connection:
            if store.replace(connection, replace(prepared, updated_at=now)):
                for server in servers:
                    stream = f"{job.name}/{server.id}-{int(now.timestamp())}"
                    server_log = self._servers.log_path(server)
                    self._log_streams.register(connection, LOG_GROUP, stream, server_log, now)
                    data_log = _data_log(server_log)
                    self._log_streams.register(connection, LOG_GROUP, f"{stream}/data-log", data_log, now)
        return 0.0

    def _run(self, job: TransformJob) -> float:
        """Takes each instance a step further; what is to be started is written down first."""
        workers = [self._advanced(job, worker) for worker in job.workers]
        changed = workers != list(job.workers)
        if changed and not self._save(job, replace(job, workers=workers)):
            return 0.0  # somebody else changed the job meanwhile: look again
        for before, worker in zip(job.workers, workers, strict=True):
            if worker.server.handle != before.server.handle:
                self._servers.start(worker.server, job.spec.served, _measured_as(job, worker))
        starting = any(worker.server.phase == "starting" for worker in workers)
        return 0.0 if changed else STARTING_LOOK_S if starting else RUNNING_LOOK_S

    def _advanced(self, job: TransformJob, worker: Worker) -> Worker:
        worker = replace(worker, server=self._advanced_server(job, worker))
        if worker.attempt == 0 and worker.server.phase == "starting":
            return replace(worker, attempt=1)  # it waits for the model server, which takes longer to start
        if worker.attempt == 0 or worker.finished:
            return worker
        self._start_agent(job, worker)
        agent = self._runner.poll(_agent_handle(job, worker))
        progress = None if agent.phase == "running" else self._progress(job, worker)
        return steps.next_worker(worker, agent, progress)

    def _advanced_server(self, job: TransformJob, worker: Worker) -> Instance:
        server, now = worker.server, self._clock.now()
        if server.phase == "failed" or worker.finished:
            return server
        if server.phase == "new":
            return self._to_start(job, worker)
        if server.phase == "ready" and hung_handle(self._worker_folder(job, worker)) == server.handle:
            self._servers.kill(server)
        after = steps.next_server(server, job.spec.served.startup_timeout_s, self._servers.look(server), now)
        if after.phase == "ready":
            assert after.handle is not None
            assert after.port is not None
            publish_address(self._worker_folder(job, worker), Address(after.handle, after.port))
        return after

    def _to_start(self, job: TransformJob, worker: Worker) -> Instance:
        """The server with the handle of a new process, if it is time for one and all is there that it needs."""
        server, now = worker.server, self._clock.now()
        if (server.retry_at and server.retry_at > now) or not self._servers.stop(server):
            return server
        try:
            fetched = self._servers.prepare(server, job.spec.served)
            self._prepare_agent(job, worker)
        except ModelDataUnavailable as error:
            return after_failed_fetch(server, f"ClientError: {error.message}", now)
        except Invalid as error:
            return after_failed_start(server, f"ClientError: {error.message}", now, final=True)
        failures = 0 if fetched else server.failures
        started_at = self._clock.now()
        return replace(server, phase="starting", handle=new_id(), started_at=started_at, failures=failures)

    def _prepare_agent(self, job: TransformJob, worker: Worker) -> None:
        folder = self._worker_folder(job, worker)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_json(folder / SPEC, self._agent_spec(job, worker))

    def _start_agent(self, job: TransformJob, worker: Worker) -> None:
        """Starts the agent of the present attempt; changes nothing when it has been started."""
        folder = self._worker_folder(job, worker)
        spec = ProcessSpec(
            argv=[sys.executable, "-m", "trigpoint.hosting.transform.agent", str(folder)],
            directory=folder,
            env={"PYTHONUNBUFFERED": "1"},
            log_path=_data_log(self._servers.log_path(worker.server)),
            measured_as=_measured_as(job, worker),
        )
        self._runner.start(spec, _agent_handle(job, worker))

    def _agent_spec(self, job: TransformJob, worker: Worker) -> dict[str, Any]:
        settings = self._settings
        return {
            "job": job.spec.to_json(),
            "worker": worker.server.number,
            "settings": {
                "data_dir": str(settings.data_dir),
                "database_url": settings.database_url,
                "region": settings.region,
                "account_id": settings.account_id,
            },
        }

    def _decide(self, job: TransformJob, outcome: Outcome) -> float:
        self._save(job, replace(job, outcome=outcome))
        return 0.0

    def _stop(self, job: TransformJob) -> float | None:
        """Ends the job's processes, and then the job."""
        ended = [self._has_ended(job, worker) for worker in job.workers]  # all of them are asked to end
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
        self._servers.remove_owner_files(job.id)  # the logs stay
        log.info("transform job ended job=%s status=%s reason=%s", job.name, end.status, end.failure_reason)
        return None

    def _has_ended(self, job: TransformJob, worker: Worker) -> bool:
        last = _agent_handle(job, worker)
        runs = self._runner.poll(last).phase == "running"
        if runs:
            self._runner.stop(last, AGENT_GRACE_S)
        else:
            for attempt in range(1, worker.attempt + 1):
                self._runner.forget(_agent_handle(job, replace(worker, attempt=attempt)))
        return self._servers.stop(worker.server, SERVER_GRACE_S) and not runs

    # -- shared

    def _save(self, seen: TransformJob, changed: TransformJob) -> bool:
        """Writes the job unless it was changed since it was read."""
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

    def _progress(self, job: TransformJob, worker: Worker) -> Progress:
        return read_progress(self._worker_folder(job, worker))

    def _folder(self, job: TransformJob) -> Path:
        return self._servers.owner_folder(job.id)

    def _worker_folder(self, job: TransformJob, worker: Worker) -> Path:
        return self._folder(job) / f"agent-{worker.server.number}"


def _measured_as(job: TransformJob, worker: Worker) -> MeasuredAs:
    """Server and agent are one instance."""
    return MeasuredAs.host(LOG_GROUP, f"{job.name}/{worker.server.id}")


def _agent_handle(job: TransformJob, worker: Worker) -> str:
    return f"transform-{job.id}-{worker.server.number}-{worker.attempt}"


def _data_log(server_log: Path) -> Path:
    return server_log.with_name(f"{server_log.stem}.data.log")
