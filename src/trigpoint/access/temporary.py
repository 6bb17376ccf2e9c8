"""Temporary credentials of STS. Everything about them is encrypted in their session token."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from trigpoint.access.keys import new_key_id, new_secret
from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid
from trigpoint.wire.claims import ClaimRefused, Reason
from trigpoint.wire.scope import Scope
from trigpoint.wire.sigv4 import Credential

PREFIX = "ASIA"
_PURPOSE = "session"  # a text that was encrypted for another purpose is not a token


ScopeOf = Callable[[str], Scope | None]
"""What a job (training-job/<id>) may reach now; None when it has ended or there is none."""


def no_job(job: str) -> Scope | None:
    """There are no jobs."""
    return None


class TemporaryKeys:
    """Issues and opens temporary credentials, without a table of them.

    Args:   is_in_force: whether a permanent key exists and was not revoked. It is called each time, so that
                revoking a key immediately ends everything issued to it.
            scope_of: called each time, too, so that the credentials of a job end with it.
    """

    def __init__(
        self, box: SecretBox, is_in_force: Callable[[str], bool], clock: Clock, scope_of: ScopeOf = no_job
    ) -> None:
        self._box = box
        self._is_in_force = is_in_force
        self._clock = clock
        self._scope_of = scope_of

    def issue(
        self,
        identity_arn: str,
        issued_to: str,
        lifetime_s: int,
        *,
        read_only: bool,
        objects_only: bool = False,
        job: str = "",
    ) -> Credential:
        """New credentials of an identity, valid from now for `lifetime_s` seconds.

        Args:   issued_to: the id of the caller's permanent access key.
                read_only: whether that key is read-only; temporary credentials have no further rights.
                objects_only: whether they may change objects in buckets and nothing else.
                job: the job (training-job/<id>) that limits them to its objects.
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
            job,
        ]
        token = self._box.seal(json.dumps(content, separators=(",", ":")))
        return Credential(
            access_key_id,
            secret,
            identity_arn,
            read_only,
            token,
            expires_at,
            issued_to,
            objects_only,
            job=job,
        )

    def open(self, access_key_id: str, session_token: str) -> Credential | None:
        """The credentials of the token, even expired ones. None if their permanent key was revoked, their job has
        ended, or the access key id is not one of a temporary key.

        Raises: ClaimRefused(WRONG_TOKEN): the token was made elsewhere, was changed, or belongs to another key.
        """
        if not access_key_id.startswith(PREFIX):
            return None
        credential = self._unsealed(session_token)
        if not secrets.compare_digest(credential.access_key_id.encode(), access_key_id.encode()):
            raise _wrong_token()
        if not self._is_in_force(credential.issued_to):
            return None
        if not credential.job:
            return credential
        scope = self._scope_of(credential.job)
        return None if scope is None else replace(credential, scope=scope)

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
        # tokens of earlier versions have no `objects_only`, and no job
        objects_only, job = (*added, False, "")[:2]
        return Credential(
            key_id,
            secret,
            identity_arn,
            bool(read_only),
            token,
            expires_at,
            issued_to,
            objects_only is True,
            job=job if isinstance(job, str) else "",
        )


def _wrong_token() -> ClaimRefused:
    return ClaimRefused(Reason.WRONG_TOKEN, "The security token included in the request is invalid.")
