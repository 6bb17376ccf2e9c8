"""The language of a page: the worker's choice, else the browser's wish, else that of the installation."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from trigpoint.core.errors import Invalid
from trigpoint.language import LANGUAGES, accepted, is_language, set_current
from trigpoint.server.web.base_url import base_url
from trigpoint.server.web.csrf import check_form, read_form
from trigpoint.server.web.guards import GuardedRoute, Guards
from trigpoint.server.web.site import Site
from trigpoint.server.web.visits import Visits
from trigpoint.settings import Settings
from trigpoint.workforce.workers import Workers

COOKIE = "trigpoint_language"
COOKIE_AGE_S = 365 * 24 * 3600


class RequestLanguage:
    """Sets the language of each request; guards change it to that of the signed-in worker.

    The cookie keeps the choice for pages that are shown before anybody is signed in.
    """

    def __init__(self, app: ASGIApp, default: str) -> None:
        self._app = app
        self._default = default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            set_current(wanted_language(Headers(scope=scope)) or self._default)
        await self._app(scope, receive, send)


def wanted_language(headers: Headers) -> str | None:
    """The language that the browser was told to use here, or asks for; None if we have none of them."""
    chosen = cookie_parser(headers.get("cookie", "")).get(COOKIE)
    return chosen if is_language(chosen) else accepted(headers.get("accept-language", ""))


class LanguagePages:
    """The form in which people choose their language. It is on pages for everybody, signed in or not."""

    def __init__(self, site: Site, workers: Workers, visits: Visits, settings: Settings) -> None:
        self._site = site
        self._workers = workers
        self._visits = visits
        self._settings = settings

    def routes(self, guards: Guards) -> list[GuardedRoute]:
        return [guards.public("POST", "/language", self.choose)]

    async def choose(self, request: Request) -> Response:
        """Keeps the choice in the browser and, if somebody is signed in, with their account."""
        form = await read_form(request)
        language = str(form.get("language", ""))
        if not is_language(language):
            raise Invalid(f"there is no language {language!r}; it can be {', '.join(LANGUAGES)}")
        visit = await self._visits.current(request)
        if visit is not None:
            await check_form(request, visit.session_token)
            await run_in_threadpool(self._workers.set_language, visit.worker.id, language)
        response = RedirectResponse(self._visits.safe_next(str(form.get("next", ""))), status_code=303)
        response.set_cookie(
            COOKIE,
            language,
            max_age=COOKIE_AGE_S,
            path=self._site.prefix,
            httponly=True,
            samesite="lax",
            secure=base_url(self._settings, request).startswith("https:"),
        )
        return response
