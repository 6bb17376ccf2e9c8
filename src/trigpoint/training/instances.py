"""The instances of training jobs, as processes of a runner: started, watched, stopped and read for metrics."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence

from trigpoint.access.session_keys import IssueJobKeys
from trigpoint.compute.logs import LogStreams, read_lines
from trigpoint.compute.runner import Runner
from trigpoint.db import Connection
from trigpoint.settings import Settings
from trigpoint.training import launch, rendezvous
from trigpoint.training.checkpoint_sync import LAST_PATIENCE_S
from trigpoint.training.facts import Facts, InstanceFacts
from trigpoint.training.launch import AlgorithmCommand, InstanceFolder
from trigpoint.training.model import TrainingJob
from trigpoint.training.progress import read_progress, read_result

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
STOP_GRACE_S = launch.GRACE_S + LAST_PATIENCE_S + 15.0
"""After GRACE_S the instance kills the algorithm, stores its checkpoints, and writes its result."""

LOG_STEP_BYTES = 4 * 2**20
"""How much of a log is read at a time: people's code may print faster than it can be read."""

Line = tuple[int, str]
"""A line of a log: ms since 1970, text."""


class JobInstances:
    """The instances of all jobs. Every method may be called again after a crash in its middle."""

    def __init__(
        self,
        runner: Runner,
        log_streams: LogStreams,
        settings: Settings,
        command: AlgorithmCommand,
        issue_keys: IssueJobKeys,
    ) -> None:
        self._runner = runner
        self._log_streams = log_streams
        self._settings = settings
        self._command = command
        self._issue_keys = issue_keys

    def prepare(self, job: TrainingJob) -> dict[int, str]:
        """Makes the folders of the job's instances; returns their handles by member number."""
        folders = self.folders(job)
        for folder in folders:
            launch.prepare(job, folder)
        rendezvous.choose(folders[0].root)
        return {member.number: _handle(job, member.number, job.attempts) for member in job.group.members}

    def register_logs(self, connection: Connection, job: TrainingJob) -> None:
        """Makes the log streams of a launched job known."""
        assert job.launched_at is not None
        for folder in self.folders(job):
            stream = f"{job.name}/{launch.log_name(folder.number, job.launched_at)}"
            self._log_streams.register(
                connection, LOG_GROUP, stream, folder.log(job.launched_at), job.launched_at
            )

    def start(self, job: TrainingJob) -> None:
        """Starts the instances of a launched job that were not started yet."""
        assert job.launched_at is not None
        for member in job.group.running:
            assert member.handle is not None
            if self._runner.poll(member.handle).phase == "lost":  # most often: not started yet
                folder = self._folder(job, member.number)
                # Only now, because an earlier version that prepared the folder wrote the file differently.
                settings, command = self._settings, self._command
                launch.instance_spec(job, folder, settings, command, self._issue_keys).write()
                self._runner.start(launch.process_spec(folder, job.launched_at), member.handle)

    def facts(self, job: TrainingJob) -> Facts:
        """What is known of the instances that were started."""
        found: dict[int, InstanceFacts] = {}
        for member in job.group.members:
            if member.handle is not None:
                state = self._folder(job, member.number).state
                process = self._runner.poll(member.handle)  # first, see InstanceFacts
                found[member.number] = InstanceFacts(process, read_progress(state), read_result(state))
        return found

    def stop(self, job: TrainingJob) -> None:
        """Asks the instances that run to end."""
        for member in job.group.running:
            if member.handle is not None:
                self._runner.stop(member.handle, STOP_GRACE_S)

    def new_lines(self, job: TrainingJob) -> tuple[Sequence[Line], Mapping[int, int]]:
        """The next lines in the logs of all instances, and the offsets after them; of each log LOG_STEP_BYTES at most."""
        lines: list[Line] = []
        offsets: dict[int, int] = {}
        if job.launched_at is None:
            return lines, offsets
        for member in job.group.members:
            path = self._folder(job, member.number).log(job.launched_at)
            found, offsets[member.number] = read_lines(path, member.log_offset, LOG_STEP_BYTES)
            lines += found
        return lines, offsets

    def has_more_lines(self, before: TrainingJob, after: TrainingJob) -> bool:
        """Whether a log may have more lines than were read between the two."""
        offsets = zip(before.group.members, after.group.members, strict=True)
        return any(new.log_offset - old.log_offset >= LOG_STEP_BYTES for old, new in offsets)

    def folders(self, job: TrainingJob) -> list[InstanceFolder]:
        """The folders of the job's instances."""
        return [self._folder(job, member.number) for member in job.group.members]

    def forget(self, job: TrainingJob) -> None:
        """Frees the disk of everything that was uploaded or can be downloaded again; the logs stay."""
        for folder in self.folders(job):
            for part in (folder.opt_ml, folder.scratch, folder.environment):
                shutil.rmtree(part, ignore_errors=True)
        for attempt in range(1, job.attempts + 1):
            for member in job.group.members:
                self._runner.forget(_handle(job, member.number, attempt))

    def _folder(self, job: TrainingJob, number: int) -> InstanceFolder:
        return launch.folder_of(self._settings, job.name, number)


def _handle(job: TrainingJob, number: int, attempt: int) -> str:
    """The runner's handle of an instance; a program is started once under a handle, so each attempt has its own."""
    return f"training-{job.id}-{number}" + (f"-{attempt}" if attempt > 1 else "")
