"""The form of a new training job: its fields, where its first values come from, and the request that it makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trigpoint.builtin import ALGORITHMS, TRAINABLE, Algorithm
from trigpoint.compute.image_uris import builtin_algorithm, builtin_image
from trigpoint.core.errors import TrigpointError
from trigpoint.language import gettext
from trigpoint.server.console.forms import Field, Form
from trigpoint.server.console.pairs import read_pairs, write_pairs
from trigpoint.server.console.training.channels import (
    MOST_CHANNELS,
    channel_fields,
    channel_requests,
    channel_values,
    field_of_refusal,
)
from trigpoint.server.console.training.hyperparameters import as_typed, checked, hyperparameter_fields

OWN_CODE = "own"
ROLE = "arn:aws:iam::{account}:role/TrigpointRole"
"""Jobs run with the permissions of the server; the API requires a role all the same."""
INSTANCE_TYPES = ("ml.m5.large", "ml.m5.xlarge", "ml.c5.2xlarge", "ml.g4dn.xlarge", "ml.p3.2xlarge")

_FIRST_CHANNEL = {"c0_name": "train", "c0_type": "S3Prefix"}


@dataclass
class TrainingForm:
    """The form of one algorithm, or of own code, with a number of channels."""

    algorithm: str
    channel_count: int
    form: Form

    @property
    def builtin(self) -> Algorithm | None:
        """The built-in algorithm; None for own code."""
        return ALGORITHMS.get(self.algorithm)

    def request(self, account_id: str, region: str) -> dict[str, Any]:
        """The CreateTrainingJob request. What cannot be read becomes problems of the form."""
        form, builtin = self.form, self.builtin
        request = form.request()
        request["RoleArn"] = ROLE.format(account=account_id)
        if builtin is not None:
            request["AlgorithmSpecification"]["TrainingImage"] = builtin_image(builtin.name, region)
            request["HyperParameters"] = checked(builtin, form)
        channels = channel_requests(form, self.channel_count)
        if channels:
            request["InputDataConfig"] = channels
        if "EnableManagedSpotTraining" not in request:
            request.get("StoppingCondition", {}).pop("MaxWaitTimeInSeconds", None)
        return {name: value for name, value in request.items() if value != {}}

    def require(self) -> None:
        """Marks the required fields that are empty, all at once."""
        for each in self.form.fields:
            if each.required and each.kind != "select" and not self.form.values[each.name]:
                self.form.problems[each.name] = gettext("is required")

    def refuse(self, problem: TrigpointError) -> None:
        """Puts the message of a refusal at its field."""
        name = field_of_refusal(self.form, self.channel_count, problem.message)
        if name:
            self.form.problems[name] = problem.message
        else:
            self.form.refuse(problem)


def training_form(algorithm: str, values: Mapping[str, str]) -> TrainingForm:
    """The form with these values; `channels` is the number of its channels."""
    known = algorithm if algorithm in TRAINABLE else OWN_CODE
    count = _count(values.get("channels", ""))
    return TrainingForm(known, count, Form(_fields(known, count), dict(values)))


def read_form(given: Mapping[str, Any]) -> TrainingForm:
    """The form as it was sent."""
    algorithm = str(given.get("algorithm", ""))
    known = algorithm if algorithm in TRAINABLE else OWN_CODE
    count = _count(str(given.get("channels", "")))
    return TrainingForm(known, count, Form.read(_fields(known, count), given))


def values_of_query(query: Mapping[str, str]) -> dict[str, str]:
    """The first values, from the address: `name`, `input`, `validation`, `attribute`, `samples`, `classes`, `output`."""
    values = {"channels": "1", **_FIRST_CHANNEL, "input_mode": "File"}
    algorithm = ALGORITHMS.get(query.get("algorithm", ""))
    source = query.get("attribute", "")
    places = [
        (name, query[key])
        for name, key in (("train", "input"), ("validation", "validation"))
        if query.get(key)
    ]
    for number, (name, uri) in enumerate(places):
        values |= {f"c{number}_name": name, f"c{number}_uri": uri}
        if source or uri.endswith((".manifest", ".jsonl")):
            shown = algorithm.attributes[0] if algorithm is not None else "source-ref"
            attributes = f"{shown}, {source}" if source else ""
            values |= {
                f"c{number}_type": "AugmentedManifestFile",
                f"c{number}_attributes": attributes,
                f"c{number}_wrapper": "RecordIO",
                f"c{number}_content": "application/x-recordio",
            }
            values["input_mode"] = "Pipe"
    values["channels"] = str(max(1, len(places)))
    if source and places:
        values["c0_seed"] = "1"
    named = {
        "name": "name",
        "output": "output",
        "hp_num_training_samples": "samples",
        "hp_num_classes": "classes",
    }
    values |= {name: query[key] for name, key in named.items() if query.get(key)}
    if algorithm is not None and query.get("multi") and algorithm.name == "image-classification":
        values["hp_multi_label"] = "True"
    samples = query.get("samples", "")
    if samples.isdecimal() and len(samples) < 10:
        values["hp_mini_batch_size"] = str(max(1, min(32, int(samples) // 4)))
    return values


def form_of_job(job: Mapping[str, Any], name: str) -> TrainingForm:
    """The form of a job like another, under another name. `job` is the result of DescribeTrainingJob."""
    specification = job["AlgorithmSpecification"]
    image = specification.get("TrainingImage") or specification.get("AlgorithmName") or ""
    algorithm = builtin_algorithm(image) or OWN_CODE
    resources, stop = job["ResourceConfig"], job.get("StoppingCondition") or {}
    checkpoints = job.get("CheckpointConfig") or {}
    channels: Sequence[Mapping[str, Any]] = job.get("InputDataConfig") or ()
    given = job.get("HyperParameters") or {}
    values = {
        "name": name,
        "image": image,
        "input_mode": specification["TrainingInputMode"],
        "instance_type": resources.get("InstanceType", ""),
        "instance_count": str(resources.get("InstanceCount", "")),
        "volume": str(resources.get("VolumeSizeInGB", "")),
        "output": job["OutputDataConfig"]["S3OutputPath"],
        "compression": job["OutputDataConfig"].get("CompressionType", "GZIP"),
        "checkpoints": checkpoints.get("S3Uri", ""),
        "spot": "1" if job.get("EnableManagedSpotTraining") else "",
        "max_runtime": _hours_text(stop.get("MaxRuntimeInSeconds")),
        "max_wait": _hours_text(stop.get("MaxWaitTimeInSeconds")),
        "environment": write_pairs(job.get("Environment") or {}),
        "channels": str(max(1, min(len(channels), MOST_CHANNELS))),
        **channel_values(channels),
    }
    if algorithm == OWN_CODE:
        values["hyperparameters"] = write_pairs(given)
    else:
        values |= as_typed(ALGORITHMS[algorithm], given)
    return training_form(algorithm, values)


def _fields(algorithm: str, channel_count: int) -> list[Field]:
    builtin = ALGORITHMS.get(algorithm)
    plain = {"autocomplete": "off", "spellcheck": "false"}
    own = (
        []
        if builtin is not None
        else [
            Field(
                "image",
                gettext("Image"),
                gettext("The container image with your code."),
                "AlgorithmSpecification.TrainingImage",
                required=True,
                attributes={
                    **plain,
                    "maxlength": "255",
                    "placeholder": "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1",
                },
            ),
            Field(
                "hyperparameters",
                gettext("Hyperparameters"),
                gettext("One per line, as name=value."),
                "HyperParameters",
                kind="textarea",
                convert=read_pairs,
                attributes={**plain, "maxlength": "65536"},
            ),
        ]
    )
    return [
        Field(
            "name",
            gettext("Name"),
            gettext("Letters, digits and hyphens, at most 63."),
            "TrainingJobName",
            required=True,
            attributes={**plain, "maxlength": "63"},
        ),
        *own,
        *([] if builtin is None else hyperparameter_fields(builtin)),
        Field("channels", "", default="1"),
        *channel_fields(channel_count),
        Field(
            "input_mode",
            gettext("Input mode"),
            gettext("For channels that do not choose their own. Augmented manifests need Pipe."),
            "AlgorithmSpecification.TrainingInputMode",
            kind="select",
            required=True,
            default="File",
            options=[
                ("File", gettext("File: copied before the training"), ""),
                ("FastFile", gettext("FastFile: read when needed"), ""),
                ("Pipe", gettext("Pipe: streamed"), ""),
            ],
        ),
        Field(
            "output",
            gettext("Output"),
            gettext("The model is written below this prefix."),
            "OutputDataConfig.S3OutputPath",
            required=True,
            attributes={**plain, "maxlength": "1024", "placeholder": "s3://bucket/models"},
        ),
        Field(
            "compression",
            gettext("Model"),
            "",
            "OutputDataConfig.CompressionType",
            kind="select",
            required=True,
            default="GZIP",
            options=[
                ("GZIP", gettext("One archive, model.tar.gz"), ""),
                ("NONE", gettext("Single files"), ""),
            ],
        ),
        Field(
            "checkpoints",
            gettext("Checkpoints"),
            gettext("With a place for them, a training continues after an interruption."),
            "CheckpointConfig.S3Uri",
            attributes={**plain, "maxlength": "1024", "placeholder": "s3://bucket/checkpoints/job"},
        ),
        Field(
            "instance_type",
            gettext("Instance type"),
            gettext("Jobs run on this server; the algorithm only sees the name."),
            "ResourceConfig.InstanceType",
            required=True,
            default="ml.m5.xlarge",
            attributes={**plain, "list": "instance-types"},
        ),
        Field(
            "instance_count",
            gettext("Instances"),
            gettext("Processes that train together."),
            "ResourceConfig.InstanceCount",
            kind="number",
            required=True,
            default="1",
            convert=_whole,
            attributes={"min": "1", "inputmode": "numeric"},
        ),
        Field(
            "volume",
            gettext("Volume (GB)"),
            gettext("Not limited here."),
            "ResourceConfig.VolumeSizeInGB",
            kind="number",
            required=True,
            default="30",
            convert=_whole,
            attributes={"min": "1", "inputmode": "numeric"},
        ),
        Field(
            "max_runtime",
            gettext("Ends after (hours)"),
            "",
            "StoppingCondition.MaxRuntimeInSeconds",
            required=True,
            default="24",
            convert=_seconds,
            attributes={"inputmode": "decimal"},
        ),
        Field(
            "spot",
            gettext("Managed spot training: goes on after an interruption"),
            "",
            "EnableManagedSpotTraining",
            kind="checkbox",
            convert=bool,
        ),
        Field(
            "max_wait",
            gettext("Ends after (hours, with all waiting)"),
            gettext("Only with managed spot training; at least the time above."),
            "StoppingCondition.MaxWaitTimeInSeconds",
            convert=_seconds,
            attributes={"inputmode": "decimal"},
        ),
        Field(
            "environment",
            gettext("Environment"),
            gettext("One variable per line, as name=value."),
            "Environment",
            kind="textarea",
            convert=read_pairs,
            attributes={**plain, "maxlength": "65536"},
        ),
        Field(
            "tags",
            gettext("Tags"),
            gettext("One per line, as key=value."),
            "Tags",
            kind="textarea",
            convert=_tags,
            attributes={**plain, "maxlength": "20000"},
        ),
    ]


def _count(text: str) -> int:
    return max(1, min(MOST_CHANNELS, int(text))) if text.isdecimal() and len(text) < 4 else 1


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(gettext("must be a whole number")) from None


def _seconds(text: str) -> int:
    try:
        found = round(float(text) * 3600)
    except (ValueError, OverflowError):
        raise ValueError(gettext("must be a number of hours, such as 1.5")) from None
    return found


def _hours_text(seconds: int | None) -> str:
    return "" if seconds is None else f"{seconds / 3600:.6g}"


def _tags(text: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in read_pairs(text).items()]
