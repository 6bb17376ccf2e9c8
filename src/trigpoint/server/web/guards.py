"""Guards: who may use a route. Every route of a web app is made by exactly one of the methods of `Guards`.

    public      everybody, signed in or not
    signed_in   everybody with a session, even if they must still replace a temporary password
    roles       people with one of the given roles, who have replaced their temporary password

Guards other than `public` also check that a change comes from a page of the same session (CSRF).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trigpoint.core.errors import Denied
from trigpoint.language import set_current, translatable
from trigpoint.server.web.bodies import check_json
from trigpoint.server.web.csrf import SAFE_METHODS, check_files, check_form
from trigpoint.server.web.site import Site
from trigpoint.server.web.visits import Visit, Visits
from trigpoint.workforce.people import Role

PublicHandler = Callable[[Request], Awaitable[Response]]
VisitHandler = Callable[[Request, Visit], Awaitable[Response]]


class SignedOut(Exception):
    """Nobody is signed in, or the session has ended."""


class PasswordDue(Exception):
    """The worker must replace their temporary password first."""


class GuardedRoute(Route):
    """A route and the name of its guard. Only `Guards` makes them."""

    def __init__(self, method: str, path: str, handler: PublicHandler, guard: str) -> None:
        super().__init__(path, handler, methods=[method])
        self.guard = guard


class Guards:
    """Makes the routes of one site. Paths are relative to the site's prefix."""

    def __init__(self, site: Site, visits: Visits) -> None:
        self._site = site
        self._visits = visits

    def public(self, method: str, path: str, handler: PublicHandler) -> GuardedRoute:
        """A route for everybody. Its handler checks forms itself."""
        return GuardedRoute(method, path, handler, "public")

    def signed_in(self, method: str, path: str, handler: VisitHandler) -> GuardedRoute:
        """A route for everybody with a session."""

        async def checked(request: Request) -> Response:
            visit = await self._visit(request)
            await self._check_change(request, visit)
            return await handler(request, visit)

        return GuardedRoute(method, path, checked, "signed in")

    def roles(self, roles: Iterable[Role], method: str, path: str, handler: VisitHandler) -> GuardedRoute:
        """A route for people with one of the roles."""
        return self._for_roles(roles, method, path, handler, self._check_change)

    def files(self, roles: Iterable[Role], path: str, handler: VisitHandler) -> GuardedRoute:
        """A route for people with one of the roles who send a form with files, or bytes; see `check_files`."""

        async def check(request: Request, visit: Visit) -> None:
            await check_files(request, visit.session_token)

        return self._for_roles(roles, "POST", path, handler, check)

    def _for_roles(
        self,
        roles: Iterable[Role],
        method: str,
        path: str,
        handler: VisitHandler,
        check_change: Callable[[Request, Visit], Awaitable[None]],
    ) -> GuardedRoute:
        allowed = frozenset(roles)

        async def checked(request: Request) -> Response:
            visit = await self._visit(request)
            if visit.worker.must_change_password:
                raise PasswordDue
            if visit.worker.role not in allowed:
                raise Denied(
                    translatable(
                        "your account has the role %(role)s, which may not use this page",
                        role=visit.worker.role,
                    )
                )
            await check_change(request, visit)
            return await handler(request, visit)

        return GuardedRoute(method, path, checked, f"role {' or '.join(sorted(allowed))}")

    async def _visit(self, request: Request) -> Visit:
        visit = await self._visits.current(request)
        if visit is None:
            raise SignedOut
        if visit.worker.language is not None:
            set_current(visit.worker.language)
        return visit

    async def _check_change(self, request: Request, visit: Visit) -> None:
        if request.method in SAFE_METHODS:
            return
        if self._site.is_api(request.url.path):
            check_json(request)
        else:
            await check_form(request, visit.session_token)
