"""The portal's JSON API, for the task page and for scripts that work in a worker's place."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trigpoint.labeling.corrections import Corrections
from trigpoint.labeling.drafts import DraftVersion
from trigpoint.labeling.model import Assignment
from trigpoint.labeling.reserving import Reserving
from trigpoint.labeling.tasks import Tasks
from trigpoint.server.portal.assignments import AssignmentViews, job_json
from trigpoint.server.web.bodies import MalformedRequest, json_object
from trigpoint.server.web.visits import Visit
from trigpoint.workforce.choices import Choices

MAX_TIME_SPENT_S = 30 * 24 * 3600
"""The longest time that a job can be open. Source: ground-truth.md, TaskAvailabilityLifetimeInSeconds."""


class Api:
    """The API calls. A call's change is committed before its response is sent."""

    def __init__(
        self,
        tasks: Tasks,
        reserving: Reserving,
        corrections: Corrections,
        choices: Choices,
        views: AssignmentViews,
    ) -> None:
        self._tasks = tasks
        self._reserving = reserving
        self._corrections = corrections
        self._choices = choices
        self._views = views

    async def jobs(self, request: Request, visit: Visit) -> Response:
        jobs = await run_in_threadpool(self._tasks.jobs_for, visit.worker)
        return JSONResponse({"jobs": [job_json(job) for job in jobs]})

    async def next(self, request: Request, visit: Visit) -> Response:
        await json_object(request)
        job = request.path_params["job"]
        assignment = await run_in_threadpool(self._tasks.next, visit.worker, job)
        return JSONResponse({"assignment": self._json(request, visit, assignment)})

    async def progress(self, request: Request, visit: Visit) -> Response:
        """How far the job and the worker are; `since` is the beginning of the worker's day."""
        since = _time(request.query_params.get("since", ""))
        found = await run_in_threadpool(self._tasks.progress, visit.worker, request.path_params["job"], since)
        return JSONResponse(
            {
                "finishedObjects": found.finished_objects,
                "totalObjects": found.total_objects,
                "submitted": found.submitted,
                "submittedSince": found.submitted_since,
                "secondsPerAnswer": found.seconds_per_answer,
            }
        )

    async def get(self, request: Request, visit: Visit) -> Response:
        assignment = await run_in_threadpool(self._tasks.get, visit.worker, _id(request))
        return JSONResponse({"assignment": self._json(request, visit, assignment)})

    async def submit(self, request: Request, visit: Visit) -> Response:
        body = await json_object(request)
        answer = _answer(body)
        submit = partial(self._tasks.submit, and_next=body.get("andNext") is not False)
        following = await run_in_threadpool(
            submit, visit.worker, _id(request), answer, _time_spent_s(body), _draft(body)
        )
        return JSONResponse({"next": self._json(request, visit, following)})

    async def reserve(self, request: Request, visit: Visit) -> Response:
        """The task after this one, which the page loads ahead. It is accepted when this one ends."""
        await json_object(request)
        reserved = await run_in_threadpool(self._reserving.reserve, visit.worker, _id(request))
        return JSONResponse({"reserved": self._json(request, visit, reserved)})

    async def look(self, request: Request, visit: Visit) -> Response:
        """A task that the worker has answered, and whether the answer can be corrected."""
        assignment, is_open = await run_in_threadpool(self._corrections.look, visit.worker, _id(request))
        return JSONResponse({"assignment": self._json(request, visit, assignment), "isOpen": is_open})

    async def correct(self, request: Request, visit: Visit) -> Response:
        body = await json_object(request)
        correct = partial(self._corrections.correct, visit.worker, _id(request))
        await run_in_threadpool(correct, _answer(body), _time_spent_s(body))
        return JSONResponse({"corrected": True})

    async def choose(self, request: Request, visit: Visit) -> Response:
        """Keeps what the worker chose on the task page of a job."""
        body = await json_object(request)
        await run_in_threadpool(
            self._choices.put, visit.worker.id, request.path_params["job"], body.get("choices")
        )
        return JSONResponse({"saved": True})

    async def decline(self, request: Request, visit: Visit) -> Response:
        await json_object(request)
        decline = partial(self._tasks.decline, and_next=True)
        following = await run_in_threadpool(decline, visit.worker, _id(request))
        return JSONResponse({"next": self._json(request, visit, following)})

    async def release(self, request: Request, visit: Visit) -> Response:
        await json_object(request)
        await run_in_threadpool(self._tasks.release, visit.worker, _id(request))
        return JSONResponse({"next": None})

    async def stop(self, request: Request, visit: Visit) -> Response:
        body = await json_object(request)
        await run_in_threadpool(
            self._tasks.stop, visit.worker, _id(request), body.get("state"), _time_spent_s(body), _draft(body)
        )
        return JSONResponse({"next": None})

    async def save(self, request: Request, visit: Visit) -> Response:
        body = await json_object(request)
        await run_in_threadpool(
            self._tasks.save, visit.worker, _id(request), body.get("state"), _time_spent_s(body), _draft(body)
        )
        return JSONResponse({"saved": True})

    async def resume(self, request: Request, visit: Visit) -> Response:
        await json_object(request)
        assignment = await run_in_threadpool(self._tasks.resume, visit.worker, _id(request))
        return JSONResponse({"assignment": self._json(request, visit, assignment)})

    def _json(self, request: Request, visit: Visit, assignment: Assignment | None) -> dict[str, Any] | None:
        return None if assignment is None else self._views.json(request, visit, assignment)


def _id(request: Request) -> str:
    found: str = request.path_params["assignment"]
    return found


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise MalformedRequest("`since` must be a time such as 2026-01-31T00:00:00Z") from None
    if at.tzinfo is None:
        raise MalformedRequest("`since` must have a time zone, such as 2026-01-31T00:00:00Z")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise MalformedRequest("`since` is too far in the past or in the future") from None


def _answer(body: dict[str, Any]) -> dict[str, Any]:
    answer = body.get("answer")
    if not isinstance(answer, dict):
        raise MalformedRequest("`answer` must be a JSON object: the values that crowd-form submits")
    return answer


def _draft(body: dict[str, Any]) -> DraftVersion | None:
    """The field `draft`: the new version's name, and the versions that it may replace."""
    draft = body.get("draft")
    if draft is None:
        return None
    if not isinstance(draft, dict):
        raise MalformedRequest("`draft` must be a JSON object with `version` and `basedOn`")
    return DraftVersion.read(draft.get("version"), draft.get("basedOn"))


def _time_spent_s(body: dict[str, Any]) -> float:
    value = body.get("timeSpentSeconds", 0)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= MAX_TIME_SPENT_S:
        raise MalformedRequest(f"`timeSpentSeconds` must be a number of seconds from 0 to {MAX_TIME_SPENT_S}")
    return float(value)
