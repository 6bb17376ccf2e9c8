"""The worker activity log: one event for each task that a worker accepts, submits, returns or declines.

Log group `/aws/sagemaker/groundtruth/WorkerActivity`, one stream per day in UTC, such as `2026-01-31`.
Source: ground-truth.md 6.8 (group, keys, formats). Decisions, where it is silent: the name of the stream; the workers of
an identity provider have an empty `cognito_user_pool_id` and their `sub` in `cognito_sub_id`, so that a reader finds
the worker in one place. A task whose time ran out has no event, because nobody returned it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

from cachetools import TTLCache

from trigpoint.labeling.model import AssignmentStatus, Job
from trigpoint.workforce.people import Worker
from trigpoint.workforce.teams import Teams

GROUP = "/aws/sagemaker/groundtruth/WorkerActivity"

WriteLog = Callable[[str, str, str], object]
"""Writes one event: group, stream, text."""

_EVENTS = {
    AssignmentStatus.OPEN: "TasksAccepted",
    AssignmentStatus.SUBMITTED: "TasksSubmitted",
    AssignmentStatus.RELEASED: "TasksReturned",
    AssignmentStatus.DECLINED: "TasksDeclined",
}
_TIMES = {
    AssignmentStatus.SUBMITTED: "task_submitted_time",
    AssignmentStatus.RELEASED: "task_returned_time",
    AssignmentStatus.DECLINED: "task_declined_time",
}
_POOLS_S = 60.0


class WorkerActivity:
    """Writes the worker activity log; nothing without `write`. Thread-safe."""

    def __init__(self, write: WriteLog | None, teams: Teams, account_id: str) -> None:
        self._write = write
        self._teams = teams
        self._account_id = account_id
        self._pools: TTLCache[str, str] = TTLCache(100, _POOLS_S)

    def happened(
        self, job: Job, worker: Worker, now_is: AssignmentStatus, accepted_at: datetime, at: datetime
    ) -> None:
        """A worker's task has just taken this status: open, submitted, released or declined."""
        if self._write is None:
            return
        event = {
            "worker_id": worker.id,
            "cognito_user_pool_id": self._pool_of(job.team_arn),
            "cognito_sub_id": worker.sub,
            "task_accepted_time": _time(accepted_at),
            "task_submitted_time": "",
            "task_returned_time": "",
            "task_declined_time": "",
            "workteam_arn": job.team_arn,
            "labeling_job_arn": job.arn,
            "work_requester_account_id": self._account_id,
            "job_reference_code": job.reference_code,
            "job_type": "Private",
            "event_type": _EVENTS[now_is],
            "event_timestamp": str(int(at.timestamp())),
        }
        if now_is in _TIMES:
            event[_TIMES[now_is]] = _time(at)
        self._write(GROUP, f"{at.astimezone(UTC):%Y-%m-%d}", json.dumps(event))

    def _pool_of(self, team_arn: str) -> str:
        """The user pool of the team; empty for a team of an identity provider, or one that was deleted."""
        known = self._pools.get(team_arn)
        if known is None:
            team = self._teams.get_by_arn(team_arn)
            pools = [d.cognito.user_pool for d in team.member_definitions if d.cognito] if team else []
            known = self._pools[team_arn] = pools[0] if pools else ""
        return known


def _time(at: datetime) -> str:
    """`Wed Aug 14 16:00:59 UTC 2019`"""
    utc = at.astimezone(UTC)
    return f"{_DAYS[utc.weekday()]} {_MONTHS[utc.month - 1]} {utc:%d %H:%M:%S} UTC {utc.year}"


# not strftime's names, which follow the locale of the process
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
