"""The CA of a data directory: the hosts it signs for, the access to its key, and its renewal."""

from __future__ import annotations

import ssl
import subprocess
import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from trigpoint.access.authority import Authority
from trigpoint.core.clock import FakeClock, SystemClock
from trigpoint.core.errors import Invalid


def open_authority(folder: Path, *own_names: str) -> Authority:
    return Authority.open(folder / "tls", own_names, SystemClock())


def handshake(authority: Authority, names: tuple[str, ...], called: str) -> None:
    """A TLS handshake in memory between the strictest client that Python supports and a server with these names."""
    pem = authority.folder.with_name("server.pem")
    pem.write_bytes(authority.server_pem(names, SystemClock().now()))
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(pem)
    client_side = ssl.create_default_context(cafile=str(authority.bundle))
    client_side.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_side.wrap_bio(to_client, to_server, server_hostname=called)
    server = server_side.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (client, server):
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
    assert client.version() is not None


def test_only_the_owner_can_read_the_ca_key(tmp_path: Path) -> None:
    folder = open_authority(tmp_path).folder
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "ca.key").stat().st_mode & 0o777 == 0o600
    assert b"PRIVATE" not in (folder / "ca.pem").read_bytes()


@pytest.mark.parametrize(
    ("names", "called"),
    [
        (("sts.us-east-1.amazonaws.com",), "sts.us-east-1.amazonaws.com"),
        (
            ("*.s3.eu-west-3.amazonaws.com", "s3.eu-west-3.amazonaws.com"),
            "my-bucket.s3.eu-west-3.amazonaws.com",
        ),
        (("*.amazonaws.com.cn",), "iam.amazonaws.com.cn"),
        (("localhost", "127.0.0.1", "::1"), "127.0.0.1"),
        (("localhost", "127.0.0.1", "::1"), "localhost"),
        (("lab.example.org",), "lab.example.org"),
    ],
)
def test_strict_verifiers_accept_the_certificates(
    tmp_path: Path, names: tuple[str, ...], called: str
) -> None:
    handshake(open_authority(tmp_path, "lab.example.org"), names, called)


def test_certificates_for_other_hosts_are_refused(tmp_path: Path) -> None:
    authority = open_authority(tmp_path)
    for name in ("example.org", "amazonaws.com.evil.org", "notamazonaws.com", "10.0.0.1", "com"):
        assert not authority.covers(name)
        with pytest.raises(Invalid, match="neither a name of AWS nor of this server"):
            authority.server_pem((name,), SystemClock().now())


def test_certificates_of_a_stolen_key_are_not_accepted_for_other_hosts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = open_authority(tmp_path)
    monkeypatch.setattr(authority, "covers", lambda name: True)  # an attacker's tool has no such check
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        handshake(authority, ("bank.example.org",), "bank.example.org")


def test_the_certificate_is_made_once_and_kept(tmp_path: Path) -> None:
    assert open_authority(tmp_path).certificate == open_authority(tmp_path).certificate


def test_processes_that_make_the_ca_at_the_same_time_get_the_same_one(tmp_path: Path) -> None:
    made: list[x509.Certificate] = []
    threads = [
        threading.Thread(target=lambda: made.append(open_authority(tmp_path).certificate)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(made) == 8 and len(set(made)) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tls"]


def test_the_certificate_is_renewed_before_it_expires_with_the_same_key(tmp_path: Path) -> None:
    clock = FakeClock()
    before = Authority.open(tmp_path / "tls", (), clock).certificate
    clock.advance(timedelta(days=3652 - 1 - 366).total_seconds())
    assert Authority.open(tmp_path / "tls", (), clock).certificate == before
    clock.advance(timedelta(days=2).total_seconds())
    after = Authority.open(tmp_path / "tls", (), clock).certificate
    assert after.not_valid_after_utc - clock.now() > timedelta(days=3650)
    assert (after.public_key(), after.subject) == (before.public_key(), before.subject)


def test_a_client_with_the_old_certificate_accepts_servers_of_the_renewed_ca(tmp_path: Path) -> None:
    old = open_authority(tmp_path).bundle.read_bytes()
    renewed = open_authority(tmp_path, "lab.example.org")
    assert renewed.bundle.read_bytes() != old
    assert renewed.covers("lab.example.org") and renewed.covers("sts.amazonaws.com")
    renewed.bundle.write_bytes(old)  # the client still has the old one
    handshake(renewed, ("sts.amazonaws.com",), "sts.amazonaws.com")


def test_server_certificates_are_valid_for_90_days(tmp_path: Path) -> None:
    pem = open_authority(tmp_path).server_pem(("sts.amazonaws.com",), SystemClock().now())
    certificate = x509.load_pem_x509_certificate(pem[pem.index(b"-----BEGIN CERTIFICATE") :])
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == timedelta(days=90)


@pytest.mark.parametrize("name", ["ca.key", "ca.pem"])
def test_a_damaged_file_is_reported_with_a_remedy(tmp_path: Path, name: str) -> None:
    folder = open_authority(tmp_path).folder
    (folder / name).write_text("-----BEGIN nothing-----")
    with pytest.raises(Invalid, match=rf"{name} cannot be read .* remove the folder"):
        open_authority(tmp_path)


def test_openssl_verifies_the_chain(tmp_path: Path) -> None:
    authority = open_authority(tmp_path)
    (tmp_path / "server.pem").write_bytes(
        authority.server_pem(("*.s3.amazonaws.com", "s3.amazonaws.com"), SystemClock().now())
    )
    command = [
        "openssl",
        "verify",
        "-x509_strict",
        "-purpose",
        "sslserver",
        "-verify_hostname",
        "b.s3.amazonaws.com",
    ]
    try:
        done = subprocess.run(
            [*command, "-CAfile", str(authority.bundle), str(tmp_path / "server.pem")],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except FileNotFoundError:
        pytest.skip("the command openssl is not installed")
    assert done.returncode == 0, done.stdout + done.stderr
