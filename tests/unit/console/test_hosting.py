"""The pages of models, endpoints and transform jobs, and what an answer of an endpoint shows."""

from __future__ import annotations

import html
import json

import pytest

from helpers.console import ConsoleServer
from trigpoint.demo.requests import training_job
from trigpoint.server.console.hosting.prediction import Names, findings
from trigpoint.workforce.people import Role

IMAGE = "811284229777.dkr.ecr.us-east-1.amazonaws.com/object-detection:1"


def test_a_model_becomes_an_endpoint_step_by_step(server: ConsoleServer) -> None:
    requester, viewer = server.visitor(Role.REQUESTER), server.visitor(Role.VIEWER)
    refused = requester.post("/models/create", name="-bad-", image=IMAGE, data="s3://models/x.tar.gz")
    assert refused.status_code == 400 and 'id="problem-name"' in refused.text and "-bad-" in refused.text
    fields = {
        "name": "street",
        "image": IMAGE,
        "data": "s3://models/street/output/model.tar.gz",
        "environment": "A=<b>",
    }
    shown = requester.post("/models/create", show_call="1", **fields).text
    assert "aws sagemaker create-model" in shown
    assert (
        requester.post("/models/create", **fields)
        .headers["location"]
        .startswith("/console/models/street?notice=created")
    )
    page = viewer.get("/models/street").text
    assert "A" in page and "&lt;b&gt;" in page and "Delete this model?" not in page
    assert 'href="/console/models/street"' in viewer.get("/models").text
    form = requester.get("/endpoint-configs/create?model=street&name=street").text
    assert '<option value="street" selected' in form
    none = requester.post("/endpoint-configs/create", name="street")
    assert none.status_code == 400 and "choose a model" in none.text
    variant = {"v0_model": "street", "v0_name": "AllTraffic", "v0_count": "2", "v0_weight": "1"}
    wrong = requester.post("/endpoint-configs/create", name="street", **{**variant, "v0_weight": "nan"})
    assert wrong.status_code == 400 and "must be a number from 0" in wrong.text
    assert requester.post("/endpoint-configs/create", name="street", **variant).status_code == 303
    assert (
        "AllTraffic" in viewer.get("/endpoint-configs/street").text
        and "street" in viewer.get("/endpoint-configs").text
    )
    before = server.application.hosting_standing.version_of_endpoints()
    created = requester.post("/endpoints/create", name="street", config="street")
    assert created.headers["location"] == "/console/endpoints/street?notice=endpoint-starting&about=street", (
        created.text
    )
    assert server.application.hosting_standing.version_of_endpoints() != before
    page = requester.get("/endpoints/street").text
    assert "Delete this endpoint?" in page and "None serves yet." in page
    assert "Delete this endpoint?" not in viewer.get("/endpoints/street").text
    assert 'id="endpoint-street"' in viewer.get("/endpoints?status=Creating").text
    changed = requester.post("/endpoints/street/update", config="street")
    assert changed.status_code == 400 and "Cannot update in-progress endpoint" in html.unescape(changed.text)
    assert requester.post("/endpoints/street/delete").status_code == 303
    assert viewer.get("/endpoints/none").status_code == 404
    assert requester.post("/models/street/delete").status_code == 303


def test_what_a_person_sends_goes_to_the_endpoint_as_that_person(server: ConsoleServer) -> None:
    requester, viewer = server.visitor(Role.REQUESTER), server.visitor(Role.VIEWER)
    assert viewer.get("/endpoints/none/try").status_code == 403
    token = requester.get("/settings").text.split('name="form_token" value="')[1].split('"')[0]
    files = {"file": ("<b>.jpg", b"\xff\xd8\xff", "image/jpeg")}
    sent = requester.browser.post("/console/endpoints/none/upload", data={"form_token": token}, files=files)
    assert sent.status_code == 400 and "Could not find" in html.unescape(sent.text)
    forged = requester.browser.post("/console/endpoints/none/upload", data={"form_token": "0"}, files=files)
    assert forged.status_code == 403
    assert (
        viewer.browser.post(
            "/console/endpoints/none/upload", data={"form_token": token}, files=files
        ).status_code
        == 403
    )


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            {"prediction": [[1, 0.4, 0.1, 0.2, 0.5, 0.4], [0, 0.9, -1, 0, 2, 1]]},
            [("car", 0.9, (0, 0, 100, 100)), ("class 1", 0.4, (10, 20, 40, 20))],
        ),
        ([0.25, 0.75], [("class 1", 0.75, None), ("car", 0.25, None)]),
        ({"prediction": [[1, 2]]}, []),
        ({"other": 1}, []),
        ([[1e999, 1, 0, 0, 1, 1]], []),
    ],
)
def test_boxes_and_classes_are_read_from_an_answer(answer: object, expected: list[object]) -> None:
    found = findings(json.dumps(answer).encode(), Names({0: "car"}))
    assert [
        (each.class_name, each.score, each.box and tuple(round(x) for x in each.box)) for each in found
    ] == expected
    assert findings(b"no JSON", Names()) == []


def test_a_transform_job_is_created_and_stopped(server: ConsoleServer) -> None:
    requester = server.visitor(Role.REQUESTER)
    objects = server.application.objects
    objects.create_bucket("photos")
    objects.put("photos", "in/1.jpg", b"x")
    model = {
        "ModelName": "street",
        "ExecutionRoleArn": "arn:aws:iam::111122223333:role/Any",
        "PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": "s3://photos/model.tar.gz"},
    }
    server.aws("sagemaker", "CreateModel", model)
    fields = {
        "name": "all",
        "model": "street",
        "input": "s3://photos/none/",
        "type": "S3Prefix",
        "content": "image/jpeg",
        "split": "None",
        "output": "s3://photos/out",
        "assemble": "None",
        "strategy": "SingleRecord",
        "payload": "6",
        "count": "1",
        "instance_type": "ml.m5.large",
    }
    assert requester.post("/transform-jobs/create", **fields).status_code == 400
    fields["input"] = "s3://photos/in/"
    assert requester.post("/transform-jobs/create", **fields).status_code == 303
    assert "s3://photos/out" in requester.get("/transform-jobs/all").text
    assert requester.post("/transform-jobs/all/stop").status_code == 303
    assert (
        'id="job-all"' in requester.get("/transform-jobs?status=Stopping").text
        or 'id="job-all"' in requester.get("/transform-jobs").text
    )


def test_a_training_job_is_deployed_with_free_names(server: ConsoleServer) -> None:
    requester = server.visitor(Role.REQUESTER)
    server.application.objects.create_bucket("photos")
    server.application.objects.put("photos", "out.manifest", b"{}")
    request = training_job(
        "street",
        "111122223333",
        "s3://photos",
        {"num_classes": "1", "num_training_samples": "1"},
        {"train": "s3://photos/out.manifest"},
    )
    server.aws("sagemaker", "CreateTrainingJob", request)
    shown = requester.post("/training-jobs/street/deploy", show_call="1").text
    assert "create-model" in shown and "create-endpoint-config" in shown
    assert (
        requester.post("/training-jobs/street/create-model")
        .headers["location"]
        .startswith("/console/models/street?")
    )
    assert (
        requester.post("/training-jobs/street/deploy")
        .headers["location"]
        .startswith("/console/endpoints/street?")
    )
    config = server.aws("sagemaker", "DescribeEndpointConfig", {"EndpointConfigName": "street"})
    assert config["ProductionVariants"][0]["ModelName"] == "street-2"
