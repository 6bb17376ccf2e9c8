"""A second web app next to the portal needs only its site, its templates and its routes."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from helpers.board import BOARD, Board, build_board
from helpers.cast import PASSWORD
from helpers.portal import Portal, form_token, make_web_app, sign_in
from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.server.health import Readiness
from trigpoint.server.router import build_app
from trigpoint.settings import Settings


async def _aws(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("aws")(scope, receive, send)


class Site:
    """The portal and the board with one router."""

    def __init__(self, portal: Portal, board: Board, visitor: TestClient) -> None:
        self.portal = portal
        self.board = board
        self.visitor = visitor

    def sign_in(self, user_name: str) -> None:
        answer = sign_in(self.visitor, user_name, PASSWORD, prefix="/board")
        assert (answer.status_code, answer.headers["location"]) == (303, "/board/")


@pytest.fixture
def site(
    portal: Portal, sqlite_database: Database, settings: Settings, clock: FakeClock, tmp_path: Path
) -> Site:
    static = tmp_path / "static"
    static.mkdir()
    (static / "board.css").write_text("h1 { color: teal }")
    app, board = build_board(
        make_web_app(BOARD, portal.cast, sqlite_database, settings, clock, static_dir=static)
    )
    router = build_app(_aws, {"/portal": portal.app, "/board": app}, static, Readiness({}))
    visitor = TestClient(
        router,
        base_url="http://127.0.0.1:8400",
        client=("192.0.2.1", 50000),
        follow_redirects=False,
        raise_server_exceptions=False,
    )
    return Site(portal, board, visitor)


def test_the_second_app_has_its_own_page_and_the_shared_sign_in(site: Site) -> None:
    asked = site.visitor.get("/board/")
    assert (asked.status_code, asked.headers["location"]) == (303, "/board/sign-in")
    assert "Sign in to the board" in site.visitor.get("/board/sign-in").text
    site.sign_in("admin")
    page = site.visitor.get("/board/")
    assert "<h1>Notices</h1>" in page.text
    assert 'action="/board/sign-out"' in page.text
    assert "script-src 127.0.0.1:8400/static/;" in page.headers["content-security-policy"]


def test_the_second_app_has_its_own_roles(site: Site) -> None:
    site.sign_in("bob@example.com")
    refused = site.visitor.get("/board/")
    assert refused.status_code == 403
    assert "Your account has the role worker, which may not use this page." in refused.text
    assert '<a class="button button-primary button-large" href="/board/">To the board</a>' in refused.text
    call = site.visitor.post("/board/api/clear", json={})
    assert (call.status_code, call.json()["error"]["code"]) == (403, "Denied")


def test_a_form_needs_the_token_of_its_session(site: Site) -> None:
    site.sign_in("admin")
    for given in ({}, {"form_token": "0" * 64}):
        refused = site.visitor.post("/board/notices", data={"text": "tea at four", **given})
        assert refused.status_code == 403
        assert "belongs to an earlier sign-in" in refused.text
    assert site.board.notices == []
    token = form_token(site.visitor.get("/board/"))
    added = site.visitor.post("/board/notices", data={"text": "tea <at> four", "form_token": token})
    assert (added.status_code, added.headers["location"]) == (303, "/board/")
    assert "<li>tea &lt;at&gt; four</li>" in site.visitor.get("/board/").text


def test_an_api_call_needs_json(site: Site) -> None:
    site.sign_in("admin")
    site.board.notices.append("tea at four")
    form = site.visitor.post("/board/api/clear", data={"form_token": form_token(site.visitor.get("/board/"))})
    assert (form.status_code, form.json()["error"]["code"]) == (415, "MalformedRequest")
    assert site.board.notices == ["tea at four"]
    assert site.visitor.post("/board/api/clear", json={}).json() == {"cleared": True}
    assert site.board.notices == []


def test_the_second_app_has_its_own_headlines_on_error_pages(site: Site) -> None:
    site.sign_in("admin")
    site.board.notices.append("tea at four")
    token = form_token(site.visitor.get("/board/"))
    conflict = site.visitor.post("/board/notices", data={"text": "tea at four", "form_token": token})
    assert conflict.status_code == 409
    assert "<h1>This notice exists</h1>" in conflict.text
    assert "The board already shows &#39;tea at four&#39;." in conflict.text
    missing = site.visitor.get("/board/no-such-page")
    assert missing.status_code == 404
    assert "<h1>Page not found</h1>" in missing.text


def test_the_static_files_of_the_second_app_are_served_and_versioned(site: Site) -> None:
    page = site.visitor.get("/board/sign-in").text
    url = page.split('<link rel="stylesheet" href="')[2].split('"')[0]
    assert url.startswith("/static/board.css?v=")
    assert site.visitor.get(url).text == "h1 { color: teal }"
    assert 'src="/static/board.js"' in page  # a file that is not built has no version


def test_a_session_of_one_app_is_not_sent_to_the_other(site: Site) -> None:
    site.sign_in("admin")
    assert site.visitor.get("/board/").status_code == 200
    assert site.visitor.get("/portal/").status_code == 303
