"""The portal's pages: the job list, the task page and the frame with the task template."""

from __future__ import annotations

from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict
from trigpoint.labeling.model import Assignment
from trigpoint.labeling.tasks import Tasks
from trigpoint.labeling.template_errors import TemplateError
from trigpoint.server.portal.assignments import assignment_json
from trigpoint.server.portal.image_urls import ImageUrls
from trigpoint.server.web.templates import Templates
from trigpoint.server.web.visits import Visit
from trigpoint.server.web.wording import sentence
from trigpoint.workforce.teams import Teams

NOTICES = {
    "password-changed": ("success", "Your new password is set."),
    "none-left": (
        "info",
        "There is no task for you in that job right now. New ones appear here automatically.",
    ),
    "stopped": ("success", "Your work is saved. You can resume it here at any time before it expires."),
    "released": ("info", "The task is available to other workers again."),
    "declined": ("info", "You declined the task. It will not be shown to you again."),
}
_UNSHOWN = (
    "Its template has an error ({}). Please report this to the person who runs the job, "
    "and decline the task with the button above."
)
FRAME_POLICY = "sandbox allow-scripts allow-forms; frame-ancestors 'self'"


class Pages:
    """The pages."""

    def __init__(
        self, templates: Templates, teams: Teams, tasks: Tasks, image_urls: ImageUrls, clock: Clock
    ) -> None:
        self._templates = templates
        self._teams = teams
        self._tasks = tasks
        self._image_urls = image_urls
        self._clock = clock

    async def jobs(self, request: Request, visit: Visit) -> Response:
        jobs = await run_in_threadpool(self._tasks.jobs_for, visit.worker)
        teams = await run_in_threadpool(self._teams.team_arns_of, visit.worker.id)
        notice = NOTICES.get(request.query_params.get("notice", ""))
        return self._templates.page("jobs.html", visit=visit, jobs=jobs, in_team=bool(teams), notice=notice)

    async def work(self, request: Request, visit: Visit) -> Response:
        assignment = await run_in_threadpool(self._tasks.next, visit.worker, request.path_params["job"])
        if assignment is None:
            return RedirectResponse("/portal/?notice=none-left", status_code=303)
        return RedirectResponse(f"/portal/assignments/{assignment.id}", status_code=303)

    async def assignment(self, request: Request, visit: Visit) -> Response:
        assignment = await run_in_threadpool(self._opened, visit, request.path_params["assignment"])
        return self._templates.page(
            "task.html",
            visit=visit,
            assignment=assignment,
            data=assignment_json(assignment, self._clock.now()),
        )

    async def frame(self, request: Request, visit: Visit) -> Response:
        """The rendered task template, in a sandbox."""
        assignment_id = request.path_params["assignment"]
        try:
            html = await run_in_threadpool(self._rendered, request, visit, assignment_id)
            response = HTMLResponse(html)
        except TemplateError as problem:
            response = self._frame_problem("This task cannot be shown", _UNSHOWN.format(problem.message))
        except Conflict as problem:
            response = self._frame_problem("This task is no longer open", sentence(problem.message))
        response.headers["Content-Security-Policy"] = FRAME_POLICY
        return response

    def _opened(self, visit: Visit, assignment_id: str) -> Assignment:
        """The assignment. Opening the page of a stopped one resumes it."""
        assignment = self._tasks.get(visit.worker, assignment_id)
        if assignment.status == "Stopped":
            return self._tasks.resume(visit.worker, assignment_id)
        return assignment

    def _rendered(self, request: Request, visit: Visit, assignment_id: str) -> str:
        assignment = self._tasks.get(visit.worker, assignment_id)
        return self._tasks.render(assignment, partial(self._image_urls.signed, request))

    def _frame_problem(self, headline: str, text: str) -> HTMLResponse:
        return self._templates.page("frame_problem.html", headline=headline, text=text)
