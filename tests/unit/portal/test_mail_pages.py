"""A forgotten password, and the choice of mails, on the pages of the portal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helpers.cast import PASSWORD
from helpers.portal import Portal, form_token, make_portal, sign_in
from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.settings import Settings


@pytest.fixture
def mailing(sqlite_database: Database, settings: Settings, clock: FakeClock) -> Portal:
    """A portal that can send mail. The mails stay in the outbox."""
    settings = replace(settings, smtp_url="smtp://127.0.0.1:1", mail_from="labels@example.com")
    return make_portal(sqlite_database, settings, clock)


def link_in_last_mail(portal: Portal, settings: Settings) -> str:
    mail = portal.cast.people.outbox.latest(1)[0]
    assert mail.sealed_body is not None
    text = SecretBox(settings.key_file).open(mail.sealed_body)
    return "/portal/reset?token=" + text.split("/portal/reset?token=")[1].split()[0]


def test_a_forgotten_password_is_replaced_by_a_link(mailing: Portal, settings: Settings) -> None:
    visitor = mailing.visitor()
    assert 'href="/portal/forgot"' in visitor.get("/portal/sign-in").text
    asked = visitor.post("/portal/forgot", data={"user_name": "bob@example.com"})
    unknown = visitor.post("/portal/forgot", data={"user_name": "nobody@example.com"})
    assert (asked.status_code, asked.text) == (200, unknown.text)
    link = link_in_last_mail(mailing, settings)
    assert "For bob@example.com." in visitor.get(link).text
    token = link.split("token=")[1]
    new = {"new_password": "green boat at noon", "repeat_password": "green boat at noon"}
    differ = visitor.post("/portal/reset", data={"token": token, **new, "repeat_password": "another"})
    assert differ.status_code == 400 and "The two new passwords differ." in differ.text
    done = visitor.post("/portal/reset", data={"token": token, **new})
    assert (done.status_code, done.headers["location"]) == (303, "/portal/sign-in?password-changed=1")
    assert "Your new password is set." in visitor.get(done.headers["location"]).text
    again = visitor.post("/portal/reset", data={"token": token, **new})
    assert again.status_code == 403 and "used before or has expired" in again.text
    assert sign_in(visitor, "bob@example.com", "green boat at noon").status_code == 303


def test_the_link_has_the_public_address_of_the_server_whatever_the_request_says(
    mailing: Portal, settings: Settings
) -> None:
    visitor = mailing.visitor("http://evil.example")
    visitor.post("/portal/forgot", data={"user_name": "bob@example.com"})
    mail = mailing.cast.people.outbox.latest(1)[0]
    assert mail.sealed_body is not None
    text = SecretBox(settings.key_file).open(mail.sealed_body)
    assert "http://127.0.0.1:8400/portal/reset" in text and "evil" not in text


def test_too_many_requests_for_links_have_to_wait(mailing: Portal) -> None:
    visitor = mailing.visitor()
    for _ in range(5):
        assert visitor.post("/portal/forgot", data={"user_name": "bob@example.com"}).status_code == 200
    refused = visitor.post("/portal/forgot", data={"user_name": "bob@example.com"})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert sign_in(visitor, "bob@example.com", PASSWORD).status_code == 303  # signing in is not affected


def test_a_server_without_mail_says_who_can_help(portal: Portal) -> None:
    visitor = portal.visitor()
    assert "The person who invited you can give you a new one." in visitor.get("/portal/sign-in").text
    refused = visitor.post("/portal/forgot", data={"user_name": "bob@example.com"})
    assert refused.status_code == 403 and "This server cannot send mail." in refused.text
    assert "This server does not send mail." in portal.signed_in("bob").get("/portal/notices").text


def test_a_worker_chooses_whether_to_get_mails_about_jobs(mailing: Portal) -> None:
    bob = mailing.signed_in("bob")
    assert 'href="/portal/notices"' in bob.get("/portal/").text
    page = bob.get("/portal/notices")
    assert 'value="1" checked' in page.text
    saved = bob.post("/portal/notices", data={"form_token": form_token(page)})
    assert saved.status_code == 303
    page = bob.get(saved.headers["location"])
    assert "Your choice is saved." in page.text and 'value="1" checked' not in page.text
    assert not mailing.cast.people.workers.named("bob@example.com").wants_notices
    assert bob.post("/portal/notices", data={"wanted": "1"}).status_code == 403  # no token
