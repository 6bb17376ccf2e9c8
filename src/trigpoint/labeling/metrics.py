"""Metrics of labeling jobs and of the people who work on them.

Actions of workers are counted by team, by workforce and by job. Results of data objects are running totals by job: the
Maximum in a period is the number at its end. Ends of jobs have no dimensions: the Sum is how many jobs ended so.

Source: ground-truth.md 9.1 (names, units, namespace of the workers' metrics). Decisions, where it is silent: the other
namespace is AWS/SageMaker/LabelingJobs; ActiveWorkers has a value for each submission, release and refusal; a task
whose time ran out was not returned by anyone and is not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from trigpoint.compute.metrics import Aggregate, Measured, Series
from trigpoint.db import Connection
from trigpoint.labeling.model import AssignmentStatus, Counters, Job, JobStatus
from trigpoint.workforce.teams import Teams

WORKERS, JOBS = "AWS/SageMaker/Workteam", "AWS/SageMaker/LabelingJobs"

_ENDED_AS = {
    AssignmentStatus.SUBMITTED: "TasksSubmitted",
    AssignmentStatus.RELEASED: "TasksReturned",
    AssignmentStatus.DECLINED: "TasksDeclined",
}
_JOB_ENDED_AS = {
    JobStatus.COMPLETED: "JobsSucceeded",
    JobStatus.FAILED: "JobsFailed",
    JobStatus.STOPPED: "JobsStopped",
}


class Recorder(Protocol):
    """Records values: later and cheaply, or in the caller's transaction."""

    def record_metric(
        self, namespace: str, name: str, dimensions: Mapping[str, str], value: float, unit: str, at: datetime
    ) -> None: ...

    def put(self, connection: Connection, values: Iterable[Measured]) -> None: ...


class WorkerMetrics:
    """Counts the actions of workers; nothing without a recorder. Thread-safe."""

    def __init__(self, recorder: Recorder | None, teams: Teams) -> None:
        self._recorder = recorder
        self._teams = teams
        self._workforce_of: dict[str, str] = {}

    def accepted(self, job: Job, at: datetime) -> None:
        """A worker has accepted a task."""
        self._count(job, {"TasksAccepted": (1, "Count")}, at)

    def ended(self, job: Job, how: AssignmentStatus, time_spent_s: float, at: datetime) -> None:
        """A worker has submitted, released or declined a task."""
        values: dict[str, tuple[float, str]] = {_ENDED_AS[how]: (1, "Count"), "ActiveWorkers": (1, "Count")}
        if how is AssignmentStatus.SUBMITTED:
            values["TimeSpent"] = (time_spent_s, "Seconds")
        self._count(job, values, at)

    def _count(self, job: Job, values: Mapping[str, tuple[float, str]], at: datetime) -> None:
        if self._recorder is None:
            return
        for dimension in self._dimensions(job):
            for name, (value, unit) in values.items():
                self._recorder.record_metric(WORKERS, name, dimension, value, unit, at)

    def _dimensions(self, job: Job) -> list[dict[str, str]]:
        found = [{"Workteam": job.team_arn.rsplit("/", 1)[-1]}, {"LabelingJobName": job.name}]
        workforce = self._workforce(job.team_arn)
        return [*found, {"Workforce": workforce}] if workforce else found

    def _workforce(self, team_arn: str) -> str | None:
        """The name of the team's workforce, which never changes; None when the team was deleted."""
        known = self._workforce_of.get(team_arn)
        team = None if known else self._teams.get_by_arn(team_arn)
        if team is not None:
            known = self._workforce_of[team_arn] = team.workforce_name
        return known


class JobMetrics:
    """Counts the results of jobs and their data objects; nothing without a recorder."""

    def __init__(self, recorder: Recorder | None) -> None:
        self._recorder = recorder

    def ended(self, connection: Connection, status: JobStatus, at: datetime) -> None:
        """A job has ended; other statuses are ignored. Part of the transaction."""
        if status in _JOB_ENDED_AS:
            self._put(connection, {}, {_JOB_ENDED_AS[status]: 1}, at)

    def labeled(self, connection: Connection, job: Job, counters: Counters, at: datetime) -> None:
        """The current numbers of the job's data objects. Part of the transaction."""
        totals = {
            "DatasetObjectsHumanAnnotated": counters.human_labeled,
            "DatasetObjectsLabelingFailed": counters.failed,
            "TotalDatasetObjectsLabeled": counters.total_labeled,
        }
        if counters.machine_labeled:
            totals["DatasetObjectsAutoAnnotated"] = counters.machine_labeled
        self._put(connection, {"LabelingJobName": job.name}, totals, at)

    def _put(
        self, connection: Connection, dimensions: Mapping[str, str], values: Mapping[str, float], at: datetime
    ) -> None:
        if self._recorder is not None:
            self._recorder.put(
                connection,
                [
                    Measured(Series.of(JOBS, name, dimensions, "Count"), at, Aggregate.of(value))
                    for name, value in values.items()
                ],
            )
