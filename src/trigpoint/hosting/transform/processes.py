"""The processes of a transform job's instances.

Each instance is two processes: a model server, as for endpoints, and a data agent, which sends it the instance's
share of the objects and writes the replies.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from trigpoint.access.session_keys import IssueJobKeys
from trigpoint.compute.runner import MeasuredAs, ProcessSpec, Runner
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid
from trigpoint.core.ids import new_id
from trigpoint.hosting.artifacts import ModelDataUnavailable
from trigpoint.hosting.records import ModelServer
from trigpoint.hosting.server_steps import after_failed_fetch, after_failed_start
from trigpoint.hosting.servers import ModelServers
from trigpoint.hosting.transform import steps
from trigpoint.hosting.transform.agent_files import (
    AgentSpec,
    ServerAddress,
    hung_handle,
    publish_address,
    write_agent_spec,
)
from trigpoint.hosting.transform.model import KIND, TransformInstance, TransformJob
from trigpoint.hosting.transform.progress import AgentProgress, read_progress
from trigpoint.settings import Settings

LOG_GROUP = "/aws/sagemaker/TransformJobs"
AGENT_GRACE_S = SERVER_GRACE_S = 5.0
KEYS_LIFETIME_S = 30 * 24 * 3600
"""Decision: a transform job has no longest time; its credentials end with it, and at the latest after this time."""


class InstanceProcesses:
    """Starts, observes and stops model servers and data agents. Every call can be repeated."""

    def __init__(
        self,
        runner: Runner,
        servers: ModelServers,
        settings: Settings,
        clock: Clock,
        issue_keys: IssueJobKeys,
    ) -> None:
        self._runner = runner
        self._servers = servers
        self._settings = settings
        self._clock = clock
        self._issue_keys = issue_keys

    def advanced(self, job: TransformJob, instance: TransformInstance) -> TransformInstance:
        """The instance one step further. A server with a new handle is started with `start_server`, after the job
        is stored.
        """
        instance = replace(instance, server=self._advanced_server(job, instance))
        if instance.attempt == 0 and instance.server.phase == "starting":
            # The agent waits for the model server, which takes longer to start.
            return replace(instance, attempt=1)
        if instance.attempt == 0 or instance.finished:
            return instance
        agent = self._runner.poll(_agent_handle(job, instance))
        if agent.phase == "lost":  # most often: not started yet
            self._start_agent(job, instance)
            agent = self._runner.poll(_agent_handle(job, instance))
        progress = None if agent.phase == "running" else self.progress(job, instance)
        return steps.next_instance(instance, agent, progress)

    def start_server(self, job: TransformJob, instance: TransformInstance) -> None:
        """Starts the process with the server's handle."""
        self._servers.start(instance.server, job.spec.served, _measured_as(job, instance))

    def has_ended(self, job: TransformJob, instance: TransformInstance) -> bool:
        """Asks both processes to end; True when they have ended and are forgotten."""
        last = _agent_handle(job, instance)
        runs = self._runner.poll(last).phase == "running"
        if runs:
            self._runner.stop(last, AGENT_GRACE_S)
        else:
            for attempt in range(1, instance.attempt + 1):
                self._runner.forget(_agent_handle(job, replace(instance, attempt=attempt)))
        return self._servers.stop(instance.server, SERVER_GRACE_S) and not runs

    def progress(self, job: TransformJob, instance: TransformInstance) -> AgentProgress:
        """The instance's progress so far."""
        return read_progress(self._agent_folder(job, instance))

    def folder(self, job: TransformJob) -> Path:
        """The folder with all files of the job except its logs."""
        return self._servers.owner_folder(job.id)

    def remove_files(self, job: TransformJob) -> None:
        """Deletes the job's folder; its logs stay."""
        self._servers.remove_owner_files(job.id)

    def log_paths(self, server: ModelServer) -> tuple[Path, Path]:
        """The logs of the model server and of the data agent."""
        path = self._servers.log_path(server)
        return path, path.with_name(f"{path.stem}.data.log")

    def _advanced_server(self, job: TransformJob, instance: TransformInstance) -> ModelServer:
        server, now = instance.server, self._clock.now()
        if server.phase == "failed" or instance.finished:
            return server
        if server.phase == "new":
            return self._to_start(job, instance)
        folder = self._agent_folder(job, instance)
        if server.phase == "ready" and hung_handle(folder) == server.handle:
            self._servers.kill(server)
        after = steps.next_server(server, job.spec.served.startup_timeout_s, self._servers.look(server), now)
        if after.phase == "ready":
            assert after.handle is not None
            assert after.port is not None
            publish_address(folder, ServerAddress(after.handle, after.port))
        return after

    def _to_start(self, job: TransformJob, instance: TransformInstance) -> ModelServer:
        """The server with the handle of a new process, if it is due and its files are ready."""
        server, now = instance.server, self._clock.now()
        if (server.retry_at and server.retry_at > now) or not self._servers.stop(server):
            return server
        try:
            fetched = self._servers.prepare(server, job.spec.served)
        except ModelDataUnavailable as error:
            return after_failed_fetch(server, f"ClientError: {error.message}", now)
        except Invalid as error:
            return after_failed_start(server, f"ClientError: {error.message}", now, final=True)
        failures = 0 if fetched else server.failures
        started_at = self._clock.now()
        return replace(server, phase="starting", handle=new_id(), started_at=started_at, failures=failures)

    def _start_agent(self, job: TransformJob, instance: TransformInstance) -> None:
        """Starts the agent of the present attempt; idempotent."""
        folder = self._agent_folder(job, instance)
        # Before each start, because the file may be from an earlier version, which wrote it differently.
        session = f"SageMakerTransform/{job.name}"
        keys = self._issue_keys(f"{KIND}/{job.id}", session, KEYS_LIFETIME_S)
        write_agent_spec(
            folder, AgentSpec(job.spec, instance.server.number, self._settings.for_instances(), keys)
        )
        spec = ProcessSpec(
            argv=[sys.executable, "-m", "trigpoint.hosting.transform.agent", str(folder)],
            directory=folder,
            env={"PYTHONUNBUFFERED": "1"},
            log_path=self.log_paths(instance.server)[1],
            measured_as=_measured_as(job, instance),
        )
        self._runner.start(spec, _agent_handle(job, instance))

    def _agent_folder(self, job: TransformJob, instance: TransformInstance) -> Path:
        return self.folder(job) / f"agent-{instance.server.number}"


def _measured_as(job: TransformJob, instance: TransformInstance) -> MeasuredAs:
    """Model server and agent are measured as one instance."""
    return MeasuredAs.host(LOG_GROUP, f"{job.name}/{instance.server.id}")


def _agent_handle(job: TransformJob, instance: TransformInstance) -> str:
    return f"transform-{job.id}-{instance.server.number}-{instance.attempt}"
