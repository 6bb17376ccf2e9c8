"""What each role of a person may do, by operation.

Access keys of the installation have no role; they are limited by `read_only` only. A person's requests in the console,
and those that they sign with their own access key, may call the operations of their role and of those below it:

    viewer      looks: calls what changes nothing
    requester   works: jobs, teams, models, endpoints and functions
    admin       also the workforce, roles and policies

An operation that is not in the table is refused to everybody with a role. S3 has a rule instead of entries: operations whose
names begin with Get, Head or List are for viewers, all others for requesters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from trigpoint.core.errors import Denied
from trigpoint.language import translatable
from trigpoint.workforce.people import Role

_RANK: Final[Mapping[Role, int]] = {Role.WORKER: 0, Role.VIEWER: 1, Role.REQUESTER: 2, Role.ADMIN: 3}

_OPERATIONS: Final[Mapping[str, Mapping[Role, str]]] = {
    "sagemaker": {
        Role.VIEWER: """
            DescribeEndpoint DescribeEndpointConfig DescribeHumanTaskUi DescribeLabelingJob DescribeModel
            DescribeSubscribedWorkteam DescribeTrainingJob DescribeTransformJob DescribeWorkforce DescribeWorkteam
            ListEndpointConfigs ListEndpoints ListHumanTaskUis ListLabelingJobs ListLabelingJobsForWorkteam ListModels
            ListSubscribedWorkteams ListTags ListTrainingJobs ListTransformJobs ListWorkforces ListWorkteams
        """,
        Role.REQUESTER: """
            AddTags CreateEndpoint CreateEndpointConfig CreateHumanTaskUi CreateLabelingJob CreateModel
            CreateTrainingJob CreateTransformJob CreateWorkteam DeleteEndpoint DeleteEndpointConfig DeleteHumanTaskUi
            DeleteModel DeleteTags DeleteTrainingJob DeleteWorkteam RenderUiTemplate StopLabelingJob StopTrainingJob
            StopTransformJob UpdateEndpoint UpdateEndpointWeightsAndCapacities UpdateTrainingJob UpdateWorkteam
        """,
        Role.ADMIN: "CreateWorkforce DeleteWorkforce UpdateWorkforce",
    },
    "sagemaker-runtime": {Role.REQUESTER: "InvokeEndpoint"},
    "logs": {Role.VIEWER: "DescribeLogGroups DescribeLogStreams FilterLogEvents GetLogEvents"},
    "monitoring": {
        Role.VIEWER: "GetMetricData GetMetricStatistics ListMetrics",
        Role.REQUESTER: "PutMetricData",
    },
    "sts": {Role.VIEWER: "AssumeRole GetAccessKeyInfo GetCallerIdentity GetSessionToken"},
    "iam": {
        Role.VIEWER: "GetRole ListAttachedRolePolicies ListRolePolicies SimulatePrincipalPolicy",
        Role.ADMIN: """
            AttachRolePolicy CreatePolicy CreateRole DeletePolicy DeleteRole DeleteRolePolicy DetachRolePolicy
            PutRolePolicy UpdateAssumeRolePolicy
        """,
    },
    "lambda": {
        Role.VIEWER: "GetFunction GetFunctionConfiguration GetPolicy ListFunctions ListTags",
        Role.REQUESTER: """
            AddPermission CreateFunction DeleteFunction Invoke RemovePermission UpdateFunctionCode
            UpdateFunctionConfiguration
        """,
    },
}

LEAST_ROLE: Final[Mapping[tuple[str, str], Role]] = {
    (service, operation): role
    for service, by_role in _OPERATIONS.items()
    for role, operations in by_role.items()
    for operation in operations.split()
}
"""The lowest role that may call an operation, by service and operation."""


def least_role(service: str, operation: str) -> Role | None:
    """The lowest role that may call the operation; None if nobody with a role may."""
    if service == "s3":
        return Role.VIEWER if operation.startswith(("Get", "Head", "List")) else Role.REQUESTER
    return LEAST_ROLE.get((service, operation))


def may_call(role: Role, service: str, operation: str) -> bool:
    """Whether somebody with this role may call the operation."""
    least = least_role(service, operation)
    return least is not None and _RANK[role] >= _RANK[least]


def check_may_call(role: Role, service: str, operation: str) -> None:
    """Raises: Denied: the role may not call the operation; names the role that may."""
    if may_call(role, service, operation):
        return
    least = least_role(service, operation) or Role.ADMIN
    raise Denied(
        translatable(
            "your role is %(role)s; %(operation)s needs the role %(needed)s. Ask an administrator",
            role=role.value,
            operation=operation,
            needed=least.value,
        )
    )
