"""Jobs for masks: from answers to files, from one job's output to the next job's input, and what is refused."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import pytest
from PIL import Image

from helpers.labeling import World, encoded, png
from helpers.labeling_records import FUNCTION
from helpers.task_templates import shared_templates
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Invalid
from trigpoint.db import Database
from trigpoint.labeling import consolidating
from trigpoint.labeling.model import Job, JobSpec, JobStatus
from trigpoint.labeling.store import data_objects, worker_quality
from trigpoint.labeling.task_types.mask_answers import write_answer
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.labels.masks import read_mask, write_mask
from trigpoint.settings import Settings
from trigpoint.workforce.people import Worker

LABELS = ("road", "car")
SIZE = ImageSize(64, 48)
ROAD = b"".join(bytes([int(y > 30)] * 64) for y in range(48))
"""The lower part of the image is road."""
ROAD_AND_CAR = b"".join(
    bytes(2 if 20 <= x < 40 and 20 <= y < 34 else int(y > 30) for x in range(64)) for y in range(48)
)


@dataclass(frozen=True)
class Scene:
    """A world with three workers."""

    world: World
    crew: list[Worker]


@pytest.fixture
def scene(database: Database, settings: Settings, clock: FakeClock) -> Scene:
    world = World(database, settings, clock)
    return Scene(world, world.crew("bob", "carol", "dan"))


def spec(world: World, task: str, name: str, lines: list[Any], **over: Any) -> JobSpec:
    labels = {"labels": [{"label": label} for label in over.pop("labels", LABELS)]}
    return world.spec(
        name,
        lines=lines,
        pre_function_arn=f"{FUNCTION}:PRE-{task}",
        consolidation_function_arn=f"{FUNCTION}:ACS-{task}",
        template_uri=None,
        label_categories_uri=world.put(f"{name}/masks.json", json.dumps(labels)),
        **{"label_attribute": f"{name}-ref", **over},
    )


def first_job(world: World, workers: int = 1, **over: Any) -> Job:
    lines = [{"source-ref": world.put("0.png", png()), "n": 1}]
    return world.start(
        spec(world, "SemanticSegmentation", "first", lines, workers_per_object=workers, **over)
    )


def submit(scene: Scene, job: Job, *masks: bytes, **more: Any) -> None:
    """One answer of as many workers."""
    for worker, mask in zip(scene.crew, masks, strict=False):
        task = scene.world.take(worker, job.name)
        scene.world.tasks.submit(worker, task.id, write_answer(mask, SIZE, LABELS, **more), 1.0)
    scene.world.run()


def output(world: World, job: Job) -> dict[str, Any]:
    job = world.jobs.describe(job.name)
    assert job.status is JobStatus.COMPLETED, job.failure_reason
    return world.output(job)[0]


def test_the_output_has_the_documented_form_and_the_mask_reads_as_class_numbers(scene: Scene) -> None:
    world = scene.world
    job = first_job(world, workers=3)
    submit(scene, job, ROAD, ROAD_AND_CAR, ROAD_AND_CAR)
    line = output(world, job)
    uri, metadata = line["first-ref"], line["first-ref-metadata"]
    assert line["n"] == 1
    stamp = metadata["creation-date"]
    assert uri == f"s3://lab/out/first/annotations/consolidated-annotation/output/0_{stamp}.png"
    confidence = metadata["internal-color-map"]["0"]["confidence"]
    assert 0.9 < confidence <= 1
    assert metadata == {
        "internal-color-map": {
            "0": {"class-name": "BACKGROUND", "hex-color": "#ffffff", "confidence": confidence},
            "1": {"class-name": "road", "hex-color": "#2ca02c", "confidence": confidence},
            "2": {"class-name": "car", "hex-color": "#1f77b4", "confidence": confidence},
        },
        "type": "groundtruth/semantic-segmentation",
        "human-annotated": "yes",
        "creation-date": stamp,
        "job-name": "labeling-job/first",
    }
    mask = world.objects.read_uri(uri)
    assert read_mask(mask) == (ImageSize(64, 48, 1), ROAD_AND_CAR)
    shown = Image.open(io.BytesIO(mask)).convert("RGB")
    assert [shown.getpixel(place) for place in ((0, 0), (0, 47), (30, 25))] == [
        (255, 255, 255),
        (0x2C, 0xA0, 0x2C),
        (0x1F, 0x77, 0xB4),
    ]
    agreement = json.loads(world.files(job)["agreement.json"])
    assert agreement["objects"] == 1 and 0 < agreement["classes"]["road"]["iou"] < 1


def test_one_workers_mask_is_the_label_with_the_confidence_0(scene: Scene) -> None:
    world = scene.world
    job = first_job(world)
    submit(scene, job, ROAD)
    line = output(world, job)
    assert read_mask(world.objects.read_uri(line["first-ref"]))[1] == ROAD
    entries = line["first-ref-metadata"]["internal-color-map"].values()
    assert [entry["confidence"] for entry in entries] == [0, 0, 0]


def test_the_label_attribute_must_end_with_ref(scene: Scene) -> None:
    world = scene.world
    for task in ("SemanticSegmentation", "AdjustmentSemanticSegmentation"):
        with pytest.raises(Invalid, match="must end with -ref"):
            world.start(spec(world, task, "bad", [], label_attribute="mask"))


def test_a_job_with_more_labels_than_a_pixel_has_values_fails_with_the_reason(scene: Scene) -> None:
    world = scene.world
    job = first_job(world, labels=[f"label {k}" for k in range(256)])
    assert job.status is JobStatus.FAILED
    assert "has 256 labels; at most 255 are allowed" in (job.failure_reason or "")


def adjustment(world: World, line: Any, **over: Any) -> Job:
    task = "AdjustmentSemanticSegmentation"
    return world.start(spec(world, task, "second", [line, *over.pop("more_lines", [])], **over))


def test_a_mask_is_adjusted_and_the_first_one_stays(scene: Scene) -> None:
    world = scene.world
    first = first_job(world)
    submit(scene, first, ROAD)
    line = output(world, first)
    second = adjustment(world, line)
    submit(scene, second, ROAD_AND_CAR, is_modified=True)
    adjusted = output(world, second)
    assert {name: adjusted[name] for name in line} == line
    assert adjusted["second-ref-metadata"]["adjustment-status"] == "adjusted"
    assert adjusted["second-ref-metadata"]["type"] == "groundtruth/semantic-segmentation"
    assert read_mask(world.objects.read_uri(adjusted["second-ref"]))[1] == ROAD_AND_CAR


def test_a_mask_that_nobody_changed_is_unadjusted_and_stays_as_it_was(scene: Scene) -> None:
    world = scene.world
    first = first_job(world)
    submit(scene, first, ROAD_AND_CAR)
    line = output(world, first)
    second = adjustment(world, line, workers_per_object=3)
    submit(scene, second, *[ROAD_AND_CAR] * 3, is_modified=False)
    adjusted = output(world, second)
    assert adjusted["second-ref-metadata"]["adjustment-status"] == "unadjusted"
    assert world.objects.read_uri(adjusted["second-ref"]) == world.objects.read_uri(line["first-ref"])


class Element(HTMLParser):
    """The attributes of crowd-semantic-segmentation."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.attributes: dict[str, Any] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "crowd-semantic-segmentation":
            self.attributes = dict(attrs)


def test_workers_are_shown_the_mask_that_they_adjust(scene: Scene) -> None:
    world = scene.world
    first = first_job(world)
    submit(scene, first, ROAD)
    line = output(world, first)
    second = adjustment(world, line)
    task = world.take(scene.crew[0], second.name)
    template = world.tasks.template_of(task)
    html = shared_templates().render(template, task.task_input, "https://signed/{}".format)
    shown = Element(html).attributes
    assert shown["src"] == f"https://signed/{line['source-ref']}"
    assert json.loads(shown["initial-value"]) == {
        "src": f"https://signed/{line['first-ref']}",
        "labelMappings": {"road": {"color": "#2ca02c"}, "car": {"color": "#1f77b4"}},
    }


def test_an_object_whose_mask_cannot_be_reviewed_fails_alone_with_the_reason(scene: Scene) -> None:
    world = scene.world
    first = first_job(world)
    submit(scene, first, ROAD)
    good = output(world, first)
    metadata = good["first-ref-metadata"]
    colors = metadata["internal-color-map"]
    without_hex = {key: {"class-name": entry["class-name"]} for key, entry in colors.items()}
    small = world.put("small.png", write_mask(bytes(12), ImageSize(4, 3)))
    red = world.put("red.png", encoded(Image.new("RGB", (64, 48), (255, 0, 0)), "PNG"))
    image = {"source-ref": good["source-ref"]}
    bad: dict[str, dict[str, Any]] = {
        "no label to review": image,
        "it must be the URI of a mask": {**good, "first-ref": 3},
        "hex-color must be a colour": {
            **good,
            "first-ref-metadata": {**metadata, "internal-color-map": without_hex},
        },
        "cannot be read: no object s3://lab/gone.png": {**good, "first-ref": "s3://lab/gone.png"},
        "has 4 x 3 pixels, but the image has 64 x 48": {**good, "first-ref": small},
        "the pixel at x 0, y 0 has the colour #ff0000": {**good, "first-ref": red},
        "is not an image": {**good, "first-ref": world.put("text.png", "text")},
    }
    second = adjustment(world, good, more_lines=list(bad.values()))
    submit(scene, second, ROAD_AND_CAR, is_modified=True)
    job = world.jobs.describe(second.name)
    assert (job.counters.labeled, job.counters.failed) == (1, len(bad))
    with world.database.read() as connection:
        reasons = data_objects.failures(connection, job.id, 100)
    for (reason, _), found in zip(bad.items(), reasons.values(), strict=True):
        assert reason in found


def test_objects_that_take_long_are_consolidated_in_several_rounds(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = scene.world
    monkeypatch.setattr(consolidating, "ROUND_S", 1e-9)
    lines = [{"source-ref": world.put(f"{k}.png", png())} for k in range(3)]
    job = world.start(spec(world, "SemanticSegmentation", "first", lines))
    bob = scene.crew[0]
    for _ in lines:
        world.tasks.submit(bob, world.take(bob, job.name).id, write_answer(ROAD, SIZE, LABELS), 1.0)
    while world.jobs.describe(job.name).status is JobStatus.IN_PROGRESS:
        world.advance(1)
    requests = [name for name in world.files(job) if "/consolidation-request/" in name]
    assert len(requests) == 3
    assert world.jobs.describe(job.name).counters.labeled == 3


def test_known_masks_measure_workers_and_a_broken_one_fails_its_object_alone(scene: Scene) -> None:
    world = scene.world
    made = first_job(world)
    submit(scene, made, ROAD_AND_CAR)
    label = output(world, made)
    known = {"known-ref": label["first-ref"], "known-ref-metadata": label["first-ref-metadata"]}
    source = {"source-ref": label["source-ref"]}
    broken = {**known, "known-ref": world.put("known.png", b"no image")}
    lines = [{**source, **known}, {**source, **broken}, source]
    job = world.start(
        spec(world, "SemanticSegmentation", "second", lines, workers_per_object=2, gold_attribute="known-ref")
    )
    for worker, mask in zip(scene.crew[:2], (ROAD_AND_CAR, ROAD), strict=True):
        while (task := world.tasks.next(worker, job.name)) is not None:
            world.tasks.submit(worker, task.id, write_answer(mask, SIZE, LABELS), 1.0)
    world.run()
    job = world.jobs.describe(job.name)
    assert (job.status, job.counters.labeled, job.counters.failed) == (JobStatus.COMPLETED, 2, 1)
    with world.database.read() as connection:
        failed = data_objects.failures(connection, job.id, 5)
        workers = worker_quality.of_job(connection, job.id)
    assert "the known label 'known-ref' cannot be used" in str(failed) and "known.png" in str(failed)
    bob, carol = (workers[worker.id] for worker in scene.crew[:2])
    assert bob.accuracy is not None and carol.accuracy is not None and bob.accuracy > carol.accuracy
    first = world.output(job)[0]
    assert (first["known-ref"], "second-ref" in first) == (label["first-ref"], True)
