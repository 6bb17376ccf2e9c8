"""Steps that both lists of `chain` share: the body has arrived, the signature is right."""

from __future__ import annotations

from collections.abc import Callable

from trigpoint.server.exchange import AwsServices, Exchange
from trigpoint.wire import sigv2, sigv4
from trigpoint.wire.claims import Claim, ClaimRefused, Scheme
from trigpoint.wire.refusals import missing_credentials, refusal, unknown_key
from trigpoint.wire.sigv4 import Credential


def check_body_was_received(exchange: Exchange, services: AwsServices) -> None:
    """Refuses a body that was too long, came too slowly, or could not be stored."""
    if exchange.body_problem is not None:
        raise exchange.body_problem


def authenticate(
    exchange: Exchange, services: AwsServices, payload_hash: Callable[[Claim], str], host_bucket: str = ""
) -> None:
    """Sets the credential that signed the request, and the context.

    Args:   payload_hash: the last line of the canonical request; not called with SigV2, which signs no body.
            host_bucket: the bucket that the host names, which SigV2 signs too.
    Raises: AwsError: in the words of the service.
    """
    manner = exchange.target.manner
    try:
        exchange.credential = _credential(exchange, services, payload_hash, host_bucket)
    except ClaimRefused as refused:
        raise refusal(manner, refused) from None
    exchange.context = services.context(exchange, exchange.credential)


def check_signer(exchange: Exchange, services: AwsServices) -> None:
    """Refuses a request of somebody without a key, before its body has arrived."""
    try:
        _signer(exchange, services)
    except ClaimRefused as refused:
        raise refusal(exchange.target.manner, refused) from None


def _signer(exchange: Exchange, services: AwsServices) -> tuple[Claim, Credential]:
    manner, claim = exchange.target.manner, exchange.claim
    if exchange.refused is not None:
        raise exchange.refused
    if claim is None:
        raise missing_credentials(manner)
    credential = services.find_credential(claim.access_key_id, claim.session_token or "")
    if credential is None:
        raise unknown_key(manner, claim.access_key_id)
    return claim, credential


def _credential(
    exchange: Exchange, services: AwsServices, payload_hash: Callable[[Claim], str], host_bucket: str
) -> Credential:
    claim, credential = _signer(exchange, services)
    if claim.scheme is Scheme.QUERY_V2:
        sigv2.verify(exchange.head, claim, credential, host_bucket, exchange.received_at)
    else:
        sigv4.verify(exchange.head, claim, credential, payload_hash(claim), exchange.received_at)
    if claim.scheme is not Scheme.HEADER:
        sigv4.check_source(exchange.head, exchange.source_ip)
    return credential
