"""Signing in to the portal: sign-in, forced password change, sessions, one-time links, sign-out."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from helpers.cast import PASSWORD
from helpers.portal import Portal, form_token, sign_in
from trigpoint.core.clock import FakeClock


def change_password(visitor: TestClient, old: str, new: str, repeat: str | None = None) -> int:
    fields = {"old_password": old, "new_password": new, "repeat_password": repeat or new}
    fields["form_token"] = form_token(visitor.get("/portal/password"))
    return visitor.post("/portal/password", data=fields).status_code


def test_visitors_are_sent_to_sign_in_and_then_back_to_their_page(portal: Portal) -> None:
    visitor = portal.visitor()
    asked = visitor.get("/portal/jobs/boxes-1/work")
    assert (asked.status_code, asked.headers["location"]) == (
        303,
        "/portal/sign-in?next=/portal/jobs/boxes-1/work",
    )
    page = visitor.get(asked.headers["location"])
    assert 'name="next" value="/portal/jobs/boxes-1/work"' in page.text
    came = sign_in(visitor, "bob@example.com", PASSWORD, next="/portal/jobs/boxes-1/work")
    assert came.headers["location"] == "/portal/jobs/boxes-1/work"


def test_the_cookie_cannot_be_read_by_scripts_or_sent_by_other_sites(portal: Portal) -> None:
    cookie = sign_in(portal.visitor(), "bob@example.com", PASSWORD).headers["set-cookie"]
    assert cookie.startswith("trigpoint_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/portal" in cookie
    assert "Secure" not in cookie


def test_the_cookie_is_secure_over_https(portal: Portal) -> None:
    visitor = portal.visitor("https://label.example.com")
    assert "Secure" in sign_in(visitor, "bob@example.com", PASSWORD).headers["set-cookie"]


def test_a_wrong_password_is_reported_and_the_user_name_is_kept(portal: Portal) -> None:
    refused = sign_in(portal.visitor(), "bob@example.com", "guess")
    assert refused.status_code == 401
    assert "Wrong user name or password." in refused.text
    assert 'value="bob@example.com"' in refused.text
    unknown = sign_in(portal.visitor(), "nobody@example.com", "guess")
    assert unknown.text == refused.text.replace("bob@example.com", "nobody@example.com")


def test_sign_in_is_delayed_after_too_many_wrong_passwords(portal: Portal) -> None:
    visitor = portal.visitor()
    for _ in range(5):
        sign_in(visitor, "bob@example.com", "guess")
    throttled = sign_in(visitor, "bob@example.com", PASSWORD)
    assert (throttled.status_code, throttled.headers["retry-after"]) == (429, "1")
    assert "Too many failed sign-ins: try again in 1 s." in throttled.text
    elsewhere = portal.visitor(address="198.51.100.7")
    assert sign_in(elsewhere, "bob@example.com", PASSWORD).status_code == 303


def test_a_user_name_is_shown_as_text_only(portal: Portal) -> None:
    refused = sign_in(portal.visitor(), '"><script>alert(1)</script>', "guess")
    assert "<script>alert" not in refused.text


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/portal/",
        "//evil.example/portal/",
        "/portal/../x",
        "/x",
        "/portal/\\evil",
        "/portal/\n",
    ],
)
def test_signing_in_never_redirects_to_another_site(portal: Portal, to: str) -> None:
    came = sign_in(portal.visitor(), "bob@example.com", PASSWORD, next=to)
    assert came.headers["location"] == "/portal/"


def test_an_invited_worker_must_choose_a_password_before_anything_else(portal: Portal) -> None:
    invitation = portal.cast.people.workers.invite("erin@example.com", "street")
    assert invitation.temporary_password is not None
    visitor = portal.visitor()
    came = sign_in(visitor, "erin@example.com", invitation.temporary_password)
    assert came.headers["location"] == "/portal/password"
    assert visitor.get("/portal/").headers["location"] == "/portal/password"
    refused = visitor.get("/portal/api/jobs")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "PasswordChangeRequired")
    assert "Choose your password" in visitor.get("/portal/password").text
    assert change_password(visitor, invitation.temporary_password, "a whole new bicycle") == 303
    assert visitor.get("/portal/").status_code == 200


def test_an_invalid_password_form_is_refused_and_changes_nothing(portal: Portal) -> None:
    visitor = portal.signed_in("bob")
    assert change_password(visitor, PASSWORD, "a whole new bicycle", "another one") == 400
    assert change_password(visitor, "wrong", "a whole new bicycle") == 400
    assert change_password(visitor, PASSWORD, "short") == 400
    assert portal.signed_in("bob").get("/portal/").status_code == 200


def test_changing_the_password_signs_out_everywhere_else(portal: Portal) -> None:
    here, there = portal.signed_in("bob"), portal.signed_in("bob")
    assert change_password(here, PASSWORD, "a whole new bicycle") == 303
    assert here.get("/portal/").status_code == 200
    assert there.get("/portal/").status_code == 303


def test_a_form_of_another_session_is_refused(portal: Portal) -> None:
    bob, carol = portal.signed_in("bob"), portal.signed_in("carol")
    token = form_token(carol.get("/portal/password"))
    fields = {"old_password": PASSWORD, "new_password": "x" * 9 + "yz", "repeat_password": "x" * 9 + "yz"}
    for given in ({}, {"form_token": token}, {"form_token": "é"}):
        assert bob.post("/portal/password", data={**fields, **given}).status_code == 403
    assert bob.post("/portal/sign-out", data={"form_token": token}).status_code == 403
    assert bob.get("/portal/").status_code == 200


def test_signing_out_also_ends_the_session_on_the_server(portal: Portal) -> None:
    bob = portal.signed_in("bob")
    cookie = bob.cookies["trigpoint_session"]
    left = bob.post("/portal/sign-out", data={"form_token": form_token(bob.get("/portal/"))})
    assert left.headers["location"] == "/portal/sign-in?signed-out=1"
    assert "trigpoint_session" not in bob.cookies
    assert portal.cast.people.sessions.worker(cookie) is None
    assert "You are signed out." in bob.get(left.headers["location"]).text


def test_signing_in_again_ends_the_previous_session(portal: Portal) -> None:
    visitor = portal.signed_in("bob")
    former = visitor.cookies["trigpoint_session"]
    sign_in(visitor, "carol@example.com", PASSWORD)
    assert visitor.cookies["trigpoint_session"] != former
    assert portal.cast.people.sessions.worker(former) is None


def test_a_session_ends_after_twelve_idle_hours(portal: Portal, clock: FakeClock) -> None:
    bob = portal.signed_in("bob")
    clock.advance(11 * 3600)
    assert bob.get("/portal/").status_code == 200
    clock.advance(12 * 3600)
    assert bob.get("/portal/").status_code == 303
    expired = bob.get("/portal/api/jobs")
    assert (expired.status_code, expired.json()["error"]["code"]) == (401, "SignInRequired")


def test_an_entry_link_signs_in_once(portal: Portal) -> None:
    token = portal.cast.people.sessions.entry_token(portal.cast.bob, 60)
    visitor = portal.visitor()
    came = visitor.get(f"/portal/enter?token={token}&next=/portal/jobs/x/work")
    assert (came.status_code, came.headers["location"]) == (303, "/portal/jobs/x/work")
    assert "bob@example.com" in visitor.get("/portal/").text
    stranger = portal.visitor().get(f"/portal/enter?token={token}")
    assert stranger.status_code == 403
    assert "works only once" in stranger.text
    assert visitor.get(f"/portal/enter?token={token}").headers["location"] == "/portal/"


def test_a_disabled_worker_is_signed_out_at_once(portal: Portal) -> None:
    bob = portal.signed_in("bob")
    portal.cast.people.workers.disable(portal.cast.bob.id)
    assert bob.get("/portal/").status_code == 303
    refused = sign_in(portal.visitor(), "bob@example.com", PASSWORD)
    assert refused.status_code == 403
    assert "This account is disabled: ask the person who invited you to enable it." in refused.text
