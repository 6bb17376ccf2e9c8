"""The requests, manifests and files that the demo sends, as a user's own script would write them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from trigpoint.demo.dataset import Picture
from trigpoint.demo.task_set import TaskSet
from trigpoint.records.labels.attributes import METADATA, common_metadata
from trigpoint.records.labels.boxes import OBJECT_DETECTION, write_box_label
from trigpoint.records.labels.classes import write_class_map
from trigpoint.records.labels.image_size import ImageSize

ROLE = "arn:aws:iam::{account}:role/TrigpointRole"
IMAGE = "811284229777.dkr.ecr.us-east-1.amazonaws.com/object-detection:1"
LABEL_ATTRIBUTE = "boxes"


def label_categories(labels: Sequence[Mapping[str, str]]) -> bytes:
    """The label category file."""
    instructions = {
        "shortInstruction": "<p>Mark all of them.</p>",
        "fullInstruction": "<p>Mark all of them.</p>",
    }
    return json.dumps(
        {"document-version": "2018-11-28", "labels": list(labels), "instructions": instructions}
    ).encode()


def input_manifest(lines: Iterable[Mapping[str, Any]]) -> bytes:
    """The input manifest."""
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def truth_manifest(pictures: Iterable[Picture], labels: Sequence[str]) -> bytes:
    """An augmented manifest of the true boxes, used to measure the model."""
    return b"".join(json.dumps(_true_line(picture, labels)).encode() + b"\n" for picture in pictures)


def _true_line(picture: Picture, labels: Sequence[str]) -> dict[str, Any]:
    ids = {label: number for number, label in enumerate(labels)}
    return {
        "source-ref": picture.uri,
        LABEL_ATTRIBUTE: write_box_label(picture.boxes or (), ids, ImageSize(picture.width, picture.height)),
        LABEL_ATTRIBUTE + METADATA: {
            "class-map": write_class_map(labels, ids),
            **common_metadata(OBJECT_DETECTION, "truth", datetime.now(UTC)),
        },
    }


def labeling_job(
    name: str, account: str, region: str, team_arn: str, folder: str, tasks: TaskSet, workers_per_object: int
) -> dict[str, Any]:
    """CreateLabelingJob for the files under `folder` (an s3:// URI).

    It names no template, so that workers get the one of the task type.
    """
    function = f"arn:aws:lambda:{region}:432418664414:function"
    name_of_type = tasks.task_type.name
    return {
        "LabelingJobName": name,
        "LabelAttributeName": tasks.label_attribute,
        "InputConfig": {"DataSource": {"S3DataSource": {"ManifestS3Uri": f"{folder}/{name}.manifest"}}},
        "OutputConfig": {"S3OutputPath": f"{folder}/output"},
        "RoleArn": ROLE.format(account=account),
        **({"LabelCategoryConfigS3Uri": f"{folder}/labels.json"} if tasks.categories else {}),
        "HumanTaskConfig": {
            "WorkteamArn": team_arn,
            "UiConfig": {},
            "PreHumanTaskLambdaArn": f"{function}:PRE-{name_of_type}",
            "AnnotationConsolidationConfig": {
                "AnnotationConsolidationLambdaArn": f"{function}:ACS-{name_of_type}"
            },
            "TaskTitle": tasks.title,
            "TaskDescription": tasks.description,
            "TaskKeywords": list(tasks.keywords),
            "NumberOfHumanWorkersPerDataObject": workers_per_object,
            "TaskTimeLimitInSeconds": 3600,
        },
    }


def training_job(
    name: str, account: str, folder: str, hyperparameters: dict[str, str], channels: dict[str, str]
) -> dict[str, Any]:
    """CreateTrainingJob that streams the manifests of `channels` through named pipes."""
    return {
        "TrainingJobName": name,
        "RoleArn": ROLE.format(account=account),
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "Pipe"},
        "HyperParameters": hyperparameters,
        "InputDataConfig": [_channel(channel, uri) for channel, uri in channels.items()],
        "OutputDataConfig": {"S3OutputPath": f"{folder}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
    }


def _channel(name: str, uri: str) -> dict[str, Any]:
    channel: dict[str, Any] = {
        "ChannelName": name,
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "AugmentedManifestFile",
                "S3Uri": uri,
                "S3DataDistributionType": "FullyReplicated",
                "AttributeNames": ["source-ref", LABEL_ATTRIBUTE],
            }
        },
        "ContentType": "application/x-recordio",
        "RecordWrapperType": "RecordIO",
        "InputMode": "Pipe",
    }
    if name == "train":
        channel["ShuffleConfig"] = {"Seed": 1}
    return channel


def hyperparameters(classes: int, samples: int) -> dict[str, str]:
    """Settings that learn from scratch in minutes on two CPU cores: a small network, few epochs, small batches.

    The number of epochs falls with the number of samples, so that a folder of any size takes about the same time.
    """
    epochs = max(14, min(60, round(3_000 / max(samples, 1))))
    return {
        "base_network": "resnet-10",
        "use_pretrained_model": "0",
        "num_classes": str(classes),
        "num_training_samples": str(samples),
        "image_shape": "300",
        "epochs": str(epochs),
        "mini_batch_size": "8",
        "optimizer": "adam",
        "learning_rate": "0.002",
        "lr_scheduler_step": f"{round(epochs * 0.7)},{round(epochs * 0.9)}",
        "lr_scheduler_factor": "0.2",
        "label_width": "600",
    }
