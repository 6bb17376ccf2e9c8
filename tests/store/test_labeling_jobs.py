"""Labeling jobs from creation to output files, driven by the calls that workers make."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from helpers.labeling import World, boxes_answer, encoded, png
from helpers.moody_store import moody_store
from trigpoint.compute.bounded_calls import BoundedCalls
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Conflict, Invalid, NotFound
from trigpoint.db import Database
from trigpoint.db.tables.events import events
from trigpoint.labeling import bounded_rounds, consolidating
from trigpoint.labeling.model import Job, JobStatus
from trigpoint.labeling.progress import BUSY_RETRY_S
from trigpoint.remote import RemoteConfig
from trigpoint.settings import Settings


@pytest.fixture
def world(database: Database, settings: Settings, clock: FakeClock) -> World:
    return World(database, settings, clock)


def test_a_round_that_finds_all_processes_busy_is_tried_again_later(
    database: Database, settings: Settings, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_rounds, "MOST_COST_HERE", -1)
    monkeypatch.setattr(bounded_rounds, "PATIENCE_S", 0.01)
    busy = World(database, settings, clock, BoundedCalls(count=0))
    (bob,) = busy.crew("bob")
    job = busy.start(busy.spec(lines=[{"source-ref": busy.put("0.png", png())}]))
    busy.answer(bob, job.name, ("cat", 1, 2, 30, 20))
    busy.run()
    assert busy.jobs.describe(job.name).status is JobStatus.IN_PROGRESS
    later = World(database, settings, clock)
    later.run()
    assert later.jobs.describe(job.name).status is JobStatus.IN_PROGRESS
    later.advance(BUSY_RETRY_S)
    assert later.jobs.describe(job.name).status is JobStatus.COMPLETED


def test_three_workers_complete_a_job(world: World) -> None:
    workers = world.crew("bob", "carol", "dan")
    image = world.put("img/0.png", png((64, 48)))
    grey = world.put("img/1.png", png((64, 48), "L"))
    lines = [f'{{"source-ref":"{image}", "n": 1.10, "z": {{"b":1,"a":[ ]}}}}', {"source-ref": grey}]
    job = world.start(world.spec(lines=lines, workers_per_object=3))
    assert job.status is JobStatus.IN_PROGRESS
    assert (job.counters.total, job.counters.unlabeled) == (2, 2)
    assert world.output_text(job).splitlines() == [lines[0], json.dumps(lines[1])]
    for offset, worker in enumerate(workers):
        world.clock.advance(60)
        assert world.answer(worker, job.name, ("dog", 10 + offset, 10, 20, 20), ("cat", 40, 5, 4, 4))
        world.clock.advance(0.5)
        assert world.answer(worker, job.name)
        assert world.answer(worker, job.name) is None
    world.run()
    job = world.jobs.describe(job.name)
    assert job.status is JobStatus.COMPLETED
    assert (job.counters.labeled, job.counters.unlabeled, job.counters.failed) == (2, 0, 0)

    metadata = (
        '"type":"groundtruth/object-detection","human-annotated":"yes",'
        '"creation-date":"2026-01-01T12:03:01.500000","job-name":"labeling-job/boxes-1"}}'
    )
    first = (
        lines[0].removesuffix("}")  # type: ignore[union-attr]
        + ',"boxes":{"image_size":[{"width":64,"height":48,"depth":3}],"annotations":['
        '{"class_id":0,"left":40,"top":5,"width":4,"height":4},'
        '{"class_id":1,"left":11,"top":10,"width":20,"height":20}]},'
        '"boxes-metadata":{"objects":[{"confidence":0.99},{"confidence":0.99}],'
        f'"class-map":{{"0":"cat","1":"dog"}},{metadata}'
    )
    second = (
        f'{{"source-ref": "{grey}","boxes":{{"image_size":[{{"width":64,"height":48,"depth":1}}],'
        f'"annotations":[]}},"boxes-metadata":{{"objects":[],"class-map":{{}},{metadata}'
    )
    written = world.output_text(job).splitlines()
    assert [json.loads(line) for line in written] == [approximately(first), json.loads(second)]
    assert written[0].startswith(lines[0].removesuffix("}") + ',"boxes":{"image_size"')  # type: ignore[union-attr]
    assert written[1] == second

    files = world.files(job)
    stamp = "2026-01-01_12:03:01"
    annotations = "annotations/consolidated-annotation"
    assert sorted(files) == [
        "agreement.json",
        f"{annotations}/consolidation-request/iteration-1/{stamp}.json",
        f"{annotations}/consolidation-response/iteration-1/{stamp}.json",
        "annotations/intermediate/1/annotations.manifest",
        f"annotations/worker-response/iteration-1/0/{stamp}.json",
        f"annotations/worker-response/iteration-1/1/{stamp}.json",
        "manifests/output/output.manifest",
        "workers.json",
    ]
    assert files["annotations/intermediate/1/annotations.manifest"].decode().splitlines() == [
        f"{index} {line}" for index, line in enumerate(written)
    ]
    bob = workers[0]
    given = files[f"annotations/worker-response/iteration-1/1/{stamp}.json"].decode()
    identity = world.workers.identity_of(bob)
    assert identity.issuer.startswith("https://cognito-idp.us-east-1.amazonaws.com/us-east-1_")
    assert given.startswith(
        '{"answers":[{"acceptanceTime":"2026-01-01T12:01:00.500Z","answerContent":{"boundingBox":{"boundingBoxes":[],'
        '"inputImageProperties":{"height":48,"width":64}}},"submissionTime":"2026-01-01T12:01:00.500Z",'
        f'"timeSpentInSeconds":1.5,"workerId":"private.us-east-1.{bob.id}","workerMetadata":{{"identityData":'
        f'{{"identityProviderType":"Cognito","issuer":"{identity.issuer}","sub":"{bob.sub}"}}}}}},'
    )
    request = json.loads(files[f"{annotations}/consolidation-request/iteration-1/{stamp}.json"])
    assert [(entry["datasetObjectId"], len(entry["annotations"])) for entry in request] == [
        ("0", 3),
        ("1", 3),
    ]
    response = json.loads(files[f"{annotations}/consolidation-response/iteration-1/{stamp}.json"])
    content = response[1]["consolidatedAnnotation"]["content"]
    assert content == {k: v for k, v in json.loads(second).items() if k.startswith("boxes")}


def approximately(line: str) -> dict[str, Any]:
    """The line with boxes up to rounding, and with confidences up to 0.01."""
    parsed: dict[str, Any] = json.loads(line)
    parsed["boxes"]["annotations"] = [pytest.approx(found) for found in parsed["boxes"]["annotations"]]
    for found in parsed["boxes-metadata"]["objects"]:
        found["confidence"] = pytest.approx(found["confidence"], abs=0.01)
    return parsed


def test_every_status_change_is_recorded_as_an_event(world: World) -> None:
    (bob,) = world.crew("bob")
    job = world.start(world.spec())
    world.answer(bob, job.name)
    world.answer(bob, job.name)
    world.run()
    assert statuses(world, job) == ["Initializing", "InProgress", "BatchBegun", "RoundFinished", "Completed"]


def statuses(world: World, job: Job) -> list[str]:
    with world.database.read() as connection:
        query = select(events.c.status).where(events.c.resource_id == job.id).order_by(events.c.id)
        return list(connection.execute(query).scalars())


def test_labels_are_written_while_the_job_runs(world: World) -> None:
    (bob,) = world.crew("bob")
    job = world.start(world.spec())
    world.answer(bob, job.name, ("cat", 1, 1, 5, 5))
    world.run()
    assert world.jobs.describe(job.name).counters.labeled == 0, "objects are consolidated together"
    world.advance(1)
    world.advance(1)
    job = world.jobs.describe(job.name)
    assert (job.status, job.counters.labeled, job.counters.unlabeled) == ("InProgress", 1, 1)
    assert ["boxes" in line for line in world.output(job)] == [True, False]


def test_batches_follow_the_order_of_the_manifest(world: World) -> None:
    (bob,) = world.crew("bob")
    uri = world.put_images(1)[0]
    job = world.start(world.spec(lines=[{"source-ref": uri}] * 5, max_concurrent_objects=2))
    seen = []
    for _ in range(3):
        while (task := world.answer(bob, job.name)) is not None:
            seen.append(task.object_index)
        world.run()
        world.advance(1)
    job = world.jobs.describe(job.name)
    assert (seen, job.status, job.iteration) == ([0, 1, 2, 3, 4], JobStatus.COMPLETED, 3)
    answers = sorted(name.split("/")[2:4] for name in world.files(job) if "worker-response" in name)
    assert answers == [
        ["iteration-1", "0"],
        ["iteration-1", "1"],
        ["iteration-2", "2"],
        ["iteration-2", "3"],
        ["iteration-3", "4"],
    ]


def test_only_lines_without_the_label_are_labeled(world: World) -> None:
    (bob,) = world.crew("bob")
    uri = world.put_images(1)[0]
    done = f'{{"boxes": {{"x" : 1.0}}, "source-ref":"{uri}"}}'
    by_machine = {"source-ref": uri, "boxes": {}, "boxes-metadata": {"human-annotated": "no"}}
    job = world.start(world.spec(lines=[done, {"source-ref": uri}, by_machine]))
    counters = job.counters
    assert (counters.human_labeled, counters.machine_labeled, counters.unlabeled) == (1, 1, 1)
    task = world.answer(bob, job.name)
    assert task is not None and task.object_index == 1
    assert world.answer(bob, job.name) is None
    world.run()
    assert world.jobs.describe(job.name).status is JobStatus.COMPLETED
    lines = world.output_text(job).splitlines()
    assert (lines[0], lines[2]) == (done, json.dumps(by_machine))
    assert json.loads(lines[1])["boxes-metadata"]["human-annotated"] == "yes"


def test_a_job_with_a_labeled_manifest_completes_at_once(world: World) -> None:
    world.crew("bob")
    uri = world.put_images(1)[0]
    job = world.start(world.spec(lines=[{"source-ref": uri, "boxes": {}}]))
    assert (job.status, job.counters.total_labeled) == (JobStatus.COMPLETED, 1)
    assert world.output(job) == [{"source-ref": uri, "boxes": {}}]


# -- stopping, expiry and failure


def test_a_stopped_job_keeps_its_labels_and_withdraws_open_tasks(world: World) -> None:
    bob, carol = world.crew("bob", "carol")
    uri = world.put_images(1)[0]
    job = world.start(world.spec(lines=[{"source-ref": uri}] * 4, workers_per_object=2))
    world.answer(bob, job.name, ("cat", 1, 1, 5, 5))
    open_task = world.tasks.next(bob, job.name)
    assert open_task is not None
    world.jobs.stop(job.name)
    world.jobs.stop(job.name)
    assert world.jobs.describe(job.name).status is JobStatus.STOPPING
    world.run()
    job = world.jobs.describe(job.name)
    assert (job.status, job.failure_reason) == (JobStatus.STOPPED, None)
    assert (job.counters.labeled, job.counters.unlabeled) == (1, 3)
    assert ["boxes" in line for line in world.output(job)] == [True, False, False, False]
    with pytest.raises(Conflict, match="was withdrawn"):
        world.tasks.submit(bob, open_task.id, {}, 1)
    assert world.tasks.next(carol, job.name) is None
    assert world.tasks.jobs_for(carol) == []
    with pytest.raises(Invalid, match="already Stopped"):
        world.jobs.stop(job.name)
    with pytest.raises(NotFound):
        world.jobs.stop("nonsense")
    assert statuses(world, job)[-3:] == ["Stopping", "RoundFinished", "Stopped"]


def test_a_job_stopped_before_it_started_writes_its_input_unchanged(world: World) -> None:
    world.crew("bob")
    spec = world.spec()
    world.jobs.create(spec)
    world.jobs.stop(spec.name)
    world.run()
    job = world.jobs.describe(spec.name)
    assert (job.status, job.counters.unlabeled) == (JobStatus.STOPPED, 2)
    assert world.output_text(job) == world.objects.read_uri(spec.manifest_uri).decode() + "\n"


def test_a_job_with_invalid_input_can_be_stopped_before_it_starts(world: World) -> None:
    world.crew("bob")
    spec = world.spec(lines=["nonsense"])
    world.jobs.create(spec)
    world.jobs.stop(spec.name)
    world.run()
    assert world.jobs.describe(spec.name).status is JobStatus.STOPPED


@pytest.mark.parametrize(
    ("limits", "labeled"),
    [({"stop_after_objects": 2}, 2), ({"stop_after_percent": 50}, 3), ({"stop_after_percent": 100}, 5)],
)
def test_stopping_conditions_stop_the_job_at_the_exact_count(
    world: World, limits: dict[str, int], labeled: int
) -> None:
    (bob,) = world.crew("bob")
    uri = world.put_images(1)[0]
    job = world.start(world.spec(lines=[{"source-ref": uri}] * 5, **limits))
    while world.answer(bob, job.name) is not None:
        pass
    world.run()
    world.advance(1)
    job = world.jobs.describe(job.name)
    assert job.counters.labeled == labeled
    assert job.status is (JobStatus.COMPLETED if labeled == 5 else JobStatus.STOPPED)


def test_objects_without_an_answer_in_time_fail_and_answered_objects_are_labeled(world: World) -> None:
    (bob,) = world.crew("bob")
    job = world.start(world.spec(workers_per_object=2, availability_s=600))
    world.answer(bob, job.name, ("cat", 1, 1, 5, 5))
    world.clock.advance(599)
    late = world.tasks.next(bob, job.name)
    assert late is not None and late.expires_at == job.created_at.replace(minute=10)
    world.run()
    world.advance(1)
    job = world.jobs.describe(job.name)
    assert (job.status, job.counters.labeled, job.counters.failed) == (JobStatus.COMPLETED, 1, 1)
    assert world.jobs.failed_objects(job.name) == {1: "nobody answered within 600 seconds"}
    lines = world.output(job)
    assert lines[0]["boxes-metadata"]["objects"] == [{"confidence": 0}]
    assert list(lines[1]) == ["source-ref"]
    with pytest.raises(Conflict):
        world.tasks.submit(bob, late.id, {}, 1)


def test_an_object_declined_by_enough_workers_fails(world: World) -> None:
    bob, carol = world.crew("bob", "carol")
    job = world.start(world.spec(workers_per_object=2))
    for worker in (bob, carol):
        task = world.tasks.next(worker, job.name)
        assert task is not None and task.object_index == 0
        world.tasks.decline(worker, task.id)
        world.answer(worker, job.name)
    world.run()
    world.advance(1)
    job = world.jobs.describe(job.name)
    assert (job.status, job.counters.labeled, job.counters.failed) == (JobStatus.COMPLETED, 1, 1)
    assert world.jobs.failed_objects(job.name) == {0: "declined by 2 workers"}


def test_a_job_expires_after_thirty_days_and_keeps_its_labels(world: World) -> None:
    (bob,) = world.crew("bob")
    job = world.start(world.spec())
    world.answer(bob, job.name)
    world.advance(1)
    world.advance(30 * 86400)
    job = world.jobs.describe(job.name)
    assert (job.status, job.failure_reason) == (JobStatus.STOPPED, "expired after 30 days")
    assert (job.counters.labeled, job.counters.unlabeled) == (1, 1)


def test_a_job_whose_output_bucket_is_deleted_fails_with_the_reason(world: World) -> None:
    (bob,) = world.crew("bob")
    world.objects.create_bucket("gone")
    job = world.start(world.spec(output_path="s3://gone/x", lines=world.lines(2)))
    world.answer(bob, job.name)
    open_task = world.tasks.next(bob, job.name)
    assert open_task is not None
    for info in list(world.objects.iterate("gone")):
        world.objects.delete("gone", info.key)
    world.objects.delete_bucket("gone")
    world.advance(1)
    job = world.jobs.describe(job.name)
    assert job.status is JobStatus.FAILED
    assert job.failure_reason is not None and "gone" in job.failure_reason
    with pytest.raises(Conflict, match="withdrawn"):
        world.tasks.submit(bob, open_task.id, {}, 1)


def test_a_job_waits_in_every_phase_while_the_store_is_unavailable(world: World) -> None:
    (bob,) = world.crew("bob")
    spec = world.spec(lines=[{"source-ref": "s3://far/1.png"}])
    inputs = {"far.manifest": spec.manifest_uri, "ui": spec.template_uri, "labels": spec.label_categories_uri}
    there = {f"/far/{key}": world.objects.read_uri(uri) for key, uri in inputs.items()}
    with moody_store({**there, "/far/1.png": png()}) as store:
        world.objects.add_remote_bucket("far", RemoteConfig(store.url), "far")
        spec = replace(
            spec,
            manifest_uri="s3://far/far.manifest",
            template_uri="s3://far/ui",
            label_categories_uri="s3://far/labels",
            output_path="s3://far/out",
        )
        world.jobs.create(spec)
        store.is_down = True
        for _ in range(3):
            world.advance(10)
            assert world.jobs.describe(spec.name).status is JobStatus.INITIALIZING
        store.is_down = False
        world.advance(10)
        assert world.answer(bob, spec.name, ("dog", 1, 2, 30, 40))
        store.is_down = True
        for _ in range(3):
            world.advance(10)
            assert world.jobs.describe(spec.name).status is JobStatus.IN_PROGRESS
        store.is_down = False
        world.advance(10)
        job = world.jobs.describe(spec.name)
        assert (job.status, job.failure_reason) == (JobStatus.COMPLETED, None)
        [line] = store.objects["/far/out/Boxes-1/manifests/output/output.manifest"].splitlines()
        assert json.loads(line)["boxes"]["annotations"][0]["left"] == 1


# -- names and teams


def test_names_are_unique_regardless_of_case(world: World) -> None:
    world.crew("bob")
    job = world.jobs.create(world.spec("Job-A"), {"k": "v"})
    assert job.arn == "arn:aws:sagemaker:us-east-1:111122223333:labeling-job/job-a"
    assert len(job.reference_code) == 28 and job.reference_code.startswith("111122223333")
    with pytest.raises(Conflict, match="'job-a' already"):
        world.jobs.create(world.spec("job-a"))
    assert world.jobs.describe("JOB-A").name == "Job-A"
    assert world.jobs.tags(job) == {"k": "v"}


def test_an_unknown_team_is_refused(world: World) -> None:
    world.crew("bob")
    ours, theirs = "arn:aws:sagemaker:us-east-1:111122223333", "arn:aws:sagemaker:us-east-1:394669845002"
    for arn, why in (
        (f"{theirs}:workteam/public-crowd/default", "public workforce of Amazon Mechanical Turk"),
        (f"{ours}:workteam/private-crowd/nobody", "no such private work team"),
    ):
        with pytest.raises(Invalid, match=why):
            world.jobs.create(world.spec(team_arn=arn))


# -- bad input


def failed(world: World, job: Job) -> str:
    assert (job.status, job.counters.total) == (JobStatus.FAILED, 0), job
    assert job.failure_reason is not None and len(job.failure_reason) <= 1024
    return job.failure_reason


BROKEN_MANIFESTS = [
    (
        ['{"source-ref": "s3://lab/img/0.png"}', "{broken"],
        "line 2: not valid JSON at column 2: Expecting property name",
    ),
    (
        ['{"source-ref": "s3://lab/img/0.png"}', '{"image": 1}'],
        "line 2: has neither 'source-ref' nor 'source'",
    ),
    ([""], "Boxes-1/in.manifest is empty"),
    (['{"source": "text"}'], "line 1: has 'source', which is text"),
]


@pytest.mark.parametrize(("lines", "reason"), BROKEN_MANIFESTS)
def test_a_job_with_a_broken_manifest_fails_with_file_line_and_cause(
    world: World, lines: list[str], reason: str
) -> None:
    world.crew("bob")
    said = failed(world, world.start(world.spec(lines=lines)))
    assert said.startswith("the input manifest s3://lab/Boxes-1/in.manifest") and reason in said


BROKEN_CATEGORIES = [
    ('{"labels": [{"name": "cat"}]}', 'label 1: must be an object with the key "label"'),
    ("{", "is not JSON"),
    ('{"labels": []}', "has no labels"),
]


@pytest.mark.parametrize(("content", "reason"), BROKEN_CATEGORIES)
def test_a_job_with_a_broken_label_category_file_fails(world: World, content: str, reason: str) -> None:
    world.crew("bob")
    uri = world.put("broken.json", content)
    said = failed(world, world.start(world.spec(label_categories_uri=uri)))
    assert said.startswith("the label category file s3://lab/broken.json") and reason in said


BROKEN_TEMPLATES = [
    (b"a\n{{ task.input.x | nofilter }}", "line 2: unknown filter 'nofilter'"),
    (b"a\n{% if x %}\n", "line 3:"),
    (b"a\n\n{{ 's3://x' | grant_read_access }}", "line 3: grant_read_access"),
    (b"\xff", "not UTF-8"),
]


@pytest.mark.parametrize(("content", "reason"), BROKEN_TEMPLATES)
def test_a_job_with_a_broken_template_fails_with_file_line_and_cause(
    world: World, content: bytes, reason: str
) -> None:
    world.crew("bob")
    uri = world.put("broken.liquid", content + b"<crowd-form><crowd-bounding-box>")
    said = failed(world, world.start(world.spec(template_uri=uri)))
    assert said.startswith("the task template s3://lab/broken.liquid") and reason in said


@pytest.mark.parametrize(
    ("changes", "file"),
    [
        ({"manifest_uri": "s3://lab/none.manifest"}, "the input manifest s3://lab/none.manifest"),
        ({"manifest_uri": "s3://nobucket/x"}, "the input manifest s3://nobucket/x"),
        ({"label_categories_uri": "s3://lab/none.json"}, "the label category file s3://lab/none.json"),
        ({"template_uri": "s3://lab/none.liquid"}, "the task template s3://lab/none.liquid"),
        ({"output_path": "s3://nobucket/x"}, "S3OutputPath s3://nobucket/x"),
    ],
)
def test_a_job_with_a_missing_file_fails_and_names_the_file(
    world: World, changes: dict[str, str], file: str
) -> None:
    world.crew("bob")
    assert failed(world, world.start(world.spec(**changes))).startswith(file)


def test_a_job_with_a_read_only_output_bucket_fails(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    world.crew("bob")
    world.objects.link_bucket("linked", tmp_path_factory.mktemp("linked"))
    assert "read-only" in failed(world, world.start(world.spec(output_path="s3://linked/x")))


def test_a_broken_line_late_in_a_long_manifest_fails_the_whole_job(world: World) -> None:
    world.crew("bob")
    uri = world.put_images(1)[0]
    lines: list[Any] = [{"source-ref": uri}] * 4_100
    said = failed(world, world.start(world.spec(lines=[*lines, "{"])))
    assert "line 4101:" in said


def test_an_unusable_image_fails_with_the_reason_and_the_others_are_labeled(world: World) -> None:
    (bob,) = world.crew("bob")
    exif = Image.Exif()
    exif[0x0112] = 6
    noise = encoded(Image.effect_noise((90, 90), 80), "JPEG")
    images = {
        "good.png": png((64, 48)),
        "corrupt.jpg": noise[: len(noise) // 2],
        "text.png": b"no image",
        "one.png": png((1, 1)),
        "deep.png": encoded(Image.new("I;16", (8, 6)), "PNG"),
        "cmyk.jpg": encoded(Image.new("CMYK", (8, 6)), "JPEG"),
        "palette.png": encoded(Image.new("P", (8, 6)), "PNG"),
        "turned.jpg": encoded(Image.new("RGB", (8, 6)), "JPEG", exif=exif),
        "gif.gif": encoded(Image.new("P", (8, 6)), "GIF"),
    }
    lines = [{"source-ref": world.put(name, content)} for name, content in images.items()]
    lines.append({"source-ref": "s3://lab/missing.png"})
    job = world.start(world.spec(lines=lines))
    while world.answer(bob, job.name, ("cat", 0, 0, 1, 1)) is not None:
        pass
    world.advance(1)
    world.advance(1)
    job = world.jobs.describe(job.name)
    assert (job.status, job.counters.labeled, job.counters.failed) == (JobStatus.COMPLETED, 6, 4)
    reasons = world.jobs.failed_objects(job.name)
    assert sorted(reasons) == [1, 2, 8, 9]
    assert "s3://lab/corrupt.jpg is a broken image" in reasons[1]
    assert "s3://lab/text.png is not an image" in reasons[2]
    assert "takes JPEG and PNG" in reasons[8]
    assert "missing.png" in reasons[9]
    output = world.output(job)
    sizes = {n: o["boxes"]["image_size"][0] for n, o in zip(images, output, strict=False) if "boxes" in o}
    assert sizes == {
        "good.png": {"width": 64, "height": 48, "depth": 3},
        "one.png": {"width": 1, "height": 1, "depth": 3},
        "deep.png": {"width": 8, "height": 6, "depth": 1},
        "cmyk.jpg": {"width": 8, "height": 6, "depth": 4},
        "palette.png": {"width": 8, "height": 6, "depth": 3},
        "turned.jpg": {"width": 8, "height": 6, "depth": 3},
    }
    assert output[9] == {"source-ref": "s3://lab/missing.png"}


def test_an_answer_with_an_unknown_label_is_ignored_and_reported(world: World) -> None:
    bob, carol = world.crew("bob", "carol")
    job = world.start(world.spec(workers_per_object=2))
    cat, cow = ("cat", 1, 1, 5, 5), ("cow", 1, 1, 5, 5)
    for worker, boxes in ((bob, cow), (carol, cat), (bob, cow), (carol, cow)):
        taken = world.answer(worker, job.name, cat)
        assert taken is not None
        world.replace_answer(taken.id, boxes_answer(boxes))
    world.run()
    job = world.jobs.describe(job.name)
    assert (job.counters.labeled, job.counters.failed) == (1, 1)
    assert world.output(job)[0]["boxes-metadata"]["objects"] == [{"confidence": 0}]
    assert "the job has no label 'cow'" in world.jobs.failed_objects(job.name)[1]
    assert statuses(world, job).count("AnswerIgnored") == 3


def test_a_stored_answer_beyond_todays_limits_fails_its_object_only(world: World) -> None:
    (bob,) = world.crew("bob")
    job = world.start(world.spec())
    first, second = (world.answer(bob, job.name, ("cat", 1, 1, 5, 5)) for _ in range(2))
    assert first is not None and second is not None
    world.replace_answer(first.id, boxes_answer(*[("cat", 1, 1, 40, 40)] * 100_000))
    world.run()
    job = world.jobs.describe(job.name)
    assert (job.status, job.counters.labeled, job.counters.failed) == (JobStatus.COMPLETED, 1, 1)
    assert "was not used: the answer has " in world.jobs.failed_objects(job.name)[0]
    assert "at most 4194304 are allowed" in world.jobs.failed_objects(job.name)[0]


def test_objects_with_long_answers_are_consolidated_in_several_rounds(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consolidating, "ROUND_CHARACTERS", 400)
    (bob,) = world.crew("bob")
    job = world.start(world.spec(lines=world.lines(4)))
    short, long = [("cat", 1, 1, 5, 5)], [("cat", 1, 1, 5, 5)] * 9
    for boxes in (short, short, long, short):
        assert world.answer(bob, job.name, *boxes)
    for _ in range(4):
        world.advance(2)
    assert world.jobs.describe(job.name).counters.labeled == 4
    requests = [text for name, text in sorted(world.files(job).items()) if "consolidation-request" in name]
    assert [[each["datasetObjectId"] for each in json.loads(text)] for text in requests] == [
        ["0", "1"],
        ["2"],
        ["3"],
    ]


def test_a_job_whose_store_stays_unavailable_is_stopped_after_a_while(world: World) -> None:
    (bob,) = world.crew("bob")
    with moody_store({}) as store:
        world.objects.add_remote_bucket("far", RemoteConfig(store.url), "far")
        job = world.start(world.spec(output_path="s3://far/out"))
        assert world.answer(bob, job.name, ("dog", 1, 2, 30, 40))
        store.is_down = True
        world.advance(2)
        world.jobs.stop(job.name)
        world.advance(300)
        assert world.jobs.describe(job.name).status is JobStatus.STOPPING
        world.advance(310)
        job = world.jobs.describe(job.name)
        assert job.status is JobStatus.STOPPED
        assert job.failure_reason is not None and "within 600 seconds" in job.failure_reason


def test_a_long_failure_reason_is_truncated(world: World) -> None:
    world.crew("bob")
    key = "k" * 900
    line = {"source-ref": world.put_images(1)[0], "x" * 300: "y" * 20_001}
    spec = world.spec(lines=[line])
    long = world.objects.write_uri(
        f"s3://lab/{key}", io.BytesIO(world.objects.read_uri(spec.manifest_uri))
    ).uri
    said = failed(world, world.start(world.spec("Boxes-2", lines=[line], manifest_uri=long)))
    assert len(said) == 1024 and said.endswith("...")
