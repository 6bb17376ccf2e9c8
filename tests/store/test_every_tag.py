"""Tags of every kind of resource: set at creation, validated, and deleted with the resource."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

from helpers.scratch_app import POOL, ScratchApp, least_requests, scratch_app
from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.db import Database
from trigpoint.wire.errors import AwsError

MODEL = botocore.session.get_session().get_service_model("sagemaker")
TAGS = [{"Key": "team", "Value": "street"}, {"Key": "größe / +-=._:@", "Value": ""}]
KINDS = ["Model", "EndpointConfig", "Endpoint", "TrainingJob", "TransformJob", "LabelingJob", "HumanTaskUi"]
KINDS += ["Workteam"]


@pytest.fixture(scope="module")
def app(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScratchApp]:
    with scratch_app(module_database, tmp_path_factory.mktemp("app")) as app:
        for name in ("CreateModel", "CreateEndpointConfig"):
            app.call(name, **least_requests()[name])
        yield app


def create(app: ScratchApp, kind: str, name: str, tags: list[dict[str, str]]) -> str:
    """The ARN of the new resource."""
    request = copy.deepcopy(least_requests()[f"Create{kind}"])
    answer = app.call(f"Create{kind}", **{**request, f"{kind}Name": name, "Tags": tags})
    (arn,) = (value for key, value in answer.items() if key.endswith("Arn"))
    return str(arn)


def tags_of(app: ScratchApp, arn: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = app.call("ListTags", ResourceArn=arn)["Tags"]
    return sorted(found, key=lambda tag: tag["Key"])


def test_every_taggable_resource_is_tested_here(app: ScratchApp) -> None:
    served = app.application.operations.names("sagemaker")
    taking = {
        name.removeprefix("Create")
        for name in served
        if name.startswith("Create") and "Tags" in MODEL.operation_model(name).input_shape.members
    }
    assert taking == {*KINDS, "Workforce"}


@pytest.mark.parametrize("kind", KINDS)
def test_tags_set_at_creation_are_listed_changed_and_deleted(app: ScratchApp, kind: str) -> None:
    arn = create(app, kind, f"tagged-{kind.lower()}", TAGS)
    assert tags_of(app, arn) == sorted(TAGS, key=lambda tag: tag["Key"])
    told = app.call("AddTags", ResourceArn=arn, Tags=[{"Key": "team", "Value": "x"}])["Tags"]
    assert {"Key": "team", "Value": "x"} in told
    app.call("DeleteTags", ResourceArn=arn, TagKeys=["team", "never-there"])
    assert tags_of(app, arn) == TAGS[1:]


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_with_invalid_tags_creates_nothing(app: ScratchApp, kind: str) -> None:
    name = f"broken-{kind.lower()}"
    many = [{"Key": f"k{number}", "Value": ""} for number in range(51)]
    for wrong in (
        many,
        [{"Key": "aws:mine", "Value": ""}],
        [{"Key": "AWS:mine", "Value": ""}],
        [{"Key": "same", "Value": "1"}, {"Key": "same", "Value": "2"}],
        [{"Key": "k" * 129, "Value": ""}],
        [{"Key": "k", "Value": "v" * 257}],
        [{"Key": "k{}", "Value": ""}],
    ):
        with pytest.raises((Invalid, AwsError), match=r"(?i)tags"):
            create(app, kind, name, wrong)
    assert create(app, kind, name, many[:50])  # the name is still free, and fifty tags are allowed


@pytest.mark.parametrize("kind", KINDS)
def test_a_resource_has_at_most_fifty_tags(app: ScratchApp, kind: str) -> None:
    many = [{"Key": f"k{number}", "Value": ""} for number in range(50)]
    arn = create(app, kind, f"full-{kind.lower()}", many)
    with pytest.raises(TrigpointError, match="51 tags; 50 are allowed"):
        app.call("AddTags", ResourceArn=arn, Tags=[{"Key": "one-more", "Value": ""}])
    replaced: Any = app.call("AddTags", ResourceArn=arn, Tags=[{"Key": "k7", "Value": "new"}])["Tags"]
    assert len(replaced) == 50


@pytest.mark.parametrize("kind", ["Model", "EndpointConfig", "HumanTaskUi", "Workteam"])
def test_a_recreated_resource_does_not_inherit_the_tags_of_the_deleted_one(
    app: ScratchApp, kind: str
) -> None:
    name = f"again-{kind.lower()}"
    arn = create(app, kind, name, TAGS)
    app.call(f"Delete{kind}", **{f"{kind}Name": name})
    with pytest.raises(Invalid, match="Could not find the resource"):
        app.call("ListTags", ResourceArn=arn)
    assert tags_of(app, create(app, kind, name, [])) == []


def test_a_workforce_has_tags(app: ScratchApp) -> None:
    for team in app.call("ListWorkteams", MaxResults=100)["Workteams"]:
        app.call("DeleteWorkteam", WorkteamName=team["WorkteamName"])
    (workforce,) = app.call("ListWorkforces")["Workforces"]
    app.call("DeleteWorkforce", WorkforceName=workforce["WorkforceName"])
    with pytest.raises(Invalid, match="aws:"):
        app.call(
            "CreateWorkforce", WorkforceName="w", CognitoConfig=POOL, Tags=[{"Key": "aws:x", "Value": ""}]
        )
    arn = app.call("CreateWorkforce", WorkforceName="w", CognitoConfig=POOL, Tags=TAGS)["WorkforceArn"]
    assert tags_of(app, arn) == sorted(TAGS, key=lambda tag: tag["Key"])
