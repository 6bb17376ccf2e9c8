"""What does CreateTrainingJob ask for, and may it: the rules beyond the service model's shapes.

Source: training.md 1.1-1.3, 3.4, 4.8, 5.1, 5.4.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trigpoint.compute.images import builtin_algorithm, builtin_image
from trigpoint.core.errors import Invalid, LimitExceeded
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.services.coverage import (
    Coverage,
    IgnoredField,
    PartlyServedField,
    RefusedField,
    refuse_declared,
)
from trigpoint.training.launch import SERVED_ALGORITHMS
from trigpoint.training.model import Channel, TrainingSpec

Request = Mapping[str, Any]

_OWN_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1"
_SOURCE = "InputDataConfig[].DataSource."
_NO_DEBUGGER = "no debugger or profiler runs beside a job; the SDKs send this unasked"
CREATE_FIELDS: Mapping[str, Coverage] = {
    "AlgorithmSpecification.TrainingImage": PartlyServedField(
        "images of the built-in algorithms; no containers are run", refused=_OWN_IMAGE
    ),
    "AlgorithmSpecification.AlgorithmName": RefusedField("there are no algorithm resources", "my-algorithm"),
    "AlgorithmSpecification.MetricDefinitions": RefusedField(
        "the built-in algorithms bring theirs, as on AWS"
    ),
    "AlgorithmSpecification.EnableSageMakerMetricsTimeSeries": IgnoredField(
        "metrics are kept as series anyhow"
    ),
    "AlgorithmSpecification.ContainerEntrypoint": RefusedField("built-in algorithms have their own", ["sh"]),
    "AlgorithmSpecification.ContainerArguments": RefusedField("built-in algorithms have their own", ["-c"]),
    "AlgorithmSpecification.TrainingImageConfig": IgnoredField("no image is pulled"),
    "RoleArn": IgnoredField("jobs run with the rights of the server"),
    _SOURCE + "S3DataSource.S3DataType": PartlyServedField(
        "S3Prefix, ManifestFile and AugmentedManifestFile", refused="Converse"
    ),
    _SOURCE + "S3DataSource.InstanceGroupNames": RefusedField("there are no instance groups", ["group-1"]),
    _SOURCE + "S3DataSource.ModelAccessConfig": IgnoredField("no model asks for a licence to be accepted"),
    _SOURCE + "S3DataSource.HubAccessConfig": RefusedField("there is no model hub"),
    _SOURCE + "FileSystemDataSource": RefusedField(
        "`trigpoint bucket link` shows a folder as a bucket",
        {
            "FileSystemId": "fs-12345678",
            "FileSystemAccessMode": "ro",
            "FileSystemType": "EFS",
            "DirectoryPath": "/data",
        },
    ),
    _SOURCE + "DatasetSource": RefusedField("there are no dataset resources"),
    "OutputDataConfig.KmsKeyId": IgnoredField("there is no key service; encrypt the disk"),
    "ResourceConfig.InstanceType": IgnoredField(
        "jobs run on the server's machine; the algorithm is told the name"
    ),
    "ResourceConfig.InstanceCount": PartlyServedField("one instance a job", refused=2),
    "ResourceConfig.VolumeSizeInGB": IgnoredField("a job may use the disk of the data directory"),
    "ResourceConfig.VolumeKmsKeyId": IgnoredField("there is no key service; encrypt the disk"),
    "ResourceConfig.KeepAlivePeriodInSeconds": IgnoredField("a job starts at once, so nothing is kept warm"),
    "ResourceConfig.InstanceGroups": RefusedField(
        "one instance a job",
        [{"InstanceType": "ml.m5.large", "InstanceCount": 1, "InstanceGroupName": "group-1"}],
    ),
    "ResourceConfig.TrainingPlanArn": RefusedField(
        "there are no training plans", "arn:aws:sagemaker:us-east-1:111122223333:training-plan/mine"
    ),
    "ResourceConfig.InstancePlacementConfig": RefusedField(
        "jobs run on the server's machine", {"EnableMultipleJobs": True}
    ),
    "ResourceConfig.InstancePreferences": RefusedField("jobs run on the server's machine"),
    "ResourceConfig.SelectedInstanceType": RefusedField("SageMaker's to set", "ml.m5.large"),
    "ResourceConfig.SelectedInstanceCount": RefusedField("SageMaker's to set", 1),
    "VpcConfig": IgnoredField("jobs run in the server's own network"),
    "StoppingCondition.MaxWaitTimeInSeconds": IgnoredField(
        "checked only: no spot capacity has to be waited for"
    ),
    "StoppingCondition.MaxPendingTimeInSeconds": IgnoredField("no capacity has to be waited for"),
    "EnableNetworkIsolation": IgnoredField("the built-in algorithms open no connection"),
    "EnableInterContainerTrafficEncryption": IgnoredField("one instance a job"),
    "EnableManagedSpotTraining": IgnoredField("there is no spot capacity, and no price"),
    "CheckpointConfig": IgnoredField(
        "the built-in algorithms are not interrupted, so nothing is kept in between"
    ),
    "DebugHookConfig": IgnoredField(_NO_DEBUGGER),
    "DebugRuleConfigurations": IgnoredField(_NO_DEBUGGER),
    "TensorBoardOutputConfig": IgnoredField("the built-in algorithms write no TensorBoard files, as on AWS"),
    "ExperimentConfig": IgnoredField("there are no experiments; shown again"),
    "ProfilerConfig": IgnoredField(_NO_DEBUGGER),
    "ProfilerRuleConfigurations": IgnoredField(_NO_DEBUGGER),
    "RetryStrategy": IgnoredField("capacity does not run out, which is what AWS would try again after"),
    "RemoteDebugConfig": IgnoredField("the server's own machine needs no remote access"),
    "InfraCheckConfig": IgnoredField("the server's own machine is not checked"),
    "SessionChainingConfig": IgnoredField("there are no session tags"),
    "ServerlessJobConfig": RefusedField(
        "there are no serverless jobs",
        {
            "JobType": "FineTuning",
            "BaseModelArn": "arn:aws:sagemaker:us-east-1:aws:hub-content/Hub/Model/llama",
        },
    ),
    "MlflowConfig": RefusedField("there is no MLflow server"),
    "ModelPackageConfig": RefusedField("there are no model packages"),
}
UPDATE_FIELDS: Mapping[str, Coverage] = {
    "ProfilerConfig": IgnoredField(_NO_DEBUGGER),
    "ProfilerRuleConfigurations": IgnoredField(_NO_DEBUGGER),
    "ResourceConfig.KeepAlivePeriodInSeconds": IgnoredField("a job starts at once, so nothing is kept warm"),
    "RemoteDebugConfig": IgnoredField("the server's own machine needs no remote access"),
}

# jobs with it have none of what other jobs require, so this is said first
_REFUSED_FIRST = {"ServerlessJobConfig": CREATE_FIELDS["ServerlessJobConfig"]}
_REQUIRED = ("AlgorithmSpecification", "ResourceConfig", "StoppingCondition")

# Source: training.md 3.4: the modes in which each source can be read
_MODES: Mapping[str, tuple[str, ...]] = {
    "S3Prefix": ("File", "FastFile", "Pipe"),
    "ManifestFile": ("File", "Pipe"),
    "AugmentedManifestFile": ("Pipe",),
}

DEFAULT_MAX_RUNTIME_S = 86_400
LONGEST_RUNTIME_S = 28 * 86_400
MAX_METRIC_OVERRIDE = (
    "You can't override the metric definitions for Amazon SageMaker algorithms. "
    "Please retry the request without specifying metric definitions."
)


def training_spec(request: Request, region: str) -> TrainingSpec:
    """What the job needs to run.

    Raises: Invalid, LimitExceeded: the request breaks a rule (says which, and what to do).
    """
    refuse_declared(request, _REFUSED_FIRST)
    _check_required(request)
    algorithm = _algorithm(request["AlgorithmSpecification"], region)
    _check_resources(request["ResourceConfig"])
    _check_spot(request)
    output = request["OutputDataConfig"]
    parse_s3_uri(output["S3OutputPath"])
    channels = _channels(request)
    refuse_declared(request, CREATE_FIELDS)
    return TrainingSpec(
        algorithm=algorithm,
        channels=channels,
        hyperparameters=dict(request.get("HyperParameters") or {}),
        environment=dict(request.get("Environment") or {}),
        output_uri=output["S3OutputPath"],
        compress_output=output.get("CompressionType", "GZIP") == "GZIP",
        instance_type=request["ResourceConfig"]["InstanceType"],
        max_runtime_s=_max_runtime_s(request["StoppingCondition"]),
    )


def _check_required(request: Request) -> None:
    """Newer models do not require these, as serverless jobs have none of them; all other jobs do."""
    missing = [name for name in _REQUIRED if name not in request]
    if missing:
        rules = (
            f"Value null at '{name[0].lower()}{name[1:]}' failed to satisfy constraint: Member must not be null"
            for name in missing
        )
        count = f"{len(missing)} validation error{'s' if len(missing) > 1 else ''} detected: "
        raise Invalid(count + "; ".join(rules))


def _algorithm(wanted: Request, region: str) -> str:
    image, name = wanted.get("TrainingImage"), wanted.get("AlgorithmName")
    if (image is None) == (name is None):
        raise Invalid("Exactly one of TrainingImage or AlgorithmName must be specified")
    served = ", ".join(f"{each} ({builtin_image(each, region)})" for each in SERVED_ALGORITHMS)
    if image is None:
        raise Invalid(
            f"AlgorithmName {name!r} does not exist: algorithm resources are not served by Trigpoint. "
            f"Name one of its built-in algorithms in TrainingImage: {served}"
        )
    algorithm = builtin_algorithm(image)
    if algorithm not in SERVED_ALGORITHMS:
        raise Invalid(
            f"TrainingImage {image!r} is not served by Trigpoint, which does not run containers. "
            f"Name one of its built-in algorithms: {served}"
        )
    if wanted.get("MetricDefinitions"):
        raise Invalid(MAX_METRIC_OVERRIDE)
    for field in ("ContainerEntrypoint", "ContainerArguments"):
        if wanted.get(field):
            raise Invalid(f"{field} has no effect on a built-in algorithm; retry the request without it")
    return str(algorithm)


def _check_resources(resources: Request) -> None:
    if resources.get("InstanceGroups"):
        raise Invalid("InstanceGroups are not served by Trigpoint; give InstanceType and InstanceCount 1")
    for name in ("InstanceType", "InstanceCount"):
        if name not in resources:
            raise Invalid(f"ResourceConfig lacks {name}; give InstanceType and InstanceCount 1")
    count, kind = resources["InstanceCount"], resources["InstanceType"]
    if count > 1:
        raise LimitExceeded(
            f"The account-level service limit '{kind} for training job usage' is 1 Instances, with current "
            f"utilization of 0 Instances and a request delta of {count} Instances. "
            "Trigpoint trains on one instance a job; set InstanceCount to 1."
        )


def _check_spot(request: Request) -> None:
    condition = request["StoppingCondition"]
    wait_s = condition.get("MaxWaitTimeInSeconds")
    if not request.get("EnableManagedSpotTraining"):
        if wait_s is not None:
            raise Invalid("MaxWaitTimeInSeconds is only allowed when EnableManagedSpotTraining is true")
        return
    if not wait_s:
        raise Invalid("MaxWaitTimeInSeconds above 0 is required when EnableManagedSpotTraining is true")
    runtime_s = _max_runtime_s(condition)
    if wait_s < runtime_s:
        raise Invalid(
            f"MaxWaitTimeInSeconds ({wait_s}) must be equal to or greater than "
            f"MaxRuntimeInSeconds ({runtime_s})"
        )


def _max_runtime_s(condition: Request) -> int:
    runtime_s = int(condition.get("MaxRuntimeInSeconds", DEFAULT_MAX_RUNTIME_S))
    if runtime_s > LONGEST_RUNTIME_S:
        raise Invalid(
            f"MaxRuntimeInSeconds is {runtime_s}; the maximum is {LONGEST_RUNTIME_S} seconds (28 days)"
        )
    return runtime_s


# -- channels


def _channels(request: Request) -> tuple[Channel, ...]:
    given: Sequence[Request] = request.get("InputDataConfig") or ()
    if not given:
        raise Invalid("InputDataConfig is required by the built-in algorithms; give the channel train")
    for name, count in Counter(each["ChannelName"] for each in given).items():
        if count > 1:
            raise Invalid(f"ChannelName {name!r} is used {count} times; channel names must be unique")
    default_mode = request["AlgorithmSpecification"]["TrainingInputMode"]
    channels = tuple(_channel(each, default_mode) for each in given)
    for channel in channels:
        check_channel(channel)
        check_algorithm_channel(channel)
    return channels


def _channel(given: Request, default_mode: str) -> Channel:
    name = given["ChannelName"]
    source = _s3_source(given["DataSource"], name)
    return Channel(
        name=name,
        data_type=source["S3DataType"],
        uri=source["S3Uri"],
        input_mode=given.get("InputMode") or default_mode,
        attributes=tuple(source.get("AttributeNames") or ()),
        content_type=given.get("ContentType"),
        compression=given.get("CompressionType", "None"),
        record_wrapper=given.get("RecordWrapperType", "None"),
        distribution=source.get("S3DataDistributionType", "FullyReplicated"),
        shuffle_seed=(given.get("ShuffleConfig") or {}).get("Seed"),
    )


def _s3_source(sources: Request, name: str) -> Request:
    """The channel's S3DataSource. Raises: Invalid: there is none, or another kind of source beside it."""
    others = sorted(sources.keys() - {"S3DataSource"})
    if "S3DataSource" in sources and not others:
        source: Request = sources["S3DataSource"]
        return source
    if not others:
        raise Invalid(f"channel {name!r}: DataSource is empty; give it an S3DataSource")
    file_system = sources.get("FileSystemDataSource") or {}
    kind = f" ({file_system['FileSystemType']})" if file_system.get("FileSystemType") else ""
    raise Invalid(
        f"channel {name!r}: only S3DataSource is served by Trigpoint, not {', '.join(others)}{kind}; put the "
        "data into a bucket (`trigpoint bucket link` shows a folder as one)"
    )


def check_channel(channel: Channel) -> None:
    """Enforces the combination table.

    Raises: Invalid: the combination is not possible (names the channel and what to do).
    Source: training.md 3.4, 1.2, 1.3, 1.6.
    """
    for problem in (_source_problem, _mode_problem, _attribute_problem, _pipe_only_problem):
        found = problem(channel)
        if found is not None:
            raise Invalid(f"channel {channel.name!r}: {found}")


def _source_problem(channel: Channel) -> str | None:
    if channel.data_type not in _MODES:
        return f"S3DataType {channel.data_type} is not served by Trigpoint; use one of {', '.join(_MODES)}"
    try:
        key = parse_s3_uri(channel.uri)[1]
    except Invalid as error:
        return f"S3Uri {error.message}"
    if channel.data_type == "S3Prefix":
        return None
    if key == "":
        return f"S3Uri {channel.uri!r} names a bucket; name the manifest in it"
    if key.endswith("/"):
        return f"S3Uri {channel.uri!r} names a folder; name the manifest in it"
    return None


def _mode_problem(channel: Channel) -> str | None:
    modes = _MODES[channel.data_type]
    if channel.name == "model" and channel.input_mode != "File":
        return "the model channel is only supported with File input mode; set its InputMode to File"
    if channel.input_mode in modes:
        return None
    if channel.data_type == "AugmentedManifestFile":
        return "Augmented manifest is only supported with Pipe input mode; set InputMode to Pipe"
    return (
        f"S3DataType {channel.data_type} is not supported with {channel.input_mode} input mode; "
        f"set InputMode to {' or '.join(modes)}, or S3DataType to S3Prefix"
    )


def _attribute_problem(channel: Channel) -> str | None:
    given = channel.attributes
    if channel.data_type != "AugmentedManifestFile":
        return (
            "AttributeNames are only allowed with S3DataType AugmentedManifestFile; retry without them"
            if given
            else None
        )
    if not given:
        return (
            "AttributeNames are required with S3DataType AugmentedManifestFile; name the attributes of its "
            "lines in the order in which the algorithm reads them"
        )
    twice = [name for name, count in Counter(given).items() if count > 1]
    return f"AttributeNames has {twice[0]!r} more than once; name each attribute once" if twice else None


def _pipe_only_problem(channel: Channel) -> str | None:
    if channel.input_mode == "Pipe":
        return None
    way_out = "set InputMode to Pipe, or leave it out"
    if channel.compression != "None":
        return f"CompressionType {channel.compression} is only supported with Pipe input mode; {way_out}"
    if channel.record_wrapper != "None":
        return f"RecordWrapperType {channel.record_wrapper} is only supported with Pipe input mode; {way_out}"
    return None


def check_algorithm_channel(channel: Channel) -> None:
    """Refuses an augmented manifest that no built-in algorithm can read.

    Decision: here and not, as on AWS, by the algorithm: what it is told of its channels lacks S3DataType and
    AttributeNames, so that it would take one manifest attribute for another and train on what is left. All
    that the algorithm can see (content types, which channels there are) it refuses itself.
    Raises: Invalid (names the channel and what to do).
    Source: training.md 1.3.
    """
    if channel.data_type != "AugmentedManifestFile":
        return
    where = f"channel {channel.name!r}: "
    if channel.record_wrapper != "RecordIO":
        raise Invalid(
            f"{where}RecordWrapperType {channel.record_wrapper} joins all images and annotations without "
            "anything between them; the built-in algorithms read augmented manifests with RecordWrapperType "
            "RecordIO only"
        )
    if len(channel.attributes) != 2:
        raise Invalid(
            f"{where}AttributeNames has {len(channel.attributes)} name(s) ({', '.join(channel.attributes)}); "
            "the built-in algorithms read exactly two, the image and then its label, such as "
            '["source-ref", "bounding-box"]'
        )


# -- what must exist


def check_data(spec: TrainingSpec, has_objects: Callable[[str], bool], role_arn: str, region: str) -> None:
    """Refuses a channel whose prefix matches no object.

    Decision: a manifest that is missing is found by the job, whose FailureReason names it: it may be written
    between the request and the start.
    Raises: Invalid.
    """
    for channel in spec.channels:
        if channel.data_type == "S3Prefix" and not has_objects(channel.uri):
            bucket = parse_s3_uri(channel.uri)[0]
            raise Invalid(
                f'No S3 objects found under S3 URL "{channel.uri}" given in input data source. '
                f"Please ensure that the bucket exists in the selected region ({region}), "
                f"that objects exist under that S3 prefix, and that "
                f'the role "{role_arn}" has "s3:ListBucket" permissions on bucket "{bucket}".'
            )


def check_output(spec: TrainingSpec, bucket_is_writable: Callable[[str], bool]) -> None:
    """Refuses an output path in a bucket that cannot be written, before hours of training are lost.

    Raises: Invalid.
    """
    bucket = parse_s3_uri(spec.output_uri)[0]
    if not bucket_is_writable(bucket):
        raise Invalid(
            f"OutputDataConfig.S3OutputPath {spec.output_uri!r}: the bucket {bucket} does not exist or is "
            "read-only; create it, or name another"
        )
