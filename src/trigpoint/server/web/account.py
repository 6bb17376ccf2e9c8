"""The pages on which people sign in, sign out and change their password."""

from __future__ import annotations

from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from trigpoint.core.errors import TrigpointError
from trigpoint.language import gettext, translatable, translated
from trigpoint.server.web.client import client_address
from trigpoint.server.web.csrf import check_form, read_form
from trigpoint.server.web.errors import ErrorPage, Errors
from trigpoint.server.web.guards import GuardedRoute, Guards
from trigpoint.server.web.sign_in_queue import SignInQueue
from trigpoint.server.web.site import Site
from trigpoint.server.web.templates import Templates
from trigpoint.server.web.visits import Visit, Visits
from trigpoint.server.web.wording import sentence
from trigpoint.workforce.oidc.sign_in import OidcSignIn
from trigpoint.workforce.passwords import MIN_LENGTH
from trigpoint.workforce.sign_in import SignIn
from trigpoint.workforce.throttle import SignInThrottled

WRONG_SIGN_IN = translatable("Wrong user name or password. Upper and lower case matter in both.")


class AccountPages:
    """The account pages of one site."""

    def __init__(
        self,
        site: Site,
        sign_in: SignIn,
        visits: Visits,
        templates: Templates,
        errors: Errors,
        queue: SignInQueue,
        oidc: OidcSignIn | None = None,
    ) -> None:
        self._site = site
        self._sign_in = sign_in
        self._visits = visits
        self._templates = templates
        self._errors = errors
        self._queue = queue
        self._oidc = oidc

    def routes(self, guards: Guards) -> list[GuardedRoute]:
        return [
            guards.public("GET", "/sign-in", self.sign_in_form),
            guards.public("POST", "/sign-in", self.sign_in),
            guards.public("GET", "/enter", self.enter),
            guards.public("POST", "/sign-out", self.sign_out),
            guards.signed_in("GET", "/password", self.password_form),
            guards.signed_in("POST", "/password", self.change_password),
        ]

    async def sign_in_form(self, request: Request) -> Response:
        to = self._visits.safe_next(request.query_params.get("next"))
        if await self._visits.current(request) is not None:
            return RedirectResponse(to, status_code=303)
        return await self._sign_in_page(
            to,
            signed_out=request.query_params.get("signed-out") == "1",
            password_changed=request.query_params.get("password-changed") == "1",
        )

    async def sign_in(self, request: Request) -> Response:
        form = await read_form(request)
        user_name, password = str(form.get("user_name", "")), str(form.get("password", ""))
        to = self._visits.safe_next(str(form.get("next", "")))
        address = client_address(request)
        try:
            worker = await self._queue.run(
                address, partial(self._sign_in.authenticate, user_name, password, address)
            )
            if worker is not None:
                self._visits.check_role(worker)
        except SignInThrottled as problem:
            response = await self._sign_in_page(to, user_name, sentence(problem.message), status=429)
            response.headers["Retry-After"] = str(max(1, round(problem.retry_after_s)))
            return response
        except TrigpointError as problem:
            return await self._sign_in_page(to, user_name, sentence(problem.message), status=403)
        if worker is None:
            return await self._sign_in_page(to, user_name, translated(WRONG_SIGN_IN), status=401)
        first = f"{self._site.prefix}/password" if worker.must_change_password else to
        return await self._visits.open(request, worker, first)

    async def enter(self, request: Request) -> Response:
        """Signs in with the one-time link that `Sessions.entry_token` made."""
        worker = await self._visits.enter(request.query_params.get("token", ""))
        if worker is None:
            if await self._visits.current(request) is not None:
                return RedirectResponse(self._site.home, status_code=303)
            message = translatable(
                "this sign-in link was used before or has expired; sign in with your password instead"
            )
            error = ErrorPage(403, "LinkExpired", message, headline=translatable("This link works only once"))
            return self._errors.response(request, error)
        return await self._visits.open(
            request, worker, self._visits.safe_next(request.query_params.get("next"))
        )

    async def sign_out(self, request: Request) -> Response:
        # Public, because signing out must also succeed after the session has ended.
        visit = await self._visits.current(request)
        if visit is not None:
            await check_form(request, visit.session_token)
        by_provider = visit is not None and visit.worker.issuer is not None
        to = "/signed-out" if by_provider else "/sign-in?signed-out=1"
        return await self._visits.close(visit, f"{self._site.prefix}{to}")

    async def password_form(self, request: Request, visit: Visit) -> Response:
        return self._password_page(visit)

    async def change_password(self, request: Request, visit: Visit) -> Response:
        form = await read_form(request)
        old, new, again = (str(form.get(f"{name}_password", "")) for name in ("old", "new", "repeat"))
        if new != again:
            return self._password_page(
                visit, gettext("The two new passwords differ. Type the same one twice.")
            )
        try:
            change = partial(self._sign_in.change_password, visit.worker, old, new)
            worker = await self._queue.run(client_address(request), change)
        except TrigpointError as problem:
            return self._password_page(visit, sentence(problem.message))
        return await self._visits.open(request, worker, f"{self._site.home}?notice=password-changed")

    async def _sign_in_page(
        self,
        to: str,
        user_name: str = "",
        problem: str = "",
        status: int = 200,
        signed_out: bool = False,
        password_changed: bool = False,
    ) -> HTMLResponse:
        return self._templates.page(
            "sign_in.html",
            status=status,
            uses_provider=await self._uses_provider(),
            next=to,
            user_name=user_name,
            problem=problem,
            signed_out=signed_out,
            password_changed=password_changed,
        )

    async def _uses_provider(self) -> bool:
        """Whether workers sign in at an identity provider."""
        return self._oidc is not None and await run_in_threadpool(self._oidc.config) is not None

    def _password_page(self, visit: Visit, problem: str = "") -> HTMLResponse:
        status = 400 if problem else 200
        return self._templates.page(
            "password.html", visit=visit, status=status, problem=problem, min_length=MIN_LENGTH
        )
