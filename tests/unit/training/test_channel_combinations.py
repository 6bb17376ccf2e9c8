"""Which channels CreateTrainingJob accepts: every cell of the table of sources and input modes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest

from trigpoint.core.errors import Invalid
from trigpoint.services.sagemaker.training_requests import training_spec
from trigpoint.training.model import Channel
from trigpoint.wire.errors import AwsError
from trigpoint.wire.model import operation_model
from trigpoint.wire.validate import validate

IMAGE = "811284229777.dkr.ecr.us-east-1.amazonaws.com/object-detection:1"
MODES = ("File", "FastFile", "Pipe")
S3_TYPES = ("S3Prefix", "ManifestFile", "AugmentedManifestFile")
FILE_SYSTEMS = ("EFS", "FSxLustre")

TABLE = {
    "S3Prefix": {"File", "FastFile", "Pipe"},
    "ManifestFile": {"File", "Pipe"},
    "AugmentedManifestFile": {"Pipe"},
    "model": {"File"},
}
"""The modes that each source accepts. Gzip and RecordIO need Pipe; ShardedByS3Key works with every mode."""

URIS = {"S3Prefix": "s3://b/data/", "ManifestFile": "s3://b/f.manifest", "AugmentedManifestFile": "s3://b/a.manifest"}  # fmt: skip


def channel(data_type: str = "AugmentedManifestFile", **changes: Any) -> dict[str, Any]:
    """A channel that is valid in Pipe mode; `source` changes fields of its S3DataSource, and None removes one."""
    source: dict[str, Any] = {"S3DataType": data_type, "S3Uri": URIS[data_type]}
    wrapped: dict[str, Any] = {}
    if data_type == "AugmentedManifestFile":
        source["AttributeNames"] = ["source-ref", "boxes"]
        wrapped = {"RecordWrapperType": "RecordIO"}
    source |= changes.pop("source", {})
    fields = {"ChannelName": "train", "DataSource": {"S3DataSource": _given(source)}, **wrapped, **changes}
    return _given(fields)


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def accepted(*channels: Mapping[str, Any], mode: str = "Pipe") -> tuple[Channel, ...]:
    """The channels of the job. Raises: AwsError: the service model's rule. Invalid: ours."""
    request = {
        "TrainingJobName": "job-1",
        "RoleArn": "arn:aws:iam::111122223333:role/Trainer",
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": mode},
        "InputDataConfig": list(channels),
        "OutputDataConfig": {"S3OutputPath": "s3://b/out"},
        "ResourceConfig": {"InstanceType": "ml.p3.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 50},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }
    validate(operation_model("sagemaker", "CreateTrainingJob"), request)
    return training_spec(request, "us-east-1", 8).channels


def refusal(*channels: Mapping[str, Any], mode: str = "Pipe") -> str:
    with pytest.raises((Invalid, AwsError)) as refused:
        accepted(*channels, mode=mode)
    return refused.value.message


@pytest.mark.parametrize(("data_type", "mode"), [*product(S3_TYPES, MODES)])
@pytest.mark.parametrize("set_by", ["job", "channel"])
def test_each_source_is_accepted_only_in_the_modes_of_the_table(
    data_type: str, mode: str, set_by: str
) -> None:
    given = channel(data_type, InputMode=mode if set_by == "channel" else None)
    job_mode = mode if set_by == "job" else next(other for other in MODES if other != mode)
    if mode in TABLE[data_type]:
        (made,) = accepted(given, mode=job_mode)
        assert (made.data_type, made.input_mode) == (data_type, mode)
        return
    said = refusal(given, mode=job_mode)
    assert said.startswith("channel 'train': "), said
    assert f"with {mode} input mode; set InputMode to" in said or "set InputMode to Pipe" in said
    assert data_type in said or "Augmented manifest" in said


@pytest.mark.parametrize(("kind", "mode"), [*product(FILE_SYSTEMS, MODES)])
def test_file_systems_are_refused_with_an_alternative(kind: str, mode: str) -> None:
    source = {
        "FileSystemId": "fs-12345678",
        "FileSystemAccessMode": "ro",
        "FileSystemType": kind,
        "DirectoryPath": "/data",
    }
    said = refusal({"ChannelName": "train", "DataSource": {"FileSystemDataSource": source}}, mode=mode)
    assert said == (
        f"channel 'train': only S3DataSource is served by Trigpoint, not FileSystemDataSource ({kind}); "
        "put the data into a bucket (`trigpoint bucket link` shows a folder as one)"
    )


@pytest.mark.parametrize(("data_type", "mode"), [*product(("S3Prefix", "ManifestFile"), MODES)])
@pytest.mark.parametrize("gzip", [False, True])
@pytest.mark.parametrize("wrapped", [False, True])
def test_gzip_and_record_wrapping_need_pipe_mode(
    data_type: str, mode: str, gzip: bool, wrapped: bool
) -> None:
    given = channel(
        data_type,
        CompressionType="Gzip" if gzip else None,
        RecordWrapperType="RecordIO" if wrapped else None,
    )
    if mode in TABLE[data_type] and (mode == "Pipe" or not (gzip or wrapped)):
        (made,) = accepted(given, mode=mode)
        assert made.compression == ("Gzip" if gzip else "None")
        assert made.record_wrapper == ("RecordIO" if wrapped else "None")
        return
    said = refusal(given, mode=mode)
    assert said.startswith("channel 'train': ")
    field = (
        "S3DataType" if mode not in TABLE[data_type] else "CompressionType" if gzip else "RecordWrapperType"
    )
    assert field in said and "set InputMode to" in said, said


def test_an_augmented_manifest_can_be_compressed() -> None:
    (made,) = accepted(channel(CompressionType="Gzip"))
    assert (made.compression, made.record_wrapper) == ("Gzip", "RecordIO")


@pytest.mark.parametrize(("data_type", "mode"), [*product(S3_TYPES, MODES)])
def test_every_valid_source_can_be_sharded_and_shuffled(data_type: str, mode: str) -> None:
    given = channel(
        data_type, source={"S3DataDistributionType": "ShardedByS3Key"}, ShuffleConfig={"Seed": -(2**63)}
    )
    if mode in TABLE[data_type]:
        (made,) = accepted(given, mode=mode)
        assert (made.distribution, made.shuffle_seed) == ("ShardedByS3Key", -(2**63))
    else:
        assert "set InputMode to" in refusal(given, mode=mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("data_type", ["S3Prefix", "ManifestFile"])
def test_the_model_channel_is_accepted_only_in_file_mode(data_type: str, mode: str) -> None:
    given = channel(data_type, ChannelName="model", ContentType="application/x-sagemaker-model")
    if mode in TABLE["model"]:
        assert accepted(given, mode=mode)[0].input_mode == mode
        # together with streamed data: the mode of the channel overrides the mode of the job
        together = accepted(channel(), {**given, "InputMode": "File"}, mode="Pipe")
        assert [each.input_mode for each in together] == ["Pipe", "File"]
    else:
        assert refusal(given, mode=mode) == (
            "channel 'model': the model channel is only supported with File input mode; "
            "set its InputMode to File"
        )


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (None, "channel 'train': AttributeNames are required with S3DataType AugmentedManifestFile"),
        ([], "channel 'train': AttributeNames are required with S3DataType AugmentedManifestFile"),
        (["a-ref", "a-ref"], "channel 'train': AttributeNames has 'a-ref' more than once"),
        (["a-ref"], "channel 'train': AttributeNames has 1 name(s) (a-ref); object detection reads exactly 2"),
        (["a-ref", "b", "c"], "channel 'train': AttributeNames has 3 name(s) (a-ref, b, c)"),
        ([f"a{k}" for k in range(17)], "1.member.dataSource.s3DataSource.attributeNames' failed to satisfy constraint: Member must have length less than or equal to 16"),
        (["a-ref", ""], "dataSource.s3DataSource.attributeNames' failed to satisfy constraint: Member must satisfy constraint: ["),
        (["a-ref", "b" * 257], "Member must have length less than or equal to 256"),
    ],
)  # fmt: skip
def test_the_attributes_of_an_augmented_manifest_are_checked(names: list[str] | None, said: str) -> None:
    assert said in refusal(channel(source={"AttributeNames": names}))


@pytest.mark.parametrize("data_type", ["S3Prefix", "ManifestFile"])
def test_attributes_are_accepted_only_for_augmented_manifests(data_type: str) -> None:
    assert refusal(channel(data_type, source={"AttributeNames": ["a-ref", "b"]})) == (
        "channel 'train': AttributeNames are only allowed with S3DataType AugmentedManifestFile; "
        "retry without them"
    )


@pytest.mark.parametrize("given", [None, "None"])
def test_an_augmented_manifest_for_a_built_in_algorithm_needs_the_recordio_wrapper(given: str | None) -> None:
    said = refusal(channel(RecordWrapperType=given))
    assert said.startswith("channel 'train': RecordWrapperType None joins all attributes without separators")
    assert said.endswith("read augmented manifests only with RecordWrapperType RecordIO")


@pytest.mark.parametrize(
    ("data_type", "uri", "said"),
    [
        ("S3Prefix", "s3://b", None),
        ("S3Prefix", "s3://b/", None),
        ("S3Prefix", "s3://b/train", None),
        ("S3Prefix", "https://s3.us-east-1.amazonaws.com/b/train", None),
        ("S3Prefix", "https://b.s3.amazonaws.com/train", None),
        ("S3Prefix", "https://example.com/train", "channel 'train': S3Uri 'https://example.com/train' is not the URI of an object; it must look like s3://<bucket>/<key>"),
        ("S3Prefix", "/data/train", "dataSource.s3DataSource.s3Uri' failed to satisfy constraint: Member must satisfy regular expression pattern"),
        ("S3Prefix", "s3://b/" + "k" * 1020, "Member must have length less than or equal to 1024"),
        ("ManifestFile", "s3://b", "channel 'train': S3Uri 's3://b' names a bucket; name the manifest in it"),
        ("ManifestFile", "s3://b/folder/", "channel 'train': S3Uri 's3://b/folder/' names a folder; name the manifest in it"),
        ("AugmentedManifestFile", "s3://b/", "channel 'train': S3Uri 's3://b/' names a bucket; name the manifest in it"),
        ("AugmentedManifestFile", "s3://b/folder/", "channel 'train': S3Uri 's3://b/folder/' names a folder"),
    ],
)  # fmt: skip
def test_the_uri_of_a_channel_must_name_data_of_its_type(data_type: str, uri: str, said: str | None) -> None:
    given = channel(data_type, source={"S3Uri": uri})
    if said is None:
        assert accepted(given)[0].uri == uri
    else:
        assert said in refusal(given)


@pytest.mark.parametrize(
    ("channels", "said"),
    [
        ([channel(), channel("S3Prefix")], "ChannelName 'train' is used 2 times; channel names must be unique"),
        ([channel(ChannelName=f"c{k}") for k in range(21)], "Member must have length less than or equal to 20"),
        ([channel(ChannelName="tr ain")], "'tr ain' at 'inputDataConfig.1.member.channelName' failed to satisfy"),
        ([channel(ChannelName="x" * 65)], "Member must have length less than or equal to 64"),
        ([channel(InputMode="Tube")], "Member must satisfy enum value set: [Pipe, File, FastFile]"),
        ([channel(RecordWrapperType="Protobuf")], "Member must satisfy enum value set"),
        ([channel(CompressionType="Zstd")], "Member must satisfy enum value set"),
        ([channel(source={"S3DataDistributionType": "Half"})], "Member must satisfy enum value set"),
        ([channel(source={"S3DataType": "Converse", "AttributeNames": None})], "channel 'train': S3DataType Converse is not served by Trigpoint; use one of S3Prefix, ManifestFile, AugmentedManifestFile"),
        ([channel(ShuffleConfig={})], "'inputDataConfig.1.member.shuffleConfig.seed' failed to satisfy constraint: Member must not be null"),
        ([{"ChannelName": "train", "DataSource": {}}], "channel 'train': DataSource is empty; add an S3DataSource"),
        ([channel(source={"InstanceGroupNames": ["g1"]})], "channel 'train': InstanceGroupNames has 'g1'; the groups of ResourceConfig are none"),
    ],
)  # fmt: skip
def test_an_invalid_channel_is_refused_with_its_field(channels: list[dict[str, Any]], said: str) -> None:
    assert said in refusal(*channels)


def test_twenty_channels_are_accepted() -> None:
    names = [f"c-{k}" for k in range(20)]
    assert [each.name for each in accepted(*(channel(ChannelName=name) for name in names))] == names
