"""The SageMaker operations on people: workforces, work teams and subscribed work teams."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

from trigpoint.core.errors import Conflict, Invalid, NotFound
from trigpoint.core.paging import Page, cut_page, decode_position, decode_token
from trigpoint.services.context import RequestContext
from trigpoint.services.coverage import Coverage, Fields, IgnoredField
from trigpoint.services.sagemaker.tags import tags_of
from trigpoint.wire.errors import AwsError
from trigpoint.workforce.people import CognitoConfig, MemberDefinition, OidcConfig, Team, Workforce
from trigpoint.workforce.teams import Teams
from trigpoint.workforce.workforces import Workforces

Request = Mapping[str, Any]
Named = TypeVar("Named", Workforce, Team)

PAGE_SIZE = 100

_OIDC_FIELDS = {
    "ClientId": "client_id",
    "Issuer": "issuer",
    "AuthorizationEndpoint": "authorization_endpoint",
    "TokenEndpoint": "token_endpoint",
    "UserInfoEndpoint": "user_info_endpoint",
    "LogoutEndpoint": "logout_endpoint",
    "JwksUri": "jwks_uri",
    "Scope": "scope",
    "AuthenticationRequestExtraParams": "extra_params",
}


_WORKFORCE_FIELDS: Mapping[str, Coverage] = {
    "OidcConfig": IgnoredField(
        "kept and shown again; people sign in to the portal with passwords of their own"
    ),
    "WorkforceVpcConfig": IgnoredField("the portal answers wherever the server does"),
    "IpAddressType": IgnoredField("the portal answers wherever the server does"),
}
_TEAM_FIELDS: Mapping[str, Coverage] = {
    "NotificationConfiguration": IgnoredField("there is no notification service; the portal lists the jobs"),
    "WorkerAccessConfiguration": IgnoredField("links to task data are bound to a time, not to an address"),
}


class WorkforceOperations:
    """Translates between the wire and the workforce package."""

    FIELDS: ClassVar[Fields] = {
        "CreateWorkforce": {
            "CognitoConfig": IgnoredField(
                "names only: workers and their passwords are kept by the server itself"
            ),
            **_WORKFORCE_FIELDS,
        },
        "UpdateWorkforce": _WORKFORCE_FIELDS,
        "CreateWorkteam": _TEAM_FIELDS,
        "UpdateWorkteam": _TEAM_FIELDS,
    }

    def __init__(self, workforces: Workforces, teams: Teams) -> None:
        self._workforces = workforces
        self._teams = teams

    # -- workforces

    def create_workforce(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        workforce = self._workforces.create(
            request["WorkforceName"],
            cognito=_cognito(request.get("CognitoConfig")),
            oidc=_oidc(request.get("OidcConfig")),
            oidc_client_secret=(request.get("OidcConfig") or {}).get("ClientSecret"),
            source_cidrs=(request.get("SourceIpConfig") or {}).get("Cidrs", ()),
            vpc_config=_vpc(request.get("WorkforceVpcConfig")),
            ip_address_type=request.get("IpAddressType", "ipv4"),
            tags=tags_of(request),
        )
        return {"WorkforceArn": workforce.arn}

    def describe_workforce(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        with _missing_is_invalid():
            return {"Workforce": _workforce(ctx, self._workforces.get(request["WorkforceName"]))}

    def update_workforce(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        oidc = request.get("OidcConfig")
        source = request.get("SourceIpConfig")
        with _missing_is_invalid(), _conflict_is("ConflictException"):
            workforce = self._workforces.update(
                request["WorkforceName"],
                oidc=_oidc(oidc),
                oidc_client_secret=(oidc or {}).get("ClientSecret"),
                source_cidrs=None if source is None else source.get("Cidrs", ()),
                vpc_config=_vpc(request.get("WorkforceVpcConfig")),
                ip_address_type=request.get("IpAddressType"),
            )
        return {"Workforce": _workforce(ctx, workforce)}

    def delete_workforce(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        with _missing_is_invalid():
            self._workforces.delete(request["WorkforceName"])
        return {}

    def list_workforces(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        page = _page(self._workforces.list(), request)
        return _listed("Workforces", page, lambda workforce: _workforce(ctx, workforce))

    # -- work teams

    def create_workteam(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        with _missing_is_invalid():
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
        with _missing_is_invalid():
            return {"Workteam": _workteam(ctx, self._teams.get(request["WorkteamName"]))}

    def update_workteam(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        definitions = request.get("MemberDefinitions")
        notification = request.get("NotificationConfiguration")
        with _missing_is_invalid():
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
        page = _page(self._teams.list(), request)
        return _listed("Workteams", page, lambda team: _workteam(ctx, team))

    # -- subscribed work teams: nobody can subscribe to a vendor here, so there is none

    def describe_subscribed_workteam(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        raise AwsError(
            "ValidationException",
            f"The subscribed work team {request['WorkteamArn']} does not exist; vendors have no teams here",
        )

    def list_subscribed_workteams(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        if request.get("NextToken"):
            decode_token(request["NextToken"])
        return {"SubscribedWorkteams": []}


# -- lists


def _page(everything: Sequence[Named], request: Request) -> Page[Named]:
    """The page asked for. There are few of these (one workforce, 25 teams), so they are sorted here."""
    wanted = request.get("NameContains", "").lower()
    by_name = request.get("SortBy") == "Name"
    descending = request.get("SortOrder") == "Descending"
    limit = request.get("MaxResults", PAGE_SIZE)

    def position(one: Named) -> tuple[Any, ...]:
        return (one.name,) if by_name else (one.created_at, one.name)

    found = sorted(
        (one for one in everything if wanted in one.name.lower()), key=position, reverse=descending
    )
    if request.get("NextToken"):
        after = _token_position(request["NextToken"], by_name)
        found = [one for one in found if (position(one) < after if descending else position(one) > after)]

    def place(one: Named) -> dict[str, Any]:
        return {"name": one.name} if by_name else {"at": one.created_at, "name": one.name}

    return cut_page(found[: limit + 1], limit, place)


def _token_position(token: str, by_name: bool) -> tuple[Any, ...]:
    return tuple(decode_position(token, {"name": str} if by_name else {"at": datetime, "name": str}))


def _listed(key: str, page: Page[Named], to_wire: Callable[[Named], dict[str, Any]]) -> dict[str, Any]:
    answer: dict[str, Any] = {key: [to_wire(one) for one in page.items]}
    if page.next_token is not None:
        answer["NextToken"] = page.next_token
    return answer


# -- to the wire


def _workforce(ctx: RequestContext, workforce: Workforce) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "WorkforceName": workforce.name,
        "WorkforceArn": workforce.arn,
        "LastUpdatedDate": workforce.updated_at,
        "SourceIpConfig": {"Cidrs": list(workforce.source_cidrs)},
        "SubDomain": _sub_domain(ctx),
        "CreateDate": workforce.created_at,
        "Status": workforce.status,
        "IpAddressType": workforce.ip_address_type,
    }
    if workforce.cognito is not None:
        answer["CognitoConfig"] = _cognito_config(workforce.cognito)
    if workforce.oidc is not None:
        answer["OidcConfig"] = _oidc_config(workforce.oidc)
    if workforce.vpc_config is not None:
        answer["WorkforceVpcConfig"] = dict(workforce.vpc_config)
    if workforce.failure_reason:
        answer["FailureReason"] = workforce.failure_reason
    return answer


def _cognito_config(pool: CognitoConfig) -> dict[str, Any]:
    return {"UserPool": pool.user_pool, "ClientId": pool.client_id}


def _oidc_config(oidc: OidcConfig) -> dict[str, Any]:
    fields = {wire: getattr(oidc, name) for wire, name in _OIDC_FIELDS.items()}
    return {wire: value for wire, value in fields.items() if value}


def _workteam(ctx: RequestContext, team: Team) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "WorkteamName": team.name,
        "MemberDefinitions": [_member_definition(definition) for definition in team.member_definitions],
        "WorkteamArn": team.arn,
        "WorkforceArn": team.workforce_arn,
        "Description": team.description,
        "SubDomain": _sub_domain(ctx),
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
    group = {**_cognito_config(definition.cognito), "UserGroup": definition.groups[0]}
    return {"CognitoMemberDefinition": group}


def _sub_domain(ctx: RequestContext) -> str:
    """The host under which the portal answers: `<scheme>://<SubDomain>/portal/`."""
    host: str = urlsplit(ctx.base_url).netloc
    return host


# -- from the wire


def _cognito(config: Request | None) -> CognitoConfig | None:
    return None if config is None else CognitoConfig(config["UserPool"], config["ClientId"])


def _oidc(config: Request | None) -> OidcConfig | None:
    if config is None:
        return None
    return OidcConfig(**{name: config[wire] for wire, name in _OIDC_FIELDS.items() if wire in config})


def _vpc(config: Request | None) -> dict[str, Any] | None:
    """The VPC settings; `{}` says that they are to be removed."""
    if not config:
        return None if config is None else {}
    missing = [name for name in ("VpcId", "SecurityGroupIds", "Subnets") if not config.get(name)]
    if missing:
        raise Invalid(f"WorkforceVpcConfig lacks {', '.join(missing)}; give all three, or none to remove it")
    return dict(config)


def _member_definitions(definitions: Sequence[Request]) -> list[MemberDefinition]:
    return [_one_definition(index, definition) for index, definition in enumerate(definitions)]


def _one_definition(index: int, definition: Request) -> MemberDefinition:
    cognito, oidc = definition.get("CognitoMemberDefinition"), definition.get("OidcMemberDefinition")
    if (cognito is None) == (oidc is None):
        raise Invalid(
            f"MemberDefinitions[{index}] must have one of CognitoMemberDefinition and OidcMemberDefinition"
        )
    if cognito is not None:
        return MemberDefinition((cognito["UserGroup"],), _cognito(cognito))
    groups = (oidc or {}).get("Groups")
    if not groups:
        raise Invalid(f"MemberDefinitions[{index}].OidcMemberDefinition.Groups must name 1 to 10 groups")
    return MemberDefinition(tuple(groups))


# -- errors


@contextmanager
def _missing_is_invalid() -> Iterator[None]:
    """No ResourceNotFound is modelled here: AWS answers ValidationException, and clients read its words."""
    try:
        yield
    except NotFound as missing:
        raise AwsError("ValidationException", missing.message) from missing


@contextmanager
def _conflict_is(code: str) -> Iterator[None]:
    try:
        yield
    except Conflict as conflict:
        raise AwsError(code, conflict.message) from conflict
