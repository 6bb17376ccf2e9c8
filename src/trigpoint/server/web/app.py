"""Composition of a web app: the shared parts, the middleware, and the routes below the site's prefix."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from trigpoint.core.clock import Clock
from trigpoint.core.outage import outage_of
from trigpoint.server.web.account import AccountPages
from trigpoint.server.web.addresses import AddressCheck
from trigpoint.server.web.body_limits import BodyLimits
from trigpoint.server.web.csrf import OriginCheck
from trigpoint.server.web.errors import Errors
from trigpoint.server.web.guards import GuardedRoute, Guards
from trigpoint.server.web.headers import SecurityHeaders
from trigpoint.server.web.languages import LanguagePages, RequestLanguage
from trigpoint.server.web.mail_pages import MailPages
from trigpoint.server.web.provider_pages import ProviderPages
from trigpoint.server.web.sign_in_queue import SignInQueue
from trigpoint.server.web.site import Site
from trigpoint.server.web.static import STATIC
from trigpoint.server.web.templates import Templates
from trigpoint.server.web.themes import ThemePages
from trigpoint.server.web.visits import Visits
from trigpoint.settings import Settings
from trigpoint.workforce.oidc.sign_in import OidcSignIn
from trigpoint.workforce.password_resets import PasswordResets
from trigpoint.workforce.sessions import Sessions
from trigpoint.workforce.sign_in import SignIn
from trigpoint.workforce.workers import Workers


class WebApp:
    """An ASGI application in the making: use `guards` and `templates` for its routes, then call `build`.

    Args:   address_allowed: whether requests from an IP address are accepted; called in worker threads.
            static_dir: the folder served under /static.
            resets: for the pages that need e-mail; without it there are none.
            oidc: for signing in at an identity provider; without it there are only passwords.
    """

    def __init__(
        self,
        site: Site,
        sign_in: SignIn,
        sessions: Sessions,
        workers: Workers,
        address_allowed: Callable[[str], bool],
        settings: Settings,
        clock: Clock,
        static_dir: Path = STATIC,
        *,
        resets: PasswordResets | None = None,
        oidc: OidcSignIn | None = None,
    ) -> None:
        self._site = site
        self._address_allowed = address_allowed
        self._settings = settings
        visits = Visits(site, sessions, settings)
        sends_mail = resets is not None and resets.available
        self.templates = Templates(site, clock, static_dir, sends_mail=sends_mail)
        self.guards = Guards(site, visits)
        self._errors = Errors(site, self.templates)
        queue = SignInQueue()
        account = AccountPages(site, sign_in, visits, self.templates, self._errors, queue, oidc)
        self._shared = account.routes(self.guards)
        self._shared += LanguagePages(site, workers, visits, settings).routes(self.guards)
        self._shared += ThemePages(workers, visits).routes(self.guards)
        if resets is not None:
            pages = MailPages(site, resets, workers, self.templates, queue)
            self._shared += pages.routes(self.guards)
        if oidc is not None:
            provider = ProviderPages(site, oidc, visits, self.templates, self._errors, settings)
            self._shared += provider.routes(self.guards)

    def build(self, routes: Iterable[GuardedRoute]) -> PrefixedApp:
        """The application: the routes, and the pages for signing in and out and for the password."""
        starlette = Starlette(
            routes=[Mount(self._site.prefix, routes=[*routes, *self._shared])],
            middleware=[
                Middleware(SecurityHeaders, base_url=self._settings.base_url),
                Middleware(RequestLanguage, default=self._settings.language),
                Middleware(AddressCheck, site=self._site, allowed=self._address_allowed),
                Middleware(OriginCheck, site=self._site, base_url=self._settings.base_url),
                Middleware(BodyLimits, site=self._site),
            ],
            exception_handlers={**self._errors.handlers()},
        )
        return PrefixedApp(starlette, self._site.prefix)


class PrefixedApp:
    """Accepts paths with and without the prefix: a router may pass `/portal/jobs`, or `/jobs` below `/portal`."""

    def __init__(self, starlette: Starlette, prefix: str) -> None:
        self.starlette = starlette
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"].replace(
                "\0", "\ufffd"
            )  # PostgreSQL cannot compare text that contains U+0000
            if not path.startswith(self._prefix + "/"):
                path = f"{self._prefix}/" if path in ("", self._prefix) else self._prefix + path
            scope = {**scope, "root_path": "", "path": path, "raw_path": path.encode()}
        try:
            await self.starlette(scope, receive, send)
        except Exception as problem:
            # Starlette raises what a middleware raised again after it was answered and logged.
            if outage_of(problem) is None:
                raise
