"""Labeling jobs for classes, from creation to the output manifest, and chains of such jobs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from helpers.labeling import FUNCTION, World, boxes_answer, png
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Invalid
from trigpoint.db import Database
from trigpoint.labeling.model import Job, JobStatus
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.labels.masks import write_mask
from trigpoint.settings import Settings
from trigpoint.workforce.people import Worker

TEXT = 'He said "no",\nthen שלום 🙂 & <b>'


@pytest.fixture
def world(database: Database, settings: Settings, clock: FakeClock) -> World:
    return World(database, settings, clock)


@pytest.fixture
def crew(world: World) -> list[Worker]:
    """The members of the team that all jobs are for."""
    return world.crew("bob", "carol", "dan")


def start(
    world: World,
    task_type: str,
    labels: Sequence[str],
    lines: Sequence[str | Mapping[str, Any]],
    *,
    name: str = "Job-1",
    **over: Any,
) -> Job:
    """A job of the type with its own template, after its first tasks were offered."""
    categories = json.dumps(
        {"document-version": "2018-11-28", "labels": [{"label": each} for each in labels]}
    )
    return world.start(
        world.spec(
            name,
            lines=lines,
            label_attribute=over.pop("label_attribute", "found"),
            label_categories_uri=world.put(f"{name}/categories.json", categories),
            template_uri=over.pop("template_uri", None),
            pre_function_arn=f"{FUNCTION}:PRE-{task_type}",
            consolidation_function_arn=f"{FUNCTION}:ACS-{task_type}",
            **over,
        )
    )


def submit(world: World, job: Job, workers: Sequence[Worker], *answers: Mapping[str, Any]) -> None:
    """One answer of each worker, for their next object."""
    for worker, answer in zip(workers, answers, strict=True):
        world.clock.advance(1)
        world.tasks.submit(worker, world.take(worker, job.name).id, answer, 1.5)
    world.run()


def finished(world: World, job: Job) -> Job:
    job = world.jobs.describe(job.name)
    assert job.status is JobStatus.COMPLETED, job.failure_reason
    return job


def common(kind: str, created: str, job: str = "job-1") -> dict[str, Any]:
    return {
        "type": f"groundtruth/{kind}",
        "human-annotated": "yes",
        "creation-date": created,
        "job-name": f"labeling-job/{job}",
    }


@pytest.mark.parametrize(
    ("task_type", "kind", "element"),
    [
        ("ImageMultiClass", "image-classification", "crowd-image-classifier"),
        ("TextMultiClass", "text-classification", "category"),
    ],
)
def test_one_class_of_three_workers(
    world: World, crew: list[Worker], task_type: str, kind: str, element: str
) -> None:
    source = {"source-ref": world.put("a.png", png())} if kind.startswith("image") else {"source": TEXT}
    line = json.dumps({**source, "n": 1.5, "z": [None]}, ensure_ascii=False)
    job = start(world, task_type, ("cat", "dog"), [line], workers_per_object=3)
    chosen = [{element: {"label": label}} for label in ("dog", "cat", "dog")]
    submit(world, job, crew, *chosen)
    (text,) = world.output_text(finished(world, job)).splitlines()
    assert text.startswith(line[:-1] + ',"found":1,"found-metadata":{')
    metadata = json.loads(text)["found-metadata"]
    confidence = metadata.pop("confidence")
    assert 0.5 < confidence <= 0.95 and confidence == round(confidence, 2)
    assert metadata == {"class-name": "dog", **common(kind, "2026-01-01T12:00:03.000000")}
    assert [answer["answerContent"] for answer in worker_answers(world, job)] == chosen


@pytest.mark.parametrize(
    ("task_type", "kind"),
    [
        ("ImageMultiClassMultiLabel", "image-classification-multilabel"),
        ("TextMultiClassMultiLabel", "text-classification-multilabel"),
    ],
)
def test_several_classes_of_three_workers(
    world: World, crew: list[Worker], task_type: str, kind: str
) -> None:
    source = {"source-ref": world.put("a.png", png())} if kind.startswith("image") else {"source": TEXT}
    job = start(world, task_type, ("joy", "fear", "hope"), [source, source], workers_per_object=3)
    submit(world, job, crew, *({"x": {"labels": each}} for each in (["hope"], ["hope", "fear"], ["hope"])))
    submit(world, job, crew, *[{"x": {"labels": []}}] * 3)
    first, second = world.output(finished(world, job))
    assert first["found"] == [2, 1]
    metadata = first["found-metadata"]
    sure, unsure = (metadata["confidence-map"][class_id] for class_id in ("2", "1"))
    assert 0 < unsure < 0.5 < sure <= 0.95
    created = metadata["creation-date"]
    assert metadata == {
        "class-map": {"2": "hope", "1": "fear"},
        "confidence-map": {"2": sure, "1": unsure},
        **common(kind, created),
    }
    assert second["found"] == []
    assert second["found-metadata"] == {
        "class-map": {},
        "confidence-map": {},
        **common(kind, second["found-metadata"]["creation-date"]),
    }


def test_an_answer_that_cannot_be_used_is_refused_and_the_task_stays(
    world: World, crew: list[Worker]
) -> None:
    job = start(world, "TextMultiClass", ("cat", "dog"), [{"source": TEXT}])
    bob = crew[0]
    task = world.take(bob, job.name)
    with pytest.raises(Invalid, match=r"x\.label: the job has no label 'cow'"):
        world.tasks.submit(bob, task.id, {"x": {"label": "cow"}}, 1)
    submit(world, job, [bob], {"x": {"label": "dog"}})
    (line,) = world.output(finished(world, job))
    assert (line["found"], line["found-metadata"]["confidence"]) == (1, 0)


def test_a_text_without_anything_to_read_fails_alone(world: World, crew: list[Worker]) -> None:
    lines = [{"source": ""}, {"source": " \n\t"}, {"source": TEXT}]
    job = start(world, "TextMultiClassMultiLabel", ("cat", "dog"), lines)
    submit(world, job, crew[:1], {"x": {"labels": ["cat"]}})
    done = finished(world, job)
    assert (done.counters.labeled, done.counters.failed) == (1, 2)
    assert [line.get("found") for line in world.output(done)] == [None, None, [0]]


def test_an_object_for_which_most_workers_chose_no_class_fails_with_the_reason(
    world: World, crew: list[Worker]
) -> None:
    job = start(world, "TextMultiClass", ("cat", "dog"), [{"source": TEXT}], workers_per_object=2)
    submit(world, job, crew[:2], *[{"x": {"label": None}}] * 2)
    done = world.jobs.describe(job.name)
    assert done.counters.failed == 1
    assert world.jobs.failed_objects(job.name) == {0: "2 of 2 workers chose none of the labels"}


@pytest.mark.parametrize(
    ("task_type", "count", "reason"),
    [
        ("ImageMultiClass", 1, "has 1 label; at least 2 are needed"),
        ("TextMultiClassMultiLabel", 1, "has 1 label; at least 2 are needed"),
        ("ImageMultiClassMultiLabel", 51, "has 51 labels; at most 50 are allowed"),
        ("TextMultiClassMultiLabel", 51, "has 51 labels; at most 50 are allowed"),
        ("ImageMultiClass", 51, None),
        ("VerificationBoundingBox", 1, None),
        ("VerificationBoundingBox", 51, None),
    ],
)
def test_the_number_of_label_categories_is_limited(
    world: World, crew: list[Worker], task_type: str, count: int, reason: str | None
) -> None:
    source = {"source": TEXT} if task_type.startswith("Text") else {"source-ref": world.put("a.png", png())}
    job = start(world, task_type, [f"label {k}" for k in range(count)], [source])
    assert job.failure_reason is None if reason is None else reason in str(job.failure_reason)


# -- chains of jobs


def test_a_job_with_another_attribute_keeps_the_label_of_the_job_before(
    world: World, crew: list[Worker]
) -> None:
    bob = crew[0]
    first = start(world, "TextMultiClass", ("en", "fr"), [{"source": TEXT}], label_attribute="language")
    submit(world, first, [bob], {"x": {"label": "fr"}})
    line = world.output(finished(world, first))[0]
    second = start(
        world,
        "TextMultiClassMultiLabel",
        ("joy", "fear"),
        [world.output_text(first).strip()],
        name="Job-2",
        label_attribute="mood",
    )
    submit(world, second, [bob], {"x": {"labels": ["fear"]}})
    both = world.output(finished(world, second))[0]
    assert both["mood"] == [1]
    assert {name: both[name] for name in line} == line and both["language"] == 1


def test_only_lines_without_the_label_are_labeled(world: World, crew: list[Worker]) -> None:
    labeled = json.dumps({"source": "one", "found": "0", "found-metadata": {"human-annotated": "no"}})
    job = start(world, "TextMultiClass", ("en", "fr"), [labeled, {"source": "two"}])
    assert (job.counters.machine_labeled, job.counters.unlabeled) == (1, 1)
    bob = crew[0]
    assert world.take(bob, job.name).task_input["taskObject"] == "two"
    submit(world, job, [bob], {"x": {"label": "fr"}})
    lines = world.output_text(finished(world, job)).splitlines()
    assert lines[0] == labeled and json.loads(lines[1])["found"] == 1


def test_the_boxes_of_a_job_are_verified_and_objects_without_boxes_fail_alone(
    world: World, crew: list[Worker]
) -> None:
    images = world.put_images(2)
    boxes = world.start(world.spec("Boxes-1", lines=[{"source-ref": images[0]}], label_attribute="boxes"))
    submit(world, boxes, crew[:1], boxes_answer(("dog", 1, 2, 30, 20)))
    reviewed = world.output_text(finished(world, boxes)).strip()
    job = start(
        world,
        "VerificationBoundingBox",
        ("good", "bad"),
        [reviewed, {"source-ref": images[1]}],
        workers_per_object=3,
    )
    shown = world.take(crew[0], job.name).task_input["reviewed"]
    assert shown == {
        "attribute": "boxes",
        "labels": ["dog"],
        "boxes": [{"label": "dog", "left": 1, "top": 2, "width": 30, "height": 20}],
    }
    comments = ({"workerComment": "too wide"}, {}, {"workerComment": "  "})
    answers = [{"annotatedResult": {"label": "bad", **comment}} for comment in comments]
    submit(world, job, crew, *answers)
    done = finished(world, job)
    assert (done.counters.labeled, done.counters.failed) == (1, 1)
    assert "no label to review" in world.jobs.failed_objects(job.name)[1]
    first, second = world.output_text(done).splitlines()
    assert first.startswith(reviewed[:-1] + ',"found":1,')
    assert json.loads(second) == {"source-ref": images[1]}
    metadata = json.loads(first)["found-metadata"]
    assert metadata == {
        "class-name": "bad",
        "confidence": metadata["confidence"],
        "worker-feedback": [{"comment": "too wide"}],
        **common("label-verification", metadata["creation-date"]),
    }


def test_the_label_that_the_template_shows_is_the_one_that_is_reviewed(
    world: World, crew: list[Worker]
) -> None:
    size = [{"width": 64, "height": 48, "depth": 3}]
    line = {"source-ref": world.put_images(1)[0]}
    for day, name in enumerate(("shown", "newer"), 1):
        box = {"class_id": 0, "left": day, "top": 2, "width": 30, "height": 20}
        line[name] = {"annotations": [box], "image_size": size}
        metadata = {"class-map": {"0": name}, "type": "groundtruth/object-detection"}
        line[f"{name}-metadata"] = {**metadata, "creation-date": f"2026-01-0{day}T00:00:00"}
    template = """<crowd-form><crowd-classifier name="x" categories="['good', 'bad']" header="h"><classification-target>
      {{ task.input.manifestLine.shown-metadata.class-map["0"] }}</classification-target></crowd-classifier></crowd-form>"""

    def reviewed(name: str, text: str) -> Job:
        uri = world.put(f"{name}.liquid", text)
        return start(world, "VerificationBoundingBox", ("good", "bad"), [line], name=name, template_uri=uri)

    job = reviewed("shown", template)
    assert world.take(crew[0], job.name).task_input["reviewed"]["attribute"] == "shown"
    both = template.replace("</crowd-form>", "{{ task.input.manifestLine.newer.annotations }}</crowd-form>")
    job = reviewed("both", both)
    assert world.take(crew[0], job.name).task_input["reviewed"]["attribute"] == "newer"
    named = {"labels": [{"label": "good"}, {"label": "bad"}], "auditLabelAttributeName": "newer"}
    spec = replace(
        reviewed("other", template).spec,
        name="named",
        label_categories_uri=world.put("named.json", json.dumps(named)),
    )
    failed = world.start(spec)
    assert failed.status is JobStatus.FAILED
    assert "template shows the label 'shown', but auditLabelAttributeName" in str(failed.failure_reason)


def test_only_masks_that_can_be_shown_are_verified(world: World, crew: list[Worker]) -> None:
    image = world.put("a.png", png((8, 6)))
    mask = world.put("mask.png", write_mask(b"\x00\x01" * 24, ImageSize(8, 6, 3)))
    colors = {
        "0": {"class-name": "BACKGROUND", "hex-color": "#ffffff"},
        "1": {"class-name": "road", "hex-color": "#2ca02c"},
    }
    uncolored = {"0": {"class-name": "BACKGROUND"}, "1": {"class-name": "road"}}

    def line(mask_uri: str, color_map: Mapping[str, Any] = colors) -> dict[str, Any]:
        metadata = {"type": "groundtruth/semantic-segmentation", "internal-color-map": color_map}
        return {"source-ref": image, "mask-ref": mask_uri, "mask-ref-metadata": metadata}

    lines = [
        line(mask),
        line(mask, uncolored),
        line("s3://lab/nothing.png"),
        line(world.put("small.png", png((4, 6), "P"))),
        line(world.put("text.png", "not a mask")),
        line("mask.png"),
        {"source-ref": image},
        line(world.put("other.png", write_mask(b"\x00\x02" * 24, ImageSize(8, 6, 3)))),
    ]
    job = start(world, "VerificationSemanticSegmentation", ("good", "bad"), lines)
    assert world.take(crew[0], job.name).task_input["reviewed"] == {
        "attribute": "mask-ref",
        "labels": ["road"],
        "labelMappings": {"road": {"color": "#2ca02c"}},
        "src": mask,
    }
    submit(world, job, crew[:1], {"x": {"label": "good"}})
    first = world.output(finished(world, job))[0]
    assert first["found"] == 0 and first["mask-ref"] == mask
    assert first["found-metadata"]["type"] == "groundtruth/label-verification"
    reasons = world.jobs.failed_objects(job.name)
    for index, part in enumerate(
        (
            "hex-color must be a colour",
            "nothing.png",
            "has 4 x 6 pixels, but the image has 8 x 6",
            "text.png",
            "the label to review, 'mask-ref', cannot be read",
            "no label to review",
            "other.png: the pixel at x 1, y 0 has the colour #1f77b4: no label has this colour",
        ),
        start=1,
    ):
        assert part in reasons[index]


def worker_answers(world: World, job: Job) -> list[Any]:
    (content,) = [text for path, text in world.files(job).items() if "worker-response" in path]
    answers: list[Any] = json.loads(content)["answers"]
    return answers
