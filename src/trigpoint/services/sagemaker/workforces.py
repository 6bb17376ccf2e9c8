"""The SageMaker operations on workforces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from trigpoint.core.errors import Conflict, Invalid
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
from trigpoint.workforce.people import OidcConfig, Workforce
from trigpoint.workforce.workforces import Workforces

Request = Mapping[str, Any]

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
    "WorkforceVpcConfig": IgnoredField("the portal is served on the address of the server"),
    "IpAddressType": IgnoredField("the portal is served on the address of the server"),
}


class WorkforceOperations:
    """Translates between the wire and the workforce."""

    FIELDS: ClassVar[Fields] = {
        "CreateWorkforce": {
            "CognitoConfig": IgnoredField(
                "only the names are stored; the server itself stores workers and their passwords"
            ),
            **_WORKFORCE_FIELDS,
        },
        "UpdateWorkforce": _WORKFORCE_FIELDS,
    }

    def __init__(self, workforces: Workforces) -> None:
        self._workforces = workforces

    def create_workforce(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        workforce = self._workforces.create(
            request["WorkforceName"],
            cognito=cognito_from_wire(request.get("CognitoConfig")),
            oidc=_oidc(request.get("OidcConfig")),
            oidc_client_secret=(request.get("OidcConfig") or {}).get("ClientSecret"),
            source_cidrs=(request.get("SourceIpConfig") or {}).get("Cidrs", ()),
            vpc_config=_vpc(request.get("WorkforceVpcConfig")),
            ip_address_type=request.get("IpAddressType", "ipv4"),
            tags=tags_of(request),
        )
        return {"WorkforceArn": workforce.arn}

    def describe_workforce(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        with missing_is_invalid():
            return {"Workforce": _workforce(ctx, self._workforces.get(request["WorkforceName"]))}

    def update_workforce(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        oidc = request.get("OidcConfig")
        source = request.get("SourceIpConfig")
        with missing_is_invalid():
            workforce = self._update(
                request["WorkforceName"],
                oidc=_oidc(oidc),
                oidc_client_secret=(oidc or {}).get("ClientSecret"),
                source_cidrs=None if source is None else source.get("Cidrs", ()),
                vpc_config=_vpc(request.get("WorkforceVpcConfig")),
                ip_address_type=request.get("IpAddressType"),
            )
        return {"Workforce": _workforce(ctx, workforce)}

    def _update(self, name: str, **changes: Any) -> Workforce:
        try:
            return self._workforces.update(name, **changes)
        except Conflict as conflict:
            raise AwsError("ConflictException", conflict.message) from conflict

    def delete_workforce(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        with missing_is_invalid():
            self._workforces.delete(request["WorkforceName"])
        return {}

    def list_workforces(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        if request.get("NextToken"):
            decode_token(request["NextToken"])  # refuses made-up tokens; there is never a second page
        wanted = request.get("NameContains", "").lower()
        found = [one for one in self._workforces.list() if wanted in one.name.lower()]
        return {"Workforces": [_workforce(ctx, one) for one in found]}


def _workforce(ctx: RequestContext, workforce: Workforce) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "WorkforceName": workforce.name,
        "WorkforceArn": workforce.arn,
        "LastUpdatedDate": workforce.updated_at,
        "SourceIpConfig": {"Cidrs": list(workforce.source_cidrs)},
        "SubDomain": sub_domain(ctx),
        "CreateDate": workforce.created_at,
        "Status": workforce.status,
        "IpAddressType": workforce.ip_address_type,
    }
    if workforce.cognito is not None:
        answer["CognitoConfig"] = cognito_to_wire(workforce.cognito)
    if workforce.oidc is not None:
        answer["OidcConfig"] = _oidc_config(workforce.oidc)
    if workforce.vpc_config is not None:
        answer["WorkforceVpcConfig"] = dict(workforce.vpc_config)
    if workforce.failure_reason:
        answer["FailureReason"] = workforce.failure_reason
    return answer


def _oidc_config(oidc: OidcConfig) -> dict[str, Any]:
    fields = {wire: getattr(oidc, name) for wire, name in _OIDC_FIELDS.items()}
    return {wire: value for wire, value in fields.items() if value}


def _oidc(config: Request | None) -> OidcConfig | None:
    if config is None:
        return None
    return OidcConfig(**{name: config[wire] for wire, name in _OIDC_FIELDS.items() if wire in config})


def _vpc(config: Request | None) -> dict[str, Any] | None:
    """The VPC settings; `{}` removes them."""
    if not config:
        return None if config is None else {}
    missing = [name for name in ("VpcId", "SecurityGroupIds", "Subnets") if not config.get(name)]
    if missing:
        raise Invalid(f"WorkforceVpcConfig lacks {', '.join(missing)}; set all three, or none to remove it")
    return dict(config)
