"""The pages of training jobs: the list, the form, one job."""

from __future__ import annotations

import html
import io
import json
import re
import tarfile
from typing import Any

import httpx
import pytest

from helpers.console import ConsoleServer, Visitor
from helpers.portal import form_token
from trigpoint.builtin import TRAINABLE
from trigpoint.core.clock import FakeClock
from trigpoint.demo.requests import training_job
from trigpoint.server.console.training.own_code import FRAMEWORK_IMAGES
from trigpoint.workforce.people import Role

BOXES = {
    "image_size": [{"width": 10, "height": 10, "depth": 3}],
    "annotations": [{"class_id": 2, "left": 1, "top": 1, "width": 3, "height": 3}],
}


def _line(number: int) -> bytes:
    line = {
        "source-ref": f"s3://photos/{number}.jpg",
        "boxes": BOXES,
        "boxes-metadata": {"class-map": {"2": "<b>car"}, "type": "groundtruth/object-detection"},
    }
    return json.dumps(line).encode() + b"\n"


@pytest.fixture
def requester(server: ConsoleServer) -> Visitor:
    objects = server.application.objects
    objects.create_bucket("photos")
    objects.put("photos", "out.manifest", b"".join(_line(number) for number in range(10)))
    return server.visitor(Role.REQUESTER)


def _fields(page: str) -> dict[str, str]:
    """What a browser would send of the long form."""
    form = page.split("data-stepped", 1)[1].split("</form>")[0]
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            found[name[1]] = html.unescape(value[1]) if value else ""
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options) or re.search(
            r'<option value="([^"]*)"', options
        )
        found[name] = html.unescape(chosen[1]) if chosen else ""
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        found[name] = html.unescape(text)
    return found


def _prefilled(requester: Visitor, query: str) -> dict[str, str]:
    page = requester.get(f"/training-jobs/create?{query}")
    assert page.status_code == 200, page.text
    return _fields(page.text)


def _named(server: ConsoleServer, name: str) -> dict[str, Any]:
    return server.aws("sagemaker", "DescribeTrainingJob", {"TrainingJobName": name})


def test_a_job_is_created_from_the_form_and_shown(server: ConsoleServer, requester: Visitor) -> None:
    fields = _prefilled(
        requester, "algorithm=object-detection&input=s3://photos/out.manifest&attribute=boxes"
    )
    assert fields["c0_attributes"] == "source-ref, boxes" and fields["input_mode"] == "Pipe"
    fields |= {
        "name": "street",
        "output": "s3://photos/models",
        "hp_num_classes": "3",
        "hp_num_training_samples": "ten",
        "hp_epochs": "0",
        "tags": "team=a\nbroken",
    }
    refused = requester.post("/training-jobs/create", **fields)
    assert refused.status_code == 400
    text = html.unescape(refused.text)
    assert "There are 3 problems:" in text and "line 2 must look like name=value" in text
    assert _fields(refused.text)["hp_num_training_samples"] == "ten"
    fields |= {"hp_num_training_samples": "10", "hp_epochs": "5", "tags": "team=a"}
    shown = requester.post("/training-jobs/create", show_call="1", **fields).text
    assert "aws sagemaker create-training-job" in shown and "AttributeNames" in shown
    created = requester.post("/training-jobs/create", **fields)
    assert (
        created.headers["location"] == "/console/training-jobs/street?notice=training-started&about=street"
    ), created.text
    job = _named(server, "street")
    assert job["HyperParameters"] == {"num_classes": "3", "num_training_samples": "10", "epochs": "5"}
    assert job["InputDataConfig"][0]["RecordWrapperType"] == "RecordIO" and job["InputDataConfig"][0][
        "ShuffleConfig"
    ] == {"Seed": 1}
    page = server.visitor(Role.VIEWER).get("/training-jobs/street").text
    assert (
        "Starting the training job" in page
        and "s3://photos/out.manifest" in page
        and "Stop this job?" not in page
    )
    again = requester.post("/training-jobs/create", **fields)
    assert again.status_code == 400 and "already exists" in again.text
    clone = _prefilled(requester, "like=street")
    assert (
        clone["name"] == "street-2"
        and clone["hp_epochs"] == "5"
        and clone["c0_attributes"] == "source-ref, boxes"
    )


def test_a_refused_channel_has_its_message_at_its_field(requester: Visitor) -> None:
    fields = _prefilled(
        requester, "algorithm=image-classification&input=s3://photos/none/&output=s3://photos/models"
    )
    fields |= {"name": "street", "hp_num_classes": "3", "hp_num_training_samples": "32"}
    page = requester.post("/training-jobs/create", **fields)
    assert page.status_code == 400 and 'id="problem-c0_uri"' in page.text
    page = requester.post(
        "/training-jobs/create",
        **{**fields, "c0_type": "AugmentedManifestFile", "c0_uri": "s3://photos/out.manifest"},
    )
    assert 'id="problem-c0_mode"' in page.text or 'id="problem-c0_attributes"' in page.text


def test_attributes_come_from_the_manifest_and_move(requester: Visitor) -> None:
    fields = _prefilled(requester, "algorithm=object-detection&input=s3://photos/out.manifest")
    assert fields["c0_attributes"] == ""
    odd = "/training-jobs/create?algorithm=object-detection&samples=%C2%B2"  # a digit, but no number
    assert requester.get(odd).status_code == 200
    for step, expected in (
        ("take-0-1", "boxes"),
        ("take-0-0", "boxes, source-ref"),
        ("down-0-0", "source-ref, boxes"),
        ("up-0-1", "boxes, source-ref"),
        ("drop-0-0", "source-ref"),
    ):
        page = requester.post("/training-jobs/create", step=step, **fields)
        assert page.status_code == 200
        fields = _fields(page.text)
        assert fields["c0_attributes"] == expected, step
    fields = _fields(requester.post("/training-jobs/create", step="add", **fields).text)
    assert (
        fields["channels"] == "2"
        and fields["c1_name"] == "validation"
        and fields["c1_type"] == "AugmentedManifestFile"
    )
    fields = _fields(requester.post("/training-jobs/create", step="remove-0", **fields).text)
    assert fields["channels"] == "1" and fields["c0_name"] == "validation"
    fields["c0_uri"] = "s3://photos/none.manifest"
    missing = requester.post("/training-jobs/create", step="refresh", **fields)
    assert missing.status_code == 200 and "none.manifest" in missing.text


def test_labels_are_divided_by_a_rule_and_counted(server: ConsoleServer, requester: Visitor) -> None:
    data = server.application.labeled_data
    objects = server.application.objects
    first = data.divide("s3://photos/out.manifest", "boxes", "s3://photos/parts/", 0.2, 1)
    assert (first.train_count, first.validation_count, first.class_count) == (8, 2, 3)
    train, validation = (
        objects.get("photos", "parts/train.manifest"),
        objects.get("photos", "parts/validation.manifest"),
    )
    assert sorted((train + validation).splitlines()) == sorted(_line(n).strip() for n in range(10))
    assert data.divide("s3://photos/out.manifest", "boxes", "s3://photos/parts", 0.2, 1) == first
    assert objects.get("photos", "parts/train.manifest") == train
    server.create_job("street")
    refused = requester.post("/training-jobs/from-labeling-job", job="street")
    assert refused.status_code == 400
    assert "has no output manifest yet" in refused.text or "does not exist" in refused.text


def test_a_list_is_filtered_and_followed(server: ConsoleServer, requester: Visitor, clock: FakeClock) -> None:
    standing = server.application.training_standing
    before = standing.version_of_all()
    for name in ("one", "two"):
        request = training_job(
            name,
            "111122223333",
            "s3://photos",
            {"num_classes": "1", "num_training_samples": "1"},
            {"train": "s3://photos/out.manifest"},
        )
        server.aws("sagemaker", "CreateTrainingJob", request)
        clock.advance(60)
    created = standing.version_of_all()
    assert created != before
    requester.post("/training-jobs/one/stop")
    assert standing.version_of_all() != created
    page = requester.get("/training-jobs?status=Stopping").text
    assert 'id="job-one"' in page and 'id="job-two"' not in page
    assert requester.get("/training-jobs/none").status_code == 404
    none = requester.get("/training-jobs?q=%3Cscript%3E").text
    assert "No job matches" in none


def test_each_algorithm_has_a_form_with_its_words(requester: Visitor) -> None:
    choice = requester.get("/training-jobs/create").text
    for name in (*TRAINABLE, "own"):
        assert f"?algorithm={name}" in choice
        assert requester.get(f"/training-jobs/create?algorithm={name}").status_code == 200


def test_a_script_that_is_sent_with_the_form_is_packed_and_named_in_the_request(
    server: ConsoleServer, requester: Visitor
) -> None:
    path = "/training-jobs/create"
    fields = _prefilled(requester, "algorithm=own") | {
        "form_token": form_token(requester.get("/settings")),
        "name": "line",
        "image": FRAMEWORK_IMAGES[0],
        "requirements": "tqdm==4.66.1",
        "hyperparameters": "steps=10",
        "metrics": "loss=loss=([0-9.]+);",
        "c0_uri": "s3://photos/",
        "retries": "2",
        "tags": "team=a",
    }

    def uploaded(name: str, content: bytes, **more: str) -> httpx.Response:
        form = {"data": {**fields, **more}, "files": {"upload": (name, content)}}
        return requester.browser.post(f"/console{path}/upload", **form)  # type: ignore[arg-type]

    def sent(**more: str) -> httpx.Response:
        return requester.post(path, **{**fields, **more})

    assert 'id="problem-upload"' in uploaded("train.py", b"print(1)", output="").text
    assert 'id="problem-upload"' in uploaded("../../x y.exe", b"MZ", output="s3://photos/models").text
    assert 'id="problem-upload"' in sent(output="s3://photos/models", upload="train.py").text  # not sent
    uri = "s3://photos/models/line/source/train.py"
    kept = uploaded("C:\\work\\train.py", b"print(1)", output="s3://photos/models", volume="x")
    assert kept.status_code == 200 and f'value="{uri}"' in kept.text
    shown = sent(output="s3://photos/models", code=uri, show_call="1").text
    assert "sourcedir.tar.gz" in shown and "MetricDefinitions" in shown
    created = sent(output="s3://photos/models", code=uri)
    assert created.status_code == 303, created.text
    packed = server.application.objects.get("photos", "models/line/source/sourcedir.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        assert archive.getnames() == ["train.py", "requirements.txt"]
        script = archive.extractfile("train.py")
        assert script is not None and script.read() == b"print(1)"
    job = server.aws("sagemaker", "DescribeTrainingJob", {"TrainingJobName": "line"})
    assert job["HyperParameters"] == {
        "steps": "10",
        "sagemaker_program": '"train.py"',
        "sagemaker_submit_directory": '"s3://photos/models/line/source/sourcedir.tar.gz"',
    }
    assert job["RetryStrategy"] == {"MaximumRetryAttempts": 2}
    assert job["AlgorithmSpecification"]["MetricDefinitions"] == [
        {"Name": "loss", "Regex": "loss=([0-9.]+);"}
    ]
    again = _fields(requester.get(f"{path}?like=line").text)
    assert (again["entry"], again["hyperparameters"], again["metrics"], again["retries"]) == (
        "train.py",
        "steps=10",
        "loss=loss=([0-9.]+);",
        "2",
    )
    archive = "s3://photos/a.tar.gz"
    assert 'id="problem-entry"' in sent(output="s3://photos/models", name="two", code=archive).text
    twice = sent(output="s3://photos/models", name="two", code=archive, entry="train.py")
    assert 'id="problem-requirements"' in twice.text
