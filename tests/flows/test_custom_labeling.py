"""Custom workflows as notebooks run them: roles, functions from zip archives, a job with both ARNs, answers, output."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from helpers.labeling_world import PortalWorker, invite
from helpers.processes import wait_for
from helpers.server_process import ServerProcess

BUCKET = "custom"
TEMPLATE = """<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>
<crowd-form><p>{{ task.input.text }}</p><crowd-text-area name="note"></crowd-text-area></crowd-form>"""
LINE_TEMPLATE = TEMPLATE.replace("task.input.text", "task.input.source")

PRE = """
import json
def lambda_handler(event, context):
    print("pre event:", json.dumps(event, sort_keys=True))
    line = event["dataObject"]
    if line.get("mode") == "fail":
        raise ValueError("cannot prepare " + line["source"])
    if line.get("mode") == "shape":
        return {"taskInput": ["no", "object"]}
    return {
        "taskInput": {"text": line["source"].upper(), "note": line.get("note")},
        "humanAnnotationRequired": "false" if line.get("mode") == "skip" else "true",
    }
"""

POST = """
import json, os, boto3
from urllib.parse import urlparse
def lambda_handler(event, context):
    print("post event:", json.dumps(event, sort_keys=True))
    place = urlparse(event["payload"]["s3Uri"])
    payload = json.loads(boto3.client("s3").get_object(Bucket=place.netloc, Key=place.path[1:])["Body"].read())
    print("payload:", json.dumps(payload, sort_keys=True))
    consolidated = []
    for dataset in payload:
        if dataset["dataObject"]["content"] == "forget me":
            continue
        for annotation in dataset["annotations"]:   # one entry for each worker, as AWS's demo does: the last one counts
            content = json.loads(annotation["annotationData"]["content"])
            consolidated.append({
                "datasetObjectId": dataset["datasetObjectId"],
                "consolidatedAnnotation": {"content": {
                    event["labelAttributeName"]: {"note": content["note"], "mode": os.environ["MODE"]},
                    event["labelAttributeName"] + "-metadata": {"mine": 1},
                    "extra": True, "source": "overwritten?",
                }},
            })
    consolidated.append({"datasetObjectId": "999", "consolidatedAnnotation": {"content": {}}})
    return consolidated
"""

LINES = (
    {"source": "first", "note": {"é": [1, 2]}, "keep": "me"},
    {"source": "skip me", "mode": "skip"},
    {"source": "fail me", "mode": "fail"},
    {"source": "odd one", "mode": "shape"},
    {"source": "forget me"},
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("custom") / "data").start() as running:
        s3 = running.aws("s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="pre.liquid", Body=TEMPLATE.encode())
        s3.put_object(Bucket=BUCKET, Key="line.liquid", Body=LINE_TEMPLATE.encode())
        labels = {"labels": [{"label": "a"}, {"label": "b"}]}
        s3.put_object(Bucket=BUCKET, Key="labels.json", Body=json.dumps(labels).encode())
        yield running


@pytest.fixture(scope="module")
def workers(server: ServerProcess) -> list[PortalWorker]:
    return [
        PortalWorker(server.url, *invite(server, f"{name}@example.com", "crew")) for name in ("bob", "carol")
    ]


Function = Callable[..., str]


@pytest.fixture(scope="module")
def function(server: ServerProcess) -> Function:
    """Makes a function as notebooks do; returns its ARN."""

    def make(name: str, code: str, **fields: Any) -> str:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as opened:
            opened.writestr("lambda_function.py", code)
        iam = server.aws("iam")
        trust = {"Version": "2012-10-17", "Statement": []}
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
        iam.get_waiter("role_exists").wait(RoleName=name)
        request = {"Timeout": 60, "MemorySize": 256, **fields}
        created = server.aws("lambda").create_function(
            FunctionName=name,
            Runtime="python3.8",
            Role=iam.get_role(RoleName=name)["Role"]["Arn"],
            Handler="lambda_function.lambda_handler",
            Code={"ZipFile": archive.getvalue()},
            **request,
        )
        server.aws("lambda").add_permission(
            FunctionName=name,
            StatementId="gt",
            Action="lambda:InvokeFunction",
            Principal="sagemaker.amazonaws.com",
        )
        arn: str = created["FunctionArn"]
        return arn

    return make


class Job:
    """A labeling job of this server."""

    def __init__(self, server: ServerProcess, name: str) -> None:
        self.server = server
        self.name = name

    def create(
        self,
        lines: Any,
        template: str,
        workers: int = 1,
        pre: str | None = None,
        post: str | None = None,
        **task: Any,
    ) -> None:
        body = "\n".join(json.dumps(line) for line in lines).encode()
        self.server.aws("s3").put_object(Bucket=BUCKET, Key=f"{self.name}.manifest", Body=body)
        sagemaker = self.server.aws("sagemaker")
        team = sagemaker.describe_workteam(WorkteamName="crew")["Workteam"]["WorkteamArn"]
        functions: dict[str, Any] = {}
        if pre:
            functions["PreHumanTaskLambdaArn"] = pre
        if post:
            functions["AnnotationConsolidationConfig"] = {"AnnotationConsolidationLambdaArn": post}
        sagemaker.create_labeling_job(
            LabelingJobName=self.name,
            LabelAttributeName="answer",
            InputConfig={
                "DataSource": {"S3DataSource": {"ManifestS3Uri": f"s3://{BUCKET}/{self.name}.manifest"}}
            },
            OutputConfig={"S3OutputPath": f"s3://{BUCKET}/out"},
            RoleArn="arn:aws:iam::111122223333:role/Labeler",
            LabelCategoryConfigS3Uri=f"s3://{BUCKET}/labels.json",
            HumanTaskConfig={
                "WorkteamArn": team,
                "UiConfig": {"UiTemplateS3Uri": f"s3://{BUCKET}/{template}"},
                "TaskTitle": "t",
                "TaskDescription": "d",
                "NumberOfHumanWorkersPerDataObject": workers,
                "TaskTimeLimitInSeconds": 600,
                **functions,
                **task,
            },
        )

    def describe(self) -> dict[str, Any]:
        found: dict[str, Any] = self.server.aws("sagemaker").describe_labeling_job(LabelingJobName=self.name)
        return found

    def answer_all(
        self, workers: list[PortalWorker], answer: Mapping[str, Any], tasks: int
    ) -> list[dict[str, Any]]:
        """Lets each worker do tasks until so many were done in all; the inputs of the tasks."""
        inputs = []
        end = time.monotonic() + 120
        while len(inputs) < tasks:
            assert time.monotonic() < end, self.describe()
            for worker in workers:
                task = worker.next(self.name)
                if task is not None:
                    inputs.append(task["taskInput"])
                    assert (
                        worker.submit(task["assignmentId"], {**answer, "by": worker.user_name}).status_code
                        == 200
                    )
            time.sleep(0.05)
        return inputs

    def ended(self) -> dict[str, Any]:
        end = time.monotonic() + 120
        while (found := self.describe())["LabelingJobStatus"] not in ("Completed", "Failed", "Stopped"):
            assert time.monotonic() < end, found
            time.sleep(0.1)
        return found

    def output(self) -> list[dict[str, Any]]:
        uri = self.describe()["LabelingJobOutput"]["OutputDatasetS3Uri"]
        return [json.loads(line) for line in self.read(uri).splitlines()]

    def read(self, uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        body: bytes = self.server.aws("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return body

    def logged(self, function_name: str, prefix: str) -> list[Any]:
        """The JSON documents that a function printed after the prefix."""
        events = self.server.aws("logs").filter_log_events(logGroupName=f"/aws/lambda/{function_name}")[
            "events"
        ]
        texts = [event["message"] for event in events if event["message"].startswith(prefix)]
        return [json.loads(text.removeprefix(prefix)) for text in texts]


def test_a_job_with_functions_of_its_own_runs_as_in_a_notebook(
    server: ServerProcess, workers: list[PortalWorker], function: Function
) -> None:
    pre = function("SageMaker-pre", PRE)
    post = function("my-consolidation", POST, Environment={"Variables": {"MODE": "test"}})
    job = Job(server, "Custom-1")
    job.create(LINES, "pre.liquid", workers=2, pre=pre, post=post)
    inputs = job.answer_all(workers, {"note": "fine"}, tasks=4)
    described = job.ended()
    assert {each["text"] for each in inputs} == {"FIRST", "FORGET ME"}
    assert {json.dumps(each["note"]) for each in inputs} == {json.dumps({"é": [1, 2]}), "null"}
    assert described["LabelingJobStatus"] == "Completed"
    assert described["HumanTaskConfig"]["PreHumanTaskLambdaArn"] == pre
    assert described["LabelCounters"] == {
        "TotalLabeled": 1,
        "HumanLabeled": 1,
        "MachineLabeled": 0,
        "FailedNonRetryableError": 3,
        "Unlabeled": 1,
    }
    reason = described["FailureReason"]
    assert "1 of 5 data objects were not given to workers" in reason
    assert (
        "line 3: the pre-annotation function 'SageMaker-pre' failed: ValueError: cannot prepare fail me"
        in reason
    )
    assert (
        """line 4: the response of the pre-annotation function 'SageMaker-pre': "taskInput" must be"""
        in reason
    )
    assert "line 5: the response of the post-annotation function 'my-consolidation' has no entry" in reason

    first, *others = job.output()
    metadata = first.pop("answer-metadata")
    assert first == {**LINES[0], "answer": {"note": "fine", "mode": "test"}, "extra": True}
    assert len(metadata.pop("creation-date")) == len("2020-01-01T00:00:00.000000")
    assert metadata == {
        "type": "groundtruth/custom",
        "job-name": "labeling-job/custom-1",
        "human-annotated": "yes",
        "mine": 1,
    }
    assert tuple(others) == LINES[1:]

    events = job.logged("SageMaker-pre", "pre event: ")
    arn = "arn:aws:sagemaker:us-east-1:111122223333:labeling-job/custom-1"
    assert [
        event["dataObject"] for event in sorted(events, key=lambda e: LINES.index(e["dataObject"]))
    ] == list(LINES)
    assert {(event["version"], event["labelingJobArn"], len(event)) for event in events} == {
        ("2018-10-16", arn, 3)
    }
    for event in job.logged("my-consolidation", "post event: "):
        uri = event.pop("payload")["s3Uri"]
        assert uri.startswith(
            f"s3://{BUCKET}/out/Custom-1/annotations/consolidated-annotation/consolidation-request/iteration-1/"
        )
        assert event == {
            "version": "2018-10-06",
            "labelingJobArn": arn,
            "labelCategories": ["a", "b"],
            "labelAttributeName": "answer",
            "roleArn": "arn:aws:iam::111122223333:role/Labeler",
            "outputConfig": f"s3://{BUCKET}/out/Custom-1/annotations",
            "maxHumanWorkersPerDataObject": 2,
            "vpcEnabled": False,
        }
    entries = [entry for payload in job.logged("my-consolidation", "payload: ") for entry in payload]
    (entry,) = [entry for entry in entries if entry["datasetObjectId"] == "0"]
    assert entry["dataObject"] == {"content": "first"}
    assert len(entry["annotations"]) == 2
    for annotation in entry["annotations"]:
        assert annotation["workerId"].startswith("private.us-east-1.")
        assert json.loads(annotation["annotationData"]["content"])["note"] == "fine"


@pytest.mark.parametrize("named", [True, False])
def test_answers_of_a_job_without_functions_are_referred_to(
    server: ServerProcess, workers: list[PortalWorker], named: bool
) -> None:
    aws = "arn:aws:lambda:us-east-1:432418664414:function"
    functions = {"pre": f"{aws}:PRE-PassThrough", "post": f"{aws}:ACS-PassThrough"} if named else {}
    job = Job(server, f"plain-{'named' if named else 'unnamed'}")
    job.create(LINES[:1], "line.liquid", workers=2, **functions)
    inputs = job.answer_all(workers, {"note": "n"}, tasks=2)
    assert inputs[0] == {"labels": ["a", "b"], **LINES[0]}
    assert job.ended()["LabelingJobStatus"] == "Completed"
    assert ("PreHumanTaskLambdaArn" in job.describe()["HumanTaskConfig"]) == named
    (line,) = job.output()
    metadata = line["answer-metadata"]
    assert line["answer"] == {} and metadata["type"] == "groundtruth/custom"
    answers = json.loads(job.read(metadata["worker-response-ref"]))["answers"]
    assert [answer["answerContent"]["note"] for answer in answers] == ["n", "n"]


def test_the_recipe_of_aws_gives_the_answers_of_all_workers(
    server: ServerProcess, workers: list[PortalWorker]
) -> None:
    prefix = "arn:aws:lambda:us-west-2:999999999999:function:serverlessrepo-aws-sagema"
    job = Job(server, "recipe")
    job.create(
        LINES[:1],
        "line.liquid",
        pre=f"{prefix}-GtRecipePreHumanTaskFunc-1ABC",
        post=f"{prefix}-GtRecipeAnnotationConsol-1ABC",
    )
    inputs = job.answer_all(workers[:1], {"note": "n"}, tasks=1)
    assert inputs == [{"taskObject": "first"}]
    job.ended()
    (line,) = job.output()
    (annotation,) = line["answer"]["annotationsFromAllWorkers"]
    assert json.loads(annotation["annotationData"]["content"])["note"] == "n"


def test_an_own_function_prepares_tasks_of_a_built_in_type(
    server: ServerProcess, workers: list[PortalWorker], function: Function
) -> None:
    template = b"""<crowd-form><crowd-classifier name="c" categories="{{ task.input.labels | to_json | escape }}"
      header="h"><classification-target>{{ task.input.text }}</classification-target></crowd-classifier></crowd-form>"""
    server.aws("s3").put_object(Bucket=BUCKET, Key="classes.liquid", Body=template)
    pre = function(
        "pre-of-classes",
        "def lambda_handler(event, context):\n"
        "    return {'taskInput': {'labels': ['a', 'b'], 'text': event['dataObject']['source']}}\n",
    )
    job = Job(server, "own-pre")
    job.create(
        LINES[:1],
        "classes.liquid",
        pre=pre,
        post="arn:aws:lambda:us-east-1:432418664414:function:ACS-TextMultiClass",
    )
    assert job.answer_all(workers[:1], {"c": {"label": "b"}}, tasks=1) == [
        {"labels": ["a", "b"], "text": "first"}
    ]
    job.ended()
    assert job.output()[0]["answer"] == 1


def test_a_function_that_never_works_ends_its_job_with_the_reason(
    server: ServerProcess, function: Function
) -> None:
    pre = function("never", "def lambda_handler(event, context):\n    return event['absent']\n")
    job = Job(server, "never-works")
    job.create([{"source": f"text {n}"} for n in range(60)], "pre.liquid", pre=pre)
    described = job.ended()
    assert described["LabelingJobStatus"] == "Failed"
    assert "no object could be prepared" in described["FailureReason"]
    assert "KeyError: 'absent'" in described["FailureReason"]


def test_a_template_that_cannot_show_the_input_ends_the_job(
    server: ServerProcess, function: Function
) -> None:
    bad = b"<crowd-form>{{ task.input.n | divided_by: task.input.zero }}</crowd-form>"
    server.aws("s3").put_object(Bucket=BUCKET, Key="bad.liquid", Body=bad)
    pre = function(
        "zero", "def lambda_handler(event, context):\n    return {'taskInput': {'n': 1, 'zero': 0}}\n"
    )
    job = Job(server, "bad-template")
    job.create(LINES[:1], "bad.liquid", pre=pre)
    described = job.ended()
    assert described["LabelingJobStatus"] == "Failed"
    assert (
        "cannot show what the pre-annotation function 'zero' returned for line 1"
        in described["FailureReason"]
    )


def test_a_job_with_a_function_that_does_not_exist_is_refused(
    server: ServerProcess, workers: list[PortalWorker]
) -> None:
    job = Job(server, "refused")
    with pytest.raises(Exception, match="there is no function 'absent'"):
        job.create(LINES[:1], "pre.liquid", pre="arn:aws:lambda:us-east-1:111122223333:function:absent")


def test_a_slow_function_holds_up_no_other_job_and_no_stop(
    server: ServerProcess, workers: list[PortalWorker], function: Function
) -> None:
    slow = function(
        "slow", "import time\ndef lambda_handler(event, context):\n    time.sleep(800)\n", Timeout=900
    )
    held = Job(server, "held-up")
    held.create(LINES[:1], "pre.liquid", pre=slow)
    other = Job(server, "not-held-up")
    other.create(LINES[:1], "line.liquid")
    other.answer_all(workers[:1], {"note": "n"}, tasks=1)
    assert other.ended()["LabelingJobStatus"] == "Completed"
    server.aws("sagemaker").stop_labeling_job(LabelingJobName="held-up")
    assert held.ended()["LabelingJobStatus"] == "Stopped"
    assert held.output() == [LINES[0]]
    wait_for(lambda: "The call was broken off" in _log_of(server, "slow"), "the end of the call")


def _log_of(server: ServerProcess, function_name: str) -> str:
    found = server.aws("logs").filter_log_events(logGroupName=f"/aws/lambda/{function_name}")
    return "".join(event["message"] for event in found["events"])


def test_a_job_goes_on_when_the_server_was_killed_during_a_call(
    server: ServerProcess, workers: list[PortalWorker], function: Function, tmp_path: Path
) -> None:
    gate, begun = tmp_path / "gate", tmp_path / "begun"
    waiting = f"""
import pathlib, time
def wait():
    pathlib.Path({str(begun)!r}).write_text("x")
    while not pathlib.Path({str(gate)!r}).exists():
        time.sleep(0.05)
"""
    pre = function(
        "gated-pre",
        waiting
        + "def lambda_handler(event, context):\n    wait()\n    return {'taskInput': {'text': 'x'}}\n",
    )
    post = function(
        "gated-post",
        waiting
        + "import boto3, json\n"
        + "def lambda_handler(event, context):\n"
        + "    wait()\n"
        + "    return [{'datasetObjectId': '0', 'consolidatedAnnotation': {'content': {'answer': 'made'}}}]\n",
    )
    job = Job(server, "killed")
    job.create(LINES[:1], "pre.liquid", pre=pre, post=post)
    for step in ("pre", "post"):
        _until(begun.exists)
        server.kill()
        begun.unlink()
        gate.touch()
        server.start()
        if step == "pre":
            _until(begun.exists)
            gate.unlink()
            begun.unlink()
            assert len(job.answer_all(workers[:1], {"note": "n"}, tasks=1)) == 1
    assert job.ended()["LabelingJobStatus"] == "Completed"
    assert job.output()[0]["answer"] == "made"


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
