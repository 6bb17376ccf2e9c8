"""The fields of the first step, and the input that they choose."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from trigpoint.core.errors import Invalid
from trigpoint.datasets.data_setup.creating import DataType
from trigpoint.datasets.data_setup.csv_rows import CsvOptions
from trigpoint.labeling.setup.inputs import InputChoice
from trigpoint.labeling.task_types import TASK_TYPES
from trigpoint.labeling.task_types.contract import DataKind, LabelPlace, TaskType
from trigpoint.language import Text, gettext, translatable
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.server.console.forms import Field

PREFIX, MANIFEST = "prefix", "manifest"
ALL, RANDOM, QUERY = "all", "random", "query"

TYPE_TEXTS: Final[Mapping[str, Text]] = {
    "ImageMultiClass": translatable("One label for the whole image"),
    "ImageMultiClassMultiLabel": translatable("All labels that fit the image"),
    "BoundingBox": translatable("A box around each object"),
    "SemanticSegmentation": translatable("Each pixel belongs to a label"),
    "TextMultiClass": translatable("One label for the whole text"),
    "TextMultiClassMultiLabel": translatable("All labels that fit the text"),
    "NamedEntityRecognition": translatable("Parts of the text belong to labels"),
    "VerificationBoundingBox": translatable("Are the boxes of a job right?"),
    "AdjustmentBoundingBox": translatable("Correct the boxes of a job"),
    "VerificationSemanticSegmentation": translatable("Are the masks of a job right?"),
    "AdjustmentSemanticSegmentation": translatable("Correct the masks of a job"),
    "PassThrough": translatable("Your own task template and functions"),
}

_GROUPS: Final[Mapping[str, Text]] = {
    "image": translatable("Images"),
    "text": translatable("Texts"),
    "review": translatable("Check the labels of a job"),
    "custom": translatable("Custom"),
}


_ATTRIBUTE: Final = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,126}")


def type_groups() -> Sequence[tuple[str, Sequence[TaskType[Any]]]]:
    """All task types, by group with its title."""
    return [
        (gettext(title), [each for each in TASK_TYPES.values() if _group_of(each) == group])
        for group, title in _GROUPS.items()
    ]


def input_fields(now: datetime) -> list[Field]:
    """The fields. `now` makes the proposed name."""
    plain = {"autocomplete": "off", "spellcheck": "false"}
    return [
        Field(
            "name",
            gettext("Name of the job"),
            gettext("Letters, digits and hyphens; at most 63. It must be new."),
            member="LabelingJobName",
            required=True,
            default=f"labels-{now:%y%m%d-%H%M}",
            attributes={**plain, "maxlength": "63", "pattern": "[a-zA-Z0-9](-*[a-zA-Z0-9])*"},
        ),
        Field(
            "attribute",
            gettext("Label attribute"),
            gettext(
                "The name of the labels in the output manifest. Without one, the name of the job is used. Objects that "
                "already have this attribute are not labeled again."
            ),
            member="LabelAttributeName",
            attributes={**plain, "maxlength": "127"},
        ),
        Field(
            "source",
            gettext("Input"),
            kind="radio",
            default=PREFIX,
            options=[
                (PREFIX, gettext("Files in a bucket"), gettext("All images or texts under a prefix")),
                (MANIFEST, gettext("An input manifest"), gettext("A file with one line per data object")),
            ],
        ),
        Field(
            "prefix",
            gettext("Folder"),
            gettext("The files below it become data objects."),
            required=True,
            attributes={
                **plain,
                "maxlength": "1024",
                "placeholder": "s3://bucket/photos/",
                "data-s3": "folder",
            },
        ),
        Field(
            "data_type",
            gettext("Kind of files"),
            kind="select",
            required=True,
            default=DataType.IMAGE,
            options=[
                (DataType.IMAGE, gettext("Images (.jpg, .jpeg, .png)"), ""),
                (DataType.TEXT, gettext("Text files, one object per line (.txt)"), ""),
                (DataType.CSV, gettext("Tables, one object per row (.csv)"), ""),
            ],
        ),
        Field(
            "csv_column",
            gettext("Column with the text"),
            gettext("For tables: the name or number of the column. Without it, the whole row is the text."),
            attributes={**plain, "maxlength": "200"},
        ),
        Field(
            "manifest",
            gettext("Manifest"),
            member="InputConfig.DataSource.S3DataSource.ManifestS3Uri",
            required=True,
            attributes={
                **plain,
                "maxlength": "1024",
                "placeholder": "s3://bucket/input.manifest",
                "data-s3": "object",
            },
        ),
        Field(
            "subset",
            gettext("How much of it"),
            kind="radio",
            default=ALL,
            options=[
                (ALL, gettext("All objects"), ""),
                (RANDOM, gettext("Some at random"), ""),
                (QUERY, gettext("Those that a query chooses"), ""),
            ],
        ),
        Field(
            "sample",
            gettext("How many"),
            gettext("A number of objects, like 500, or a share of them, like 10%."),
            required=True,
            attributes={**plain, "maxlength": "20", "placeholder": "10%"},
        ),
        Field(
            "query",
            gettext("Query"),
            gettext("SQL as in S3 Select, on the lines of the manifest."),
            required=True,
            attributes={**plain, "maxlength": "4000", "placeholder": "\"source-ref\" LIKE '%/night/%'"},
        ),
        Field(
            "output",
            gettext("Output folder"),
            gettext(
                "Labels, answers and the task template go into a folder below it, named as the job. Without one: labels/ "
                "in the bucket of the input."
            ),
            member="OutputConfig.S3OutputPath",
            attributes={
                **plain,
                "maxlength": "1024",
                "placeholder": "s3://bucket/output/",
                "data-s3": "folder",
            },
        ),
        Field("task_type", gettext("Task type"), kind="radio", default="BoundingBox"),
        Field(
            "reviewed",
            gettext("Labels to check"),
            gettext(
                "The attribute of the manifest that has them. Without it, those that were made last are taken."
            ),
            attributes={**plain, "maxlength": "127", "list": "reviewed-keys"},
        ),
    ]


def chosen_input(values: Mapping[str, str]) -> InputChoice:
    """The input that the fields choose.

    Raises: InputProblem: a field lacks its value, by its name.
    """
    subset = values["subset"]
    return InputChoice(
        manifest_uri=_needed(values, "manifest") if values["source"] == MANIFEST else "",
        prefix_uri=_needed(values, "prefix") if values["source"] != MANIFEST else "",
        data_type=_data_type(values["data_type"]),
        csv=CsvOptions(column=values["csv_column"] or None),
        query=_needed(values, "query") if subset == QUERY else "",
        sample=_needed(values, "sample") if subset == RANDOM else "",
    )


class InputProblem(Invalid):
    """What is wrong with a field of the form, by its name."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def check_fits(task_type: TaskType[Any], values: Mapping[str, str]) -> None:
    """Raises: InputProblem: the task type labels other data than the files are."""
    if values["source"] == MANIFEST:
        return
    is_image = values["data_type"] == DataType.IMAGE
    if task_type.reviews is not None:
        raise InputProblem(
            "source", gettext("A job that checks labels needs the output manifest of the job as its input.")
        )
    if task_type.data is DataKind.IMAGE and not is_image:
        raise InputProblem("task_type", gettext("This task type is for images, but the files are texts."))
    if task_type.data is DataKind.TEXT and is_image:
        raise InputProblem("task_type", gettext("This task type is for texts, but the files are images."))


def check_attribute(values: Mapping[str, str]) -> None:
    """Raises: InputProblem: the attribute that was typed is no name."""
    name = values["attribute"]
    if name and _ATTRIBUTE.fullmatch(name) is None:
        raise InputProblem("attribute", gettext("Letters, digits and hyphens."))


def output_folder(values: Mapping[str, str]) -> str:
    """The output folder that was typed, or one in the bucket of the input."""
    if values["output"]:
        return values["output"]
    place = values["manifest"] if values["source"] == MANIFEST else values["prefix"]
    return f"s3://{parse_s3_uri(place)[0]}/labels/"


def label_attribute(values: Mapping[str, str], task_type: TaskType[Any]) -> str:
    """The attribute that was typed, or one made of the name."""
    name = values["attribute"] or values["name"]
    if not values["attribute"] and task_type.label_place is LabelPlace.FILE:
        return f"{name}-ref"
    return name


def _needed(values: Mapping[str, str], name: str) -> str:
    if not values[name]:
        raise InputProblem(name, gettext("This field is needed."))
    return values[name]


def _data_type(text: str) -> DataType:
    return DataType(text) if text in tuple(DataType) else DataType.IMAGE


def _group_of(task_type: TaskType[Any]) -> str:
    if task_type.reviews is not None:
        return "review"
    return {DataKind.IMAGE: "image", DataKind.TEXT: "text", DataKind.ANY: "custom"}[task_type.data]
