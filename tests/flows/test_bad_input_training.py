"""Bad input to training jobs, through a real server: FailureReason and log say what is wrong, and everything
else continues.

All jobs of the module run on one server at the same time. Each test looks at one of them.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from PIL import Image

from helpers.server_process import ServerProcess

pytest.importorskip("torch", reason="training needs the extra [train]")

BUCKET = "bad-training"
IMAGE = "811284229777.dkr.ecr.us-east-1.amazonaws.com/object-detection:1"
ROLE = "arn:aws:iam::111122223333:role/Trainer"
LOG_GROUP = "/aws/sagemaker/TrainingJobs"
DEADLINE_S = 240.0
BOM = b"\xef\xbb\xbf"
SIZE = [{"width": 64, "height": 48, "depth": 3}]


def box(
    class_id: Any = 0, left: int = 10, top: int = 10, width: int = 20, height: int = 20
) -> dict[str, Any]:
    return {"class_id": class_id, "left": left, "top": top, "width": width, "height": height}


def line(*boxes: dict[str, Any], image: str = "a.jpg", **changes: Any) -> str:
    label = {"image_size": SIZE, "annotations": list(boxes)}
    data_object = {"source-ref": f"s3://{BUCKET}/{image}", "boxes": label, **changes}
    return json.dumps({name: value for name, value in data_object.items() if value is not None})


def lines(*each: str, newline: str = "\n") -> bytes:
    return newline.join(each).encode()


GOOD = line(box())


@dataclass(frozen=True)
class Case:
    """A training job that fails. `manifest` None: the manifest does not exist."""

    reason: tuple[str, ...]
    manifest: bytes | None = lines(GOOD, GOOD)
    hyperparameters: dict[str, str] = field(default_factory=dict)
    attributes: tuple[str, ...] = ("source-ref", "boxes")
    uri: str | None = None


DOWNLOAD = "ClientError: Data download failed:"
UNPARSED = DOWNLOAD + "Unable to parse augmented manifest line"
EMPTY = "ClientError: Got empty batch from pipe. Please check if the manifest file contains valid batches"
HYPERPARAMETERS = "ClientError: Error when validating hyperparameters: "
EXIT_2 = ", exit code: 2"

FAILING: dict[str, Case] = {
    "no-manifest": Case((DOWNLOAD, "s3://bad-training/no-manifest.manifest", "channel train"), None),
    "no-bucket": Case((DOWNLOAD, "no-such-bucket", "channel train"), uri="s3://no-such-bucket/train.manifest"),
    "broken-line": Case((UNPARSED + " 3: not valid JSON at column 16", "s3://bad-training/broken-line.manifest", "channel train"), BOM + lines(GOOD, GOOD, '{"source-ref": ', GOOD, newline="\r\n")),
    "blank-line": Case((UNPARSED + " 2: the line is empty",), lines(GOOD, "", GOOD)),
    "wrong-case": Case((UNPARSED + " 1: has no attribute 'Boxes'", "names are case-sensitive, it has 'boxes'"), attributes=("source-ref", "Boxes")),
    "no-uri": Case((UNPARSED + " 2: attribute 'source-ref' must be the URI of an object", "s3://bucket/key", '"/home/me/1.jpg"'), lines(GOOD, line(box(), **{"source-ref": "/home/me/1.jpg"}))),
    "vanished": Case((UNPARSED + " 2: attribute 'source-ref': cannot read s3://bad-training/gone.jpg",), lines(GOOD, line(box(), image="gone.jpg"))),
    "class-7": Case(("ClientError: Label 7 is out of range, num_classes is 1", EXIT_2), lines(GOOD, line(box(7)))),
    "empty-manifest": Case((EMPTY,), b""),
    "no-image-uri": Case((UNPARSED + " 2: attribute 'source-ref'", "s3://bad-training"), lines(GOOD, line(box(), **{"source-ref": "s3://bad-training"}))),
    "image-as-manifest": Case((UNPARSED + " 1: the file is a JPEG image, not an augmented manifest",), uri=f"s3://{BUCKET}/a.jpg"),
    "wrong-order": Case((EMPTY, "AttributeNames", EXIT_2), attributes=("boxes", "source-ref")),
    "learning-rate": Case((HYPERPARAMETERS + "learning_rate: 7 must be in (0, 1]", EXIT_2), hyperparameters={"learning_rate": "7"}),
    "misspelt": Case((HYPERPARAMETERS + "epoch: 3 is not a hyperparameter of object detection", EXIT_2), hyperparameters={"epoch": "3"}),
}  # fmt: skip

ODD_BUT_FINE = "odd-but-fine"
ODD_LINES = lines(
    GOOD,
    line(box(left=1000, top=1000)),  # 1: outside of the image
    line(box(left=-30, top=-30, width=60, height=60)),  # 2: partly outside
    line(),  # 3: nothing to see
    line(box("0")),  # 4: class as text
    line(box(), image="page.jpg"),  # 5: no image
    line(box(), image="cut-off.jpg"),  # 6: half an image
    line(box(width=0, height=0)),  # 7: no area
    line(boxes="nonsense"),  # 8: no label
    line({"class_id": 0, "left": 1}),  # 9: half a box
    *(line(box(), image=name) for name in ("grey.png", "cmyk.jpg", "16-bit.png", "1x1.png", "palette.png")),
    newline="\r\n",
)


# -- the world of the module


def encoded(image: Image.Image, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def pictures() -> dict[str, bytes]:
    noise = encoded(Image.effect_noise((64, 48), 80).convert("RGB"), "JPEG")
    return {
        "a.jpg": noise,
        "page.jpg": b"<html>404</html>",
        "cut-off.jpg": noise[: len(noise) // 2],
        "grey.png": encoded(Image.new("L", (64, 48))),
        "cmyk.jpg": encoded(Image.new("CMYK", (64, 48)), "JPEG"),
        "16-bit.png": encoded(Image.new("I;16", (64, 48))),
        "1x1.png": encoded(Image.new("RGB", (1, 1))),
        "palette.png": encoded(Image.new("P", (64, 48))),
    }


@dataclass
class Lab:
    """A server on which all jobs of this module have been started."""

    server: ServerProcess
    s3: Any
    sagemaker: Any
    logs: Any

    def request(self, job: str, case: Case) -> dict[str, Any]:
        if case.manifest is not None:
            self.s3.put_object(Bucket=BUCKET, Key=f"{job}.manifest", Body=case.manifest)
        source = {
            "S3DataType": "AugmentedManifestFile",
            "S3Uri": case.uri or f"s3://{BUCKET}/{job}.manifest",
            "S3DataDistributionType": "FullyReplicated",
            "AttributeNames": list(case.attributes),
        }
        return {
            "TrainingJobName": job,
            "RoleArn": ROLE,
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "Pipe"},
            "HyperParameters": {
                "base_network": "resnet-10",
                "use_pretrained_model": "0",
                "num_classes": "1",
                "num_training_samples": "2",
                "epochs": "1",
                "mini_batch_size": "2",
                "image_shape": "300",
                **case.hyperparameters,
            },
            "InputDataConfig": [
                {
                    "ChannelName": "train",
                    "DataSource": {"S3DataSource": source},
                    "ContentType": "application/x-recordio",
                    "RecordWrapperType": "RecordIO",
                }
            ],
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        }

    def create(self, job: str, case: Case) -> None:
        self.sagemaker.create_training_job(**self.request(job, case))

    def ended(self, job: str) -> dict[str, Any]:
        until_s = time.monotonic() + DEADLINE_S
        while time.monotonic() < until_s:
            described: dict[str, Any] = self.sagemaker.describe_training_job(TrainingJobName=job)
            if described["TrainingJobStatus"] in ("Completed", "Failed", "Stopped"):
                return described
            time.sleep(0.3)
        raise AssertionError(f"{job} has not ended: {described}")

    def log(self, job: str) -> str:
        found = self.logs.describe_log_streams(logGroupName=LOG_GROUP, logStreamNamePrefix=f"{job}/")
        events = self.logs.get_log_events(
            logGroupName=LOG_GROUP, logStreamName=found["logStreams"][0]["logStreamName"], startFromHead=True
        )
        return "\n".join(event["message"] for event in events["events"])


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    server = ServerProcess(tmp_path_factory.mktemp("bad-training") / "data").start()
    try:
        sagemaker = server.aws("sagemaker", config=Config(parameter_validation=False))
        lab = Lab(server, server.aws("s3"), sagemaker, server.aws("logs"))
        lab.s3.create_bucket(Bucket=BUCKET)
        for name, content in pictures().items():
            lab.s3.put_object(Bucket=BUCKET, Key=name, Body=content)
        lab.create(ODD_BUT_FINE, Case((), ODD_LINES))
        for job, case in FAILING.items():
            lab.create(job, case)
        yield lab
    finally:
        server.stop()


def said_nothing_of_our_inside(text: str) -> None:
    for inside in ("Traceback", 'File "', ".py", "object at 0x", "/algo-1", "Error("):
        assert inside not in text, text


# -- requests that are refused at once

SOURCE = "InputDataConfig.0.DataSource.S3DataSource"

REFUSED: dict[str, tuple[str, Any, tuple[str, ...]]] = {
    "file-mode": ("AlgorithmSpecification.TrainingInputMode", "File", ("channel 'train': Augmented manifest is only supported with Pipe input mode",)),
    "file-mode-of-channel": ("InputDataConfig.0.InputMode", "File", ("channel 'train': Augmented manifest is only supported with Pipe input mode",)),
    "image": ("AlgorithmSpecification.TrainingImage", "111122223333.dkr.ecr.us-east-1.amazonaws.com/mine:1", ("'111122223333.dkr.ecr.us-east-1.amazonaws.com/mine:1' is not served", "registered with `trigpoint image add`", IMAGE)),
    "no-image": ("AlgorithmSpecification.TrainingImage", None, ("Exactly one of TrainingImage or AlgorithmName must be specified",)),
    "metrics": ("AlgorithmSpecification.MetricDefinitions", [{"Name": "a", "Regex": "b"}], ("You can't override the metric definitions for Amazon SageMaker algorithms",)),
    "mode": ("AlgorithmSpecification.TrainingInputMode", "Tube", ("Value 'Tube' at 'algorithmSpecification.trainingInputMode'", "enum value set")),
    "name": ("TrainingJobName", "a_b", ("Value 'a_b' at 'trainingJobName' failed to satisfy constraint", "regular expression pattern")),
    "attributes": (f"{SOURCE}.AttributeNames", None, ("channel 'train': AttributeNames are required",)),
    "manifest-bucket": (f"{SOURCE}.S3Uri", f"s3://{BUCKET}", ("channel 'train'", "names a bucket; name the manifest in it")),
    "manifest-path": (f"{SOURCE}.S3Uri", "/tmp/train.manifest", ("Value '/tmp/train.manifest' at 'inputDataConfig.1.member.dataSource.s3DataSource.s3Uri'",)),
    "output-bucket": ("OutputDataConfig.S3OutputPath", "s3://nowhere-here/x", ("S3OutputPath 's3://nowhere-here/x'", "does not exist or is read-only")),
    "output-path": ("OutputDataConfig.S3OutputPath", "/tmp/models", ("/tmp/models", "outputDataConfig.s3OutputPath")),
    "channels": ("InputDataConfig", None, ("InputDataConfig is required", "train")),
    "instances": ("ResourceConfig.InstanceCount", 99, ("service limit 'ml.m5.large for training job usage' is 8 Instances", "lower InstanceCount")),
    "instance-type": ("ResourceConfig.InstanceType", "ml.huge", ("Value 'ml.huge' at 'resourceConfig.instanceType'",)),
    "no-resources": ("ResourceConfig", None, ("Value null at 'resourceConfig'", "must not be null")),
    "number": ("HyperParameters.epochs", 3, ("epochs",)),
}  # fmt: skip


def changed(request: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The request with the field at the dotted path set; None removes it."""
    place: Any = request
    *parents, last = path.split(".")
    for name in parents:
        place = place[int(name) if name.isdigit() else name]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return request


@pytest.mark.parametrize("case", REFUSED)
def test_a_request_that_cannot_work_is_refused_with_field_value_and_rule(lab: Lab, case: str) -> None:
    path, value, parts = REFUSED[case]
    request = changed(lab.request(f"refused-{case}", Case((), None)), path, value)
    with pytest.raises(ClientError) as refused:
        lab.sagemaker.create_training_job(**request)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    error = refused.value.response["Error"]
    expected = {"instances": "ResourceLimitExceeded", "number": "SerializationException"}
    assert error["Code"] == expected.get(case, "ValidationException"), error
    for part in parts:
        assert part in error["Message"], error
    said_nothing_of_our_inside(error["Message"])
    with pytest.raises(ClientError, match=r"Requested resource not found\."):
        lab.sagemaker.describe_training_job(TrainingJobName=f"refused-{case}")


def test_a_prefix_without_objects_is_refused_with_the_prefix(lab: Lab) -> None:
    request = lab.request("no-objects", Case((), None))
    request["InputDataConfig"][0]["DataSource"]["S3DataSource"] = {
        "S3DataType": "S3Prefix",
        "S3Uri": f"s3://{BUCKET}/none/",
    }
    with pytest.raises(ClientError, match=f'No S3 objects found under S3 URL "s3://{BUCKET}/none/"'):
        lab.sagemaker.create_training_job(**request)


def test_a_taken_name_is_refused(lab: Lab) -> None:
    with pytest.raises(ClientError) as refused:
        lab.create(ODD_BUT_FINE, Case((), None))
    error = refused.value.response["Error"]
    assert error["Code"] == "ResourceInUse" and f"training-job/{ODD_BUT_FINE}" in error["Message"]


# -- jobs that end


@pytest.mark.parametrize("job", FAILING)
def test_a_job_whose_input_is_wrong_fails_and_says_where_and_why(lab: Lab, job: str) -> None:
    described = lab.ended(job)
    assert (described["TrainingJobStatus"], described["SecondaryStatus"]) == ("Failed", "Failed")
    reason = described["FailureReason"]
    for part in FAILING[job].reason:
        assert part in reason, reason
    assert len(reason) <= 1024
    said_nothing_of_our_inside(reason)
    assert "Traceback" not in lab.log(job), lab.log(job)


def test_lines_that_cannot_be_used_are_left_out_and_odd_ones_are_trained_with(lab: Lab) -> None:
    described = lab.ended(ODD_BUT_FINE)
    assert described["TrainingJobStatus"] == "Completed", described.get("FailureReason")
    bucket, _, key = described["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").partition("/")
    assert lab.s3.head_object(Bucket=bucket, Key=key)["ContentLength"] > 1000
    losses = {
        metric["MetricName"]: metric["Value"]
        for metric in described["FinalMetricDataList"]
        if metric["MetricName"] in ("train:cross_entropy", "train:smooth_l1")
    }
    assert len(losses) == 2 and all(0 <= value < 1000 for value in losses.values()), losses


def test_the_log_names_each_line_that_was_left_out_and_why(lab: Lab) -> None:
    lab.ended(ODD_BUT_FINE)
    log = lab.log(ODD_BUT_FINE)
    skipped = {
        int(text.split("train example ")[1].split(":")[0]): text
        for text in log.splitlines()
        if "Skipped" in text
    }
    assert sorted(skipped) == [6, 7, 9, 10], log  # counted from 1, as lines are
    assert "the image cannot be decoded: its 16 bytes are none of JPEG, PNG" in skipped[6]
    assert "the image cannot be decoded: image file is truncated" in skipped[7]
    assert "not JSON" in skipped[9]
    assert "annotations[0].top must be a number, not null" in skipped[10]
    for text in skipped.values():
        said_nothing_of_our_inside(text)
    assert "did not match the number of batches processed" in log
    assert "Traceback" not in log


def test_none_of_this_was_logged_as_a_server_error(lab: Lab) -> None:
    for job in FAILING:
        lab.ended(job)
    assert "Traceback" not in lab.server.text(), lab.server.text()[-4000:]
    assert httpx.get(f"{lab.server.url}/health", trust_env=False).status_code == 200
