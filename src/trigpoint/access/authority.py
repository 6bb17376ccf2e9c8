"""The CA of a data directory, whose certificates make AWS's clients trust this server under AWS's host names.

Its folder contains `ca.key` (readable only by its owner) and `ca.pem` (for AWS_CA_BUNDLE). It is created when first
needed.

Decision: name constraints limit the CA to AWS's domains and to this machine's own names, so that nobody can use a
    stolen `ca.key` to impersonate another site. The CA is valid for ten years and is renewed with the same key and
    name when one year is left. Clients with the older `ca.pem` accept new server certificates until the older one
    ends. Server certificates are valid for 90 days, fewer than the 398 that the strictest verifiers allow, and are
    kept only in memory.
"""

from __future__ import annotations

import os
import secrets
import shutil
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from trigpoint.access.certificates import (
    ca_certificate,
    is_within,
    permitted_names,
    private_pem,
    server_certificate,
    subtrees_of,
)
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid

CA_RENEWED_BEFORE_END = timedelta(days=365)

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


class Authority:
    """The CA of one data directory. Thread-safe: its files are replaced, never rewritten."""

    def __init__(self, folder: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self.folder = folder
        self.certificate = certificate
        self._key = key
        self._server_key = ec.generate_private_key(ec.SECP256R1())

    @classmethod
    def open(cls, folder: Path, own_names: tuple[str, ...], clock: Clock) -> Authority:
        """The CA in `folder`. Creates it if there is none. Renews it if it ends soon or does not cover one of the
        `own_names` (host names and addresses of this server other than the local ones).

        Raises: Invalid: a file exists but cannot be read.
        """
        names = tuple(dict.fromkeys((*LOCAL_NAMES, *own_names)))
        if not folder.exists():
            _make(folder, names, clock.now())
        key, certificate = _read_key(folder / "ca.key"), _read_certificate(folder / "ca.pem")
        missing = set(subtrees_of(names)) - set(permitted_names(certificate))
        if missing or certificate.not_valid_after_utc - clock.now() < CA_RENEWED_BEFORE_END:
            names_so_far = tuple(str(subtree.value) for subtree in permitted_names(certificate))
            certificate = ca_certificate(key, (*names, *names_so_far), clock.now())
            _replace(folder / "ca.pem", certificate.public_bytes(serialization.Encoding.PEM), 0o644)
        return cls(folder, key, certificate)

    @property
    def bundle(self) -> Path:
        """The file that clients must trust."""
        return self.folder / "ca.pem"

    def covers(self, name: str) -> bool:
        """Whether the CA may vouch for a host name or address."""
        return any(is_within(name, subtree) for subtree in permitted_names(self.certificate))

    def server_pem(self, names: tuple[str, ...], now: datetime) -> bytes:
        """The private key and the certificate of a server with these names, in PEM.

        Raises: Invalid: the CA does not cover one of them.
        """
        for name in names:
            if not self.covers(name.removeprefix("*.")):
                raise Invalid(f"{name} is neither a name of AWS nor of this server")
        certificate = server_certificate(self._key, self.certificate, self._server_key, names, now)
        return private_pem(self._server_key) + certificate.public_bytes(serialization.Encoding.PEM)


def _make(folder: Path, names: tuple[str, ...], now: datetime) -> None:
    """Creates the folder with both files, or nothing. Another process may create it first."""
    aside = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}.part")
    aside.mkdir(mode=0o700, parents=True)
    try:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = ca_certificate(key, names, now)
        _write(aside / "ca.key", private_pem(key), 0o600)
        _write(aside / "ca.pem", certificate.public_bytes(serialization.Encoding.PEM), 0o644)
        aside.rename(folder)
    except OSError:
        if not (folder / "ca.pem").exists():
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _replace(path: Path, content: bytes, mode: int) -> None:
    aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    _write(aside, content, mode)
    aside.replace(path)


def _write(path: Path, content: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as problem:
        raise _unreadable(path, problem) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise _unreadable(path, ValueError("not a key of an elliptic curve"))
    return key


def _read_certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as problem:
        raise _unreadable(path, problem) from None


def _unreadable(path: Path, problem: Exception) -> Invalid:
    return Invalid(
        f"{path} cannot be read ({problem}); restore it from your backup, or remove the folder {path.parent} "
        'to have a new CA created, and run eval "$(trigpoint env --proxy)" again wherever the old one is trusted'
    )
