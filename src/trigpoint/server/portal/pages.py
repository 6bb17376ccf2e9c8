"""The portal's pages: the job list, the task page and the frame with the task template."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trigpoint.labeling.model import Assignment
from trigpoint.labeling.tasks import Tasks
from trigpoint.language import translatable
from trigpoint.server.portal.assignments import AssignmentViews
from trigpoint.server.portal.frame_pages import FramePages
from trigpoint.server.web.client import client_address
from trigpoint.server.web.headers import page_policy, script_sources
from trigpoint.server.web.templates import Templates
from trigpoint.server.web.visits import Visit
from trigpoint.workforce.choices import Choices
from trigpoint.workforce.teams import Teams

NOTICES = {
    "password-changed": ("success", translatable("Your new password is set.")),
    "none-left": (
        "info",
        translatable("There is no task for you in that job right now. New ones appear here automatically."),
    ),
    "stopped": (
        "success",
        translatable("Your work is saved. You can resume it here at any time before it expires."),
    ),
    "released": ("info", translatable("The task is available to other workers again.")),
    "declined": ("info", translatable("You declined the task. It will not be shown to you again.")),
}
# Links to new tabs, dialogs and downloads work; the origin is opaque, so the template cannot act as the worker.
FRAME_POLICY = (
    "sandbox allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox allow-modals allow-downloads; "
    "frame-ancestors 'self'"
)


class Pages:
    """The pages."""

    def __init__(
        self,
        templates: Templates,
        teams: Teams,
        tasks: Tasks,
        choices: Choices,
        views: AssignmentViews,
        frames: FramePages,
    ) -> None:
        self._templates = templates
        self._teams = teams
        self._tasks = tasks
        self._choices = choices
        self._views = views
        self._frames = frames

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
        page = self._templates.page(
            "task.html",
            visit=visit,
            assignment=assignment,
            data=self._views.json(request, visit, assignment),
            choices=await run_in_threadpool(self._choices.of, visit.worker.id, assignment.job_name),
        )
        scripts = script_sources(request.headers.get("host"), self._views.base_url(request))
        page.headers["Content-Security-Policy"] = page_policy(scripts, self._views.frame_source)
        return page

    async def frame(self, request: Request, visit: Visit) -> Response:
        """The rendered task template, in a sandbox."""
        base_url = self._views.base_url(request)
        assignment_id, address = request.path_params["assignment"], client_address(request)
        response = await self._frames.show(visit.worker, assignment_id, base_url, address)
        response.headers["Content-Security-Policy"] = FRAME_POLICY
        return response

    def _opened(self, visit: Visit, assignment_id: str) -> Assignment:
        """The assignment. Opening the page of a stopped one resumes it."""
        assignment = self._tasks.get(visit.worker, assignment_id)
        if assignment.status == "Stopped":
            return self._tasks.resume(visit.worker, assignment_id)
        return assignment
