"""SageMaker operations on training jobs: errors, descriptions, and responses that fit the service model."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore import xform_name

from helpers.training import BUCKET, World, a_world
from trigpoint.core.errors import Conflict, Invalid, LimitExceeded
from trigpoint.core.paging import encode_token
from trigpoint.db import Database
from trigpoint.services.context import RequestContext
from trigpoint.wire.errors import AwsError
from trigpoint.wire.model import operation_model
from trigpoint.wire.validate import answer_problems, validate

IMAGE = "811284229777.dkr.ecr.us-east-1.amazonaws.com/object-detection:1"
CONTEXT = RequestContext(
    request_id="r",
    region="us-east-1",
    account_id="111122223333",
    access_key_id="k",
    identity_arn="arn:aws:iam::111122223333:root",
    source_ip="127.0.0.1",
    base_url="http://127.0.0.1:8400",
    received_at=datetime(2026, 1, 1, tzinfo=UTC),
)


@pytest.fixture
def world(tmp_path: Path, database: Database) -> Iterator[World]:
    with a_world(tmp_path, database) as world:
        yield world


@pytest.fixture
def lite(tmp_path: Path, sqlite_database: Database) -> Iterator[World]:
    """A world for requests that are refused before anything is written."""
    with a_world(tmp_path, sqlite_database) as world:
        yield world


def call(world: World, operation: str, **request: Any) -> dict[str, Any]:
    """The response of an operation. Request and response are validated against the service model."""
    model = operation_model("sagemaker", operation)
    validate(model, request)
    before = copy.deepcopy(request)
    answer: dict[str, Any] = getattr(world.operations, xform_name(operation))(CONTEXT, request)
    assert request == before, "an operation changed its request"
    assert answer_problems(model, answer) == []
    return answer


def channel(**changes: Any) -> dict[str, Any]:
    source = {
        "S3DataType": "AugmentedManifestFile",
        "S3Uri": f"s3://{BUCKET}/train.manifest",
        "AttributeNames": ["source-ref", "label"],
        **changes.pop("source", {}),
    }
    return {
        "ChannelName": "train",
        "DataSource": {"S3DataSource": {name: value for name, value in source.items() if value is not None}},
        "ContentType": "application/x-recordio",
        "RecordWrapperType": "RecordIO",
        **changes,
    }


def job(**changes: Any) -> dict[str, Any]:
    return {
        "TrainingJobName": "job-1",
        "RoleArn": "arn:aws:iam::111122223333:role/Trainer",
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "Pipe"},
        "HyperParameters": {"num_classes": "1"},
        "InputDataConfig": [channel()],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
        "ResourceConfig": {"InstanceType": "ml.p3.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 50},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        **changes,
    }


def with_channel(**changes: Any) -> dict[str, Any]:
    return job(InputDataConfig=[channel(**changes)])


def with_algorithm(**changes: Any) -> dict[str, Any]:
    wanted = {"TrainingImage": IMAGE, "TrainingInputMode": "Pipe", **changes}
    return job(AlgorithmSpecification={name: value for name, value in wanted.items() if value is not None})


S3_PREFIX = {"S3DataType": "S3Prefix", "AttributeNames": None, "S3Uri": f"s3://{BUCKET}/none/"}
FILE_SYSTEM = {
    "FileSystemId": "fs-12345678",
    "FileSystemAccessMode": "ro",
    "FileSystemType": "EFS",
    "DirectoryPath": "/x",
}


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (with_algorithm(TrainingImage="123.dkr.ecr.us-east-1.amazonaws.com/mine:1"), "is not served by Trigpoint: it is neither an image of PyTorch or scikit-learn nor registered"),
        (with_algorithm(TrainingImage=None), "Exactly one of TrainingImage or AlgorithmName must be specified"),
        (with_algorithm(AlgorithmName="a"), "Exactly one of TrainingImage or AlgorithmName must be specified"),
        (with_algorithm(TrainingImage=None, AlgorithmName="a"), "AlgorithmName 'a' does not exist"),
        (with_algorithm(MetricDefinitions=[{"Name": "a", "Regex": "b"}]), "You can't override the metric definitions"),
        (with_algorithm(ContainerEntrypoint=["sh"]), "ContainerEntrypoint has no effect on a built-in algorithm"),
        (with_algorithm(TrainingInputMode="File"), "channel 'train': Augmented manifest is only supported with Pipe input mode"),
        (with_channel(InputMode="File"), "Augmented manifest is only supported with Pipe input mode"),
        (with_channel(InputMode="FastFile"), "Augmented manifest is only supported with Pipe input mode"),
        (with_channel(source={"AttributeNames": None}), "AttributeNames are required with S3DataType AugmentedManifestFile"),
        (with_channel(source={"AttributeNames": []}), "AttributeNames are required"),
        (with_channel(source={"S3DataType": "S3Prefix"}), "AttributeNames are only allowed with S3DataType AugmentedManifestFile"),
        (with_channel(source={"S3Uri": f"s3://{BUCKET}"}), "names a bucket; name the manifest in it"),
        (with_channel(source={"S3Uri": "https://example.com/x"}), "'https://example.com/x' is not the URI of an object"),
        (with_channel(source=S3_PREFIX, InputMode="File"), "RecordWrapperType RecordIO is only supported with Pipe"),
        (with_channel(source=S3_PREFIX, InputMode="File", RecordWrapperType="None", CompressionType="Gzip"), "CompressionType Gzip is only supported with Pipe"),
        (with_channel(source=S3_PREFIX), f'No S3 objects found under S3 URL "s3://{BUCKET}/none/" given in input data source'),
        (with_channel(source={**S3_PREFIX, "S3Uri": "s3://no-such-bucket/"}), "Please ensure that the bucket exists"),
        (with_channel(source=S3_PREFIX, ChannelName="model"), "the model channel is only supported with File input mode"),
        (with_channel(DataSource={"FileSystemDataSource": FILE_SYSTEM}), "only S3DataSource is served"),
        (job(InputDataConfig=[channel(), channel()]), "ChannelName 'train' is used 2 times; channel names must be unique"),
        (job(OutputDataConfig={"S3OutputPath": "s3://no-such-bucket/x"}), "the bucket no-such-bucket does not exist or is read-only"),
        (job(EnableManagedSpotTraining=True), "MaxWaitTimeInSeconds above 0 is required when EnableManagedSpotTraining is true"),
        (job(EnableManagedSpotTraining=True, StoppingCondition={"MaxRuntimeInSeconds": 9, "MaxWaitTimeInSeconds": 8}), "must be equal to or greater than MaxRuntimeInSeconds"),
        (job(CheckpointConfig={"S3Uri": "s3://nowhere/c"}), "CheckpointConfig.S3Uri 's3://nowhere/c': the bucket nowhere does not exist"),
        (job(CheckpointConfig={"S3Uri": f"s3://{BUCKET}/c", "LocalPath": "/opt/ml/model/c"}), "it must be below /opt/ml, and not in /opt/ml/input, /opt/ml/model"),
        (job(CheckpointConfig={"S3Uri": f"s3://{BUCKET}/c", "LocalPath": "/opt/ml/x/../../y"}), "CheckpointConfig.LocalPath is"),
        (job(StoppingCondition={"MaxRuntimeInSeconds": 9, "MaxWaitTimeInSeconds": 10}), "only allowed when EnableManagedSpotTraining is true"),
        (job(ResourceConfig={"InstanceType": "ml.p3.2xlarge", "InstanceCount": 0, "VolumeSizeInGB": 50}), "ResourceConfig.InstanceCount is 0; it must be 1 or more"),
        (job(StoppingCondition={"MaxRuntimeInSeconds": 2419201}), "the maximum is 2419200 seconds"),
        (job(ResourceConfig={"VolumeSizeInGB": 1}), "ResourceConfig lacks InstanceType"),
        (job(Tags=[{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]), "Tags: duplicate key 'a'"),
        (job(Tags=[{"Key": "aws:a", "Value": "1"}]), "Tags: the key 'aws:a' begins with aws:"),
    ],
)  # fmt: skip
def test_an_invalid_request_is_refused_with_the_violated_rule(
    lite: World, request_: dict[str, Any], said: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        call(lite, "CreateTrainingJob", **request_)
    assert said in refusal.value.message
    assert call(lite, "ListTrainingJobs") == {"TrainingJobSummaries": []}


@pytest.mark.parametrize("missing", ["AlgorithmSpecification", "ResourceConfig", "StoppingCondition"])
def test_a_missing_required_member_is_refused(lite: World, missing: str) -> None:
    request = job()
    del request[missing]
    with pytest.raises(
        Invalid, match=r"1 validation error detected: Value null at '[a-z]\w+' failed to satisfy"
    ):
        call(lite, "CreateTrainingJob", **request)


def test_all_missing_required_members_are_named_at_once(lite: World) -> None:
    request = job()
    del request["AlgorithmSpecification"], request["StoppingCondition"]
    with pytest.raises(Invalid) as refusal:
        call(lite, "CreateTrainingJob", **request)
    rule = "failed to satisfy constraint: Member must not be null"
    assert refusal.value.message == (
        f"2 validation errors detected: Value null at 'algorithmSpecification' {rule}; "
        f"Value null at 'stoppingCondition' {rule}"
    )


@pytest.mark.parametrize("name", ["object-detection", "image-classification"])
def test_a_built_in_algorithm_can_be_named_without_its_image(lite: World, name: str) -> None:
    algorithm = {"AlgorithmName": name, "TrainingInputMode": "Pipe"}
    call(lite, "CreateTrainingJob", **job(AlgorithmSpecification=algorithm))
    assert lite.jobs.describe("job-1").spec.algorithm == name
    shown = call(lite, "DescribeTrainingJob", TrainingJobName="job-1")["AlgorithmSpecification"]
    assert shown["AlgorithmName"] == name and "TrainingImage" not in shown


def test_a_job_without_channels_is_refused(lite: World) -> None:
    request = job()
    del request["InputDataConfig"]
    with pytest.raises(Invalid, match="InputDataConfig is required by the built-in algorithms"):
        call(lite, "CreateTrainingJob", **request)


def test_more_instances_than_the_setting_allows_exceed_the_limit(lite: World) -> None:
    resources = {"InstanceType": "ml.p3.2xlarge", "InstanceCount": 9, "VolumeSizeInGB": 50}
    with pytest.raises(
        LimitExceeded,
        match=r"'ml.p3.2xlarge for training job usage' is 8 Instances.*raise TRIGPOINT_MAX_INSTANCES",
    ):
        call(lite, "CreateTrainingJob", **job(ResourceConfig=resources))


GROUPS = [
    {"InstanceGroupName": "data", "InstanceType": "ml.c5.xlarge", "InstanceCount": 2},
    {"InstanceGroupName": "gpu", "InstanceType": "ml.p3.2xlarge", "InstanceCount": 1},
]


def test_instance_groups_number_the_hosts_in_their_order(lite: World) -> None:
    call(lite, "CreateTrainingJob", **job(ResourceConfig={"InstanceGroups": GROUPS, "VolumeSizeInGB": 50}))
    created = lite.jobs.describe("job-1")
    assert len(created.group.members) == 3
    assert {each.name: hosts for each, hosts in created.spec.hosts_by_group.items()} == {
        "data": ("algo-1", "algo-2"),
        "gpu": ("algo-3",),
    }
    shown = call(lite, "DescribeTrainingJob", TrainingJobName="job-1")["ResourceConfig"]
    assert shown["InstanceGroups"] == GROUPS


@pytest.mark.parametrize(
    ("resources", "groups", "message"),
    [
        (
            {"InstanceGroups": GROUPS, "InstanceCount": 1},
            None,
            "has InstanceCount and InstanceGroups; give one",
        ),
        ({"InstanceGroups": [GROUPS[0], GROUPS[0]]}, None, "has the name 'data' 2 times"),
        (
            {"InstanceGroups": [{**GROUPS[0], "InstanceCount": 0}]},
            None,
            r"InstanceGroups\[0\].InstanceCount is 0",
        ),
        (
            {"InstanceGroups": GROUPS},
            ["cpu"],
            "channel 'train': InstanceGroupNames has 'cpu'; .* are data, gpu",
        ),
        (
            {"InstanceType": "ml.c5.xlarge", "InstanceCount": 1},
            ["gpu"],
            "the groups of ResourceConfig are none",
        ),
    ],
)
def test_wrong_instance_groups_are_refused(
    lite: World, resources: dict[str, object], groups: list[str] | None, message: str
) -> None:
    request = job(ResourceConfig={"VolumeSizeInGB": 50, **resources})
    if groups is not None:
        request["InputDataConfig"][0]["DataSource"]["S3DataSource"]["InstanceGroupNames"] = groups
    with pytest.raises(Invalid, match=message):
        call(lite, "CreateTrainingJob", **request)


def test_a_new_job_is_described_with_its_request_and_defaults(world: World) -> None:
    request = job(Tags=[{"Key": "a", "Value": "b"}], Environment={"X": "1"})
    arn = "arn:aws:sagemaker:us-east-1:111122223333:training-job/job-1"
    assert call(world, "CreateTrainingJob", **request) == {"TrainingJobArn": arn}
    shown = call(world, "DescribeTrainingJob", TrainingJobName="job-1")
    created = world.jobs.describe("job-1")
    assert shown.pop("AlgorithmSpecification") == {
        **request["AlgorithmSpecification"],
        "EnableSageMakerMetricsTimeSeries": False,
        "MetricDefinitions": shown_definitions(),
    }
    (shown_channel,) = shown.pop("InputDataConfig")
    assert shown_channel["CompressionType"] == "None"
    assert shown_channel["DataSource"]["S3DataSource"]["S3DataDistributionType"] == "FullyReplicated"
    assert shown == {
        "TrainingJobName": "job-1",
        "TrainingJobArn": arn,
        "ModelArtifacts": {"S3ModelArtifacts": f"s3://{BUCKET}/out/job-1/output/model.tar.gz"},
        "TrainingJobStatus": "InProgress",
        "SecondaryStatus": "Starting",
        "HyperParameters": {"num_classes": "1"},
        "RoleArn": request["RoleArn"],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out", "KmsKeyId": ""},
        "ResourceConfig": request["ResourceConfig"],
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        "Environment": {"X": "1"},
        "CreationTime": created.created_at,
        "LastModifiedTime": created.updated_at,
        "SecondaryStatusTransitions": [
            {
                "Status": "Starting",
                "StartTime": created.created_at,
                "StatusMessage": "Starting the training job",
            }
        ],
        "EnableNetworkIsolation": False,
        "EnableInterContainerTrafficEncryption": False,
        "EnableManagedSpotTraining": False,
    }
    assert world.jobs.tags(created) == {"a": "b"}


def shown_definitions() -> list[dict[str, str]]:
    losses = r"#quality_metric: host=\S+, epoch=\S+, batch=\S+ train "
    return [
        {
            "Name": "validation:mAP",
            "Regex": r"#quality_metric: host=\S+, epoch=\S+, validation mAP <score>=\((\S+)\)",
        },
        {"Name": "train:smooth_l1", "Regex": losses + r"smooth_l1 <loss>=(\S+)"},
        {"Name": "train:cross_entropy", "Regex": losses + r"cross_entropy <loss>=(\S+)"},
        {"Name": "train:progress", "Regex": r"#progress_metric: host=\S+, completed (\S+) %"},
        {
            "Name": "train:throughput",
            "Regex": r"#throughput_metric: host=\S+, train throughput=(\S+) records/second",
        },
    ]


def test_a_completed_job_is_described_with_times_metrics_and_model(world: World) -> None:
    world.train_with('print("#quality_metric: host=algo-1, epoch=0, validation mAP <score>=(0.5)")')
    world.put_manifest(1)
    call(world, "CreateTrainingJob", **job())
    ended = world.finish()
    shown = call(world, "DescribeTrainingJob", TrainingJobName="job-1")
    assert (shown["TrainingJobStatus"], shown["SecondaryStatus"]) == ("Completed", "Completed")
    assert (shown["TrainingStartTime"], shown["TrainingEndTime"]) == (ended.started_at, ended.ended_at)
    assert shown["TrainingTimeInSeconds"] == shown["BillableTimeInSeconds"] == ended.training_time_s
    (metric,) = shown["FinalMetricDataList"]
    assert (metric["MetricName"], metric["Value"]) == ("validation:mAP", 0.5)
    assert all("EndTime" in each for each in shown["SecondaryStatusTransitions"])
    (summary,) = call(world, "ListTrainingJobs")["TrainingJobSummaries"]
    assert summary["TrainingEndTime"] == ended.ended_at
    world.objects.head(BUCKET, "out/job-1/output/model.tar.gz")


def test_a_duplicate_name_is_refused(world: World) -> None:
    call(world, "CreateTrainingJob", **job())
    with pytest.raises(Conflict, match="Training job names must be unique within an AWS account and region"):
        call(world, "CreateTrainingJob", **job())


@pytest.mark.parametrize(
    "operation", ["DescribeTrainingJob", "StopTrainingJob", "DeleteTrainingJob", "UpdateTrainingJob"]
)
def test_an_unknown_job_is_a_validation_exception(world: World, operation: str) -> None:
    with pytest.raises(AwsError) as refusal:
        call(world, operation, TrainingJobName="nope")
    assert (refusal.value.code, refusal.value.message) == (
        "ValidationException",
        "Requested resource not found.",
    )


def test_an_ended_job_cannot_be_stopped_again(world: World) -> None:
    call(world, "CreateTrainingJob", **job())
    assert call(world, "StopTrainingJob", TrainingJobName="job-1") == {}
    assert call(world, "DescribeTrainingJob", TrainingJobName="job-1")["TrainingJobStatus"] == "Stopping"
    with pytest.raises(AwsError) as running:
        call(world, "DeleteTrainingJob", TrainingJobName="job-1")
    assert running.value.code == "ResourceInUse"
    world.finish()
    with pytest.raises(AwsError) as refusal:
        call(world, "StopTrainingJob", TrainingJobName="job-1")
    assert (refusal.value.code, refusal.value.message) == (
        "ValidationException",
        "The request was rejected because the training job is in status Stopped.",
    )
    assert call(world, "DeleteTrainingJob", TrainingJobName="job-1") == {}


def test_default_settings_of_the_sdks_are_returned_in_the_description(world: World) -> None:
    settings: dict[str, Any] = {
        "DebugHookConfig": {"S3OutputPath": "s3://x/y", "CollectionConfigurations": []},
        "ProfilerConfig": {"S3OutputPath": "s3://x/y", "DisableProfiler": False},
        "CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/c"},
        "RetryStrategy": {"MaximumRetryAttempts": 1},
        "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
    }
    unseen = {"SessionChainingConfig": {"EnableSessionTagChaining": False}}
    call(world, "CreateTrainingJob", **job(**settings, **unseen))
    shown = call(world, "DescribeTrainingJob", TrainingJobName="job-1")
    assert {name: shown[name] for name in settings} == settings


def test_an_updated_job_is_described_with_its_new_settings(world: World) -> None:
    call(world, "CreateTrainingJob", **job(ProfilerConfig={"S3OutputPath": "s3://x/y"}))
    arn = call(
        world,
        "UpdateTrainingJob",
        TrainingJobName="job-1",
        ProfilerConfig={"DisableProfiler": True},
        ResourceConfig={"KeepAlivePeriodInSeconds": 60},
        RemoteDebugConfig={"EnableRemoteDebug": True},
    )["TrainingJobArn"]
    assert arn == world.jobs.describe("job-1").arn
    shown = call(world, "DescribeTrainingJob", TrainingJobName="job-1")
    assert shown["ProfilerConfig"] == {"S3OutputPath": "s3://x/y", "DisableProfiler": True}
    assert shown["ResourceConfig"] == {**job()["ResourceConfig"], "KeepAlivePeriodInSeconds": 60}
    assert shown["RemoteDebugConfig"] == {"EnableRemoteDebug": True}


def test_jobs_are_listed_with_every_filter(world: World) -> None:
    for name in ("alpha-1", "Beta-2", "beta-3"):
        call(world, "CreateTrainingJob", **job(TrainingJobName=name))
    call(world, "StopTrainingJob", TrainingJobName="beta-3")
    made = {name: world.jobs.describe(name) for name in ("alpha-1", "Beta-2", "beta-3")}
    assert made["alpha-1"].created_at < made["Beta-2"].created_at < made["beta-3"].created_at

    def names(**wanted: Any) -> list[str]:
        found = call(world, "ListTrainingJobs", **wanted)["TrainingJobSummaries"]
        return [each["TrainingJobName"] for each in found]

    assert names() == ["alpha-1", "Beta-2", "beta-3"]
    assert names(SortOrder="Descending") == ["beta-3", "Beta-2", "alpha-1"]
    assert names(SortBy="Name") == ["Beta-2", "alpha-1", "beta-3"]
    assert names(SortBy="Status", SortOrder="Descending")[0] == "beta-3"
    assert names(NameContains="BETA") == ["Beta-2", "beta-3"]
    assert names(StatusEquals="Stopping") == ["beta-3"]
    assert names(CreationTimeAfter=made["Beta-2"].created_at) == ["Beta-2", "beta-3"]
    assert names(CreationTimeBefore=made["Beta-2"].created_at) == ["alpha-1"]
    assert names(LastModifiedTimeAfter=made["beta-3"].updated_at) == ["beta-3"]
    assert names(LastModifiedTimeBefore=made["Beta-2"].updated_at) == ["alpha-1"]
    assert names(WarmPoolStatusEquals="Available") == []
    plan = "arn:aws:sagemaker:us-east-1:111122223333:training-plan/p"
    assert names(TrainingPlanArnEquals=plan) == []


@pytest.mark.parametrize("sort_by", ["CreationTime", "Name", "Status"])
def test_a_token_of_another_order_is_refused(lite: World, sort_by: str) -> None:
    for token in ({"created_at": "x", "name": "y"}, {"name": 5}, {"status": None, "name": "y"}):
        with pytest.raises(Invalid, match="NextToken belongs to another list"):
            call(lite, "ListTrainingJobs", SortBy=sort_by, NextToken=encode_token(token))


def test_a_page_with_a_size_is_cut_before_it_is_filtered(world: World) -> None:
    for number in range(4):
        call(world, "CreateTrainingJob", **job(TrainingJobName=f"job-{number}"))
    call(world, "StopTrainingJob", TrainingJobName="job-3")
    unlimited = call(world, "ListTrainingJobs", StatusEquals="Stopping")
    assert [each["TrainingJobName"] for each in unlimited["TrainingJobSummaries"]] == ["job-3"]
    first = call(world, "ListTrainingJobs", StatusEquals="Stopping", MaxResults=2)
    assert first["TrainingJobSummaries"] == []
    second = call(
        world, "ListTrainingJobs", StatusEquals="Stopping", MaxResults=2, NextToken=first["NextToken"]
    )
    assert [each["TrainingJobName"] for each in second["TrainingJobSummaries"]] == ["job-3"]
    assert "NextToken" not in second


def test_the_spec_of_a_job_is_stored_without_loss(world: World) -> None:
    world.put("data/x", b"x")
    shuffled = channel(ShuffleConfig={"Seed": 2**40}, source={"S3DataDistributionType": "ShardedByS3Key"})
    files = channel(ChannelName="files", InputMode="File", RecordWrapperType="None",
                    source={**S3_PREFIX, "S3Uri": f"s3://{BUCKET}/data/"})  # fmt: skip
    call(world, "CreateTrainingJob", **job(InputDataConfig=[shuffled, files]))
    first, second = world.jobs.describe("job-1").spec.channels
    assert (first.shuffle_seed, first.distribution, first.attributes) == (
        2**40,
        "ShardedByS3Key",
        ("source-ref", "label"),
    )
    assert (second.input_mode, second.uri) == ("File", f"s3://{BUCKET}/data/")
    json.dumps(msgspec.to_builtins(world.jobs.describe("job-1").spec))
