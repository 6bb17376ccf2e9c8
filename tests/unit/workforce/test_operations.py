"""The SageMaker operations on workforces and work teams: shapes, lists and errors that clients see."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Conflict, Invalid, TrigpointError
from trigpoint.db import Database
from trigpoint.db.tables.tags import get_tags
from trigpoint.services.context import RequestContext
from trigpoint.services.dispatch import OperationTable
from trigpoint.services.sagemaker.workforces import WorkforceOperations
from trigpoint.services.sagemaker.workteams import WorkteamOperations
from trigpoint.settings import Settings
from trigpoint.wire import json_protocol, validate
from trigpoint.wire.errors import AwsError
from trigpoint.wire.model import operation_model
from trigpoint.workforce.teams import Teams
from trigpoint.workforce.workforces import Workforces

Call = Callable[..., dict[str, Any]]

POOL = {"UserPool": "us-east-1_Pool12345", "ClientId": "client1"}
IDP = "https://idp.example.com/"
OIDC = {
    "ClientId": "me",
    "ClientSecret": "hush-hush",
    "Issuer": IDP,
    "AuthorizationEndpoint": IDP + "a",
    "TokenEndpoint": IDP + "t",
    "UserInfoEndpoint": IDP + "u",
    "LogoutEndpoint": IDP + "l",
    "JwksUri": IDP + "j",
    "Scope": "openid",
    "AuthenticationRequestExtraParams": {"kc_idp_hint": "x"},
}


@pytest.fixture
def call(database: Database, settings: Settings, clock: FakeClock) -> Call:
    """Calls an operation as the request chain does: parses and validates the request, serializes the result."""
    settings.data_dir.mkdir()
    workforces = Workforces(database, settings, clock, SecretBox.create(settings.key_file))
    served = OperationTable(
        {"sagemaker": [WorkforceOperations(workforces), WorkteamOperations(Teams(database, settings, clock))]}
    )

    def perform(name: str, **request: Any) -> dict[str, Any]:
        operation = operation_model("sagemaker", name)
        assert operation is not None
        parsed = json_protocol.parse(operation, json.dumps(request).encode())
        validate.validate(operation, parsed)
        context = RequestContext(
            "r", "us-east-1", "111122223333", "K", "arn", "::1", "https://label.example:8443", clock.now()
        )
        clock.advance(1)
        result = served.find("sagemaker", name).handler(context, parsed) or {}
        assert validate.answer_problems(operation, result) == []
        answer: dict[str, Any] = json.loads(json_protocol.serialize(operation, result) or b"{}")
        return answer

    return perform


def team_request(name: str, **more: Any) -> dict[str, Any]:
    members = [{"CognitoMemberDefinition": {**POOL, "UserGroup": "g"}}]
    return {"WorkteamName": name, "Description": f"about {name}", "MemberDefinitions": members, **more}


def test_a_cognito_workforce_is_described_as_it_was_created(call: Call) -> None:
    arn = call("CreateWorkforce", WorkforceName="crew", CognitoConfig=POOL)["WorkforceArn"]
    workforce = call("DescribeWorkforce", WorkforceName="crew")["Workforce"]
    assert arn == "arn:aws:sagemaker:us-east-1:111122223333:workforce/crew"
    assert isinstance(workforce.pop("CreateDate"), int | float)
    assert isinstance(workforce.pop("LastUpdatedDate"), int | float)
    assert workforce == {
        "WorkforceName": "crew",
        "WorkforceArn": arn,
        "SourceIpConfig": {"Cidrs": []},
        "SubDomain": "label.example:8443",
        "CognitoConfig": POOL,
        "Status": "Active",
        "IpAddressType": "ipv4",
    }


def test_the_client_secret_of_an_oidc_workforce_is_never_returned(call: Call) -> None:
    call("CreateWorkforce", WorkforceName="crew", OidcConfig=OIDC, SourceIpConfig={"Cidrs": ["10.0.0.0/8"]})
    described = call("DescribeWorkforce", WorkforceName="crew")
    assert described["Workforce"]["OidcConfig"] == {k: v for k, v in OIDC.items() if k != "ClientSecret"}
    assert described["Workforce"]["SourceIpConfig"] == {"Cidrs": ["10.0.0.0/8"]}
    updated = call("UpdateWorkforce", WorkforceName="crew", OidcConfig={**OIDC, "ClientSecret": "hush-two"})
    assert "hush" not in json.dumps([described, updated, call("ListWorkforces")])


def test_updating_a_workforce_changes_only_the_given_fields(call: Call) -> None:
    vpc = {"VpcId": "vpc-0a1b2c3d", "SecurityGroupIds": ["sg-0a1b2c3d"], "Subnets": ["subnet-0a1b2c3d"]}
    call("CreateWorkforce", WorkforceName="crew", CognitoConfig=POOL, WorkforceVpcConfig=vpc)
    first = call("UpdateWorkforce", WorkforceName="crew", SourceIpConfig={"Cidrs": ["192.0.2.0/24"]})[
        "Workforce"
    ]
    assert (first["WorkforceVpcConfig"], first["SourceIpConfig"]) == (vpc, {"Cidrs": ["192.0.2.0/24"]})
    assert first["LastUpdatedDate"] > first["CreateDate"]
    second = call("UpdateWorkforce", WorkforceName="crew", WorkforceVpcConfig={}, IpAddressType="dualstack")[
        "Workforce"
    ]
    assert "WorkforceVpcConfig" not in second
    assert second["IpAddressType"] == "dualstack"
    with pytest.raises(Invalid, match="Subnets"):
        call(
            "UpdateWorkforce",
            WorkforceName="crew",
            WorkforceVpcConfig={"VpcId": "vpc-0a1b2c3d", "SecurityGroupIds": ["sg-0a1b2c3d"]},
        )


def test_there_is_one_workforce_and_it_can_be_deleted_only_without_teams(call: Call) -> None:
    call("CreateWorkforce", WorkforceName="crew", OidcConfig=OIDC)
    with pytest.raises(Conflict):
        call("CreateWorkforce", WorkforceName="other", CognitoConfig=POOL)
    call(
        "CreateWorkteam", **team_request("t", MemberDefinitions=[{"OidcMemberDefinition": {"Groups": ["g"]}}])
    )
    with pytest.raises(Conflict):
        call("DeleteWorkforce", WorkforceName="crew")
    with pytest.raises(AwsError) as changed:
        call("UpdateWorkforce", WorkforceName="crew", OidcConfig=OIDC)
    assert changed.value.code == "ConflictException"
    assert call("DeleteWorkteam", WorkteamName="t") == {"Success": True}
    assert call("DeleteWorkforce", WorkforceName="crew") == {}
    assert call("ListWorkforces") == {"Workforces": []}


@pytest.mark.parametrize(
    ("operation", "request_", "words"),
    [
        ("DescribeWorkforce", {"WorkforceName": "nope"}, "No workforce"),
        ("UpdateWorkforce", {"WorkforceName": "nope"}, "No workforce"),
        ("DeleteWorkforce", {"WorkforceName": "nope"}, "No workforce"),
        ("DescribeWorkteam", {"WorkteamName": "nope"}, "The work team nope"),
        ("UpdateWorkteam", {"WorkteamName": "nope"}, "The work team nope"),
        ("CreateWorkteam", team_request("t", WorkforceName="nope"), "No workforce"),
        (
            "DescribeSubscribedWorkteam",
            {"WorkteamArn": "arn:aws:sagemaker:us-east-1:111122223333:workteam/vendor-crowd/v"},
            "does not exist",
        ),
    ],
)
def test_missing_resources_are_validation_errors_with_the_text_that_clients_search(
    call: Call, operation: str, request_: dict[str, Any], words: str
) -> None:
    with pytest.raises(AwsError, match=words) as missing:
        call(operation, **request_)
    assert (missing.value.code, missing.value.status) == ("ValidationException", 400)


def test_a_team_is_described_as_it_was_created(call: Call, database: Database) -> None:
    topic = {"NotificationTopicArn": "arn:aws:sns:us-east-1:111122223333:topic"}
    access = {"S3Presign": {"IamPolicyConstraints": {"SourceIp": "Enabled"}}}
    request = team_request("Cars", NotificationConfiguration=topic, WorkerAccessConfiguration=access)
    arn = call("CreateWorkteam", **request, Tags=[{"Key": "a", "Value": "1"}])["WorkteamArn"]
    team = call("DescribeWorkteam", WorkteamName="Cars")["Workteam"]
    del team["CreateDate"], team["LastUpdatedDate"]
    assert team == {
        **request,
        "WorkteamArn": arn,
        "WorkforceArn": "arn:aws:sagemaker:us-east-1:111122223333:workforce/default",
        "SubDomain": "label.example:8443",
    }
    with database.read() as connection:
        assert get_tags(connection, arn) == {"a": "1"}


def test_updating_a_team_replaces_its_groups_and_keeps_the_rest(call: Call) -> None:
    call("CreateWorkteam", **team_request("t"))
    members = [{"CognitoMemberDefinition": {**POOL, "UserGroup": group}} for group in ("x", "y")]
    team = call("UpdateWorkteam", WorkteamName="t", MemberDefinitions=members)["Workteam"]
    assert (team["MemberDefinitions"], team["Description"]) == (members, "about t")
    described = call("UpdateWorkteam", WorkteamName="t", Description="new")["Workteam"]
    assert (described["MemberDefinitions"], described["Description"]) == (members, "new")


def test_deleting_a_team_returns_whether_it_existed(call: Call) -> None:
    call("CreateWorkteam", **team_request("t"))
    assert [call("DeleteWorkteam", WorkteamName="t") for _ in range(2)] == [
        {"Success": True},
        {"Success": False},
    ]


def test_a_member_definition_has_exactly_one_kind(call: Call) -> None:
    both = {"CognitoMemberDefinition": {**POOL, "UserGroup": "g"}, "OidcMemberDefinition": {"Groups": ["g"]}}
    for wrong in (both, {}, {"OidcMemberDefinition": {}}):
        with pytest.raises(TrigpointError, match=r"MemberDefinitions\[0\]"):
            call("CreateWorkteam", **team_request("t", MemberDefinitions=[wrong]))


def listed(call: Call, **request: Any) -> list[str]:
    """The names on all pages."""
    names, token = [], {}
    while True:
        page = call("ListWorkteams", **request, **token)
        names += [team["WorkteamName"] for team in page["Workteams"]]
        if "NextToken" not in page:
            return names
        token = {"NextToken": page["NextToken"]}


def test_teams_are_listed_in_any_order_in_pages_of_any_size(call: Call) -> None:
    made = ["cars", "boats", "Ants", "bikes", "trains"]
    for name in made:
        call("CreateWorkteam", **team_request(name))
    for size in (1, 2, 5, 100):
        assert listed(call, MaxResults=size) == made
        assert listed(call, MaxResults=size, SortOrder="Descending") == made[::-1]
        assert listed(call, MaxResults=size, SortBy="Name") == sorted(made)
        assert listed(call, MaxResults=size, SortBy="Name", SortOrder="Descending") == sorted(made)[::-1]
        assert listed(call, MaxResults=size, NameContains="A") == ["cars", "boats", "Ants", "trains"]
    assert listed(call, NameContains="zebra") == []


def test_pages_continue_at_their_position_when_teams_are_created_and_deleted(call: Call) -> None:
    for name in ("a", "c", "e"):
        call("CreateWorkteam", **team_request(name))
    first = call("ListWorkteams", SortBy="Name", MaxResults=2)
    call("CreateWorkteam", **team_request("b"))
    call("DeleteWorkteam", WorkteamName="c")
    rest = call("ListWorkteams", SortBy="Name", MaxResults=2, NextToken=first["NextToken"])
    assert [team["WorkteamName"] for team in rest["Workteams"]] == ["e"]


@pytest.mark.parametrize("operation", ["ListWorkteams", "ListWorkforces", "ListSubscribedWorkteams"])
def test_an_invalid_token_is_refused(call: Call, operation: str) -> None:
    with pytest.raises(Invalid, match="NextToken"):
        call(operation, NextToken="made-up")


def test_there_are_no_subscribed_work_teams(call: Call) -> None:
    assert call("ListSubscribedWorkteams") == {"SubscribedWorkteams": []}
