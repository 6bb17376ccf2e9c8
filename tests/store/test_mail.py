"""E-mail to workers, from the outbox to a real mail server."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.cast import PASSWORD, People, make_people
from helpers.mail_server import MailServer, free_port, running_mail_server
from helpers.tls import server_context
from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Conflict, Invalid
from trigpoint.db import Database
from trigpoint.settings import Settings
from trigpoint.workforce.mail.delivery import MailDelivery
from trigpoint.workforce.mail.model import StoredMail
from trigpoint.workforce.password_resets import LinkInvalid


class Post:
    """The workforce of a server that can send mail."""

    def __init__(self, database: Database, settings: Settings, clock: FakeClock) -> None:
        self.database = database
        self.settings = settings
        self.clock = clock
        self.people: People = make_people(database, settings, clock)

    def deliver(self) -> float | None:
        """Sends what is due; the seconds until the next mail is due."""
        box = SecretBox(self.settings.key_file)
        return MailDelivery(self.database, self.settings, box, self.clock).reconcile("outbox")

    def last(self) -> StoredMail:
        return self.people.outbox.latest(1)[0]

    def results(self) -> dict[str, str]:
        return {mail.recipient: mail.status.value for mail in self.people.outbox.latest(200)}


@pytest.fixture
def server() -> Iterator[MailServer]:
    with running_mail_server() as found:
        yield found


@pytest.fixture
def post(database: Database, settings: Settings, clock: FakeClock, server: MailServer) -> Post:
    return make_post(database, settings, clock, server.url)


def make_post(database: Database, settings: Settings, clock: FakeClock, url: str) -> Post:
    mail = {"smtp_url": url, "mail_from": "labels@example.com", "organization": "Street, Inc."}
    return Post(database, replace(settings, **mail, contact_email="help@example.com"), clock)


def test_an_invitation_reaches_the_mail_server_with_the_way_in(post: Post, server: MailServer) -> None:
    invitation = post.people.workers.invite("bob@example.com", "street")
    assert invitation.mailed and post.last().status == "waiting"
    assert post.deliver() is None
    (message,) = server.messages
    assert server.recipients == ["bob@example.com"]
    assert message["From"] == '"Street, Inc." <labels@example.com>'
    assert message["To"] == "bob@example.com"
    assert message["Subject"] == "You are invited to label for Street, Inc. (street)"
    assert message["Auto-Submitted"] == "auto-generated"
    assert invitation.temporary_password is not None
    for part in ("http://127.0.0.1:8400/portal/", invitation.temporary_password, "help@example.com"):
        assert part in server.text()
    sent = post.last()
    assert (sent.status, sent.sealed_body) == ("sent", None)  # the password is no longer stored


def test_a_hundred_people_are_invited_at_once_and_each_address_once(post: Post, server: MailServer) -> None:
    addresses = [f"worker-{number}@example.com" for number in range(100)]
    found = post.people.workers.invite_all([*addresses, addresses[0], f" {addresses[1]} "], "street")
    assert [each.user_name for each in found] == addresses
    assert post.deliver() is None
    assert sorted(server.recipients) == sorted(addresses)
    assert len({message["Message-ID"] for message in server.messages}) == 100
    with pytest.raises(Invalid, match="101 addresses were given; invite 1 to 100"):
        post.people.workers.invite_all([*addresses, "one-more@example.com"], "street")
    with pytest.raises(Invalid, match="invite 1 to 50"):
        post.people.workers.invite_all(addresses, "street", at_most=50)


def test_nobody_is_invited_when_one_of_them_cannot_be(post: Post) -> None:
    dave = post.people.workers.invite("dave@example.com", "street").worker
    post.people.workers.disable(dave.id)
    with pytest.raises(Conflict, match=r"dave@example.com is disabled"):
        post.people.workers.invite_all(["new@example.com", "dave@example.com"], "harbour")
    assert post.people.workers.find("new@example.com") is None
    assert post.results() == {}  # also the mail to dave, who was disabled before it was sent


def test_a_second_invitation_replaces_a_mail_that_still_waits(post: Post, server: MailServer) -> None:
    first = post.people.workers.invite("bob@example.com", "street").temporary_password
    second = post.people.workers.invite("bob@example.com", "street").temporary_password
    post.deliver()
    assert len(server.messages) == 1
    assert first is not None and second is not None
    assert second in server.text() and first not in server.text()


def test_a_refused_recipient_is_reported_and_keeps_nobody_waiting(post: Post, server: MailServer) -> None:
    server.refusals["gone@example.com"] = "550 5.1.1 no such mailbox"
    post.people.workers.invite_all(["bob@example.com", "gone@example.com", "carol@example.com"], "street")
    assert post.deliver() is None
    assert server.recipients == ["bob@example.com", "carol@example.com"]
    assert post.results()["gone@example.com"] == "refused"
    gone = post.people.workers.named("gone@example.com")
    reason, _ = post.people.outbox.refusals()[gone.id]
    assert reason == "550 5.1.1 no such mailbox"


def test_a_recipient_refused_for_now_gets_the_mail_later(post: Post, server: MailServer) -> None:
    server.refusals["bob@example.com"] = "450 4.2.1 try again later"
    post.people.workers.invite("bob@example.com", "street")
    assert post.deliver() == 60
    assert post.last().reason == "450 4.2.1 try again later"
    server.refusals.clear()
    post.clock.advance(60)
    assert post.deliver() is None
    assert server.recipients == ["bob@example.com"]


def test_mails_wait_while_the_mail_server_is_down_with_growing_pauses(
    database: Database, settings: Settings, clock: FakeClock
) -> None:
    port = free_port()
    post = make_post(database, settings, clock, f"smtp://127.0.0.1:{port}")
    post.people.workers.invite_all(["bob@example.com", "carol@example.com"], "street")
    pauses = []
    for _ in range(8):
        pause_s = post.deliver()
        assert pause_s is not None
        pauses.append(pause_s)
        clock.advance(pause_s)
    assert pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert "Connection refused" in (post.last().reason or "")
    with running_mail_server(port) as server:
        assert post.deliver() is None
    assert sorted(server.recipients) == ["bob@example.com", "carol@example.com"]


def test_a_mail_is_given_up_after_two_days(database: Database, settings: Settings, clock: FakeClock) -> None:
    post = make_post(database, settings, clock, f"smtp://127.0.0.1:{free_port()}")
    post.people.workers.invite("bob@example.com", "street")
    clock.advance(2 * 24 * 3600)
    assert post.deliver() is None
    assert (post.last().status, post.last().sealed_body) == ("given up", None)
    clock.advance(31 * 24 * 3600)
    post.deliver()
    assert post.people.outbox.latest(10) == []


@pytest.mark.parametrize(
    "address",
    [
        "bob@example.com\r\nBcc: eve@evil.example",
        "bob@example.com\nSubject: hello",
        "bob@example.com,eve@evil.example",
        "bob@example.com>,<eve@evil.example",
        "<bob@example.com>",
        "Bob <bob@example.com>",
        '"bob;eve"@example.com',
        "bob@example.com\x00",
        "bob@[127.0.0.1]",
        "bob@exa mple.com",
        "bob@",
        "@example.com",
        f"{'b' * 65}@example.com",
        f"bob@{'e' * 250}.com",
    ],
)
def test_text_that_is_not_one_plain_address_is_refused(post: Post, address: str) -> None:
    with pytest.raises(Invalid, match="is not an e-mail address"):
        post.people.workers.invite(address, "street")


@pytest.mark.parametrize("utf8", [True, False])
def test_an_address_beyond_ascii_depends_on_the_mail_server(
    database: Database, settings: Settings, clock: FakeClock, utf8: bool
) -> None:
    with running_mail_server(utf8=utf8) as server:
        post = make_post(database, settings, clock, server.url)
        post.people.workers.invite("bjørn@example.com", "street")
        post.deliver()
    assert server.recipients == (["bjørn@example.com"] if utf8 else [])
    assert post.last().status == ("sent" if utf8 else "refused")
    assert post.last().reason == (None if utf8 else "the mail server accepts only ASCII in addresses")


def test_the_connection_is_encrypted_and_signed_in_when_the_url_says_so(
    database: Database,
    settings: Settings,
    clock: FakeClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    context, ca_file = server_context(tmp_path)
    with running_mail_server(tls=context, signs_in=True) as server:
        url = f"smtp+starttls://mailer:p%40ss@localhost:{server.port}"
        post = make_post(database, settings, clock, url)
        post.people.workers.invite("bob@example.com", "street")
        assert post.deliver() == 60  # the certificate is of an unknown CA
        assert "CERTIFICATE_VERIFY_FAILED" in (post.last().reason or "")
        assert server.signed_in == []
        monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
        assert isinstance(context, ssl.SSLContext)
        clock.advance(60)
        assert post.deliver() is None
        assert server.signed_in == [("mailer", "p@ss")]
        assert server.recipients == ["bob@example.com"]


def test_a_worker_chooses_a_new_password_by_a_link_that_works_once(post: Post, server: MailServer) -> None:
    bob = post.people.join("bob@example.com", "street")
    session = post.people.sessions.open(bob)
    post.people.resets.request("BOB@example.com", "192.0.2.1")
    post.deliver()
    found = re.search(r"http://127\.0\.0\.1:8400/portal/reset\?token=(\S+)", server.text())
    assert found is not None
    token = found[1]
    assert post.people.resets.worker(token).id == bob.id
    with pytest.raises(Invalid, match="too short"):
        post.people.resets.use(token, "short")
    post.people.resets.use(token, "green boat at noon")
    assert post.people.sign_in.authenticate("bob@example.com", "green boat at noon") is not None
    assert post.people.sign_in.authenticate("bob@example.com", PASSWORD) is None
    assert post.people.sessions.worker(session) is None
    with pytest.raises(LinkInvalid):
        post.people.resets.use(token, "another good password")


def test_a_link_ends_after_an_hour_and_when_the_worker_is_disabled(post: Post, server: MailServer) -> None:
    bob = post.people.join("bob@example.com", "street")
    post.people.resets.request("bob@example.com", "192.0.2.1")
    post.deliver()
    token = server.text().split("token=")[1].split()[0]
    post.clock.advance(3601)
    with pytest.raises(LinkInvalid):
        post.people.resets.worker(token)
    post.people.resets.request("bob@example.com", "192.0.2.1")
    post.deliver()
    token = server.text().split("token=")[1].split()[0]
    post.people.workers.disable(bob.id)
    post.people.workers.enable(bob.id)
    with pytest.raises(LinkInvalid):
        post.people.resets.worker(token)


def test_requests_for_links_are_limited_and_reveal_nothing(post: Post, server: MailServer) -> None:
    post.people.join("bob@example.com", "street")
    post.people.workers.create_admin(PASSWORD)
    disabled = post.people.join("dave@example.com", "street")
    post.people.workers.disable(disabled.id)
    post.deliver()
    server.messages.clear()
    for name in ("nobody@example.com", "admin", "dave@example.com"):
        post.people.resets.request(name, "192.0.2.1")
    for number in range(5):
        post.people.resets.request("bob@example.com", f"192.0.2.{number}")
    post.deliver()
    assert [message["To"] for message in server.messages] == ["bob@example.com"] * 3
    post.clock.advance(3601)
    post.people.resets.request("bob@example.com", "192.0.2.1")
    post.deliver()
    assert len(server.messages) == 4


def test_the_operator_mails_a_new_temporary_password(post: Post, server: MailServer) -> None:
    post.people.join("bob@example.com", "street")
    password = post.people.workers.reset_password("bob@example.com", by_mail=True)
    post.deliver()
    assert password in server.text()
    post.people.workers.create_admin(PASSWORD)
    with pytest.raises(Conflict, match="no mail can be sent to admin"):
        post.people.workers.reset_password("admin", by_mail=True)
    assert post.people.sign_in.authenticate("admin", PASSWORD) is not None  # nothing has changed


def test_a_deleted_worker_leaves_no_address_in_the_outbox(post: Post) -> None:
    bob = post.people.workers.invite("bob@example.com", "street").worker
    post.deliver()
    post.people.workers.disable(bob.id)
    post.people.workers.delete(bob.id)
    assert post.people.outbox.latest(10) == []
