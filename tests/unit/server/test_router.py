"""Each application gets the requests for it; an AWS signature overrides the path."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from helpers.live_server import serving
from trigpoint.server.router import build_app

SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/s3/aws4_request"}


async def _aws(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("aws")(scope, receive, send)


async def _portal(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(f"portal {scope['path']}")(scope, receive, send)


async def _ready() -> dict[str, Any]:
    return {"status": "ok"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    static = tmp_path_factory.mktemp("static")
    (static / "portal.js").write_text("console.log(1)")
    (static / "crowd").mkdir()
    (static / "crowd" / "stage-1a2b.js").write_text("export {}")
    (static.parent / "secret.txt").write_text("secret")
    with (
        serving(build_app(_aws, {"/portal": _portal}, Path(static), _ready)) as url,
        httpx.Client(base_url=url) as http,
    ):
        yield http


@pytest.mark.parametrize("path", ["/portal", "/portal/", "/portal/jobs/x/work"])
def test_the_portal_answers_below_its_path(site: httpx.Client, path: str) -> None:
    assert site.get(path).text == f"portal {path}"


@pytest.mark.parametrize("path", ["/portal/x", "/static/portal.js", "/health", "/health/live", "/"])
def test_a_signed_request_with_any_path_is_for_aws(site: httpx.Client, path: str) -> None:
    accept = {"Accept": "text/html"}
    assert site.get(path, headers=SIGNED | accept).text == "aws"
    assert site.get(path, params={"X-Amz-Signature": "0"}, headers=accept).text == "aws"
    assert site.get(path, params={"AWSAccessKeyId": "A", "Signature": "0"}).text == "aws"
    assert site.post(path, headers={"X-Amz-Target": "SageMaker.ListModels"}).text == "aws"


@pytest.mark.parametrize(
    "path", ["/bucket/key", "/portals", "/staticfiles/x", "/healthy", "/health/lives", "/"]
)
def test_all_other_requests_are_for_aws(site: httpx.Client, path: str) -> None:
    assert site.get(path, headers={"Accept": "*/*"}).text == "aws"


def test_a_browser_that_opens_the_root_is_redirected_to_the_portal(site: httpx.Client) -> None:
    answer = site.get("/", headers={"Accept": "text/html,*/*"})
    assert (answer.status_code, answer.headers["location"]) == (302, "/portal/")


def test_static_files_are_readable_by_the_sandboxed_frame_and_revalidated(site: httpx.Client) -> None:
    answer = site.get("/static/portal.js")
    assert answer.text == "console.log(1)"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-cache"
    assert "javascript" in answer.headers["content-type"]
    again = site.get("/static/portal.js", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_module_whose_name_changes_with_its_content_is_kept_for_good(site: httpx.Client) -> None:
    kept = site.get("/static/crowd/stage-1a2b.js").headers["cache-control"]
    assert kept == "public, max-age=31536000, immutable"
    assert site.get("/static/crowd/none.js").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/static/none.js", "/static/", "/static/../secret.txt", "/static/%2e%2e/secret.txt"]
)
def test_a_path_without_a_static_file_is_not_found(site: httpx.Client, path: str) -> None:
    answer = site.get(path)
    assert "secret" not in answer.text
    assert answer.status_code == 404 or answer.text == "aws"


@pytest.mark.parametrize("path", ["/health", "/health/live"])
def test_health_is_answered_to_anyone_who_reads(site: httpx.Client, path: str) -> None:
    assert (site.get(path).status_code, site.get(path).json()) == (200, {"status": "ok"})
    assert site.head(path).status_code == 200
    assert site.post(path).status_code == 405
