"""The labeling operations, called with boto3: responses, lists and errors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import delete

from helpers.labeling import FUNCTION, ROLE, TEMPLATE, World
from helpers.live_server import serving
from helpers.task_templates import shared_templates, signers
from helpers.toy_aws import KEY, client
from trigpoint.core.clock import FakeClock, SystemClock
from trigpoint.core.paging import encode_token
from trigpoint.db import Database
from trigpoint.db.tables.labeling import labeling_jobs
from trigpoint.labeling.human_task_uis import HumanTaskUis
from trigpoint.server.aws_app import AwsApp
from trigpoint.services.dispatch import OperationTable
from trigpoint.services.s3 import S3
from trigpoint.services.sagemaker.human_task_uis import HumanTaskUiOperations
from trigpoint.services.sagemaker.labeling_jobs import LabelingJobOperations
from trigpoint.services.sagemaker.tags import TagOperations
from trigpoint.settings import Settings

TEAM = "arn:aws:sagemaker:us-east-1:111122223333:workteam/private-crowd/crew"


@pytest.fixture
def world(database: Database, settings: Settings, clock: FakeClock) -> World:
    world = World(database, settings, clock)
    world.crew("bob")
    return world


@pytest.fixture
def sm(world: World, settings: Settings) -> Iterator[Any]:
    """A SageMaker client for the labeling operations."""

    table = OperationTable(
        {
            "sagemaker": [
                LabelingJobOperations(world.jobs),
                HumanTaskUiOperations(
                    signers, HumanTaskUis(world.database, settings, world.clock), shared_templates()
                ),
                TagOperations(world.database),
            ]
        }
    )
    app = AwsApp(table, S3(world.objects, settings), {KEY.access_key_id: KEY}.get, settings, SystemClock())
    with serving(app) as url:
        yield client(url, "sagemaker")


def request(world: World, name: str = "Boxes-1", **over: Any) -> dict[str, Any]:
    spec = world.spec(name)
    return {
        "LabelingJobName": name,
        "LabelAttributeName": "boxes",
        "InputConfig": {
            "DataSource": {"S3DataSource": {"ManifestS3Uri": spec.manifest_uri}},
            "DataAttributes": {"ContentClassifiers": ["FreeOfAdultContent"]},
        },
        "OutputConfig": {"S3OutputPath": "s3://lab/out/", "KmsKeyId": ""},
        "RoleArn": ROLE,
        "LabelCategoryConfigS3Uri": spec.label_categories_uri,
        "StoppingConditions": {"MaxHumanLabeledObjectCount": 7, "MaxPercentageOfInputDatasetLabeled": 100},
        "HumanTaskConfig": {
            "WorkteamArn": TEAM,
            "UiConfig": {"UiTemplateS3Uri": spec.template_uri},
            "PreHumanTaskLambdaArn": f"{FUNCTION}:PRE-BoundingBox",
            "TaskKeywords": ["Images", "object detection"],
            "TaskTitle": "Draw boxes",
            "TaskDescription": "Draw a box",
            "NumberOfHumanWorkersPerDataObject": 1,
            "TaskTimeLimitInSeconds": 300,
            "TaskAvailabilityLifetimeInSeconds": 21600,
            "MaxConcurrentTaskCount": 1000,
            "AnnotationConsolidationConfig": {
                "AnnotationConsolidationLambdaArn": f"{FUNCTION}:ACS-BoundingBox"
            },
        },
        "Tags": [{"Key": "flow", "Value": "labeling"}],
        **over,
    }


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    """The code and message of the error."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return error["Code"], error["Message"]


def test_describe_returns_the_request(world: World, sm: Any) -> None:
    asked = request(world)
    arn = sm.create_labeling_job(**asked)["LabelingJobArn"]
    assert arn == "arn:aws:sagemaker:us-east-1:111122223333:labeling-job/boxes-1"
    found = sm.describe_labeling_job(LabelingJobName="boxes-1")
    found.pop("ResponseMetadata")
    code = found.pop("JobReferenceCode")
    assert code.startswith("111122223333") and len(code) == 28
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert found.pop("CreationTime") == found.pop("LastModifiedTime") == at
    counters = dict.fromkeys(
        ["TotalLabeled", "HumanLabeled", "MachineLabeled", "FailedNonRetryableError", "Unlabeled"], 0
    )
    assert found == {
        **asked,
        "LabelingJobArn": arn,
        "LabelingJobStatus": "Initializing",
        "LabelCounters": counters,
    }


def test_describe_returns_no_optional_fields_that_were_not_requested(world: World, sm: Any) -> None:
    asked = request(world)
    for key in ("StoppingConditions", "Tags"):
        del asked[key]
    del asked["InputConfig"]["DataAttributes"], asked["OutputConfig"]["KmsKeyId"]
    for key in ("TaskKeywords", "TaskAvailabilityLifetimeInSeconds", "MaxConcurrentTaskCount"):
        del asked["HumanTaskConfig"][key]
    sm.create_labeling_job(**asked)
    found = sm.describe_labeling_job(LabelingJobName="Boxes-1")
    for key, value in asked.items():
        assert found[key] == value
    assert not {"StoppingConditions", "Tags", "FailureReason", "LabelingJobOutput"} & set(found)


def test_a_finished_job_reports_the_uri_of_its_output(world: World, sm: Any) -> None:
    (bob,) = world.teams.members("crew")
    sm.create_labeling_job(**request(world))
    world.run()
    while world.answer(bob, "Boxes-1", ("cat", 1, 1, 5, 5)):
        pass
    world.run()
    found = sm.describe_labeling_job(LabelingJobName="Boxes-1")
    assert (found["LabelingJobStatus"], found["LabelCounters"]["HumanLabeled"]) == ("Completed", 2)
    uri = found["LabelingJobOutput"]["OutputDatasetS3Uri"]
    assert uri == "s3://lab/out/Boxes-1/manifests/output/output.manifest"
    assert len(world.objects.read_uri(uri).splitlines()) == 2


def test_a_failed_job_reports_the_reason(world: World, sm: Any) -> None:
    asked = request(world)
    world.put("Boxes-1/in.manifest", "{broken")
    sm.create_labeling_job(**asked)
    world.run()
    found = sm.describe_labeling_job(LabelingJobName="Boxes-1")
    assert found["LabelingJobStatus"] == "Failed"
    assert found["FailureReason"].startswith(
        "the input manifest s3://lab/Boxes-1/in.manifest, line 1: not valid JSON"
    )
    (summary,) = sm.list_labeling_jobs(StatusEquals="Failed")["LabelingJobSummaryList"]
    assert summary["FailureReason"] == found["FailureReason"]


def test_errors_have_the_codes_of_the_service_model(world: World, sm: Any) -> None:
    sm.create_labeling_job(**request(world))
    assert refused(sm.create_labeling_job, **request(world, "boxes-1"))[0] == "ResourceInUse"
    assert refused(sm.describe_labeling_job, LabelingJobName="nope")[0] == "ResourceNotFound"
    assert refused(sm.stop_labeling_job, LabelingJobName="nope")[0] == "ResourceNotFound"
    world.run()
    sm.stop_labeling_job(LabelingJobName="Boxes-1")
    world.run()
    code, message = refused(sm.stop_labeling_job, LabelingJobName="Boxes-1")
    assert (code, "already Stopped" in message) == ("ValidationException", True)
    code, _ = refused(sm.list_labeling_jobs, NextToken="nonsense")
    assert code == "ValidationException"
    unknown = TEAM.replace("crew", "nobody")
    assert refused(sm.list_labeling_jobs_for_workteam, WorkteamArn=unknown)[0] == "ResourceNotFound"


NOT_SERVED: list[tuple[dict[str, Any], str]] = [
    (
        {
            "InputConfig": {
                "DataSource": {"SnsDataSource": {"SnsTopicArn": "arn:aws:sns:us-east-1:111122223333:t"}}
            }
        },
        "streaming",
    ),
    ({"InputConfig": {"DataSource": {}}}, "must have S3DataSource"),
    (
        {"LabelingJobAlgorithmsConfig": {"LabelingJobAlgorithmSpecificationArn": "arn:x"}},
        "BoundingBox jobs need .../object-detection",
    ),
    (
        {
            "OutputConfig": {
                "S3OutputPath": "s3://lab/o",
                "SnsTopicArn": "arn:aws:sns:us-east-1:111122223333:t",
            }
        },
        "SnsTopicArn",
    ),
    ({"LabelAttributeName": "my-ref"}, "must not end with -ref"),
]
NOT_SERVED_TASKS: list[tuple[dict[str, Any], str]] = [
    (
        {
            "UiConfig": {
                "UiTemplateS3Uri": "s3://b/t",
                "HumanTaskUiArn": "arn:aws:sagemaker:us-east-1:394669845002:human-task-ui/X",
            }
        },
        "must not have both UiTemplateS3Uri and HumanTaskUiArn",
    ),
    (
        {"UiConfig": {"HumanTaskUiArn": "arn:aws:sagemaker:us-east-1:394669845002:human-task-ui/X"}},
        "jobs take UiTemplateS3Uri",
    ),
    ({"PreHumanTaskLambdaArn": f"{FUNCTION}:PRE-SemanticSegmentation"}, "both must be of the same"),
    ({"PreHumanTaskLambdaArn": f"{FUNCTION}:my-own"}, "there is no function 'my-own'"),
    ({"PublicWorkforceTaskPrice": {"AmountInUsd": {"Cents": 3}}}, "Mechanical Turk"),
    (
        {"WorkteamArn": "arn:aws:sagemaker:us-east-1:394669845002:workteam/public-crowd/default"},
        "Mechanical Turk",
    ),
    ({"TaskTimeLimitInSeconds": 28_801}, "TaskTimeLimitInSeconds is 28801"),
]


@pytest.mark.parametrize(("over", "complaint"), NOT_SERVED)
def test_unsupported_settings_are_refused_with_a_reason(
    world: World, sm: Any, over: dict[str, Any], complaint: str
) -> None:
    code, message = refused(sm.create_labeling_job, **request(world, **over))
    assert code == "ValidationException" and complaint in message


@pytest.mark.parametrize(("over", "complaint"), NOT_SERVED_TASKS)
def test_unsupported_task_settings_are_refused_with_a_reason(
    world: World, sm: Any, over: dict[str, Any], complaint: str
) -> None:
    asked = request(world)
    asked["HumanTaskConfig"] |= over
    code, message = refused(sm.create_labeling_job, **asked)
    assert code == "ValidationException" and complaint in message


def test_a_missing_category_file_is_refused(world: World, sm: Any) -> None:
    asked = request(world)
    del asked["LabelCategoryConfigS3Uri"]
    code, message = refused(sm.create_labeling_job, **asked)
    assert code == "ValidationException" and "LabelCategoryConfigS3Uri is missing" in message


def test_lists_are_filtered_sorted_and_paged(world: World, sm: Any) -> None:
    for name in ("b-1", "A-2", "b-3", "c-4"):
        sm.create_labeling_job(**request(world, name))
        world.clock.advance(60)
    world.run()
    sm.stop_labeling_job(LabelingJobName="c-4")
    world.run()

    def names(**wanted: Any) -> list[str]:
        pages = sm.get_paginator("list_labeling_jobs").paginate(**wanted, PaginationConfig={"PageSize": 1})
        return [job["LabelingJobName"] for page in pages for job in page["LabelingJobSummaryList"]]

    begun = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert names() == ["b-1", "A-2", "b-3", "c-4"]
    assert names(SortOrder="Descending") == ["c-4", "b-3", "A-2", "b-1"]
    assert names(SortBy="Name") == ["A-2", "b-1", "b-3", "c-4"]
    assert names(SortBy="Name", SortOrder="Descending") == ["c-4", "b-3", "b-1", "A-2"]
    assert names(SortBy="Status", SortOrder="Descending")[0] == "c-4"
    assert names(NameContains="b-") == ["b-1", "b-3"]
    assert names(StatusEquals="Stopped") == ["c-4"]
    assert names(StatusEquals="Completed") == []
    second, fourth = begun + timedelta(seconds=60), begun + timedelta(seconds=180)
    assert names(CreationTimeAfter=second, CreationTimeBefore=fourth) == ["A-2", "b-3"]
    assert names(LastModifiedTimeAfter=begun + timedelta(seconds=500)) == []
    assert len(sm.list_labeling_jobs(MaxResults=3)["LabelingJobSummaryList"]) == 3


def test_a_page_has_ten_jobs_by_default(world: World, sm: Any) -> None:
    for index in range(11):
        sm.create_labeling_job(**request(world, f"j-{index}"))
    page = sm.list_labeling_jobs()
    assert len(page["LabelingJobSummaryList"]) == 10
    assert len(sm.list_labeling_jobs(NextToken=page["NextToken"])["LabelingJobSummaryList"]) == 1


def test_jobs_of_a_team_show_the_pending_objects(world: World, sm: Any) -> None:
    sm.create_labeling_job(**request(world))
    world.run()
    (bob,) = world.teams.members("crew")
    world.answer(bob, "Boxes-1", ("cat", 1, 1, 5, 5))
    world.advance(1)
    (job,) = sm.list_labeling_jobs_for_workteam(WorkteamArn=TEAM)["LabelingJobSummaryList"]
    assert job["LabelCounters"] == {"HumanLabeled": 1, "PendingHuman": 1, "Total": 2}
    assert (job["LabelingJobName"], job["NumberOfHumanWorkersPerDataObject"]) == ("Boxes-1", 1)
    assert job["WorkRequesterAccountId"] == "111122223333"
    code = job["JobReferenceCode"]
    by_code = sm.list_labeling_jobs_for_workteam(WorkteamArn=TEAM, JobReferenceCodeContains=code[14:])
    assert len(by_code["LabelingJobSummaryList"]) == 1
    other = sm.list_labeling_jobs_for_workteam(WorkteamArn=TEAM, JobReferenceCodeContains="???")
    assert other["LabelingJobSummaryList"] == []


def test_tags_are_added_replaced_and_deleted(world: World, sm: Any) -> None:
    arn = sm.create_labeling_job(**request(world))["LabelingJobArn"]
    added = sm.add_tags(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}, {"Key": "flow", "Value": "x"}])
    assert {tag["Key"]: tag["Value"] for tag in added["Tags"]} == {"b": "2", "flow": "x"}
    shouted = arn.replace("boxes-1", "Boxes-1")
    sm.delete_tags(ResourceArn=shouted, TagKeys=["flow", "none"])
    assert sm.list_tags(ResourceArn=shouted)["Tags"] == [{"Key": "b", "Value": "2"}]
    assert sm.describe_labeling_job(LabelingJobName="Boxes-1")["Tags"] == [{"Key": "b", "Value": "2"}]
    many = [{"Key": f"k{i}", "Value": ""} for i in range(50)]
    assert refused(sm.add_tags, ResourceArn=arn, Tags=many)[0] == "ResourceLimitExceeded"
    reserved = [{"Key": "aws:x", "Value": ""}]
    assert refused(sm.add_tags, ResourceArn=arn, Tags=reserved)[0] == "ValidationException"
    twice = [{"Key": "x", "Value": "1"}, {"Key": "x", "Value": "2"}]
    code, message = refused(sm.add_tags, ResourceArn=arn, Tags=twice)
    assert (code, "duplicate key 'x'" in message) == ("ValidationException", True)
    foreign = arn.replace("111122223333", "999999999999")
    assert refused(sm.list_tags, ResourceArn=foreign)[0] == "ValidationException"
    nothing = arn.replace("boxes-1", "boxes-9")
    for call, more in (
        (sm.list_tags, {}),
        (sm.add_tags, {"Tags": twice[:1]}),
        (sm.delete_tags, {"TagKeys": ["x"]}),
    ):
        assert refused(call, ResourceArn=nothing, **more) == (
            "ValidationException",
            f"Could not find the resource {nothing}",
        )


def test_a_job_with_invalid_tags_is_not_created(world: World, sm: Any) -> None:
    for tags in ([{"Key": "AWS:x", "Value": ""}], [{"Key": "x", "Value": ""}] * 2):
        code, message = refused(sm.create_labeling_job, **request(world, Tags=tags))
        assert code == "ValidationException" and message.startswith("Tags: ")
    assert sm.list_labeling_jobs()["LabelingJobSummaryList"] == []


def test_tags_of_a_team_are_found_by_its_arn_in_any_case(world: World, sm: Any) -> None:
    sm.add_tags(ResourceArn=TEAM, Tags=[{"Key": "a", "Value": "b"}])
    assert sm.list_tags(ResourceArn=TEAM.replace("crew", "CREW"))["Tags"] == [{"Key": "a", "Value": "b"}]
    workforce = TEAM.replace("workteam/private-crowd/crew", "workforce/default")
    assert sm.list_tags(ResourceArn=workforce)["Tags"] == []


def test_a_list_continues_correctly_while_jobs_are_created_and_deleted(world: World, sm: Any) -> None:
    for index in range(6):
        sm.create_labeling_job(**request(world, f"j-{index}"))
        world.clock.advance(1)
    first = sm.list_labeling_jobs(SortOrder="Descending", MaxResults=2)
    assert [job["LabelingJobName"] for job in first["LabelingJobSummaryList"]] == ["j-5", "j-4"]
    sm.create_labeling_job(**request(world, "j-6"))
    with world.database.write() as connection:
        connection.execute(delete(labeling_jobs).where(labeling_jobs.c.name == "j-4"))
    second = sm.list_labeling_jobs(SortOrder="Descending", MaxResults=2, NextToken=first["NextToken"])
    assert [job["LabelingJobName"] for job in second["LabelingJobSummaryList"]] == ["j-3", "j-2"]


def test_a_changed_token_or_a_token_of_another_order_is_refused(world: World, sm: Any) -> None:
    for index in range(3):
        sm.create_labeling_job(**request(world, f"j-{index}"))
    token = sm.list_labeling_jobs(MaxResults=1)["NextToken"]
    middle = len(token) // 2
    changed = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]
    forged = [
        encode_token(position)
        for position in (
            {"created_at": "x", "id": "y"},
            {"created_at": None, "id": 5},
            {"name": "a\0", "id": "y"},
            {"status": ["x"], "id": "y"},
        )
    ]
    for sort_by in ("CreationTime", "Name", "Status"):
        for bad in (changed, "x", *forged):
            code, message = refused(sm.list_labeling_jobs, NextToken=bad, SortBy=sort_by)
            assert code == "ValidationException" and "NextToken" in message
    code, message = refused(sm.list_labeling_jobs, NextToken=token, SortBy="Name")
    assert code == "ValidationException" and "another order" in message


def test_a_template_is_rendered_for_one_task(sm: Any) -> None:
    task = {"taskObject": "s3://lab/a.png", "labels": ["box"], "header": "H1"}
    answer = sm.render_ui_template(
        UiTemplate={"Content": TEMPLATE + "{{ task.input.header }}"},
        RoleArn=ROLE,
        Task={"Input": json.dumps(task)},
    )
    base = sm.meta.endpoint_url
    assert answer["Errors"] == []
    assert f'src="{base}/signed/lab/a.png?expires=3600"' in answer["RenderedContent"]
    assert f'<script src="{base}/static/crowd-html-elements.js">' in answer["RenderedContent"]
    assert answer["RenderedContent"].endswith("H1")


def test_a_template_error_is_reported_with_its_line(sm: Any) -> None:
    answer = sm.render_ui_template(
        UiTemplate={"Content": "\n{{ task.input.x | nofilter }}"}, RoleArn=ROLE, Task={"Input": "{}"}
    )
    assert answer["RenderedContent"] == ""
    assert answer["Errors"] == [{"Code": "TemplateError", "Message": "line 2: unknown filter 'nofilter'"}]


def test_invalid_render_requests_are_refused(sm: Any) -> None:
    content = {"Content": "x"}
    ui = "arn:aws:sagemaker:us-east-1:394669845002:human-task-ui/NamedEntityRecognition"
    render = sm.render_ui_template
    assert refused(render, UiTemplate=content, RoleArn=ROLE, Task={"Input": "{x"})[0] == "ValidationException"
    assert refused(render, UiTemplate=content, RoleArn=ROLE, Task={"Input": "[]"})[0] == "ValidationException"
    assert refused(render, RoleArn=ROLE, Task={"Input": "{}"})[0] == "ValidationException"
    assert refused(render, HumanTaskUiArn=ui, RoleArn=ROLE, Task={"Input": "{}"})[0] == "ResourceNotFound"


def test_a_human_task_ui_is_created_described_and_rendered(world: World, sm: Any) -> None:
    content = "<p>{{ task.input.header }}</p>"
    arn = sm.create_human_task_ui(
        HumanTaskUiName="review-1", UiTemplate={"Content": content}, Tags=[{"Key": "a", "Value": "b"}]
    )["HumanTaskUiArn"]
    assert arn == "arn:aws:sagemaker:us-east-1:111122223333:human-task-ui/review-1"
    found = sm.describe_human_task_ui(HumanTaskUiName="review-1")
    assert (found["HumanTaskUiArn"], found["HumanTaskUiStatus"]) == (arn, "Active")
    assert found["UiTemplate"]["ContentSha256"] == hashlib.sha256(content.encode()).hexdigest()
    assert sm.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    answer = sm.render_ui_template(HumanTaskUiArn=arn, RoleArn=ROLE, Task={"Input": '{"header": "H"}'})
    assert answer["RenderedContent"] == "<p>H</p>"


def test_the_name_of_a_deleted_human_task_ui_can_be_used_again(sm: Any) -> None:
    asked = {"HumanTaskUiName": "review-1", "UiTemplate": {"Content": "x"}}
    arn = sm.create_human_task_ui(**asked, Tags=[{"Key": "a", "Value": "b"}])["HumanTaskUiArn"]
    code, message = refused(sm.create_human_task_ui, **asked)
    assert code == "ResourceInUse" and "already exists" in message
    sm.delete_human_task_ui(HumanTaskUiName="review-1")
    assert refused(sm.describe_human_task_ui, HumanTaskUiName="review-1")[0] == "ResourceNotFound"
    assert refused(sm.delete_human_task_ui, HumanTaskUiName="review-1")[0] == "ResourceNotFound"
    sm.create_human_task_ui(**asked)
    assert sm.list_tags(ResourceArn=arn)["Tags"] == []


def test_human_task_uis_are_listed_by_creation_time(world: World, sm: Any) -> None:
    begun = world.clock.now()
    for name in ("c", "a", "b"):
        sm.create_human_task_ui(HumanTaskUiName=name, UiTemplate={"Content": "x"})
        world.clock.advance(60)

    def names(**wanted: Any) -> list[str]:
        pages = sm.get_paginator("list_human_task_uis").paginate(**wanted, PaginationConfig={"PageSize": 1})
        return [ui["HumanTaskUiName"] for page in pages for ui in page["HumanTaskUiSummaries"]]

    assert names() == ["c", "a", "b"]
    assert names(SortOrder="Descending") == ["b", "a", "c"]
    assert names(CreationTimeAfter=begun + timedelta(seconds=60)) == ["a", "b"]
    assert names(CreationTimeBefore=begun + timedelta(seconds=60)) == ["c"]


def test_a_job_whose_template_lacks_the_element_of_its_task_type_is_refused(world: World, sm: Any) -> None:
    asked = request(world)
    uri = world.put("ui/no-box.liquid", "<crowd-form><!-- <crowd-bounding-box> --></crowd-form>")
    asked["HumanTaskConfig"]["UiConfig"] = {"UiTemplateS3Uri": uri}
    _, message = refused(sm.create_labeling_job, **asked)
    assert "no-box.liquid has no <crowd-bounding-box> element" in message
