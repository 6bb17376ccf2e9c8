"""What can a task page, or a script in a worker's place, do: the portal's JSON calls."""

from __future__ import annotations

import json
import math
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trigpoint.core.errors import Conflict, NotFound
from trigpoint.labeling.model import Assignment
from trigpoint.server.portal.assignments import assignment_json, job_json
from trigpoint.server.portal.desk import Desk
from trigpoint.server.portal.visits import Visit, required

MAX_BODY_BYTES = 32 * 1024 * 1024


class MalformedRequest(Exception):
    """The body is not what the call takes."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """The JSON calls. What a call changed is committed before its answer leaves."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def jobs(self, request: Request) -> Response:
        visit = await required(self._desk, request)
        jobs = await run_in_threadpool(self._desk.tasks.jobs_for, visit.worker)
        return JSONResponse({"jobs": [job_json(job) for job in jobs]})

    async def next(self, request: Request) -> Response:
        visit, _ = await self._call(request)
        job = request.path_params["job"]
        assignment = await run_in_threadpool(self._desk.tasks.next, visit.worker, job)
        return JSONResponse({"assignment": self._json(assignment)})

    async def get(self, request: Request) -> Response:
        visit = await required(self._desk, request)
        assignment = await run_in_threadpool(self._desk.tasks.get, visit.worker, _id(request))
        return JSONResponse({"assignment": self._json(assignment)})

    async def submit(self, request: Request) -> Response:
        visit, body = await self._call(request)
        answer = body.get("answer")
        if not isinstance(answer, dict):
            raise MalformedRequest("`answer` must be an object: what crowd-form submits")
        assignment = await run_in_threadpool(self._desk.tasks.find, visit.worker, _id(request))
        await run_in_threadpool(
            self._desk.tasks.submit, visit.worker, _id(request), answer, _time_spent_s(body)
        )
        return await self._next_of(visit, assignment.job_name)

    async def decline(self, request: Request) -> Response:
        visit, _ = await self._call(request)
        assignment = await run_in_threadpool(self._desk.tasks.find, visit.worker, _id(request))
        await run_in_threadpool(self._desk.tasks.decline, visit.worker, _id(request))
        return await self._next_of(visit, assignment.job_name)

    async def release(self, request: Request) -> Response:
        visit, _ = await self._call(request)
        await run_in_threadpool(self._desk.tasks.release, visit.worker, _id(request))
        return JSONResponse({"next": None})

    async def stop(self, request: Request) -> Response:
        visit, body = await self._call(request)
        await run_in_threadpool(
            self._desk.tasks.stop, visit.worker, _id(request), body.get("state"), _time_spent_s(body)
        )
        return JSONResponse({"next": None})

    async def save(self, request: Request) -> Response:
        visit, body = await self._call(request)
        await run_in_threadpool(
            self._desk.tasks.save, visit.worker, _id(request), body.get("state"), _time_spent_s(body)
        )
        return JSONResponse({"saved": True})

    async def resume(self, request: Request) -> Response:
        visit, _ = await self._call(request)
        assignment = await run_in_threadpool(self._desk.tasks.resume, visit.worker, _id(request))
        return JSONResponse({"assignment": self._json(assignment)})

    async def _call(self, request: Request) -> tuple[Visit, dict[str, Any]]:
        return await required(self._desk, request), await _json_body(request)

    async def _next_of(self, visit: Visit, job_name: str) -> Response:
        """The next task. The job may be over by now, which must not make a kept answer look lost."""
        try:
            following = await run_in_threadpool(self._desk.tasks.next, visit.worker, job_name)
        except (NotFound, Conflict):
            following = None
        return JSONResponse({"next": self._json(following)})

    def _json(self, assignment: Assignment | None) -> dict[str, Any] | None:
        return None if assignment is None else assignment_json(assignment)


def _id(request: Request) -> str:
    found: str = request.path_params["assignment"]
    return found


def _time_spent_s(body: dict[str, Any]) -> float:
    value = body.get("timeSpentSeconds", 0)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value < 0:
        raise MalformedRequest("`timeSpentSeconds` must be a number of seconds, 0 or more")
    return float(value)


async def _json_body(request: Request) -> dict[str, Any]:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise MalformedRequest("the request needs Content-Type: application/json", 415)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise MalformedRequest(f"the request is larger than {MAX_BODY_BYTES // 2**20} MiB", 413)
    try:
        parsed = json.loads(bytes(body) or b"{}")
    except (ValueError, RecursionError):
        raise MalformedRequest("the body is not JSON") from None
    if not isinstance(parsed, dict):
        raise MalformedRequest("the body must be a JSON object")
    return parsed
