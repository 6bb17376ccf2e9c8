"""STS: who am I."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from trigpoint.services.context import RequestContext

ROLE_NAME = "TrigpointRole"


class StsOperations:
    """The operations of STS."""

    def get_caller_identity(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        """The caller as a session of a role, which is what `get_execution_role()` of the SDK wants to see."""
        session = ctx.identity_arn.rsplit("/", 1)[-1]
        role = ctx.identity_arn.rsplit("/", 2)[-2]
        return {"UserId": f"{role_id(role)}:{session}", "Account": ctx.account_id, "Arn": ctx.identity_arn}


def session_arn(account_id: str, identity: str) -> str:
    """The ARN of an access key's identity: an ARN as it is, a name as a session of `TrigpointRole`."""
    if identity.startswith("arn:"):
        return identity
    session = re.sub(r"[^\w+=,.@-]", "-", identity, flags=re.ASCII)
    return f"arn:aws:sts::{account_id}:assumed-role/{ROLE_NAME}/{session}"


def role_id(role_name: str) -> str:
    """A stable id of a role, in AWS's form."""
    digest = base64.b32encode(hashlib.sha256(role_name.encode()).digest()).decode("ascii")
    return "AROA" + digest[:17]
