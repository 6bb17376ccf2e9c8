"""Links to the data of tasks that work only from the worker's address."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from helpers.portal_server import PortalServer, serve_portal
from trigpoint.core.networks import plain_address
from trigpoint.db import Database
from trigpoint.settings import Settings
from trigpoint.wire.claims import ClaimRefused, Reason, find_claim
from trigpoint.wire.head import RequestHead
from trigpoint.wire.sigv4 import (
    SOURCE_IP,
    UNSIGNED_PAYLOAD,
    Credential,
    check_source,
    presigned_query,
    verify,
)

KEY = Credential("AKIDEXAMPLE", "secret", "root")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def server(sqlite_database: Database, settings: Settings) -> Iterator[PortalServer]:
    settings.data_dir.mkdir()
    with serve_portal(sqlite_database, settings) as found:
        found.portal.open_job()
        yield found


def browser(address: str = "127.0.0.1") -> httpx.Client:
    """A browser on this address."""
    return httpx.Client(
        transport=httpx.HTTPTransport(local_address=address), follow_redirects=True, timeout=60
    )


def link(server: PortalServer) -> str:
    """The link to the image in Bob's task."""
    with browser() as bob:
        bob.get(server.entry_url())
        answer = bob.post(
            f"{server.url}/portal/api/jobs/boxes-1/next", json={}, headers={"Origin": server.url}
        )
        frame = bob.get(server.url + answer.json()["assignment"]["frameUrl"])
    found = re.search(r'src="([^"]*X-Amz-Signature[^"]*)"', frame.text)
    assert found, frame.text
    return html.unescape(found[1])


def limit(server: PortalServer, **constraints: str) -> None:
    access = {"S3Presign": {"IamPolicyConstraints": constraints}}
    people = server.portal.cast.people
    people.teams.update(server.portal.cast.team.name, worker_access=access)


def test_a_link_of_a_team_with_limited_links_is_refused_from_another_address(server: PortalServer) -> None:
    limit(server, SourceIp="Enabled")
    url = link(server)
    with browser() as bob, browser("127.0.0.2") as stranger:
        assert bob.get(url).content.startswith(b"\x89PNG")
        refused = stranger.get(url)
        assert refused.status_code == 403
        assert (
            "<Code>AccessDenied</Code>" in refused.text
            and "can only be used from the address" in refused.text
        )
        changed = stranger.get(url.replace(f"{SOURCE_IP}=127.0.0.1", f"{SOURCE_IP}=127.0.0.2"))
        without = stranger.get(url.replace(f"&{SOURCE_IP}=127.0.0.1", ""))
        for answer in (changed, without):
            assert answer.status_code == 403 and "SignatureDoesNotMatch" in answer.text


@pytest.mark.parametrize("constraints", [{}, {"SourceIp": "Disabled"}, {"VpcSourceIp": "Enabled"}])
def test_a_link_of_another_team_works_from_every_address(
    server: PortalServer, constraints: dict[str, str]
) -> None:
    limit(server, **constraints)
    url = link(server)
    assert SOURCE_IP not in url
    with browser("127.0.0.2") as stranger:
        assert stranger.get(url).status_code == 200


def head_of(address: str) -> RequestHead:
    query = presigned_query("GET", "h", "/b/k", "us-east-1", "s3", KEY, 60, NOW, address)
    return RequestHead("GET", "/b/k", query, (("host", "h"),))


@pytest.mark.parametrize(
    ("made_for", "used_from", "is_allowed"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.10", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8::1", "2001:db8:0:0::1", True),
        ("2001:db8::1", "2001:db8::2", False),
        ("192.0.2.1", "", False),
    ],
)
def test_addresses_are_compared_in_one_spelling(made_for: str, used_from: str, is_allowed: bool) -> None:
    head = head_of(made_for)
    claim = find_claim(head)
    assert claim is not None
    verify(head, claim, KEY, UNSIGNED_PAYLOAD, NOW)
    if is_allowed:
        check_source(head, used_from)
    else:
        with pytest.raises(ClaimRefused) as caught:
            check_source(head, used_from)
        assert caught.value.reason is Reason.WRONG_SOURCE


def test_another_spelling_of_the_parameter_does_not_hide_the_address() -> None:
    head = head_of("192.0.2.1")
    spelled = RequestHead(
        "GET", "/b/k", head.query.replace(SOURCE_IP, "X%2DTrigpoint-Source-Ip"), head.headers
    )
    claim = find_claim(spelled)
    assert claim is not None
    verify(spelled, claim, KEY, UNSIGNED_PAYLOAD, NOW)
    with pytest.raises(ClaimRefused):
        check_source(spelled, "192.0.2.2")


def test_a_text_that_is_no_address_has_no_other_spelling() -> None:
    assert plain_address("testclient") == "testclient"
