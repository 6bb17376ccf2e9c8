"""Tasks and jobs as JSON, for the scripts of the pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from starlette.requests import Request

from trigpoint.core.clock import Clock
from trigpoint.labeling.model import Assignment, WorkerJob
from trigpoint.server.portal.frame_host import FrameHost
from trigpoint.server.portal.image_urls import ImageUrls
from trigpoint.server.web.visits import Visit


class AssignmentViews:
    """Assignments as JSON for a visit, with the address of the frame. Without `frames`, the portal serves the frame."""

    def __init__(
        self, image_urls: ImageUrls, clock: Clock, frames: FrameHost | None, *, proposes: bool = False
    ) -> None:
        self._image_urls = image_urls
        self._clock = clock
        self._frames = frames
        self._proposes = proposes

    @property
    def frame_source(self) -> str:
        """Where frames come from, as the content security policy writes it."""
        return "'self'" if self._frames is None else self._frames.origin

    def base_url(self, request: Request) -> str:
        """The URL under which the visitor reaches the portal and the objects."""
        return self._image_urls.base_url(request)

    def json(self, request: Request, visit: Visit, assignment: Assignment) -> dict[str, Any]:
        """One worker's task."""
        view = assignment_json(assignment, self._clock.now())
        view["proposesMasks"] = self._proposes
        if self._frames is not None:
            view["frameUrl"] = self._frames.url(visit.worker, assignment.id, self.base_url(request))
        return view


def assignment_json(assignment: Assignment, now: datetime) -> dict[str, Any]:
    """One worker's task. The page sets its countdown by `now`, the time of the server."""
    page_url = f"/portal/assignments/{quote(assignment.id, safe='')}"
    return {
        "assignmentId": assignment.id,
        "jobName": assignment.job_name,
        "title": assignment.title,
        "description": assignment.description,
        "objectIndex": assignment.object_index,
        "taskInput": dict(assignment.task_input),
        "acceptedAt": _iso(assignment.accepted_at),
        "expiresAt": _iso(assignment.expires_at),
        "timeLimitSeconds": assignment.time_limit_s,
        "timeSpentSeconds": assignment.time_spent_s,
        "state": assignment.state,
        "draft": _draft(assignment),
        "frameUrl": f"{page_url}/frame",
        "pageUrl": page_url,
        "progress": {"submitted": assignment.submitted_count, "available": assignment.available_count},
        "now": _iso(now),
    }


def _draft(assignment: Assignment) -> dict[str, str] | None:
    """The version of the worker's unfinished work in `state`."""
    if assignment.draft_version is None or assignment.draft_saved_at is None:
        return None
    return {"version": assignment.draft_version, "savedAt": _iso(assignment.draft_saved_at)}


def job_json(job: WorkerJob) -> dict[str, Any]:
    """A labeling job as a worker sees it."""
    return {
        "jobName": job.job_name,
        "title": job.title,
        "description": job.description,
        "keywords": list(job.keywords),
        "timeLimitSeconds": job.time_limit_s,
        "createdAt": _iso(job.created_at),
        "expiresAt": _iso(job.expires_at),
        "available": job.available,
        "submitted": job.submitted,
        "resumable": list(job.resumable),
        "teamName": job.team_name,
        "finishedObjects": job.finished_objects,
        "totalObjects": job.total_objects,
        "workUrl": f"/portal/jobs/{quote(job.job_name, safe='')}/work",
    }


def _iso(at: datetime) -> str:
    """`2026-01-31T12:00:00.000Z`"""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
