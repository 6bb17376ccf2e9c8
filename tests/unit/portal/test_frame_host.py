"""Frames of tasks on a host of their own: what each host serves, who may open a frame, and for how long."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from helpers.portal import Portal, make_portal
from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Invalid
from trigpoint.db import Database
from trigpoint.server.router import split_by_host
from trigpoint.settings import Settings

FRAMES = "http://frames.test:8400"


@pytest.fixture
def portal(sqlite_database: Database, settings: Settings, clock: FakeClock) -> Portal:
    settings.data_dir.mkdir()
    return make_portal(sqlite_database, replace(settings, frame_url=FRAMES), clock)


def visitor(portal: Portal, base_url: str = FRAMES) -> TestClient:
    """A browser without cookies that opens the port under this name."""
    assert portal.frames is not None
    return TestClient(split_by_host(portal.app, "frames.test", portal.frames), base_url=base_url)


def take(portal: Portal) -> tuple[TestClient, dict[str, Any]]:
    bob = portal.signed_in("bob")
    return bob, bob.post("/portal/api/jobs/boxes-1/next", json={}).json()["assignment"]


def test_a_frame_is_shown_without_a_cookie_to_the_page_of_the_portal_only(portal: Portal) -> None:
    portal.open_job()
    bob, task = take(portal)
    assert task["frameUrl"].startswith(f"{FRAMES}/frame/")
    frame = visitor(portal).get(task["frameUrl"])
    assert frame.status_code == 200
    assert "crowd-bounding-box" in frame.text
    assert frame.headers["content-security-policy"] == "frame-ancestors http://127.0.0.1:8400"
    assert frame.headers["cache-control"] == "no-store"
    assert "set-cookie" not in frame.headers
    assert "http://127.0.0.1:8400/signed/portal-pictures/" in frame.text, "images come from the portal's host"
    page = bob.get(task["pageUrl"])
    assert f"frame-src {FRAMES};" in page.headers["content-security-policy"]
    assert "frame-src 'self'" in bob.get("/portal/").headers["content-security-policy"]


def test_the_hosts_serve_nothing_of_each_other(portal: Portal) -> None:
    portal.open_job()
    bob, task = take(portal)
    assert bob.get(f"{task['pageUrl']}/frame").status_code == 404
    for host in (FRAMES, "http://FRAMES.test.:9999"):
        strange = visitor(portal, host)
        for path in (
            "/portal/",
            "/portal/sign-in",
            "/portal/api/jobs",
            "/",
            "/health",
            "/some-bucket/key",
            "/frame/",
        ):
            assert strange.get(path, follow_redirects=False).status_code == 404, (host, path)
        assert strange.post(task["frameUrl"].removeprefix(FRAMES)).status_code == 405
        assert strange.get("/static/crowd-html-elements.js").status_code == 200


def test_a_frame_opens_for_ten_minutes_for_its_worker_while_the_account_is_enabled(
    portal: Portal, clock: FakeClock
) -> None:
    portal.open_job()
    _, task = take(portal)
    frames = visitor(portal)
    clock.advance(599)
    assert frames.get(task["frameUrl"]).status_code == 200
    clock.advance(1)
    late = frames.get(task["frameUrl"])
    assert (late.status_code, late.text) == (
        404,
        "this address is no longer valid; reload the page of the task",
    )


@pytest.mark.parametrize("token", ["x", "ä", "gAAAAAB" + "A" * 100, "A" * 5000])
def test_a_token_of_somebody_else_opens_nothing(portal: Portal, token: str) -> None:
    answer = visitor(portal).get(f"/frame/{token}")
    assert (answer.status_code, answer.text) == (404, "there is no task at this address")


def test_a_secret_sealed_for_another_purpose_is_no_token(portal: Portal, settings: Settings) -> None:
    for content in ('["session"]', "{}", '"text"', "not JSON"):
        token = SecretBox(settings.key_file).seal(content)
        assert visitor(portal).get(f"/frame/{token}").status_code == 404


@pytest.mark.parametrize(
    ("frame_url", "public_url", "problem"),
    [
        ("frames.example.com", "", "must be a scheme and a host"),
        ("https://frames.example.com/path", "", "must be a scheme and a host"),
        ("https://user@frames.example.com", "", "must be a scheme and a host"),
        ("https://a.example.com; script-src *", "", "must be a scheme and a host"),
        ("ftp://frames.example.com", "", "must be a scheme and a host"),
        ("http://127.0.0.1:9000", "", "must have another one"),
        ("https://Label.example.com:8443", "https://label.example.com", "must have another one"),
        ("http://frames.example.com", "https://label.example.com", "must use https"),
    ],
)
def test_a_frame_url_that_would_not_keep_frames_apart_is_refused(
    tmp_path: Path, frame_url: str, public_url: str, problem: str
) -> None:
    with pytest.raises(Invalid, match="TRIGPOINT_FRAME_URL") as caught:
        Settings.load(
            {
                "TRIGPOINT_DATA": str(tmp_path),
                "TRIGPOINT_FRAME_URL": frame_url,
                "TRIGPOINT_PUBLIC_URL": public_url,
            }
        )
    assert problem in caught.value.message


def test_a_frame_url_is_read_from_the_environment(tmp_path: Path) -> None:
    env = {"TRIGPOINT_DATA": str(tmp_path), "TRIGPOINT_FRAME_URL": "https://frames.example.com/"}
    settings = Settings.load(env)
    assert (settings.frame_url, settings.frame_host) == ("https://frames.example.com", "frames.example.com")
