"""Signing in and out at the identity provider of the workforce.

The browser keeps a sign-in that has begun in an encrypted cookie of its own, which is sent only to the address to which
the provider sends it back. So nobody can finish a sign-in in somebody else's browser, and several tabs may sign in at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from trigpoint.core.errors import Denied
from trigpoint.language import translatable
from trigpoint.server.web.base_url import base_url
from trigpoint.server.web.client import client_address
from trigpoint.server.web.errors import ErrorPage, Errors
from trigpoint.server.web.guards import GuardedRoute, Guards
from trigpoint.server.web.sign_in_queue import SignInQueue
from trigpoint.server.web.site import Site
from trigpoint.server.web.templates import Templates
from trigpoint.server.web.visits import Visits
from trigpoint.settings import Settings
from trigpoint.workforce.oidc.problems import ProviderUnavailable
from trigpoint.workforce.oidc.sign_in import REDIRECT_PATH, TIME_LIMIT_S, OidcSignIn

COOKIE_PREFIX = "trigpoint_oidc_"
COOKIE_PATH = "/oauth2"


def returns_from_provider(sites: Mapping[str, ASGIApp]) -> ASGIApp:
    """Sends the return from the provider to the site that began the sign-in; `sites` are keyed by name.

    The state begins with the site's name. A forged one reaches a site that does not know it, which refuses it.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        site = Request(scope).query_params.get("state", "").partition(".")[0]
        chosen = sites.get(site) or next(iter(sites.values()))
        await chosen(scope, receive, send)

    return app


class ProviderPages:
    """The pages of one site. The router must send REDIRECT_PATH to `returns_from_provider`."""

    def __init__(
        self,
        site: Site,
        oidc: OidcSignIn,
        visits: Visits,
        templates: Templates,
        errors: Errors,
        settings: Settings,
    ) -> None:
        self._site = site
        self._oidc = oidc
        self._visits = visits
        self._templates = templates
        self._errors = errors
        self._settings = settings
        self._queue = SignInQueue()  # not that of passwords, which a slow provider must not hold up

    def routes(self, guards: Guards) -> list[GuardedRoute]:
        return [
            guards.public("GET", "/provider", self.begin),
            guards.public("GET", REDIRECT_PATH, self.finish),
            guards.public("GET", "/signed-out", self.signed_out),
        ]

    async def begin(self, request: Request) -> Response:
        """Sends the browser to the provider."""
        to = self._visits.safe_next(request.query_params.get("next"))
        here = base_url(self._settings, request)
        try:
            begun = await run_in_threadpool(
                self._oidc.begin, f"{here}{REDIRECT_PATH}", to, f"{self._site.name}."
            )
        except Denied:
            return RedirectResponse(f"{self._site.prefix}/sign-in", status_code=303)
        response = RedirectResponse(begun.url, status_code=303)
        response.set_cookie(
            _cookie(begun.state),
            begun.sealed,
            max_age=int(TIME_LIMIT_S),
            path=COOKIE_PATH,
            httponly=True,
            samesite="lax",
            secure=here.startswith("https:"),
        )
        return response

    async def finish(self, request: Request) -> Response:
        """The return from the provider: opens a session."""
        returned = dict(request.query_params)
        cookie = _cookie(returned.get("state", ""))
        work = partial(self._oidc.finish, returned, request.cookies.get(cookie))
        try:
            worker, to = await self._queue.run(client_address(request), work)
            response = await self._visits.open(request, worker, self._visits.safe_next(to))
        except Denied as problem:
            status = 502 if isinstance(problem, ProviderUnavailable) else 403
            error = ErrorPage(
                status, "SignInRefused", problem.message, headline=translatable("You are not signed in")
            )
            response = self._errors.response(request, error)
        response.delete_cookie(cookie, path=COOKIE_PATH, httponly=True, samesite="lax")
        return response

    async def signed_out(self, request: Request) -> Response:
        """Leads to the page of the provider that ends its session.

        The page does it, because a redirect from the form for signing out may not leave this site (form-action).
        """
        back_to = f"{base_url(self._settings, request)}{self._site.prefix}/sign-in?signed-out=1"
        url = await run_in_threadpool(self._oidc.logout_url, back_to)
        if url is None:
            return RedirectResponse(f"{self._site.prefix}/sign-in?signed-out=1", status_code=303)
        return self._templates.page("signed_out.html", logout_url=url)


def _cookie(state: str) -> str:
    return COOKIE_PREFIX + hashlib.sha256(state.encode()).hexdigest()[:16]
