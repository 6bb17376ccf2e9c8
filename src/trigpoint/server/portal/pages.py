"""What can a person do in the portal without a script: signing in, choosing a job, opening a task."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from trigpoint.core.errors import Conflict, TrigpointError
from trigpoint.labeling.model import Assignment
from trigpoint.labeling.template_errors import TemplateError
from trigpoint.server.portal.assignments import assignment_json
from trigpoint.server.portal.desk import Desk
from trigpoint.server.portal.failures import Failure
from trigpoint.server.portal.guard import FRAME_POLICY
from trigpoint.server.portal.visits import (
    HOME,
    SignedOut,
    Visit,
    current,
    required,
    safe_next,
    signed_in,
    signed_out,
)
from trigpoint.workforce.passwords import MIN_LENGTH
from trigpoint.workforce.throttle import SignInThrottled

NOTICES = {
    "password-changed": ("success", "Your new password is set."),
    "none-left": (
        "info",
        "There is no task for you in that job right now. New ones appear here by themselves.",
    ),
    "stopped": ("success", "Your work is saved. Resume it here whenever you like before it expires."),
    "released": ("info", "The task went back to the pool."),
    "declined": ("info", "You declined the task. You will not be shown it again."),
}
WRONG_SIGN_IN = "User name and password do not fit. Check both; capital letters count."
_UNSHOWN = (
    "Its template has a fault ({}). Please tell the person who runs this job, "
    "and decline the task with the button above."
)
FORM_LIMITS = {"max_files": 0, "max_fields": 10}


class Pages:
    """The portal's pages."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # -- the way in and out

    async def sign_in_form(self, request: Request) -> Response:
        visit = await current(self._desk, request)
        to = safe_next(request.query_params.get("next"))
        if visit is not None:
            return RedirectResponse(to, status_code=303)
        return self._sign_in_page(request, to, signed_out=request.query_params.get("signed-out") == "1")

    async def sign_in(self, request: Request) -> Response:
        form = await request.form(**FORM_LIMITS)
        user_name, password = str(form.get("user_name", "")), str(form.get("password", ""))
        to = safe_next(str(form.get("next", "")))
        address = request.client.host if request.client else ""
        try:
            worker = await run_in_threadpool(self._desk.workers.authenticate, user_name, password, address)
        except SignInThrottled as problem:
            response = self._sign_in_page(request, to, user_name, _sentence(problem), status=429)
            response.headers["Retry-After"] = str(max(1, round(problem.retry_after_s)))
            return response
        except TrigpointError as problem:
            return self._sign_in_page(request, to, user_name, _sentence(problem), status=403)
        if worker is None:
            return self._sign_in_page(request, to, user_name, WRONG_SIGN_IN, status=401)
        return await signed_in(
            self._desk, request, worker, "/portal/password" if worker.must_change_password else to
        )

    async def enter(self, request: Request) -> Response:
        token = request.query_params.get("token", "")
        worker = await run_in_threadpool(self._desk.workers.enter, token)
        if worker is None:
            visit = await current(self._desk, request)
            if visit is not None:
                return RedirectResponse(HOME, status_code=303)
            message = "this sign-in link was used before or has expired; sign in with your password instead"
            return self._failure(request, Failure(403, "LinkExpired", "This link works only once", message))
        return await signed_in(self._desk, request, worker, safe_next(request.query_params.get("next")))

    async def sign_out(self, request: Request) -> Response:
        visit = await current(self._desk, request)
        if visit is not None:
            visit.check_form(await request.form(**FORM_LIMITS))
            await run_in_threadpool(self._desk.workers.close_session, visit.token)
        return signed_out("/portal/sign-in?signed-out=1")

    async def password_form(self, request: Request) -> Response:
        return self._password_page(request, await self._anybody(request))

    async def change_password(self, request: Request) -> Response:
        visit = await self._anybody(request)
        form = await request.form(**FORM_LIMITS)
        visit.check_form(form)
        old, new, again = (str(form.get(f"{name}_password", "")) for name in ("old", "new", "repeat"))
        if new != again:
            return self._password_page(
                request, visit, "The two new passwords differ. Type the same one twice."
            )
        try:
            worker = await run_in_threadpool(self._desk.workers.change_password, visit.worker, old, new)
        except TrigpointError as problem:
            return self._password_page(request, visit, _sentence(problem))
        return await signed_in(self._desk, request, worker, f"{HOME}?notice=password-changed")

    # -- work

    async def jobs(self, request: Request) -> Response:
        visit = await required(self._desk, request)
        jobs = await run_in_threadpool(self._desk.tasks.jobs_for, visit.worker)
        teams = await run_in_threadpool(self._desk.teams.team_arns_of, visit.worker.id)
        notice = NOTICES.get(request.query_params.get("notice", ""))
        return self._page(request, visit, "jobs.html", jobs=jobs, in_team=bool(teams), notice=notice)

    async def work(self, request: Request) -> Response:
        visit = await required(self._desk, request)
        assignment = await run_in_threadpool(self._desk.tasks.next, visit.worker, request.path_params["job"])
        if assignment is None:
            return RedirectResponse(f"{HOME}?notice=none-left", status_code=303)
        return RedirectResponse(f"/portal/assignments/{assignment.id}", status_code=303)

    async def assignment(self, request: Request) -> Response:
        visit = await required(self._desk, request)
        assignment = await run_in_threadpool(self._opened, visit, request.path_params["assignment"])
        return self._page(
            request, visit, "task.html", assignment=assignment, data=assignment_json(assignment)
        )

    async def frame(self, request: Request) -> Response:
        """The rendered task template, alone in its sandbox."""
        visit = await required(self._desk, request)
        assignment_id = request.path_params["assignment"]
        try:
            html = await run_in_threadpool(self._rendered, request, visit, assignment_id)
            response = HTMLResponse(html)
        except TemplateError as problem:
            response = self._frame_problem(
                request, "This task cannot be shown", _UNSHOWN.format(problem.message)
            )
        except Conflict as problem:
            response = self._frame_problem(request, "This task is not open any more", _sentence(problem))
        response.headers["Content-Security-Policy"] = FRAME_POLICY
        return response

    def _opened(self, visit: Visit, assignment_id: str) -> Assignment:
        """The assignment; one that was stopped goes on when its page is opened."""
        assignment = self._desk.tasks.get(visit.worker, assignment_id)
        if assignment.status == "Stopped":
            return self._desk.tasks.resume(visit.worker, assignment_id)
        return assignment

    def _rendered(self, request: Request, visit: Visit, assignment_id: str) -> str:
        assignment = self._desk.tasks.get(visit.worker, assignment_id)
        return self._desk.tasks.render(assignment, lambda uri: self._desk.sign(request, uri))

    # -- inside

    async def _anybody(self, request: Request) -> Visit:
        """The visit of somebody signed in, whether or not his password is still the temporary one."""
        visit = await current(self._desk, request)
        if visit is None:
            raise SignedOut
        return visit

    def _page(self, request: Request, visit: Visit, template: str, **values: Any) -> HTMLResponse:
        return self._desk.page(request, template, worker=visit.worker, form_token=visit.form_token, **values)

    def _failure(self, request: Request, failure: Failure) -> HTMLResponse:
        return self._desk.page(request, "message.html", status=failure.status, failure=failure)

    def _frame_problem(self, request: Request, headline: str, text: str) -> HTMLResponse:
        return self._desk.page(request, "frame_problem.html", headline=headline, text=text)

    def _sign_in_page(
        self,
        request: Request,
        to: str,
        user_name: str = "",
        problem: str = "",
        status: int = 200,
        signed_out: bool = False,
    ) -> HTMLResponse:
        return self._desk.page(
            request,
            "sign_in.html",
            status=status,
            next=to,
            user_name=user_name,
            problem=problem,
            signed_out=signed_out,
        )

    def _password_page(self, request: Request, visit: Visit, problem: str = "") -> HTMLResponse:
        return self._desk.page(
            request,
            "password.html",
            status=400 if problem else 200,
            worker=visit.worker,
            form_token=visit.form_token,
            problem=problem,
            min_length=MIN_LENGTH,
        )


def _sentence(problem: TrigpointError) -> str:
    return problem.message[:1].upper() + problem.message[1:] + "."
