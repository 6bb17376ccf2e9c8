"""IAM: the requests that the SageMaker SDKs make before anything else, and those with which notebooks make roles.

Decision: Trigpoint keeps no roles. Any role that is named exists, trusts SageMaker and may do everything,
because jobs here run as the server's own user; the permissions of a role ARN in a request are not checked. So
creating, changing and deleting roles and policies succeeds and changes nothing.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import quote

from trigpoint.services.context import RequestContext
from trigpoint.services.coverage import Fields, IgnoredField
from trigpoint.services.sts import LONGEST_ROLE_SESSION_S, role_id

_NO_ROLES = IgnoredField("roles are not kept; any role exists and may do everything")
_NO_POLICIES = IgnoredField("policies are not kept; any role may do everything")
_ONE_PAGE = IgnoredField("the answer is always one page")

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
        | dict.fromkeys(("MaxItems", "Marker"), _ONE_PAGE),
        "CreateRole": dict.fromkeys(
            ("AssumeRolePolicyDocument", "MaxSessionDuration", "PermissionsBoundary", "Tags"), _NO_ROLES
        ),
        "UpdateAssumeRolePolicy": dict.fromkeys(("RoleName", "PolicyDocument"), _NO_ROLES),
        "DeleteRole": {"RoleName": _NO_ROLES},
        "AttachRolePolicy": dict.fromkeys(("RoleName", "PolicyArn"), _NO_POLICIES),
        "DetachRolePolicy": dict.fromkeys(("RoleName", "PolicyArn"), _NO_POLICIES),
        "PutRolePolicy": dict.fromkeys(("RoleName", "PolicyName", "PolicyDocument"), _NO_POLICIES),
        "DeleteRolePolicy": dict.fromkeys(("RoleName", "PolicyName"), _NO_POLICIES),
        "CreatePolicy": dict.fromkeys(("PolicyDocument", "Tags"), _NO_POLICIES),
        "DeletePolicy": {"PolicyArn": _NO_POLICIES},
        "ListRolePolicies": dict.fromkeys(("RoleName", "Marker", "MaxItems"), _NO_POLICIES),
        "ListAttachedRolePolicies": dict.fromkeys(
            ("RoleName", "PathPrefix", "Marker", "MaxItems"), _NO_POLICIES
        ),
    }

    def get_role(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        """The role of any name."""
        return {"Role": _role(ctx, request["RoleName"])}

    def create_role(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        """The role of that name, as if it were new."""
        return {
            "Role": _role(ctx, request["RoleName"], request.get("Path") or "/", request.get("Description"))
        }

    def update_assume_role_policy(self, ctx: RequestContext, request: dict[str, Any]) -> None:
        """Changes nothing."""

    def delete_role(self, ctx: RequestContext, request: dict[str, Any]) -> None:
        """Changes nothing."""

    def attach_role_policy(self, ctx: RequestContext, request: dict[str, Any]) -> None:
        """Changes nothing."""

    def detach_role_policy(self, ctx: RequestContext, request: dict[str, Any]) -> None:
        """Changes nothing."""

    def put_role_policy(self, ctx: RequestContext, request: dict[str, Any]) -> None:
        """Changes nothing."""

    def delete_role_policy(self, ctx: RequestContext, request: dict[str, Any]) -> None:
        """Changes nothing."""

    def create_policy(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        """A policy of that name, which has no effect."""
        name, path = request["PolicyName"], request.get("Path") or "/"
        return {
            "Policy": {
                "PolicyName": name,
                "PolicyId": "ANPA" + role_id(name).removeprefix("AROA"),
                "Arn": f"arn:aws:iam::{ctx.account_id}:policy{path}{name}",
                "Path": path,
                "Description": request.get("Description") or "",
                "DefaultVersionId": "v1",
                "AttachmentCount": 0,
                "PermissionsBoundaryUsageCount": 0,
                "IsAttachable": True,
                "CreateDate": ctx.received_at,
                "UpdateDate": ctx.received_at,
            }
        }

    def delete_policy(self, ctx: RequestContext, request: dict[str, Any]) -> None:
        """Changes nothing."""

    def list_role_policies(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        """No role has policies."""
        return {"PolicyNames": [], "IsTruncated": False}

    def list_attached_role_policies(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        """No role has policies."""
        return {"AttachedPolicies": [], "IsTruncated": False}

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


def _role(ctx: RequestContext, name: str, path: str = "/", description: str | None = None) -> dict[str, Any]:
    return {
        "Path": path,
        "RoleName": name,
        "RoleId": role_id(name),
        "Arn": f"arn:aws:iam::{ctx.account_id}:role{path}{name}",
        "CreateDate": _CREATED_AT,
        "AssumeRolePolicyDocument": quote(json.dumps(_TRUST_POLICY), safe=""),
        "Description": description or "Trigpoint keeps no roles; this one is the server itself.",
        "MaxSessionDuration": LONGEST_ROLE_SESSION_S,
    }
