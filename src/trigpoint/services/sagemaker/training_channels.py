"""The channels of a CreateTrainingJob request, and the rules that they must follow.

Source: training.md 1.1-1.3, 1.6, 3.4.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from trigpoint.builtin import MODEL_CHANNEL, Algorithm
from trigpoint.core.errors import Invalid
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.training.model import Channel

Request = Mapping[str, Any]

# The input modes of each kind of source. Source: training.md 3.4
_MODES: Mapping[str, tuple[str, ...]] = {
    "S3Prefix": ("File", "FastFile", "Pipe"),
    "ManifestFile": ("File", "Pipe"),
    "AugmentedManifestFile": ("Pipe",),
}


def read_channels(request: Request, algorithm: Algorithm | None) -> tuple[Channel, ...]:
    """The channels of the job. Without an algorithm they are those of people's own code, which may have none.

    Raises: Invalid: a channel breaks a rule of the platform or cannot be read by the algorithm.
    """
    given: Sequence[Request] = request.get("InputDataConfig") or ()
    if not given and algorithm is not None:
        raise Invalid("InputDataConfig is required by the built-in algorithms; add the channel train")
    for name, count in Counter(each["ChannelName"] for each in given).items():
        if count > 1:
            raise Invalid(f"ChannelName {name!r} is used {count} times; channel names must be unique")
    default_mode = request["AlgorithmSpecification"]["TrainingInputMode"]
    channels = tuple(_channel(each, default_mode) for each in given)
    for channel in channels:
        check_channel(channel)
        if algorithm is not None:
            check_algorithm_channel(channel, algorithm)
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
        instance_groups=tuple(source.get("InstanceGroupNames") or ()),
    )


def _s3_source(sources: Request, name: str) -> Request:
    """The channel's S3DataSource. Raises: Invalid: it is missing, or there is another kind of source."""
    others = sorted(sources.keys() - {"S3DataSource"})
    if "S3DataSource" in sources and not others:
        source: Request = sources["S3DataSource"]
        return source
    if not others:
        raise Invalid(f"channel {name!r}: DataSource is empty; add an S3DataSource")
    file_system = sources.get("FileSystemDataSource") or {}
    kind = f" ({file_system['FileSystemType']})" if file_system.get("FileSystemType") else ""
    raise Invalid(
        f"channel {name!r}: only S3DataSource is served by Trigpoint, not {', '.join(others)}{kind}; put the "
        "data into a bucket (`trigpoint bucket link` shows a folder as one)"
    )


def check_channel(channel: Channel) -> None:
    """Refuses a combination of fields that is not possible.

    Raises: Invalid (names the channel and what to do).
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
    if channel.name == MODEL_CHANNEL and channel.input_mode != "File":
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


def check_algorithm_channel(channel: Channel, algorithm: Algorithm) -> None:
    """Refuses an augmented manifest that the algorithm cannot read.

    Decision: on AWS the algorithm itself refuses it. Here the service does: the algorithm sees neither S3DataType nor
    AttributeNames, and so could mistake one attribute for another and train on the rest. The algorithm checks what it
    can see: content types and which channels exist.

    Raises: Invalid (names the channel and what to do).
    Source: training.md 1.3.
    """
    if channel.data_type != "AugmentedManifestFile":
        return
    where = f"channel {channel.name!r}: "
    if channel.record_wrapper != "RecordIO":
        raise Invalid(
            f"{where}RecordWrapperType {channel.record_wrapper} joins all attributes without separators; "
            "the built-in algorithms read augmented manifests only with RecordWrapperType RecordIO"
        )
    if len(channel.attributes) != len(algorithm.attributes):
        raise Invalid(
            f"{where}AttributeNames has {len(channel.attributes)} name(s) ({', '.join(channel.attributes)}); "
            f"{algorithm.title} reads exactly {len(algorithm.attributes)}, in the order of "
            f"{json.dumps(algorithm.attributes)}"
        )
