"""Automated labeling of masks and boxes on a real server: small models begin, the server is killed, damaged images go to people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from helpers.automated_world import BUCKET, Crowd, create_job
from helpers.labeling_world import ROLE, World, invite
from helpers.mask_pictures import SIZE, drawn, picture
from helpers.processes import wait_for
from helpers.server_process import ServerProcess
from trigpoint.autolabel.mask_kind import mask_iou
from trigpoint.labeling.task_types.mask_answers import write_answer
from trigpoint.records.labels.masks import read_mask

LIMIT_S = 240
LABELS = ("disc", "square")
ATTRIBUTE = "shapes-ref"
OBJECTS, PICTURES = 1_250, 25
DAMAGED = 13
"""The number of the picture that is none; the job has fifty objects with it."""


def line(number: int) -> dict[str, Any]:
    return {"source-ref": f"s3://{BUCKET}/p/{number % PICTURES}.jpg", "n": number}


def answer(shown: str) -> dict[str, Any]:
    """What a worker paints who is right."""
    return write_answer(drawn(_number(shown)).tobytes(), SIZE, LABELS)


def _number(uri: str) -> int:
    return int(uri.partition("?")[0].rpartition("/")[2].partition(".")[0])


def boxes(number: int) -> list[tuple[int, int, int, int, int]]:
    """Class id, left, top, width and height of the things in a picture."""
    found = []
    for class_id in range(len(LABELS)):
        inside = drawn(number).point([255 if value == class_id + 1 else 0 for value in range(256)]).getbbox()
        assert inside is not None
        left, top, right, bottom = inside
        found.append((class_id, left, top, right - left, bottom - top))
    return found


def boxes_of_worker(shown: str) -> dict[str, Any]:
    """What a worker draws who is right."""
    names = ("left", "top", "width", "height")
    things = [
        {"label": LABELS[class_id], **dict(zip(names, sides, strict=True))}
        for class_id, *sides in boxes(_number(shown))
    ]
    properties = {"width": SIZE.width, "height": SIZE.height}
    return {"boundingBox": {"boundingBoxes": things, "inputImageProperties": properties}}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """With the pictures and their masks in a bucket."""
    with ServerProcess(tmp_path_factory.mktemp("shapes") / "data").start() as server:
        invite(server, "first@example.com", "crowd")
        s3 = server.aws("s3")
        s3.create_bucket(Bucket=BUCKET)
        for number in range(PICTURES):
            image, mask = picture(number)
            content = b"no image" if number == DAMAGED else image
            s3.put_object(Bucket=BUCKET, Key=f"p/{number}.jpg", Body=content)
            s3.put_object(Bucket=BUCKET, Key=f"m/{number}.png", Body=mask)
        yield server


def trained_model(
    server: ServerProcess, algorithm: str, labels: Sequence[Any], attribute: str, **settings: str
) -> str:
    """The ARN of a model that a small training job has made of the first pictures."""
    s3, sagemaker = server.aws("s3"), server.aws("sagemaker")
    lines = "".join(
        json.dumps({"source-ref": f"s3://{BUCKET}/p/{number}.jpg", attribute: label}) + "\n"
        for number, label in enumerate(labels)
    )
    s3.put_object(Bucket=BUCKET, Key=f"{algorithm}.manifest", Body=lines.encode())
    data = {"S3DataType": "AugmentedManifestFile", "S3Uri": f"s3://{BUCKET}/{algorithm}.manifest"}
    sagemaker.create_training_job(
        TrainingJobName=algorithm,
        RoleArn=ROLE,
        AlgorithmSpecification={"TrainingImage": algorithm, "TrainingInputMode": "Pipe"},
        HyperParameters={"num_training_samples": str(len(labels)), "mini_batch_size": "4", **settings},
        InputDataConfig=[
            {
                "ChannelName": "train",
                "DataSource": {"S3DataSource": {**data, "AttributeNames": ["source-ref", attribute]}},
                "ContentType": "application/x-recordio",
                "RecordWrapperType": "RecordIO",
            }
        ],
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/models"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )

    def described() -> dict[str, Any]:
        found: dict[str, Any] = sagemaker.describe_training_job(TrainingJobName=algorithm)
        return found

    wait_for(lambda: described()["TrainingJobStatus"] != "InProgress", "the training has ended", LIMIT_S)
    assert described()["TrainingJobStatus"] == "Completed", described().get("FailureReason")
    container = {"Image": algorithm, "ModelDataUrl": described()["ModelArtifacts"]["S3ModelArtifacts"]}
    arn: str = sagemaker.create_model(ModelName=algorithm, PrimaryContainer=container, ExecutionRoleArn=ROLE)[
        "ModelArn"
    ]
    return arn


def test_masks_are_labeled_by_the_machine_although_the_server_is_killed(server: ServerProcess) -> None:
    masks = [f"s3://{BUCKET}/m/{number}.png" for number in range(12)]
    small = {"num_classes": "3", "image_shape": "96", "learning_rate": "0.01", "epochs": "10"}
    model = trained_model(server, "light-segmentation", masks, ATTRIBUTE, **small)
    world = create_job(
        server,
        "masks",
        "SemanticSegmentation",
        [line(number) for number in range(OBJECTS)],
        LABELS,
        batch=300,
        algorithms={"InitialActiveLearningModelArn": model},
        attribute=ATTRIBUTE,
    )
    with Crowd(world, answer, LABELS) as crowd:
        wait_for(lambda: crowd.answers > 20, "people have begun", LIMIT_S)
        server.kill()
        server.start()
        wait_for(
            lambda: server.aws("sagemaker").list_transform_jobs()["TransformJobSummaries"],
            "a transform job",
            LIMIT_S,
        )
        server.kill()
        server.start()
        wait_for(
            lambda: world.describe()["LabelingJobStatus"] not in ("Initializing", "InProgress"),
            "the job has ended",
            LIMIT_S,
        )
    check(world)


def test_boxes_of_a_poor_model_go_to_people_and_the_next_round_trains(server: ServerProcess) -> None:
    keys = ("class_id", "left", "top", "width", "height")
    labels = [
        {
            "image_size": [{"width": SIZE.width, "height": SIZE.height, "depth": 3}],
            "annotations": [dict(zip(keys, each, strict=True)) for each in boxes(number)],
        }
        for number in range(8)
    ]
    poor = {"num_classes": "2", "base_network": "resnet-10", "epochs": "1"}
    model = trained_model(server, "object-detection", labels, "things", **poor)
    world = create_job(
        server,
        "boxes",
        "BoundingBox",
        [line(number) for number in range(OBJECTS)],
        LABELS,
        batch=300,
        algorithms={"InitialActiveLearningModelArn": model},
        attribute="things",
    )
    sagemaker = server.aws("sagemaker")

    def trainings() -> list[dict[str, Any]]:
        names = sagemaker.list_training_jobs(NameContains="boxes")["TrainingJobSummaries"]
        return [sagemaker.describe_training_job(TrainingJobName=each["TrainingJobName"]) for each in names]

    with Crowd(world, boxes_of_worker, LABELS, email="boxes@example.com"):
        wait_for(trainings, "the training of the second round", LIMIT_S)
        wait_for(lambda: trainings()[0]["SecondaryStatus"] != "Starting", "it has started", LIMIT_S)
        sagemaker.stop_labeling_job(LabelingJobName=world.job)
        wait_for(lambda: world.describe()["LabelingJobStatus"] == "Stopped", "the job is stopped", LIMIT_S)
    wait_for(lambda: trainings()[0]["TrainingJobStatus"] == "Stopped", "the training is stopped", LIMIT_S)
    (training,) = trainings()
    assert training["LabelingJobArn"] == world.describe()["LabelingJobArn"]
    settings = training["HyperParameters"]
    assert settings["num_classes"] == "2"
    assert 240 < int(settings["num_training_samples"]) < 300  # without the damaged ones
    report = json.loads(world.read(f"s3://{BUCKET}/out/{world.job}/automated-labeling.json"))
    assert (report["measure"], report["target"], len(report["rounds"])) == ("mean IoU", 0.6, 1)
    assert report["rounds"][0]["validation_accuracy"] < 0.6


def check(world: World) -> None:
    described = world.describe()
    assert described["LabelingJobStatus"] == "Completed", described.get("FailureReason")
    counters = described["LabelCounters"]
    damaged = sum(number % PICTURES == DAMAGED for number in range(OBJECTS))
    assert counters["FailedNonRetryableError"] == damaged
    assert (
        counters["TotalLabeled"] == counters["HumanLabeled"] + counters["MachineLabeled"] == OBJECTS - damaged
    )
    assert counters["MachineLabeled"] > 0.7 * OBJECTS
    report = json.loads(world.read(f"s3://{BUCKET}/out/{world.job}/automated-labeling.json"))
    assert (report["measure"], report["target"], report["machine"]) == (
        "mean IoU",
        0.7,
        counters["MachineLabeled"],
    )
    assert report["bound"] >= 0.7
    of_machine = [
        each
        for each in world.output_lines()
        if each.get(f"{ATTRIBUTE}-metadata", {}).get("human-annotated") == "no"
    ]
    assert len(of_machine) == counters["MachineLabeled"]
    qualities = []
    for each in of_machine[::20]:
        assert (
            f"/activelearning/{report['rounds'][0]['number']}/autolabel/labels/{each['n']}.png"
            in each[ATTRIBUTE]
        )
        metadata = each[f"{ATTRIBUTE}-metadata"]
        assert metadata["type"] == "groundtruth/semantic-segmentation"
        named = metadata["internal-color-map"]
        assert [entry["class-name"] for entry in named.values()] == ["BACKGROUND", *LABELS]
        assert 0.5 < named["1"]["confidence"] <= 1
        size, numbers = read_mask(world.read(each[ATTRIBUTE]))
        assert size.sides == SIZE.sides
        found = np.frombuffer(numbers, np.uint8).reshape(size.height, size.width)
        qualities.append(mask_iou(found, np.asarray(drawn(_number(each["source-ref"]))), len(LABELS)))
    assert np.mean(qualities) >= 0.7
