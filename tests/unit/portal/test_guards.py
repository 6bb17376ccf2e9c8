"""Protection of the portal: origins, addresses, headers, error pages."""

from __future__ import annotations

import pytest

from helpers.cast import PASSWORD
from helpers.portal import Portal
from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.settings import Settings
from trigpoint.workforce.workforces import Workforces

FIELDS = {"user_name": "bob@example.com", "password": PASSWORD}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_or_call_of_another_site_is_refused(portal: Portal, headers: dict[str, str]) -> None:
    assert portal.visitor().post("/portal/sign-in", data=FIELDS, headers=headers).status_code == 403
    bob = portal.signed_in("bob")
    refused = bob.post("/portal/api/jobs/x/next", json={}, headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "ForeignOrigin")


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "http://127.0.0.1:8400", "Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}],
)
def test_a_form_of_the_portal_or_a_script_is_accepted(portal: Portal, headers: dict[str, str]) -> None:
    assert portal.visitor().post("/portal/sign-in", data=FIELDS, headers=headers).status_code == 303


def test_pages_allow_only_scripts_of_the_portal_and_are_not_cached(portal: Portal) -> None:
    for page in (portal.visitor().get("/portal/sign-in"), portal.signed_in("bob").get("/portal/")):
        policy = page.headers["content-security-policy"]
        assert "script-src 127.0.0.1:8400/static/;" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["referrer-policy"] == "same-origin"
        assert " onclick=" not in page.text
        assert " style=" not in page.text


def test_the_portal_is_not_found_from_outside_the_address_ranges(
    portal: Portal, sqlite_database: Database, settings: Settings, clock: FakeClock
) -> None:
    box = SecretBox.create(settings.key_file)
    Workforces(sqlite_database, settings, clock, box).update("default", source_cidrs=["10.0.0.0/8"])
    outside = portal.visitor()
    assert (outside.get("/portal/").status_code, outside.get("/portal/").content) == (404, b"")
    assert (outside.get("/portal/api/jobs").status_code, outside.get("/portal/api/jobs").content) == (
        204,
        b"",
    )
    assert portal.visitor(address="10.9.8.7").get("/portal/sign-in").status_code == 200


def test_an_unknown_page_is_a_friendly_404(portal: Portal) -> None:
    page = portal.visitor().get("/portal/no-such-page")
    assert page.status_code == 404
    assert "Back to my jobs" in page.text
    call = portal.signed_in("bob").get("/portal/api/no-such-call")
    assert (call.status_code, call.json()["error"]["code"]) == (404, "NotFound")


def test_an_internal_error_is_reported_without_details(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = portal.signed_in("bob")

    def fail(worker: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(portal.tasks, "jobs_for", fail)
    page, call = bob.get("/portal/"), bob.get("/portal/api/jobs")
    assert (page.status_code, call.status_code, call.json()["error"]["code"]) == (500, 500, "InternalFailure")
    assert "Something went wrong" in page.text
    assert "secret detail" not in page.text + call.text


def test_the_pages_are_the_same_with_and_without_the_path_prefix(portal: Portal) -> None:
    visitor = portal.visitor()
    assert visitor.get("/portal/sign-in").text == visitor.get("/sign-in").text


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{}", "text/plain", 415),
        (b"a=1", "application/x-www-form-urlencoded", 415),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"\xff", "application/json; charset=utf-8", 400),
    ],
)
def test_a_call_accepts_only_a_json_object(portal: Portal, content: bytes, kind: str, status: int) -> None:
    answer = portal.signed_in("bob").post(
        "/portal/api/jobs/x/next", content=content, headers={"Content-Type": kind}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, "MalformedRequest")


def test_a_form_with_a_file_or_too_many_fields_is_refused(portal: Portal) -> None:
    visitor = portal.visitor()
    assert visitor.post("/portal/sign-in", data=FIELDS, files={"f": b"x"}).status_code == 400
    assert visitor.post("/portal/sign-in", data={f"f{i}": "x" for i in range(50)}).status_code in (400, 401)
