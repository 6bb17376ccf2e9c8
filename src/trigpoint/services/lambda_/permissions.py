"""AddPermission, RemovePermission, GetPolicy.

Decision: statements are kept and shown, and have no effect: anybody with a key that is not read-only may call every
function, and so do labeling jobs.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from trigpoint.core.errors import NotFound, Outdated
from trigpoint.functions.registry import Functions
from trigpoint.services.context import RequestContext
from trigpoint.services.coverage import Fields, IgnoredField
from trigpoint.services.lambda_.fields import QUALIFIER, Request, function_name

_NO_EFFECT = IgnoredField("statements have no effect")


class PermissionOperations:
    """The resource policies of functions."""

    FIELDS: ClassVar[Fields] = {
        "AddPermission": {
            "FunctionUrlAuthType": _NO_EFFECT,
            "InvokedViaFunctionUrl": _NO_EFFECT,
            "EventSourceToken": _NO_EFFECT,
            "PrincipalOrgID": _NO_EFFECT,
            "Qualifier": QUALIFIER,
        },
        "RemovePermission": {"Qualifier": QUALIFIER},
        "GetPolicy": {"Qualifier": QUALIFIER},
    }

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def add_permission(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        name = self._at_revision(request)
        principal = request["Principal"]
        statement: dict[str, Any] = {
            "Sid": request["StatementId"],
            "Effect": "Allow",
            "Principal": {"Service" if "." in principal else "AWS": principal},
            "Action": request["Action"],
            "Resource": self._functions.arn(name),
        }
        condition: dict[str, Any] = {}
        if request.get("SourceAccount"):
            condition["StringEquals"] = {"AWS:SourceAccount": request["SourceAccount"]}
        if request.get("SourceArn"):
            condition["ArnLike"] = {"AWS:SourceArn": request["SourceArn"]}
        if condition:
            statement["Condition"] = condition
        self._functions.add_permission(name, request["StatementId"], statement)
        return {"Statement": json.dumps(statement, separators=(",", ":"))}

    def remove_permission(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        self._functions.remove_permission(self._at_revision(request), request["StatementId"])
        return {}

    def get_policy(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        function = self._functions.get(function_name(request))
        if not function.policy:
            raise NotFound("The resource you requested does not exist.")
        policy = {"Version": "2012-10-17", "Id": "default", "Statement": list(function.policy.values())}
        return {"Policy": json.dumps(policy, separators=(",", ":")), "RevisionId": function.revision}

    def _at_revision(self, request: Request) -> str:
        """The name of the function. Raises: NotFound; Outdated: it is no longer at the request's RevisionId."""
        function = self._functions.get(function_name(request))
        wanted = request.get("RevisionId")
        if wanted is not None and wanted != function.revision:
            raise Outdated(f"The RevisionId {wanted} of function {function.name} is not the latest")
        return function.name
