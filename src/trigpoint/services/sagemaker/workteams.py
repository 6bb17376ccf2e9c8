"""The SageMaker operations on work teams and subscribed work teams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from trigpoint.core.errors import Invalid
from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import decode_token
from trigpoint.services.context import RequestContext
from trigpoint.services.coverage import Coverage, Fields, IgnoredField
from trigpoint.services.sagemaker.tags import tags_of
from trigpoint.services.sagemaker.workforce_fields import (
    cognito_from_wire,
    cognito_to_wire,
    missing_is_invalid,
    sub_domain,
)
from trigpoint.wire.errors import AwsError
from trigpoint.workforce.people import MemberDefinition, Team
from trigpoint.workforce.teams import Teams

Request = Mapping[str, Any]

PAGE_SIZE = 100

_TEAM_FIELDS: Mapping[str, Coverage] = {
    "NotificationConfiguration": IgnoredField(
        "there is no notification service; the members get mail instead"
    ),
    "WorkerAccessConfiguration.S3Presign.IamPolicyConstraints.VpcSourceIp": IgnoredField("there is no VPC"),
}


def limits_links(team: Team) -> bool:
    """Whether links to the data of tasks work only from the worker's address.

    Decision: `VpcSourceIp` changes nothing, because it is about addresses inside a VPC of AWS.
    """
    presign = (team.worker_access or {}).get("S3Presign") or {}
    return (presign.get("IamPolicyConstraints") or {}).get("SourceIp") == "Enabled"


class WorkteamOperations:
    """Translates between the wire and the work teams."""

    FIELDS: ClassVar[Fields] = {"CreateWorkteam": _TEAM_FIELDS, "UpdateWorkteam": _TEAM_FIELDS}

    def __init__(self, teams: Teams) -> None:
        self._teams = teams

    def create_workteam(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        with missing_is_invalid():
            team = self._teams.create(
                request["WorkteamName"],
                request["Description"],
                _member_definitions(request["MemberDefinitions"]),
                workforce_name=request.get("WorkforceName"),
                notification_topic_arn=(request.get("NotificationConfiguration") or {}).get(
                    "NotificationTopicArn"
                ),
                worker_access=request.get("WorkerAccessConfiguration"),
                tags=tags_of(request),
            )
        return {"WorkteamArn": team.arn}

    def describe_workteam(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        with missing_is_invalid():
            return {"Workteam": _workteam(ctx, self._teams.get(request["WorkteamName"]))}

    def update_workteam(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        definitions = request.get("MemberDefinitions")
        notification = request.get("NotificationConfiguration")
        with missing_is_invalid():
            team = self._teams.update(
                request["WorkteamName"],
                description=request.get("Description"),
                member_definitions=None if definitions is None else _member_definitions(definitions),
                notification_topic_arn=None
                if notification is None
                else notification.get("NotificationTopicArn", ""),
                worker_access=request.get("WorkerAccessConfiguration"),
            )
        return {"Workteam": _workteam(ctx, team)}

    def delete_workteam(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        return {"Success": self._teams.delete(request["WorkteamName"])}

    def list_workteams(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        page = self._teams.list(_list_filter(request))
        answer: dict[str, Any] = {"Workteams": [_workteam(ctx, team) for team in page.items]}
        if page.next_token is not None:
            answer["NextToken"] = page.next_token
        return answer

    # There are no subscribed work teams, because there are no vendors to subscribe to.

    def describe_subscribed_workteam(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        raise AwsError(
            "ValidationException",
            f"The subscribed work team {request['WorkteamArn']} does not exist; Trigpoint has no vendors",
        )

    def list_subscribed_workteams(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        if request.get("NextToken"):
            decode_token(request["NextToken"])
        return {"SubscribedWorkteams": []}


def _list_filter(request: Request) -> ListFilter:
    return ListFilter(
        name_contains=request.get("NameContains"),
        sort_by="name" if request.get("SortBy") == "Name" else "created_at",
        descending=request.get("SortOrder") == "Descending",
        limit=request.get("MaxResults", PAGE_SIZE),
        next_token=request.get("NextToken"),
    )


def _member_definitions(definitions: Sequence[Request]) -> list[MemberDefinition]:
    return [_one_definition(index, definition) for index, definition in enumerate(definitions)]


def _one_definition(index: int, definition: Request) -> MemberDefinition:
    cognito, oidc = definition.get("CognitoMemberDefinition"), definition.get("OidcMemberDefinition")
    if (cognito is None) == (oidc is None):
        raise Invalid(
            f"MemberDefinitions[{index}] must have one of CognitoMemberDefinition and OidcMemberDefinition"
        )
    if cognito is not None:
        return MemberDefinition((cognito["UserGroup"],), cognito_from_wire(cognito))
    groups = (oidc or {}).get("Groups")
    if not groups:
        raise Invalid(f"MemberDefinitions[{index}].OidcMemberDefinition.Groups must name 1 to 10 groups")
    return MemberDefinition(tuple(groups))


def _workteam(ctx: RequestContext, team: Team) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "WorkteamName": team.name,
        "MemberDefinitions": [_member_definition(definition) for definition in team.member_definitions],
        "WorkteamArn": team.arn,
        "WorkforceArn": team.workforce_arn,
        "Description": team.description,
        "SubDomain": sub_domain(ctx),
        "CreateDate": team.created_at,
        "LastUpdatedDate": team.updated_at,
    }
    if team.notification_topic_arn:
        answer["NotificationConfiguration"] = {"NotificationTopicArn": team.notification_topic_arn}
    if team.worker_access:
        answer["WorkerAccessConfiguration"] = dict(team.worker_access)
    return answer


def _member_definition(definition: MemberDefinition) -> dict[str, Any]:
    if definition.cognito is None:
        return {"OidcMemberDefinition": {"Groups": list(definition.groups)}}
    group = {**cognito_to_wire(definition.cognito), "UserGroup": definition.groups[0]}
    return {"CognitoMemberDefinition": group}
