"""Classification and verification on a real server with boto3: templates, chains of jobs, and a crash in the middle."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from helpers.labeling_world import BUCKET, PortalWorker, World, invite, labeling_request, make_world, one_box
from helpers.processes import wait_for
from helpers.server_process import ServerProcess
from trigpoint.labeling.task_types import TASK_TYPES
from trigpoint.records.labels.boxes import read_boxes

LIMIT_S = 120
LABELS = ("joy", "fear", "hope")
TEXTS = [f"{n}: « ça va 🙂 »\n<b>שלום</b>" for n in range(6)]


@dataclass(frozen=True)
class Scene:
    """A server with one picture and a box job over it, and two workers who can take tasks of all jobs."""

    boxes: World
    crew: tuple[PortalWorker, PortalWorker]

    @property
    def server(self) -> ServerProcess:
        return self.boxes.server

    def job(self, name: str, task_type: str, manifest: str, labels: Sequence[str], function: str) -> World:
        """A new job for both workers, with the template of its type."""
        sagemaker, s3 = self.server.aws("sagemaker"), self.server.aws("s3")
        categories = {"labels": [{"label": label} for label in labels]}
        s3.put_object(Bucket=BUCKET, Key=f"{name}.json", Body=json.dumps(categories).encode())
        arn = sagemaker.describe_workteam(WorkteamName=self.boxes.team)["Workteam"]["WorkteamArn"]
        request = labeling_request(
            name,
            arn,
            2,
            UiConfig={},
            PreHumanTaskLambdaArn=f"{function}:PRE-{task_type}",
            AnnotationConsolidationConfig={"AnnotationConsolidationLambdaArn": f"{function}:ACS-{task_type}"},
        )
        sagemaker.create_labeling_job(
            **request
            | {
                "LabelAttributeName": "found",
                "LabelCategoryConfigS3Uri": f"s3://{BUCKET}/{name}.json",
                "InputConfig": {"DataSource": {"S3DataSource": {"ManifestS3Uri": manifest}}},
            }
        )
        return replace(self.boxes, job=name)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with ServerProcess(tmp_path_factory.mktemp("classes") / "data").start() as server:
        world = make_world(server, 1, 1)
        bob, carol = (
            PortalWorker(server.url, *invite(server, f"{name}@example.com", world.team))
            for name in ("bob", "carol")
        )
        yield Scene(world, (bob, carol))


def test_texts_are_labeled_although_the_server_is_killed_twice(scene: Scene) -> None:
    lines = [json.dumps({"source": text, "n": n}, ensure_ascii=False) for n, text in enumerate(TEXTS)]
    scene.server.aws("s3").put_object(Bucket=BUCKET, Key="texts", Body="\r\n".join(lines).encode())
    function = "arn:aws:lambda:ap-south-1:565803892007:function"
    job = scene.job("texts", "TextMultiClassMultiLabel", f"s3://{BUCKET}/texts", LABELS, function)
    bob, carol = scene.crew
    label(bob, job, 3, chosen)
    scene.server.kill()
    scene.server.start()
    label(bob, job, 3, chosen)
    label(carol, job, 6, chosen)
    scene.server.kill()  # while the answers are consolidated
    scene.server.start()
    wait_for(lambda: job.describe()["LabelingJobStatus"] == "Completed", "the job is completed", LIMIT_S)
    assert job.describe()["LabelCounters"]["HumanLabeled"] == len(TEXTS)
    for n, (line, found) in enumerate(zip(lines, job.output_lines(), strict=True)):
        assert {name: found[name] for name in ("source", "n")} == json.loads(line)
        metadata = found["found-metadata"]
        expected = [LABELS.index(each) for each in chosen({"manifestLine": {"n": n}})["x"]["labels"]]
        assert sorted(found["found"]) == sorted(expected)
        assert metadata["class-map"] == {str(k): LABELS[k] for k in found["found"]}
        assert metadata["confidence-map"].keys() == metadata["class-map"].keys()
        assert metadata["type"] == "groundtruth/text-classification-multilabel"
        assert metadata["job-name"] == "labeling-job/texts"
    folder = f"out/{job.job}/annotations/worker-response/"
    listed = scene.server.aws("s3").list_objects_v2(Bucket=BUCKET, Prefix=folder)["Contents"]
    answers = [json.loads(job.read(f"s3://{BUCKET}/{each['Key']}"))["answers"] for each in listed]
    assert len({each["Key"].split("/")[-2] for each in listed}) == len(TEXTS)
    assert all(len({answer["workerId"] for answer in given}) == 2 for given in answers)


def manifest_of_boxes(scene: Scene) -> str:
    """The output of the box job, which a worker completes first."""
    boxes = scene.boxes
    if boxes.describe()["LabelingJobStatus"] != "Completed":
        label(scene.crew[0], boxes, 1, lambda task_input: one_box(*boxes.boxes[0]))
        wait_for(lambda: boxes.describe()["LabelingJobStatus"] == "Completed", "the boxes are there", LIMIT_S)
    uri: str = boxes.describe()["LabelingJobOutput"]["OutputDatasetS3Uri"]
    return uri


def test_the_boxes_of_a_job_are_adjusted_by_the_next_and_can_be_trained_on(scene: Scene) -> None:
    manifest = manifest_of_boxes(scene)
    function = "arn:aws:lambda:us-east-1:432418664414:function"
    job = scene.job("adjust", "AdjustmentBoundingBox", manifest, ("red", "blue"), function)
    (before,) = scene.boxes.output_lines()
    (drawn,) = before["boxes"]["annotations"]
    name = before["boxes-metadata"]["class-map"][str(drawn["class_id"])]
    shown = {"label": name, **{side: drawn[side] for side in ("left", "top", "width", "height")}}
    for worker, change in zip(scene.crew, (0, 4), strict=True):
        box = {**shown, "left": shown["left"] + change, "width": shown["width"] - change}
        answer = {"boundingBox": {"boundingBoxes": [box], "initialValueModified": change > 0}}
        label(worker, job, 1, lambda task_input, answer=answer: answer)  # type: ignore[misc]
    wait_for(lambda: job.describe()["LabelingJobStatus"] == "Completed", "the job is completed", LIMIT_S)
    (after,) = job.output_lines()
    assert {name: after[name] for name in before} == before
    assert after["found-metadata"]["adjustment-status"] == "adjusted"
    assert after["found-metadata"]["type"] == "groundtruth/object-detection"
    size, (adjusted,) = read_boxes(after, "found", {})
    assert size is not None and adjusted.class_name == name
    assert shown["left"] < adjusted.left < shown["left"] + 4
    assert adjusted.right == pytest.approx(shown["left"] + shown["width"])


def test_the_boxes_of_a_job_are_verified_by_the_next(scene: Scene) -> None:
    boxes, manifest = scene.boxes, manifest_of_boxes(scene)
    function = "arn:aws:lambda:eu-west-2:487402164563:function"
    job = scene.job("verify", "VerificationBoundingBox", manifest, ("good", "bad"), function)
    for worker, comment in zip(scene.crew, ("a bit wide", ""), strict=True):
        answer = {"crowd-image-classifier": {"label": "bad", "workerComment": comment}}
        label(worker, job, 1, lambda task_input, answer=answer: answer)  # type: ignore[misc]
    wait_for(lambda: job.describe()["LabelingJobStatus"] == "Completed", "the job is completed", LIMIT_S)
    (before,), (after,) = boxes.output_lines(), job.output_lines()
    assert {name: after[name] for name in before} == before
    assert after["found"] == 1
    assert after["found-metadata"]["worker-feedback"] == [{"comment": "a bit wide"}]
    described = job.describe()
    assert described["HumanTaskConfig"]["PreHumanTaskLambdaArn"] == f"{function}:PRE-VerificationBoundingBox"
    assert described["HumanTaskConfig"]["UiConfig"] == {}
    summaries = scene.server.aws("sagemaker").list_labeling_jobs(NameContains="verify")
    (summary,) = summaries["LabelingJobSummaryList"]
    acs = summary["AnnotationConsolidationLambdaArn"]
    assert acs == f"{function}:ACS-VerificationBoundingBox"


@pytest.mark.parametrize("name", [name for name in TASK_TYPES if "Class" in name or "Verification" in name])
def test_templates_are_rendered_by_the_api(scene: Scene, name: str) -> None:
    example, job = TASK_TYPES[name].example, scene.boxes
    line = {**example.line, "source": "a text", "source-ref": f"s3://{BUCKET}/img/0.jpg"}
    task_input = {"taskObject": line["source-ref"], "labels": list(example.labels), "manifestLine": line}
    for template in (TASK_TYPES[name].template, TASK_TYPES[name].documented_template):
        rendered = job.server.aws("sagemaker").render_ui_template(
            UiTemplate={"Content": template},
            Task={"Input": json.dumps(task_input)},
            RoleArn="arn:aws:iam::111122223333:role/Labeler",
        )
        assert rendered["Errors"] == []
        assert f"<{TASK_TYPES[name].element}" in rendered["RenderedContent"]
        assert "{{" not in rendered["RenderedContent"]
        assert f"{job.server.url}/static/crowd-html-elements.js" in rendered["RenderedContent"]


def chosen(task_input: Mapping[str, Any]) -> dict[str, Any]:
    """What both workers choose for a text: a different set of labels for each, also none."""
    n = task_input["manifestLine"]["n"]
    return {"x": {"labels": [label for k, label in enumerate(LABELS) if n >> k & 1]}}


def label(
    worker: PortalWorker, job: World, count: int, answer: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> None:
    """So many tasks of the job, each answered and acknowledged."""
    for _ in range(count):
        found: list[dict[str, Any]] = []

        def has_task(found: list[dict[str, Any]] = found) -> bool:
            task = worker.next(job.job)
            found.extend([task] if task else [])
            return bool(found)

        wait_for(has_task, "a task", LIMIT_S)
        submitted = worker.submit(found[0]["assignmentId"], answer(found[0]["taskInput"]))
        assert submitted.status_code == 200, submitted.text
