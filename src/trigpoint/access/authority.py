"""Which certificates prove to AWS's clients that this server is who they call: a CA of our own, and what it signs.

The folder holds `ca.key` (readable by its owner alone) and `ca.pem` (for AWS_CA_BUNDLE). It is made when it is
first needed.

Decision: the CA is name-constrained to AWS's domains and to this machine's own names, so that a stolen `ca.key`
    cannot stand for any other site with those who trust it. It is valid for ten years and renewed, with the same key
    and name, when a year is left: whoever still has the older `ca.pem` believes new server certificates until
    the older one's own end. Server certificates are valid for 90 days, well below the 398 that the strictest
    verifiers allow, and are kept in memory only.
Source: RFC 5280; Python's VERIFY_X509_STRICT wants the key identifiers and a critical keyUsage.
"""

from __future__ import annotations

import os
import secrets
import shutil
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid

CA_LIFETIME = timedelta(days=3652)
CA_RENEWED_BEFORE_END = timedelta(days=365)
SERVER_LIFETIME = timedelta(days=90)
BACKDATED = timedelta(days=1)  # for clients whose clock is behind

AWS_DOMAINS = ("amazonaws.com", "amazonaws.com.cn")
LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


class Authority:
    """The CA of one data directory. Thread-safe as far as its files are: they are replaced, never rewritten."""

    def __init__(self, folder: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self.folder = folder
        self.certificate = certificate
        self._key = key
        self._server_key = ec.generate_private_key(ec.SECP256R1())

    @classmethod
    def open(cls, folder: Path, own_names: tuple[str, ...], clock: Clock) -> Authority:
        """The CA that lies in `folder`; made when there is none, renewed when its end is near or when it does not
        cover one of the `own_names` (host names and addresses of this server beside the local ones).

        Raises: Invalid: the files are there and cannot be read (says which).
        """
        names = tuple(dict.fromkeys((*LOCAL_NAMES, *own_names)))
        if not folder.exists():
            _make(folder, names, clock.now())
        key, certificate = _read_key(folder / "ca.key"), _read_certificate(folder / "ca.pem")
        missing = set(_subtrees(names)) - set(_permitted(certificate))
        if missing or certificate.not_valid_after_utc - clock.now() < CA_RENEWED_BEFORE_END:
            names_so_far = tuple(str(subtree.value) for subtree in _permitted(certificate))
            certificate = _ca_certificate(key, (*names, *names_so_far), clock.now())
            _replace(folder / "ca.pem", certificate.public_bytes(serialization.Encoding.PEM), 0o644)
        return cls(folder, key, certificate)

    @property
    def bundle(self) -> Path:
        """The file that clients are to trust."""
        return self.folder / "ca.pem"

    def covers(self, name: str) -> bool:
        """Whether the CA may vouch for a host name or address."""
        return any(_is_within(name, subtree) for subtree in _permitted(self.certificate))

    def server_pem(self, names: tuple[str, ...], now: datetime) -> bytes:
        """Private key and certificate of a server of these names, in one PEM file.

        Raises: Invalid: the CA does not cover one of them.
        """
        for name in names:
            if not self.covers(name.removeprefix("*.")):
                raise Invalid(f"{name} is neither a name of AWS nor of this server")
        certificate = _server_certificate(self._key, self.certificate, self._server_key, names, now)
        return _private_bytes(self._server_key) + certificate.public_bytes(serialization.Encoding.PEM)


def _make(folder: Path, names: tuple[str, ...], now: datetime) -> None:
    """The folder with both files, there whole or not at all; another process may win the race."""
    aside = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}.part")
    aside.mkdir(mode=0o700, parents=True)
    try:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _ca_certificate(key, names, now)
        _write(aside / "ca.key", _private_bytes(key), 0o600)
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
        'to have a new CA made, and run eval "$(trigpoint env --proxy)" again wherever the old one is trusted'
    )


def _ca_certificate(
    key: ec.EllipticCurvePrivateKey, names: tuple[str, ...], now: datetime
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Trigpoint CA of one data directory")])
    usage = {"key_cert_sign": True, "crl_sign": True}
    return (
        _builder(subject, subject, key.public_key(), now, CA_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(**usage), critical=True)
        .add_extension(x509.NameConstraints(_subtrees(names), None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _server_certificate(
    ca_key: ec.EllipticCurvePrivateKey,
    ca: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
    names: tuple[str, ...],
    now: datetime,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Trigpoint")])
    return (
        _builder(subject, ca.subject, key.public_key(), now, SERVER_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    now: datetime,
    lifetime: timedelta,
) -> x509.CertificateBuilder:
    begin = now.astimezone(UTC).replace(microsecond=0) - BACKDATED
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + lifetime)
    )


def _key_usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _private_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _permitted(ca: x509.Certificate) -> list[x509.GeneralName]:
    return ca.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []


def _subtrees(names: tuple[str, ...]) -> list[x509.GeneralName]:
    subtrees: dict[x509.GeneralName, None] = {}
    for name in (*AWS_DOMAINS, *names):
        address = _address(name.split("/")[0])
        subtrees[x509.DNSName(name) if address is None else x509.IPAddress(ip_network(address))] = None
    return list(subtrees)


def _is_within(name: str, subtree: x509.GeneralName) -> bool:
    address = _address(name)
    if isinstance(subtree, x509.IPAddress):
        return address is not None and ip_network(address) == subtree.value
    return address is None and (name == subtree.value or name.endswith(f".{subtree.value}"))


def _general_name(name: str) -> x509.GeneralName:
    address = _address(name)
    return x509.DNSName(name) if address is None else x509.IPAddress(address)


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(name)
    except ValueError:
        return None
