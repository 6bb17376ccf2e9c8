"""IAM: the two requests that the SageMaker SDKs make before anything else.

Decision: Trigpoint keeps no roles. Any role that is named exists, trusts SageMaker and may do everything,
because jobs here run as the server's own user; the permissions of a role ARN in a request are not checked.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import quote

from trigpoint.services.context import RequestContext
from trigpoint.services.coverage import Fields, IgnoredField
from trigpoint.services.sts import LONGEST_ROLE_SESSION_S, role_id

_CREATED_AT = datetime(2020, 1, 1, tzinfo=UTC)
_TRUST_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


class IamOperations:
    """The operations of IAM."""

    FIELDS: ClassVar[Fields] = {
        "SimulatePrincipalPolicy": {
            name: IgnoredField("every action on every resource is allowed")
            for name in (
                "PolicySourceArn",
                "PolicyInputList",
                "PermissionsBoundaryPolicyInputList",
                "PolicyExclusionList",
                "ResourcePolicy",
                "ResourceOwner",
                "CallerArn",
                "ContextEntries",
                "ResourceHandlingOption",
            )
        }
        | {name: IgnoredField("the answer is always one page") for name in ("MaxItems", "Marker")}
    }

    def get_role(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        """The role of any name."""
        name = request["RoleName"]
        return {
            "Role": {
                "Path": "/",
                "RoleName": name,
                "RoleId": role_id(name),
                "Arn": f"arn:aws:iam::{ctx.account_id}:role/{name}",
                "CreateDate": _CREATED_AT,
                "AssumeRolePolicyDocument": quote(json.dumps(_TRUST_POLICY), safe=""),
                "Description": "Trigpoint keeps no roles; this one is the server itself.",
                "MaxSessionDuration": LONGEST_ROLE_SESSION_S,
            }
        }

    def simulate_principal_policy(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        """Every action on every resource is allowed."""
        resources = request.get("ResourceArns") or ["*"]
        return {
            "EvaluationResults": [
                {
                    "EvalActionName": action,
                    "EvalResourceName": resource,
                    "EvalDecision": "allowed",
                    "MatchedStatements": [],
                    "MissingContextValues": [],
                }
                for action in request["ActionNames"]
                for resource in resources
            ],
            "IsTruncated": False,
        }
