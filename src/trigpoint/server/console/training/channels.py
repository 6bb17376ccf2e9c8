"""The channels of a training job as fields of a form, one group of fields per channel."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from trigpoint.language import gettext
from trigpoint.server.console.forms import Field, Form

MOST_CHANNELS = 8
"""Decision: AWS allows 20; a form has at most 200 fields. Further channels need the API."""

AUGMENTED = "AugmentedManifestFile"
_NAMES = ("name", "uri", "type", "attributes", "mode", "wrapper", "content", "compression", "spread", "seed")
_DEFAULTS = {"type": "S3Prefix", "wrapper": "None", "compression": "None", "spread": "FullyReplicated"}


def field_name(number: int, part: str) -> str:
    return f"c{number}_{part}"


def channel_fields(count: int) -> list[Field]:
    """The fields of all channels."""
    return [field for number in range(count) for field in _fields(number)]


def _fields(number: int) -> list[Field]:
    def named(part: str, label: str, help: str = "", **more: Any) -> Field:
        return Field(field_name(number, part), label, help, default=_DEFAULTS.get(part, ""), **more)

    plain = {"autocomplete": "off", "spellcheck": "false"}
    return [
        named(
            "name",
            gettext("Channel"),
            required=True,
            attributes={**plain, "maxlength": "64", "list": "channel-names"},
        ),
        named(
            "uri",
            gettext("S3 location"),
            required=True,
            attributes={
                **plain,
                "maxlength": "1024",
                "placeholder": "s3://bucket/train.manifest",
                "data-s3": "any",
            },
        ),
        named(
            "type",
            gettext("What is there"),
            kind="select",
            required=True,
            options=[
                ("S3Prefix", gettext("All objects with this prefix"), ""),
                ("ManifestFile", gettext("A manifest file (a list of objects)"), ""),
                (AUGMENTED, gettext("An augmented manifest (objects with labels)"), ""),
            ],
        ),
        named(
            "attributes",
            gettext("Attributes, in the order in which the algorithm reads them"),
            attributes={**plain, "maxlength": "4096", "placeholder": "source-ref, boxes"},
        ),
        named(
            "mode",
            gettext("Input mode"),
            kind="select",
            required=True,
            options=[
                ("", gettext("As the job"), ""),
                ("File", gettext("File: copied before the training"), ""),
                ("FastFile", gettext("FastFile: read when needed"), ""),
                ("Pipe", gettext("Pipe: streamed"), ""),
            ],
        ),
        named(
            "wrapper",
            gettext("Record wrapper"),
            kind="select",
            required=True,
            options=[("None", gettext("None"), ""), ("RecordIO", "RecordIO", "")],
        ),
        named(
            "content",
            gettext("Content type"),
            attributes={**plain, "maxlength": "256", "placeholder": "application/x-recordio"},
        ),
        named(
            "compression",
            gettext("Compression"),
            kind="select",
            required=True,
            options=[("None", gettext("None"), ""), ("Gzip", "Gzip", "")],
        ),
        named(
            "spread",
            gettext("Several instances"),
            kind="select",
            required=True,
            options=[
                ("FullyReplicated", gettext("Each gets everything"), ""),
                ("ShardedByS3Key", gettext("Each gets a part"), ""),
            ],
        ),
        named(
            "seed",
            gettext("Shuffle with seed"),
            kind="number",
            attributes={"inputmode": "numeric", "step": "1", "placeholder": gettext("not shuffled")},
        ),
    ]


def attribute_list(text: str) -> list[str]:
    """The attributes that a field names."""
    return [part for part in (each.strip() for each in text.split(",")) if part]


def channel_requests(form: Form, count: int) -> list[dict[str, Any]]:
    """The members of InputDataConfig. A channel without name and location is left out."""
    found = []
    for number in range(count):
        values = _values(form, number)
        if values["name"] or values["uri"]:
            found.append(_request(form, number, values))
    return found


def _values(form: Form, number: int) -> dict[str, str]:
    return {part: form.values[field_name(number, part)] for part in _NAMES}


def _request(form: Form, number: int, values: Mapping[str, str]) -> dict[str, Any]:
    source: dict[str, Any] = {"S3DataType": values["type"], "S3Uri": values["uri"]}
    if values["spread"] != "FullyReplicated":
        source["S3DataDistributionType"] = values["spread"]
    if values["type"] == AUGMENTED and values["attributes"]:
        source["AttributeNames"] = attribute_list(values["attributes"])
    request: dict[str, Any] = {"ChannelName": values["name"], "DataSource": {"S3DataSource": source}}
    for part, member, usual in (
        ("content", "ContentType", ""),
        ("compression", "CompressionType", "None"),
        ("wrapper", "RecordWrapperType", "None"),
        ("mode", "InputMode", ""),
    ):
        if values[part] != usual:
            request[member] = values[part]
    if values["seed"]:
        try:
            request["ShuffleConfig"] = {"Seed": int(values["seed"])}
        except ValueError:
            form.problems[field_name(number, "seed")] = gettext("must be a whole number")
    return request


def channel_values(channels: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The values of the fields for the channels of a request, or of a description."""
    found: dict[str, str] = {}
    for number, channel in enumerate(channels[:MOST_CHANNELS]):
        source = channel["DataSource"].get("S3DataSource") or {}
        values = {
            "name": channel["ChannelName"],
            "uri": source.get("S3Uri", ""),
            "type": source.get("S3DataType", "S3Prefix"),
            "attributes": ", ".join(source.get("AttributeNames") or ()),
            "mode": channel.get("InputMode", ""),
            "wrapper": channel.get("RecordWrapperType", "None"),
            "content": channel.get("ContentType", ""),
            "compression": channel.get("CompressionType", "None"),
            "spread": source.get("S3DataDistributionType", "FullyReplicated"),
            "seed": str((channel.get("ShuffleConfig") or {}).get("Seed", "")),
        }
        found |= {field_name(number, part): value for part, value in values.items()}
    return found


def without_channel(values: Mapping[str, str], count: int, gone: int) -> dict[str, str]:
    """The values after a channel is removed; those behind it move up."""
    kept = dict(values)
    for number in range(gone, count - 1):
        for part in _NAMES:
            kept[field_name(number, part)] = values.get(field_name(number + 1, part), "")
    return kept


def moved(text: str, place: int, by: int) -> str:
    """The attributes with one moved up (-1) or down (1); unchanged where there is no room."""
    names = attribute_list(text)
    target = place + by
    if 0 <= place < len(names) and 0 <= target < len(names):
        names[place], names[target] = names[target], names[place]
    return ", ".join(names)


_FIELDS_BY_WORD = {
    "AttributeNames": "attributes",
    "S3Uri": "uri",
    "S3 objects": "uri",
    "S3DataType": "type",
    "RecordWrapperType": "wrapper",
    "CompressionType": "compression",
    "InputMode": "mode",
    "input mode": "mode",
    "ContentType": "content",
    "ChannelName": "name",
}


def field_of_refusal(form: Form, count: int, message: str) -> str:
    """The field of the channel that the message of a refusal is about; "" if it is about none."""
    for number in range(count):
        values = _values(form, number)
        is_about = re.match(rf"channel {re.escape(repr(values['name']))}", message, re.IGNORECASE)
        if is_about or (values["uri"] and f'"{values["uri"]}"' in message):
            found = (part for word, part in _FIELDS_BY_WORD.items() if word in message)
            return field_name(number, next(found, "name"))
    at = re.search(r"inputDataConfig\.(\d+)\.member\.(?:dataSource\.)?(?:s3DataSource\.)?(\w+)", message)
    if at is None or int(at[1]) > count:
        return ""
    part = next((part for word, part in _FIELDS_BY_WORD.items() if word.lower() == at[2].lower()), "name")
    return field_name(int(at[1]) - 1, part)
