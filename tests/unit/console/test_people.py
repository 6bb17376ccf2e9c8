"""The people of the console: the first sign-in, invitations, roles, and that somebody can always administer."""

from __future__ import annotations

import re
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from helpers.console import ConsoleServer
from helpers.live_server import serving
from trigpoint.core.clock import SystemClock
from trigpoint.core.errors import Conflict, Invalid
from trigpoint.settings import Settings
from trigpoint.workforce.people import Role


def test_the_first_administrator_chooses_a_password_by_a_link_that_ends_with_the_first_sign_in(
    server: ConsoleServer,
) -> None:
    link = server.people.first_link()
    assert link is not None
    server.choose_password(link)
    browser = server.browser()
    assert browser.get(link.split("8400")[1]).status_code == 403  # it works once
    assert server.people.first_link() is not None  # nobody has signed in yet
    visitor = server.signed_in("admin")
    assert server.people.first_link() is None
    page = visitor.get("/")
    assert page.status_code == 200
    assert "<h1>First steps</h1>" in page.text


def test_an_invited_person_gets_a_link_that_is_shown_once(server: ConsoleServer) -> None:
    admin = server.visitor(Role.ADMIN)
    shown = admin.post("/people/invite", email="rita@example.com", role="requester")
    found = re.search(r"http://\S+/console/reset\?token=[\w-]+", shown.text)
    assert found is not None
    listed = admin.get("/people").text
    assert "rita@example.com" in listed and "Invited" in listed and found[0] not in listed
    server.choose_password(found[0])
    assert server.signed_in("rita@example.com").get("/labeling-jobs").status_code == 200


def test_a_refused_form_keeps_what_was_typed_and_puts_the_message_at_the_field(server: ConsoleServer) -> None:
    admin = server.visitor(Role.ADMIN)
    refused = admin.post("/people/invite", email='"><b>x', role="viewer")
    assert refused.status_code == 400
    assert 'value="&#34;&gt;&lt;b&gt;x"' in refused.text
    assert 'aria-describedby="help-email problem-email" aria-invalid="true"' in refused.text
    assert '<a href="#field-email">E-mail address</a>' in refused.text
    assert 'value="viewer" checked' in refused.text


def test_a_form_shows_its_call_without_making_it(server: ConsoleServer) -> None:
    admin = server.visitor(Role.ADMIN)
    shown = admin.post("/people/invite", email="rita@example.com", role="viewer", show_call="1")
    assert "trigpoint person add rita@example.com --role viewer" in shown.text
    assert "rita@example.com" not in admin.get("/people").text


def test_a_worker_who_gets_a_role_keeps_their_password(server: ConsoleServer) -> None:
    invited = server.application.workers.invite("bob@example.com", "street")
    first = server.people.invite("bob@example.com", Role.VIEWER)
    assert first.link is not None  # they have not chosen a password yet
    server.choose_password(first.link)
    server.people.set_role(invited.worker.id, Role.WORKER)
    assert server.people.invite("bob@example.com", Role.REQUESTER).link is None
    with pytest.raises(Conflict, match="has a role already"):
        server.people.invite("bob@example.com", Role.VIEWER)
    with pytest.raises(Invalid, match="not a role of the console"):
        server.people.invite("carol@example.com", Role.WORKER)


def test_the_last_administrator_stays(server: ConsoleServer) -> None:
    admin = server.people.named("admin")
    for change in (server.people.disable, server.application.workers.disable):
        with pytest.raises(Conflict, match="admin is the last administrator"):
            change(admin.id)
    with pytest.raises(Conflict, match="admin is the last administrator"):
        server.people.set_role(admin.id, Role.VIEWER)
    other = server.invited("alice@example.com", Role.ADMIN)
    server.people.disable(admin.id)
    with pytest.raises(Conflict, match=r"alice@example.com is the last administrator"):
        server.people.set_role(other.id, Role.WORKER)
    server.people.enable(admin.id)
    assert server.people.set_role(other.id, Role.VIEWER).role is Role.VIEWER


def test_a_new_password_is_chosen_by_a_link_and_ends_all_sessions(server: ConsoleServer) -> None:
    viewer, admin = server.visitor(Role.VIEWER), server.visitor(Role.ADMIN)
    account = server.people.named("viewer@example.com")
    shown = admin.post(f"/people/{account.id}/reset")
    link = re.search(r"http://\S+/console/reset\?token=[\w-]+", shown.text)
    assert link is not None
    assert viewer.get("/").status_code == 200
    server.choose_password(link[0], "another password of theirs")
    assert viewer.get("/").status_code == 303


def test_an_own_access_key_is_shown_once_and_can_do_what_the_role_can(tmp_path: Path) -> None:
    server = ConsoleServer(
        Settings(data_dir=tmp_path / "data"), SystemClock()
    )  # signatures have the real time
    requester = server.visitor(Role.REQUESTER)
    account = server.people.named("requester@example.com")
    shown = requester.post("/settings/keys", name="laptop").text
    key_id, secret = (
        re.search(rf"{name}=(\S+)", shown)[1]  # type: ignore[index]
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    )
    page = requester.get("/settings").text
    assert key_id in page and secret not in page
    assert "There is a key of this name" in requester.post("/settings/keys", name="laptop").text
    with serving(server.application.asgi) as url:
        client = boto3.client(
            "sagemaker",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
        )
        client.add_tags(ResourceArn=server.team_arn, Tags=[{"Key": "by", "Value": "rita"}])
        with pytest.raises(ClientError, match="DeleteWorkforce needs the role admin"):
            client.delete_workforce(WorkforceName="private-crowd")
        server.people.set_role(account.id, Role.VIEWER)
        assert client.list_labeling_jobs()["LabelingJobSummaryList"] == []
        with pytest.raises(ClientError, match="read-only"):
            client.add_tags(ResourceArn=server.team_arn, Tags=[{"Key": "by", "Value": "rita"}])
        server.people.disable(account.id)
        with pytest.raises(ClientError, match=r"security token|InvalidClientTokenId|UnrecognizedClient"):
            client.list_labeling_jobs()
        server.people.enable(account.id)
        server.signed_in("requester@example.com").post(f"/settings/keys/{key_id}/revoke")
        with pytest.raises(ClientError, match=r"security token|InvalidClientTokenId|UnrecognizedClient"):
            client.list_labeling_jobs()
