"""The X.509 certificates of the CA and of the servers that it signs for.

Source: RFC 5280; Python's VERIFY_X509_STRICT requires the key identifiers and a critical keyUsage.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_LIFETIME = timedelta(days=3652)
SERVER_LIFETIME = timedelta(days=90)
BACKDATED = timedelta(days=1)  # for clients whose clock is slow

AWS_DOMAINS = ("amazonaws.com", "amazonaws.com.cn")


def ca_certificate(
    key: ec.EllipticCurvePrivateKey, names: tuple[str, ...], now: datetime
) -> x509.Certificate:
    """A self-signed certificate of a CA that may sign only for AWS's domains and these names."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Trigpoint CA of one data directory")])
    usage = {"key_cert_sign": True, "crl_sign": True}
    return (
        _builder(subject, subject, key.public_key(), now, CA_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(**usage), critical=True)
        .add_extension(x509.NameConstraints(subtrees_of(names), None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def server_certificate(
    ca_key: ec.EllipticCurvePrivateKey,
    ca: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
    names: tuple[str, ...],
    now: datetime,
) -> x509.Certificate:
    """A certificate of a server with these names, signed by the CA."""
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


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def permitted_names(ca: x509.Certificate) -> list[x509.GeneralName]:
    return ca.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []


def subtrees_of(names: tuple[str, ...]) -> list[x509.GeneralName]:
    subtrees: dict[x509.GeneralName, None] = {}
    for name in (*AWS_DOMAINS, *names):
        address = _address(name.split("/")[0])
        subtrees[x509.DNSName(name) if address is None else x509.IPAddress(ip_network(address))] = None
    return list(subtrees)


def is_within(name: str, subtree: x509.GeneralName) -> bool:
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
