"""Temporary credentials of STS. Everything about them is encrypted in their session token."""

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
_PURPOSE = "session"  # a text that was encrypted for another purpose is not a token


class TemporaryKeys:
    """Issues and opens temporary credentials, without a table of them.

    Args:   is_in_force: whether a permanent key exists and was not revoked. It is called each time, so that
                revoking a key immediately ends everything issued to it.
    """

    def __init__(self, box: SecretBox, is_in_force: Callable[[str], bool], clock: Clock) -> None:
        self._box = box
        self._is_in_force = is_in_force
        self._clock = clock

    def issue(
        self,
        identity_arn: str,
        issued_to: str,
        lifetime_s: int,
        *,
        read_only: bool,
        objects_only: bool = False,
    ) -> Credential:
        """New credentials of an identity, valid from now for `lifetime_s` seconds.

        Args:   issued_to: the id of the caller's permanent access key.
                read_only: whether that key is read-only; temporary credentials have no further rights.
                objects_only: whether they may change objects in buckets and nothing else.
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
            objects_only,
        ]
        token = self._box.seal(json.dumps(content, separators=(",", ":")))
        return Credential(
            access_key_id, secret, identity_arn, read_only, token, expires_at, issued_to, objects_only
        )

    def open(self, access_key_id: str, session_token: str) -> Credential | None:
        """The credentials of the token, even expired ones. None if their permanent key was revoked or the
        access key id is not one of a temporary key.

        Raises: ClaimRefused(WRONG_TOKEN): the token was made elsewhere, was changed, or belongs to another key.
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
                raise _wrong_token()  # decoding ignores foreign characters, but a token with any is not ours
            purpose, key_id, secret, expires, identity_arn, issued_to, read_only, *added = json.loads(
                self._box.open(token)
            )
        except (Invalid, ValueError, TypeError):
            raise _wrong_token() from None
        if purpose != _PURPOSE:
            raise _wrong_token()
        expires_at = datetime.fromtimestamp(expires, UTC)
        # tokens of earlier versions have no `objects_only`
        return Credential(
            key_id, secret, identity_arn, bool(read_only), token, expires_at, issued_to, added == [True]
        )


def _wrong_token() -> ClaimRefused:
    return ClaimRefused(Reason.WRONG_TOKEN, "The security token included in the request is invalid.")
