"""A throw-away web app next to the portal: a notice board that only administrators may read and change."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from trigpoint.core.errors import Conflict
from trigpoint.server.web.app import PrefixedApp, WebApp
from trigpoint.server.web.bodies import json_object
from trigpoint.server.web.csrf import read_form
from trigpoint.server.web.site import Site
from trigpoint.server.web.visits import Visit
from trigpoint.workforce.people import Role

BOARD = Site(
    prefix="/board",
    templates="helpers.board",
    stylesheet="board.css",
    script="board.js",
    sign_in_title="Sign in to the board",
    home_title="To the board",
    headlines={"Conflict": "This notice exists"},
)


class Board:
    """The notices, and the handlers of the pages."""

    def __init__(self, web: WebApp) -> None:
        self._templates = web.templates
        self.notices: list[str] = []

    async def home(self, request: Request, visit: Visit) -> Response:
        return self._templates.page("board.html", visit=visit, notices=self.notices)

    async def add(self, request: Request, visit: Visit) -> Response:
        text = str((await read_form(request)).get("text", ""))
        if text in self.notices:
            raise Conflict(f"the board already shows {text!r}")
        self.notices.append(text)
        return RedirectResponse("/board/", status_code=303)

    async def clear(self, request: Request, visit: Visit) -> Response:
        await json_object(request)
        self.notices.clear()
        return JSONResponse({"cleared": True})


def build_board(web: WebApp) -> tuple[PrefixedApp, Board]:
    """The app and its notices."""
    board, admins = Board(web), (Role.ADMIN,)
    app = web.build(
        [
            web.guards.roles(admins, "GET", "/", board.home),
            web.guards.roles(admins, "POST", "/notices", board.add),
            web.guards.roles(admins, "POST", "/api/clear", board.clear),
        ]
    )
    return app, board
