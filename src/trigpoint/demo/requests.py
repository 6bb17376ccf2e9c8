"""The requests, manifests and files that the demo sends, as a user's own script would write them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from trigpoint.demo.dataset import Picture
from trigpoint.records.labels.attributes import METADATA, common_metadata
from trigpoint.records.labels.boxes import OBJECT_DETECTION, write_box_label
from trigpoint.records.labels.classes import write_class_map
from trigpoint.records.labels.image_size import ImageSize

ROLE = "arn:aws:iam::{account}:role/TrigpointRole"
IMAGE = "811284229777.dkr.ecr.us-east-1.amazonaws.com/object-detection:1"
LABEL_ATTRIBUTE = "boxes"

TEMPLATE = """<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>
<crowd-form>
  <crowd-bounding-box
    name="boundingBox"
    src="{{ task.input.taskObject | grant_read_access }}"
    header="Draw a box around each object"
    labels="{{ task.input.labels | to_json | escape }}"
  >
    <short-instructions>
      <h3>What to do</h3>
      <p>Draw a tight box around <b>every</b> object:</p>
      <ul>{% for label in task.input.labels %}<li>{{ label }}</li>{% endfor %}</ul>
      <p>Choose a label with its digit key, then drag. Objects that are cut off by the edge count, too.</p>
    </short-instructions>
    <full-instructions header="How to draw good boxes">
      <h3>Good</h3>
      <ol>
        <li>The box touches the object on all four sides and leaves no gap.</li>
        <li>One box for each object, also where objects overlap.</li>
        <li>Only the part that can be seen is boxed.</li>
      </ol>
      <h3>Nothing there?</h3>
      <p>Tick <b>Nothing to label</b>. If the image is broken, choose <b>Decline</b>.</p>
    </full-instructions>
  </crowd-bounding-box>
</crowd-form>
"""


def label_categories(labels: Sequence[str]) -> bytes:
    """The label category file."""
    return json.dumps(
        {"document-version": "2018-11-28", "labels": [{"label": label} for label in labels]}
    ).encode()


def input_manifest(pictures: Iterable[Picture]) -> bytes:
    """The input manifest: one line for each picture."""
    return b"".join(json.dumps({"source-ref": picture.uri}).encode() + b"\n" for picture in pictures)


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
    name: str, account: str, region: str, team_arn: str, folder: str, title: str, workers_per_object: int
) -> dict[str, Any]:
    """CreateLabelingJob for the files under `folder` (an s3:// URI)."""
    function = f"arn:aws:lambda:{region}:432418664414:function"
    return {
        "LabelingJobName": name,
        "LabelAttributeName": LABEL_ATTRIBUTE,
        "InputConfig": {"DataSource": {"S3DataSource": {"ManifestS3Uri": f"{folder}/{name}.manifest"}}},
        "OutputConfig": {"S3OutputPath": f"{folder}/output"},
        "RoleArn": ROLE.format(account=account),
        "LabelCategoryConfigS3Uri": f"{folder}/labels.json",
        "HumanTaskConfig": {
            "WorkteamArn": team_arn,
            "UiConfig": {"UiTemplateS3Uri": f"{folder}/template.liquid.html"},
            "PreHumanTaskLambdaArn": f"{function}:PRE-BoundingBox",
            "AnnotationConsolidationConfig": {
                "AnnotationConsolidationLambdaArn": f"{function}:ACS-BoundingBox"
            },
            "TaskTitle": title,
            "TaskDescription": "Draw a box around each object of the listed kinds",
            "TaskKeywords": ["Images", "Boxes"],
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
