"""Masks on a real server with boto3: painted, killed in the middle, shown to the next worker, adjusted, verified."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from helpers.labeling_world import BUCKET, PortalWorker, World, invite, labeling_request, make_world
from helpers.mask_crowds import CAREFUL, iou, paint, painted, scenes
from helpers.processes import wait_for
from helpers.server_process import ServerProcess
from trigpoint.labeling.task_types import TASK_TYPES
from trigpoint.labeling.task_types.mask_answers import write_answer
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.labels.masks import read_mask

LIMIT_S = 120
LABELS = ("road", "car", "tree")
SIZE = ImageSize(2400, 1800)
"""Large enough that masks of two workers are consolidated in a process of their own."""
FUNCTION = "arn:aws:lambda:eu-west-1:568282634449:function"


@dataclass(frozen=True)
class Scene:
    """A server with one large picture, and two workers who can take tasks of all jobs."""

    world: World
    crew: tuple[PortalWorker, PortalWorker]

    def job(self, name: str, task_type: str, attribute: str, manifest: str, labels: Sequence[str]) -> World:
        """A new job for both workers, with the template of its type."""
        sagemaker, s3 = self.world.server.aws("sagemaker"), self.world.server.aws("s3")
        categories = {"labels": [{"label": label} for label in labels]}
        s3.put_object(Bucket=BUCKET, Key=f"{name}.json", Body=json.dumps(categories).encode())
        arn = sagemaker.describe_workteam(WorkteamName=self.world.team)["Workteam"]["WorkteamArn"]
        request = labeling_request(
            name,
            arn,
            2,
            UiConfig={},
            PreHumanTaskLambdaArn=f"{FUNCTION}:PRE-{task_type}",
            AnnotationConsolidationConfig={"AnnotationConsolidationLambdaArn": f"{FUNCTION}:ACS-{task_type}"},
        )
        changes = {
            "LabelAttributeName": attribute,
            "LabelCategoryConfigS3Uri": f"s3://{BUCKET}/{name}.json",
            "InputConfig": {"DataSource": {"S3DataSource": {"ManifestS3Uri": manifest}}},
        }
        sagemaker.create_labeling_job(**request | changes)
        return replace(self.world, job=name)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with ServerProcess(tmp_path_factory.mktemp("masks") / "data").start() as server:
        world = make_world(server, 1, 1)
        bob, carol = (
            PortalWorker(server.url, *invite(server, f"{name}@example.com", world.team))
            for name in ("bob", "carol")
        )
        picture = io.BytesIO()
        Image.new("RGB", SIZE.sides, "#888").save(picture, "JPEG")
        s3 = server.aws("s3")
        s3.put_object(Bucket=BUCKET, Key="large.jpg", Body=picture.getvalue())
        line = json.dumps({"source-ref": f"s3://{BUCKET}/large.jpg"})
        s3.put_object(Bucket=BUCKET, Key="large.manifest", Body=line.encode())
        yield Scene(world, (bob, carol))


def test_masks_are_painted_adjusted_and_verified_although_the_server_is_killed(scene: Scene) -> None:
    dice = Random(2)
    (truth,) = scenes(dice, 1, SIZE.width, SIZE.height, len(LABELS))
    bob, carol = scene.crew
    painting = scene.job(
        "painting", "SemanticSegmentation", "mask-ref", f"s3://{BUCKET}/large.manifest", LABELS
    )
    answer(bob, painting, painted(truth, CAREFUL, dice).tobytes())
    scene.world.server.kill()
    scene.world.server.start()
    answer(carol, painting, painted(truth, CAREFUL, dice).tobytes())
    scene.world.server.kill()  # while the masks are consolidated
    scene.world.server.start()
    first = completed(painting)
    metadata = first["mask-ref-metadata"]
    assert [entry["hex-color"] for entry in metadata["internal-color-map"].values()] == [
        "#ffffff", "#2ca02c", "#1f77b4", "#ff7f0e",
    ]  # fmt: skip
    numbers = mask_of(painting, first["mask-ref"])
    assert iou(numbers, paint(truth), len(LABELS)) > 0.9

    manifest = painting.describe()["LabelingJobOutput"]["OutputDatasetS3Uri"]
    adjusting = scene.job("adjusting", "AdjustmentSemanticSegmentation", "adjusted-ref", manifest, LABELS)
    assert shown_mask(bob, adjusting, "initial-value") == painting.read(first["mask-ref"])
    for worker in scene.crew:
        answer(worker, adjusting, paint(truth).tobytes(), is_modified=worker is bob)
    second = completed(adjusting)
    assert {name: second[name] for name in first} == first
    assert second["adjusted-ref-metadata"]["adjustment-status"] == "adjusted"
    assert (mask_of(adjusting, second["adjusted-ref"]) == paint(truth)).all()

    manifest = adjusting.describe()["LabelingJobOutput"]["OutputDatasetS3Uri"]
    verifying = scene.job(
        "verifying", "VerificationSemanticSegmentation", "verdict", manifest, ("good", "bad")
    )
    assert shown_mask(bob, verifying, "overlay") == adjusting.read(second["adjusted-ref"])
    for worker in scene.crew:
        submit(worker, verifying, {"crowd-image-classifier": {"label": "good"}})
    third = completed(verifying)
    assert {name: third[name] for name in second} == second and third["verdict"] == 0


def test_a_mask_that_is_too_large_is_refused_and_the_task_stays(scene: Scene) -> None:
    job = scene.job("refused", "SemanticSegmentation", "mask-ref", f"s3://{BUCKET}/large.manifest", LABELS)
    bob = scene.crew[0]
    noise = np.random.default_rng(1).integers(0, 4, (SIZE.height, SIZE.width), np.uint8)
    given = write_answer(noise.tobytes(), SIZE, LABELS)
    element = given["crowd-semantic-segmentation"]
    too_long = {**element, "labeledImage": {"pngImageData": "A" * (9 * 2**20)}}
    task = next_task(bob, job)
    for bad, reason in (
        (too_long, "at most 8388608 are allowed"),
        (small_mask(), "has 30 x 20 pixels, but the image"),
    ):
        refused = bob.submit(task["assignmentId"], {"crowd-semantic-segmentation": bad})
        assert refused.status_code == 400 and reason in refused.text
    accepted = bob.submit(task["assignmentId"], given)
    assert accepted.status_code == 200, "noise of the image's size is a mask like any other"
    scene.world.server.aws("sagemaker").stop_labeling_job(LabelingJobName=job.job)
    wait_for(lambda: job.describe()["LabelingJobStatus"] == "Stopped", "the job is stopped", LIMIT_S)
    (line,) = job.output_lines()
    assert (mask_of(job, line["mask-ref"]) == noise).all()


def small_mask() -> dict[str, Any]:
    element: dict[str, Any] = write_answer(bytes(600), ImageSize(30, 20), LABELS)[
        "crowd-semantic-segmentation"
    ]
    return element


@pytest.mark.parametrize("name", ["SemanticSegmentation", "AdjustmentSemanticSegmentation"])
def test_templates_are_rendered_by_the_api(scene: Scene, name: str) -> None:
    task_type = TASK_TYPES[name]
    line = {**task_type.example.line, "source-ref": f"s3://{BUCKET}/large.jpg"}
    task_input = {"taskObject": line["source-ref"], "labels": list(LABELS), "manifestLine": line}
    for template in (task_type.template, task_type.documented_template):
        rendered = scene.world.server.aws("sagemaker").render_ui_template(
            UiTemplate={"Content": template},
            Task={"Input": json.dumps(task_input)},
            RoleArn="arn:aws:iam::111122223333:role/Labeler",
        )
        assert rendered["Errors"] == []
        assert "<crowd-semantic-segmentation" in rendered["RenderedContent"]


def completed(job: World) -> dict[str, Any]:
    """The job's output line."""
    wait_for(lambda: job.describe()["LabelingJobStatus"] == "Completed", f"{job.job} is completed", LIMIT_S)
    assert job.describe()["LabelCounters"]["HumanLabeled"] == 1
    (line,) = job.output_lines()
    return line


def mask_of(job: World, uri: str) -> Any:
    size, pixels = read_mask(job.read(uri))
    return np.frombuffer(pixels, np.uint8).reshape(size.height, size.width)


def shown_mask(worker: PortalWorker, job: World, attribute: str) -> bytes:
    """The mask that a script in the worker's task page reads."""
    page = worker.http.get(next_task(worker, job)["frameUrl"])
    assert page.status_code == 200, page.text
    found = re.search(rf"{attribute}='([^']*)'", page.text)
    assert found is not None
    url = re.search(r'"src": ?"(https?://[^"]+)"', html.unescape(found[1]))
    assert url is not None
    mask = httpx.get(url[1], headers={"Origin": "null"}, timeout=30, trust_env=False)
    assert (mask.status_code, mask.headers["content-type"]) == (200, "image/png")
    assert mask.headers["access-control-allow-origin"] == "*"
    return mask.content


def answer(worker: PortalWorker, job: World, class_numbers: bytes, is_modified: bool | None = None) -> None:
    submit(worker, job, write_answer(class_numbers, SIZE, LABELS, is_modified))


def submit(worker: PortalWorker, job: World, given: dict[str, Any]) -> None:
    submitted = worker.submit(next_task(worker, job)["assignmentId"], given)
    assert submitted.status_code == 200, submitted.text


def next_task(worker: PortalWorker, job: World) -> dict[str, Any]:
    found: list[dict[str, Any]] = []

    def has_task() -> bool:
        task = worker.next(job.job)
        found.extend([task] if task else [])
        return bool(found)

    wait_for(has_task, "a task", LIMIT_S)
    return found[0]
