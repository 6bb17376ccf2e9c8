"""STS: the caller's identity, and temporary credentials for the caller.

Decision: anybody with a key may assume any role. Trigpoint keeps no roles (see `iam`); a session of a role
    may do what its key may, and carries the role's name. Its ARN is of this installation's account,
    whatever account the role's ARN names, since the rest of the API knows no other.
Decision: a session policy is refused, not ignored: a caller that asks for fewer rights would get more.
Source: AWS STS API Reference, AssumeRole, GetSessionToken (durations).
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any, ClassVar

from trigpoint.access.temporary import PREFIX, TemporaryKeys
from trigpoint.core.errors import Denied, Invalid
from trigpoint.services.context import RequestContext
from trigpoint.services.coverage import Fields, IgnoredField, RefusedField
from trigpoint.wire.sigv4 import Credential

ROLE_NAME = "TrigpointRole"
LONGEST_ROLE_SESSION_S = 43_200  # what the service model allows too
LONGEST_CHAINED_SESSION_S = 3600
DEFAULT_ROLE_SESSION_S = 3600
DEFAULT_SESSION_S = 43_200

_ROLE_ARN = re.compile(
    r"arn:aws[a-z-]*:iam::[0-9]{12}:role/(?:[\x21-\x7e]+/)?(?P<name>[\w+=,.@-]{1,64})", re.ASCII
)
_POLICIES = (
    "rights cannot be narrowed by a policy; `trigpoint key create --read-only` makes a key that only reads"
)
_ROLES = "there are no trust policies that could look at it"
_MFA = "there are no MFA devices"
_SIZE = "all tokens have the same form"


class StsOperations:
    """The operations of STS."""

    FIELDS: ClassVar[Fields] = {
        "AssumeRole": {
            "PolicyArns": RefusedField(_POLICIES, [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]),
            "Policy": RefusedField(_POLICIES, "{}"),
            "Tags": IgnoredField(_ROLES),
            "TransitiveTagKeys": IgnoredField(_ROLES),
            "ExternalId": IgnoredField(_ROLES),
            "SourceIdentity": IgnoredField(_ROLES),
            "ProvidedContexts": IgnoredField(_ROLES),
            "SerialNumber": IgnoredField(_MFA),
            "TokenCode": IgnoredField(_MFA),
            "MinimumSessionTokenSize": IgnoredField(_SIZE),
        },
        "GetSessionToken": {
            "SerialNumber": IgnoredField(_MFA),
            "TokenCode": IgnoredField(_MFA),
            "MinimumSessionTokenSize": IgnoredField(_SIZE),
        },
        "GetAccessKeyInfo": {"AccessKeyId": IgnoredField("there is one account, whatever the key")},
    }

    def __init__(self, sessions: TemporaryKeys) -> None:
        self._sessions = sessions

    def get_caller_identity(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        """The caller as a session of a role, as the SDK's `get_execution_role()` expects it."""
        role, session = ctx.identity_arn.rsplit("/", 2)[-2:]
        return {"UserId": f"{role_id(role)}:{session}", "Account": ctx.account_id, "Arn": ctx.identity_arn}

    def assume_role(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        """Temporary credentials of a session of the role; read-only when the caller's key is."""
        _refuse_policies(request)
        role = _ROLE_ARN.fullmatch(request["RoleArn"])
        if role is None:
            raise Invalid(
                f"{request['RoleArn']} is invalid; it must look like arn:aws:iam::111122223333:role/Name"
            )
        lifetime_s = request.get("DurationSeconds", DEFAULT_ROLE_SESSION_S)
        if _is_temporary(ctx) and lifetime_s > LONGEST_CHAINED_SESSION_S:
            raise Invalid(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
            )
        session = request["RoleSessionName"]
        arn = f"arn:aws:sts::{ctx.account_id}:assumed-role/{role['name']}/{session}"
        issued = self._issue(ctx, arn, lifetime_s)
        return {
            "Credentials": _credentials(issued),
            "AssumedRoleUser": {"AssumedRoleId": f"{role_id(role['name'])}:{session}", "Arn": arn},
        }

    def get_session_token(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        """Temporary credentials of the caller's own identity."""
        if _is_temporary(ctx):
            raise Denied("Cannot call GetSessionToken with session credentials")
        issued = self._issue(ctx, ctx.identity_arn, request.get("DurationSeconds", DEFAULT_SESSION_S))
        return {"Credentials": _credentials(issued)}

    def get_access_key_info(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        """The account of every access key is this installation's."""
        return {"Account": ctx.account_id}

    def _issue(self, ctx: RequestContext, identity_arn: str, lifetime_s: int) -> Credential:
        return self._sessions.issue(
            identity_arn,
            ctx.permanent_key_id,
            lifetime_s,
            read_only=ctx.read_only,
            objects_only=ctx.objects_only,
        )


def session_arn(account_id: str, identity: str) -> str:
    """The ARN of an access key's identity: an ARN unchanged, a name as a session of `TrigpointRole`."""
    if identity.startswith("arn:"):
        return identity
    session = re.sub(r"[^\w+=,.@-]", "-", identity, flags=re.ASCII)
    return f"arn:aws:sts::{account_id}:assumed-role/{ROLE_NAME}/{session}"


def role_id(role_name: str) -> str:
    """A stable id of a role, in AWS's form."""
    digest = base64.b32encode(hashlib.sha256(role_name.encode()).digest()).decode("ascii")
    return "AROA" + digest[:17]


def _is_temporary(ctx: RequestContext) -> bool:
    return ctx.access_key_id.startswith(PREFIX)


def _refuse_policies(request: dict[str, Any]) -> None:
    for name in ("Policy", "PolicyArns"):
        if request.get(name):
            raise Invalid(f"{name} is not served: {_POLICIES}")


def _credentials(issued: Credential) -> dict[str, Any]:
    return {
        "AccessKeyId": issued.access_key_id,
        "SecretAccessKey": issued.secret_access_key,
        "SessionToken": issued.session_token,
        "Expiration": issued.expires_at,
    }
