"""Every page of the console: its size, its policy, and both languages."""

from __future__ import annotations

import gzip
import re

import pytest

from helpers.console import ConsoleServer
from trigpoint.server.web.static import STATIC
from trigpoint.workforce.people import Role

PATHS = (
    "/",
    "/first-steps",
    "/labeling-jobs",
    "/labeling-jobs/street",
    "/people",
    "/people/invite",
    "/settings",
)
MOST_BYTES = 150_000
ASSET = re.compile(r'(?:src|href|data-chart)="/static/([^"?]+)')


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_page_with_its_assets_is_small_and_has_no_style_or_script_of_its_own(
    server: ConsoleServer, language: str
) -> None:
    server.create_job("street")
    admin = server.visitor(Role.ADMIN)
    admin.browser.headers["accept-language"] = language
    for path in PATHS:
        answer = admin.get(path)
        assert answer.status_code == 200, path
        assert f'<html lang="{language}"' in answer.text
        names = set(ASSET.findall(answer.text))
        parts = [answer.content, *((STATIC / name).read_bytes() for name in names)]
        size = sum(len(gzip.compress(part)) for part in parts)
        assert size < MOST_BYTES, f"{path} has {size} bytes"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert not re.search(r"<style|\sstyle=|\son\w+=", answer.text), path
        for script in re.findall(r"<script\b[^>]*>", answer.text):
            assert "src=" in script or 'type="application/json"' in script


def test_the_language_and_the_theme_are_chosen_on_any_page_and_lead_back_to_it(server: ConsoleServer) -> None:
    viewer = server.visitor(Role.VIEWER)
    here = "/console/labeling-jobs?q=street"
    assert f'name="next" value="{here}"' in viewer.get("/labeling-jobs?q=street").text
    for path, fields in (("/language", {"language": "ko"}), ("/theme", {"theme": "dark"})):
        chosen = viewer.post(path, next=here, **fields)
        assert (chosen.status_code, chosen.headers["location"]) == (303, here)
    page = viewer.get("/labeling-jobs").text
    assert '<html lang="ko" data-theme="dark">' in page and "레이블링 작업" in page
    assert viewer.post("/theme", next="//evil.example", theme="light").headers["location"] == "/console/"
