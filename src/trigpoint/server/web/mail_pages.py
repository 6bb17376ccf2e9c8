"""The pages that need e-mail: a new password by a link, and which mails a worker gets."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from trigpoint.core.errors import Denied, TrigpointError
from trigpoint.server.web.client import client_address
from trigpoint.server.web.csrf import read_form
from trigpoint.server.web.guards import GuardedRoute, Guards
from trigpoint.server.web.sign_in_queue import SignInQueue
from trigpoint.server.web.site import Site
from trigpoint.server.web.templates import Templates
from trigpoint.server.web.visits import Visit
from trigpoint.server.web.wording import sentence
from trigpoint.workforce.password_resets import LinkInvalid, PasswordResets
from trigpoint.workforce.passwords import MIN_LENGTH
from trigpoint.workforce.throttle import SignInThrottled
from trigpoint.workforce.workers import Workers


class MailPages:
    """The pages of one site. A server that cannot send mail serves only the links that were sent before."""

    def __init__(
        self, site: Site, resets: PasswordResets, workers: Workers, templates: Templates, queue: SignInQueue
    ) -> None:
        self._site = site
        self._resets = resets
        self._workers = workers
        self._templates = templates
        self._queue = queue

    def routes(self, guards: Guards) -> list[GuardedRoute]:
        return [
            guards.public("GET", "/forgot", self.forgot_form),
            guards.public("POST", "/forgot", self.forgot),
            guards.public("GET", "/reset", self.reset_form),
            guards.public("POST", "/reset", self.reset),
            guards.signed_in("GET", "/notices", self.notices_form),
            guards.signed_in("POST", "/notices", self.notices),
        ]

    async def forgot_form(self, request: Request) -> Response:
        return self._forgot_page()

    async def forgot(self, request: Request) -> Response:
        """Says the same for every name, so that nobody learns who has an account."""
        user_name = str((await read_form(request)).get("user_name", ""))
        if not self._resets.available:
            return self._forgot_page(status=403)
        try:
            address = client_address(request)
            await self._queue.run(address, partial(self._resets.request, user_name, address))
        except SignInThrottled as problem:
            page = self._forgot_page(user_name=user_name, problem=sentence(problem.message), status=429)
            page.headers["Retry-After"] = str(max(1, round(problem.retry_after_s)))
            return page
        return self._forgot_page(sent=True)

    async def reset_form(self, request: Request) -> Response:
        return await self._reset_page(request.query_params.get("token", ""))

    async def reset(self, request: Request) -> Response:
        form = await read_form(request)
        token, new, again = (str(form.get(name, "")) for name in ("token", "new_password", "repeat_password"))
        if new != again:
            return await self._reset_page(token, "The two new passwords differ. Type the same one twice.")
        try:
            await self._queue.run(client_address(request), partial(self._resets.use, token, new))
        except LinkInvalid:
            return await self._reset_page(token)
        except TrigpointError as problem:
            return await self._reset_page(token, sentence(problem.message))
        return RedirectResponse(f"{self._site.prefix}/sign-in?password-changed=1", status_code=303)

    async def notices_form(self, request: Request, visit: Visit) -> Response:
        saved = request.query_params.get("saved") == "1"
        return self._templates.page(
            "notices.html", visit=visit, saved=saved, available=self._resets.available
        )

    async def notices(self, request: Request, visit: Visit) -> Response:
        wanted = (await read_form(request)).get("wanted") == "1"
        await run_in_threadpool(self._workers.set_notices, visit.worker.id, wanted)
        return RedirectResponse(f"{self._site.prefix}/notices?saved=1", status_code=303)

    def _forgot_page(self, status: int = 200, **values: Any) -> HTMLResponse:
        shown = {"user_name": "", "problem": "", "sent": False, **values}
        return self._templates.page("forgot.html", status=status, available=self._resets.available, **shown)

    async def _reset_page(self, token: str, problem: str = "") -> HTMLResponse:
        try:
            worker = await run_in_threadpool(self._resets.worker, token)
        except Denied as denied:
            values: dict[str, Any] = {"owner": None, "problem": sentence(denied.message)}
            return self._templates.page("reset.html", status=403, token="", min_length=MIN_LENGTH, **values)
        values = {"owner": worker, "problem": problem}
        status = 400 if problem else 200
        return self._templates.page("reset.html", status=status, token=token, min_length=MIN_LENGTH, **values)
