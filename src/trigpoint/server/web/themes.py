"""The form in which people choose light or dark pages."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trigpoint.server.web.csrf import check_form, read_form
from trigpoint.server.web.guards import GuardedRoute, Guards
from trigpoint.server.web.visits import Visit, Visits
from trigpoint.workforce.workers import Workers


class ThemePages:
    """Keeps the choice with the account, so that it follows the worker to any machine."""

    def __init__(self, workers: Workers, visits: Visits) -> None:
        self._workers = workers
        self._visits = visits

    def routes(self, guards: Guards) -> list[GuardedRoute]:
        return [guards.signed_in("POST", "/theme", self.choose)]

    async def choose(self, request: Request, visit: Visit) -> Response:
        """Raises: Invalid: there is no such theme."""
        await check_form(request, visit.session_token)
        form = await read_form(request)
        await run_in_threadpool(self._workers.set_theme, visit.worker.id, str(form.get("theme", "")))
        return RedirectResponse(self._visits.safe_next(str(form.get("next", ""))), status_code=303)
