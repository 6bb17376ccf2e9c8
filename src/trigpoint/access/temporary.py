"""Which temporary credentials did STS hand out: all that is known of them lies, sealed, in their session token."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from trigpoint.access.keys import new_key_id, new_secret
from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid
from trigpoint.wire.claims import ClaimRefused, Reason
from trigpoint.wire.sigv4 import Credential

PREFIX = "ASIA"
_PURPOSE = "session"  # a text that was sealed for something else is no token


class TemporaryKeys:
    """Issues and opens temporary credentials, without a table of them.

    Args:   is_in_force: whether a permanent key exists and was not revoked; asked at each opening, so that
                revoking a key ends all that was issued to it at once.
    """

    def __init__(self, box: SecretBox, is_in_force: Callable[[str], bool], clock: Clock) -> None:
        self._box = box
        self._is_in_force = is_in_force
        self._clock = clock

    def issue(self, identity_arn: str, issued_to: str, lifetime_s: int, *, read_only: bool) -> Credential:
        """New credentials of an identity, valid from now for `lifetime_s` seconds.

        Args:   issued_to: the permanent access key id behind the caller.
                read_only: whether the caller's own key is; nobody gains rights here.
        """
        expires_at = self._clock.now().replace(microsecond=0) + timedelta(seconds=lifetime_s)
        access_key_id, secret = new_key_id(PREFIX), new_secret()
        content = [
            _PURPOSE,
            access_key_id,
            secret,
            expires_at.timestamp(),
            identity_arn,
            issued_to,
            read_only,
        ]
        token = self._box.seal(json.dumps(content, separators=(",", ":")))
        return Credential(access_key_id, secret, identity_arn, read_only, token, expires_at, issued_to)

    def open(self, access_key_id: str, session_token: str) -> Credential | None:
        """The credentials that the token belongs to, expired ones too; None when their permanent key is not in
        force or the access key id is none of a temporary key.

        Raises: ClaimRefused(WRONG_TOKEN): the token was not made here, was changed, or belongs to another key.
        """
        if not access_key_id.startswith(PREFIX):
            return None
        credential = self._unsealed(session_token)
        if not secrets.compare_digest(credential.access_key_id.encode(), access_key_id.encode()):
            raise _wrong_token()
        return credential if self._is_in_force(credential.issued_to) else None

    def _unsealed(self, token: str) -> Credential:
        try:
            if base64.urlsafe_b64encode(base64.urlsafe_b64decode(token)).decode() != token:
                raise _wrong_token()  # decoding passes over strange characters; a changed token is none of ours
            purpose, key_id, secret, expires, identity_arn, issued_to, read_only = json.loads(
                self._box.open(token)
            )
        except (Invalid, ValueError, TypeError):
            raise _wrong_token() from None
        if purpose != _PURPOSE:
            raise _wrong_token()
        expires_at = datetime.fromtimestamp(expires, UTC)
        return Credential(key_id, secret, identity_arn, bool(read_only), token, expires_at, issued_to)


def _wrong_token() -> ClaimRefused:
    return ClaimRefused(Reason.WRONG_TOKEN, "The security token included in the request is invalid.")
