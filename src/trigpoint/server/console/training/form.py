"""The form of a new training job: its fields, and the request that it makes. `first_values` fills it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trigpoint.builtin import ALGORITHMS, TRAINABLE, Algorithm
from trigpoint.compute.image_uris import builtin_image
from trigpoint.core.errors import TrigpointError
from trigpoint.language import gettext
from trigpoint.server.console.forms import Field, Form
from trigpoint.server.console.pairs import read_pairs, read_tags
from trigpoint.server.console.training.channels import (
    MOST_CHANNELS,
    channel_fields,
    channel_requests,
    field_of_refusal,
)
from trigpoint.server.console.training.hyperparameters import checked, hyperparameter_fields
from trigpoint.server.console.training.own_code import add_code, own_code_fields

OWN_CODE = "own"
ROLE = "arn:aws:iam::{account}:role/TrigpointRole"
"""Jobs run with the permissions of the server; the API requires a role all the same."""
INSTANCE_TYPES = ("ml.m5.large", "ml.m5.xlarge", "ml.c5.2xlarge", "ml.g4dn.xlarge", "ml.p3.2xlarge")


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
        else:
            add_code(form, request)
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


def _fields(algorithm: str, channel_count: int) -> list[Field]:
    builtin = ALGORITHMS.get(algorithm)
    plain = {"autocomplete": "off", "spellcheck": "false"}
    return [
        Field(
            "name",
            gettext("Name"),
            gettext("Letters, digits and hyphens, at most 63."),
            "TrainingJobName",
            required=True,
            attributes={**plain, "maxlength": "63"},
        ),
        *(own_code_fields() if builtin is None else hyperparameter_fields(builtin)),
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
            attributes={
                **plain,
                "maxlength": "1024",
                "placeholder": "s3://bucket/models",
                "data-s3": "folder",
            },
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
            attributes={
                **plain,
                "maxlength": "1024",
                "placeholder": "s3://bucket/checkpoints/job",
                "data-s3": "folder",
            },
        ),
        Field(
            "checkpoints_path",
            gettext("Folder of the checkpoints in the job"),
            gettext("Without one: /opt/ml/checkpoints"),
            "CheckpointConfig.LocalPath",
            attributes={**plain, "maxlength": "1024", "placeholder": "/opt/ml/checkpoints"},
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
            gettext("Most that code of yours may write and print. Built-in algorithms have no limit."),
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
            "retries",
            gettext("Try again after a failure of the server"),
            gettext("How often, from 1 to 30. Not after an error of the algorithm."),
            "RetryStrategy.MaximumRetryAttempts",
            kind="number",
            convert=_whole,
            attributes={"min": "1", "max": "30", "inputmode": "numeric"},
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
            convert=read_tags,
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
