"""Bad input to labeling jobs, through a real server: the requester gets a useful error, and everything else
continues.

All jobs of the module run on one server at the same time. Each test looks at one of them.
"""

from __future__ import annotations

import io
import json
import struct
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from typing import Any

import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from PIL import Image

from helpers.labeling_world import TEMPLATE, PortalWorker, invite, labeling_request, one_box
from helpers.server_process import ServerProcess
from trigpoint.labeling.model import Counters
from trigpoint.services.sagemaker.labeling_jobs import failed_objects_reason

BUCKET = "bad-input"
TEAM = "testers"
FUNCTION = "arn:aws:lambda:us-east-1:432418664414:function"
DEADLINE_S = 60.0
GOOD_LINE = json.dumps({"source-ref": f"s3://{BUCKET}/good.png", "camera": "north"}).encode()
GOOD_LABELS = json.dumps({"labels": [{"label": "red"}]}).encode()
BOM = b"\xef\xbb\xbf"


# -- pictures


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png_by_hand(width: int, height: int, bits: int, colour_type: int, pixel: bytes) -> bytes:
    """A PNG of one colour, of a kind that Pillow cannot write."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    rows = (b"\x00" + pixel * width) * height
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown rotated by 90 degrees
    return exif


NOISE = encoded(Image.effect_noise((120, 90), 80), "JPEG")
RED_PNG = encoded(Image.new("RGB", (64, 48), "#c22"))

SOUND_PICTURES: dict[str, tuple[bytes, tuple[int, int, int]]] = {
    "good.png": (RED_PNG, (64, 48, 3)),
    "one-pixel.png": (encoded(Image.new("RGB", (1, 1))), (1, 1, 3)),
    "one-pixel.jpg": (encoded(Image.new("RGB", (1, 1)), "JPEG"), (1, 1, 3)),
    "grey-16-bit.png": (encoded(Image.new("I;16", (30, 20))), (30, 20, 1)),
    "rgb-16-bit.png": (png_by_hand(30, 20, 16, 2, b"\x80\x00" * 3), (30, 20, 3)),
    "cmyk.jpg": (encoded(Image.new("CMYK", (30, 20)), "JPEG"), (30, 20, 4)),
    "palette.png": (encoded(Image.new("P", (30, 20))), (30, 20, 3)),
    "palette-transparent.png": (encoded(Image.new("P", (30, 20)), transparency=0), (30, 20, 4)),
    "alpha.png": (encoded(Image.new("RGBA", (30, 20))), (30, 20, 4)),
    "grey.jpg": (encoded(Image.new("L", (30, 20)), "JPEG"), (30, 20, 1)),
    "grey-alpha.png": (encoded(Image.new("LA", (30, 20))), (30, 20, 2)),
    "one-bit.png": (encoded(Image.new("1", (30, 20))), (30, 20, 1)),
    "turned.jpg": (encoded(Image.new("RGB", (30, 20)), "JPEG", exif=turned()), (30, 20, 3)),
    "turned.png": (encoded(Image.new("RGB", (30, 20)), exif=turned()), (30, 20, 3)),
    "progressive.jpg": (encoded(Image.new("RGB", (30, 20)), "JPEG", progressive=True), (30, 20, 3)),
    "a name with ü, + and %20.png": (RED_PNG, (64, 48, 3)),
}
"""(file, width, height and depth that the label must give)."""

UNSOUND_PICTURES: dict[str, tuple[bytes | None, str]] = {
    "missing.png": (None, "s3://bad-input/missing.png"),
    "cut-off.jpg": (NOISE[: len(NOISE) // 2], "s3://bad-input/cut-off.jpg is a broken image"),
    "damaged.png": (RED_PNG[:60] + b"\xff" + RED_PNG[61:], "s3://bad-input/damaged.png is a broken image"),
    "page.jpg": (b"<html>404</html>", "s3://bad-input/page.jpg is not an image"),
    "nothing.png": (b"", "s3://bad-input/nothing.png is empty, not an image"),
    "moving.gif": (encoded(Image.new("P", (8, 6)), "GIF"), "takes JPEG and PNG"),
    "bomb.png": (png_by_hand(40_000, 40_000, 8, 0, b""), "s3://bad-input/bomb.png has more than 100 million pixels"),
}  # fmt: skip


# -- jobs that end as Failed


@dataclass(frozen=True)
class Inputs:
    """The files of a job. None: the file does not exist."""

    manifest: bytes | None = GOOD_LINE
    labels: bytes | None = GOOD_LABELS
    template: bytes | None = TEMPLATE.encode()


SOUND = Inputs()


def manifest(*lines: str, newline: str = "\n") -> Inputs:
    return Inputs(manifest=newline.join(lines).encode())


def labels(document: Any) -> Inputs:
    return Inputs(labels=json.dumps(document).encode())


def template(text: str) -> Inputs:
    """A template with an error, which has the element that it needs."""
    return Inputs(
        template=f"{text}<crowd-form><crowd-bounding-box></crowd-bounding-box></crowd-form>".encode()
    )


GOOD = GOOD_LINE.decode()
LINE_2 = "the input manifest s3://bad-input/{job}/in.manifest, line 2: "
LINE_1 = "the input manifest s3://bad-input/{job}/in.manifest, line 1: "
LABELS = "the label category file s3://bad-input/{job}/labels.json"
PAGE = "the task template s3://bad-input/{job}/ui.liquid"

FAILING: dict[str, tuple[Inputs, tuple[str, ...]]] = {
    "broken-line": (manifest(GOOD, '{"source-ref": '), (LINE_2 + "not valid JSON", "column 16")),
    "broken-line-crlf": (manifest(GOOD, "{nonsense", GOOD, newline="\r\n"), (LINE_2 + "not valid JSON", "column 2")),
    "broken-line-bom": (Inputs(BOM + GOOD_LINE + b"\n{]"), (LINE_2 + "not valid JSON", "column 2")),
    "first-line-bom": (Inputs(BOM + b"{]\n" + GOOD_LINE), (LINE_1 + "not valid JSON", "column 2")),
    "utf-16": (Inputs(GOOD.encode("utf-16")), (LINE_1, "save it as UTF-8")),
    "latin-1": (Inputs(GOOD_LINE + b'\n{"source-ref": "s3://b/\xe9.png"}'), (LINE_2, "not UTF-8 at byte 24")),
    "blank-line": (manifest(GOOD, "", GOOD), (LINE_2 + "the line is empty",)),
    "a-json-array": (manifest(f"[{GOOD}]"), (LINE_1 + "a JSON object is needed",)),
    "pretty-printed": (manifest("{", '"source-ref": "s3://b/k"', "}"), (LINE_1 + "not valid JSON", "each line must hold one whole JSON object")),
    "two-in-a-line": (manifest(GOOD, f"{GOOD} {GOOD}"), (LINE_2 + "not valid JSON", "Extra data")),
    "not-a-number": (manifest(GOOD, '{"source-ref": "s3://b/k", "x": NaN}'), (LINE_2, "NaN is not a JSON number")),
    "unknown-key": (manifest(GOOD, '{"image": "s3://b/k"}'), (LINE_2 + "has neither 'source-ref' nor 'source', but 'image'",)),
    "wrong-case-key": (manifest(GOOD, '{"Source-Ref": "s3://b/k"}'), (LINE_2 + "has neither", "but 'Source-Ref'")),
    "both-keys": (manifest(GOOD, '{"source-ref": "s3://b/k", "source": "x"}'), (LINE_2 + "has both",)),
    "text": (manifest(GOOD, '{"source": "some text"}'), (LINE_2, "need images, in 'source-ref'")),
    "same-key-twice": (manifest(GOOD, '{"source-ref": "s3://b/k", "source-ref": "s3://b/l"}'), (LINE_2, "occurs twice")),
    "dollar-key": (manifest(GOOD, '{"source-ref": "s3://b/k", "$id": 1}'), (LINE_2, "'$id' begins with $")),
    "source-ref-number": (manifest(GOOD, '{"source-ref": 7}'), (LINE_2, "'source-ref' must be a string, not 7")),
    "source-ref-path": (manifest(GOOD, '{"source-ref": "/home/me/1.jpg"}'), (LINE_2, "'/home/me/1.jpg' is not the URI", "s3://<bucket>/<key>")),
    "source-ref-bucket": (manifest(GOOD, '{"source-ref": "s3://bad-input/"}'), (LINE_2, "names a bucket, not an object")),
    "long-value": (manifest(GOOD, json.dumps({"source-ref": "s3://b/k", "x": "y" * 20_001})), (LINE_2, "20001 characters; at most 20000")),
    "long-line": (manifest(GOOD, json.dumps({"source-ref": "s3://b/k", "x": ["y"] * 25_000})), (LINE_2, "more than 100000 characters")),
    "empty": (Inputs(manifest=b""), ("the input manifest s3://bad-input/empty/in.manifest is empty",)),
    "only-line-ends": (Inputs(manifest=b"\r\n\n\n"), ("in.manifest is empty",)),
    "only-bom": (Inputs(manifest=BOM), ("in.manifest is empty",)),
    "no-manifest": (Inputs(manifest=None), ("the input manifest s3://bad-input/no-manifest/in.manifest cannot be read",)),
    "no-labels": (Inputs(labels=None), (LABELS + " cannot be read",)),
    "labels-not-json": (Inputs(labels=b"red, blue"), (LABELS + " is not JSON",)),
    "labels-empty": (Inputs(labels=b""), (LABELS + " is empty", '{"label": "cat"}')),
    "labels-none": (labels({"labels": []}), (LABELS + " has no labels", '{"label": "cat"}')),
    "labels-wrong-key": (labels({"labels": [{"label": "red"}, {"name": "blue"}]}), (LABELS + ", label 2:", "has the keys 'name'")),
    "labels-twice": (labels({"labels": [{"label": "red"}, {"label": "blue"}, {"label": "red"}]}), (LABELS + ", label 3: duplicate label 'red' (also label 1)",)),
    "labels-number": (labels({"labels": [{"label": 1}]}), (LABELS + ", label 1:", "not 1")),
    "labels-too-many": (labels({"labels": [{"label": f"l{n}"} for n in range(51)]}), (LABELS + " has 51 labels; at most 50 are allowed",)),
    "labels-too-long": (labels({"labels": [{"label": "x" * 257}]}), (LABELS + ", label 1:", "257 characters; at most 256")),
    "no-template": (Inputs(template=None), (PAGE + " cannot be read",)),
    "unknown-filter": (template("<p>\n\n{{ task.input.taskObject | grant_access }}"), (PAGE + ", line 3:", "unknown filter 'grant_access'")),
    "unknown-tag": (template("<p>\n{% foreach x in y %}"), (PAGE + ", line 2:", "foreach")),
    "open-block": (template("<p>\n{% if task.input.labels %}\n<b>"), (PAGE + ", line 3:",)),
    "open-output": (template("<p>\n{{ task.input.taskObject \n</p>"), (PAGE + ", line",)),
    "include": (template("{% include 'other' %}"), (PAGE + ", line 1:", "include")),
    "renders-not": (template("<p>\n{{ task.input.labels | grant_read_access }}"), (PAGE + ", line 2: grant_read_access",)),
    "endless-loop": (template("<p>\n{% for i in (1..9999999) %}x{% endfor %}"), (PAGE + ", line 2:",)),
    "template-latin-1": (Inputs(template=b"<p>\xe9</p>"), (PAGE + " is not UTF-8", "byte 4")),
}  # fmt: skip


# -- the world of the module


@dataclass
class Lab:
    """A server with all jobs of this module, and a worker."""

    server: ServerProcess
    s3: Any
    sagemaker: Any
    team_arn: str
    _worker: PortalWorker | None = None

    @property
    def worker(self) -> PortalWorker:
        assert self._worker is not None
        return self._worker

    def put(self, key: str, content: bytes | None) -> str:
        if content is not None:
            self.s3.put_object(Bucket=BUCKET, Key=key, Body=content)
        return f"s3://{BUCKET}/{key}"

    def file(self, job: str, name: str, content: bytes | None, sound: bytes) -> str:
        """The URI of a job's own file, or of the valid one that all jobs share."""
        return f"s3://{BUCKET}/sound/{name}" if content == sound else self.put(f"{job}/{name}", content)

    def request(self, job: str, files: Inputs = SOUND) -> dict[str, Any]:
        """CreateLabelingJob for these files."""
        request = labeling_request(job, self.team_arn, 1)
        request["InputConfig"]["DataSource"]["S3DataSource"]["ManifestS3Uri"] = self.file(
            job, "in.manifest", files.manifest, SOUND.manifest
        )
        request["LabelCategoryConfigS3Uri"] = self.file(job, "labels.json", files.labels, SOUND.labels)
        request["HumanTaskConfig"]["UiConfig"]["UiTemplateS3Uri"] = self.file(
            job, "ui.liquid", files.template, SOUND.template
        )
        request["OutputConfig"]["S3OutputPath"] = f"s3://{BUCKET}/out"
        return request

    def create(self, job: str, files: Inputs = SOUND) -> None:
        self.sagemaker.create_labeling_job(**self.request(job, files))

    def ended(self, job: str) -> dict[str, Any]:
        """The job's description once it has ended."""
        until_s = time.monotonic() + DEADLINE_S
        while time.monotonic() < until_s:
            described: dict[str, Any] = self.sagemaker.describe_labeling_job(LabelingJobName=job)
            if described["LabelingJobStatus"] in ("Completed", "Failed", "Stopped"):
                return described
            time.sleep(0.1)
        raise AssertionError(f"{job} has not ended: {described}")

    def next(self, job: str) -> dict[str, Any] | None:
        """The worker's next assignment, once the job is open; None when the job has ended without one."""
        until_s = time.monotonic() + DEADLINE_S
        while time.monotonic() < until_s:
            if (assignment := self.worker.next(job)) is not None:
                return assignment
            described = self.sagemaker.describe_labeling_job(LabelingJobName=job)
            if described["LabelingJobStatus"] not in ("Initializing", "InProgress"):
                return None
            time.sleep(0.1)
        raise AssertionError(f"{job} offers no task")

    def output(self, job: str) -> list[dict[str, Any]]:
        uri = self.ended(job)["LabelingJobOutput"]["OutputDatasetS3Uri"]
        body = self.s3.get_object(Bucket=BUCKET, Key=uri.removeprefix(f"s3://{BUCKET}/"))["Body"].read()
        return [json.loads(line) for line in body.splitlines()]

    def refusal(self, request: Mapping[str, Any]) -> tuple[str, str]:
        """The (code, message) of CreateLabelingJob's refusal. Asserts that no job was created."""
        with pytest.raises(ClientError) as refused:
            self.sagemaker.create_labeling_job(**request)
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        error = refused.value.response["Error"]
        return error["Code"], error["Message"]


PICTURES = "pictures"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    server = ServerProcess(tmp_path_factory.mktemp("bad-labeling") / "data").start()
    try:
        yield furnished(server)
    finally:
        server.stop()


def furnished(server: ServerProcess) -> Lab:
    s3 = server.aws("s3")
    sagemaker = server.aws("sagemaker", config=Config(parameter_validation=False))
    user_name, password = invite(server, "tess@example.com", TEAM)
    s3.create_bucket(Bucket=BUCKET)
    lab = Lab(
        server, s3, sagemaker, sagemaker.describe_workteam(WorkteamName=TEAM)["Workteam"]["WorkteamArn"]
    )
    pictures = {name: made[0] for name, made in {**SOUND_PICTURES, **UNSOUND_PICTURES}.items()}
    uris = [lab.put(name, content) for name, content in pictures.items()]
    lines = [json.dumps({"source-ref": uri}, ensure_ascii=False) for uri in uris]
    lines.append(json.dumps({"source-ref": "s3://no-such-bucket/1.png"}))
    for name, content in zip(("in.manifest", "labels.json", "ui.liquid"), astuple(SOUND), strict=True):
        lab.put(f"sound/{name}", content)
    lab.create(PICTURES, manifest(*lines))
    for job, (files, _) in FAILING.items():
        lab.create(job, files)
    lab._worker = PortalWorker(server.url, user_name, password)
    return lab


# -- tests


@pytest.mark.parametrize("job", FAILING)
def test_a_job_whose_files_are_wrong_fails_and_says_where_and_why(lab: Lab, job: str) -> None:
    described = lab.ended(job)
    assert described["LabelingJobStatus"] == "Failed"
    reason = described["FailureReason"]
    for part in FAILING[job][1]:
        assert part.replace("{job}", job) in reason, reason
    said_nothing_of_our_inside(reason)
    assert set(described["LabelCounters"].values()) == {0}
    assert "LabelingJobOutput" not in described


def said_nothing_of_our_inside(text: str) -> None:
    assert len(text) <= 1024
    for inside in ("Traceback", 'File "', ".py", "object at 0x", "Error("):
        assert inside not in text, text


@pytest.fixture(scope="module")
def labeled(lab: Lab) -> dict[str, Any]:
    """The job of the pictures, after the worker has drawn a box on every picture offered to them."""
    while (assignment := lab.next(PICTURES)) is not None:
        frame = lab.worker.http.get(assignment["frameUrl"])
        assert frame.status_code == 200 and "crowd-bounding-box" in frame.text
        answer = lab.worker.submit(assignment["assignmentId"], one_box(0, 0, 1, 1))
        assert answer.status_code == 200, answer.text
    return lab.ended(PICTURES)


def test_pictures_of_every_kind_are_labeled_with_their_raw_size_and_depth(
    lab: Lab, labeled: dict[str, Any]
) -> None:
    sizes = {
        line["source-ref"].removeprefix(f"s3://{BUCKET}/"): tuple(
            line["boxes"]["image_size"][0][side] for side in ("width", "height", "depth")
        )
        for line in lab.output(PICTURES)
        if "boxes" in line
    }
    assert sizes == {name: expected for name, (_, expected) in SOUND_PICTURES.items()}
    for line in lab.output(PICTURES)[: len(SOUND_PICTURES)]:
        box = {"class_id": 0, "left": 0, "top": 0, "width": 1, "height": 1}
        assert line["boxes"]["annotations"] == [box]
        assert line["boxes-metadata"]["class-map"] == {"0": "red"}


def test_a_picture_that_cannot_be_labeled_fails_without_the_others(lab: Lab, labeled: dict[str, Any]) -> None:
    assert labeled["LabelingJobStatus"] == "Completed"
    assert labeled["LabelCounters"] == {
        "TotalLabeled": len(SOUND_PICTURES),
        "HumanLabeled": len(SOUND_PICTURES),
        "MachineLabeled": 0,
        "FailedNonRetryableError": len(UNSOUND_PICTURES) + 1,
        "Unlabeled": 0,
    }
    for line in lab.output(PICTURES)[len(SOUND_PICTURES) :]:
        assert list(line) == ["source-ref"]


def test_the_report_says_which_lines_could_not_be_labeled_and_why(lab: Lab, labeled: dict[str, Any]) -> None:
    reason = labeled["FailureReason"]
    said_nothing_of_our_inside(reason)
    assert f"{len(UNSOUND_PICTURES) + 1} of " in reason
    assert "s3://bad-input/pictures/in.manifest" in reason
    for number, (_, why) in enumerate(UNSOUND_PICTURES.values(), start=len(SOUND_PICTURES) + 1):
        assert f"line {number}: " in reason and why in reason, reason
    assert "no-such-bucket" in reason


def test_of_many_objects_that_failed_the_first_are_named_and_the_others_counted() -> None:
    reasons = {index: f"no object s3://{BUCKET}/{index}.png" for index in range(3, 53)}
    text = failed_objects_reason("s3://b/in.manifest", Counters(total=900, failed=200), reasons)
    assert text.startswith(
        "200 of 900 data objects could not be labeled: s3://b/in.manifest, line 4: no object"
    )
    told = text.count("line ")
    assert 900 < len(text) <= 1024 and text.endswith(f"; and {200 - told} more")


def test_objects_that_failed_for_one_reason_are_listed_together() -> None:
    reasons = {0: "no answer", 4: "no image", 5: "no answer", 8: "no answer"}
    assert failed_objects_reason("s3://b/m", Counters(total=9, failed=6), reasons) == (
        "6 of 9 data objects could not be labeled: s3://b/m, lines 1, 6, 9: no answer; line 5: no image; and 2 more"
    )


def test_any_line_end_and_a_byte_order_mark_are_accepted(lab: Lab) -> None:
    line = json.dumps({"source-ref": f"s3://{BUCKET}/good.png", "note": "é"}, ensure_ascii=False).encode()
    files = Inputs(
        BOM + line + b"\r\n" + line + b"\r\n\r\n", labels=BOM + GOOD_LABELS, template=BOM + TEMPLATE.encode()
    )
    lab.create("windows", files)
    for _ in range(2):
        assignment = lab.next("windows")
        assert assignment is not None
        assert lab.worker.submit(assignment["assignmentId"], one_box(1, 2, 3, 4)).status_code == 200
    assert [(made["note"], made["boxes"]["annotations"][0]["left"]) for made in lab.output("windows")] == [
        ("é", 1)
    ] * 2


def test_a_template_that_fails_for_one_object_shows_the_worker_an_error_and_keeps_the_others(
    lab: Lab,
) -> None:
    text = TEMPLATE + "\n{{ 6 | divided_by: task.input.manifestLine.n }}"
    uri = lab.put("good.png", RED_PNG)
    lines = [json.dumps({"source-ref": uri, "n": n}) for n in (1, 0)]
    lab.create("sometimes", Inputs("\n".join(lines).encode(), template=text.encode()))
    first = lab.next("sometimes")
    assert first is not None
    assert lab.worker.submit(first["assignmentId"], one_box(1, 2, 3, 4)).status_code == 200
    second = lab.next("sometimes")
    assert second is not None
    frame = lab.worker.http.get(second["frameUrl"])
    assert "Traceback" not in frame.text and "line 6: " in frame.text, (frame.status_code, frame.text)
    assert lab.worker.http.get(second["pageUrl"]).status_code == 200
    declined = lab.worker.http.post(f"/portal/api/assignments/{second['assignmentId']}/decline", json={})
    assert declined.status_code == 200
    ended = lab.ended("sometimes")
    assert (ended["LabelCounters"]["HumanLabeled"], ended["LabelCounters"]["FailedNonRetryableError"]) == (
        1,
        1,
    )
    assert "line 2: declined by 1 worker" in ended["FailureReason"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"boundingBox": {"boundingBoxes": [{"label": "cow", "left": 0, "top": 0, "width": 1, "height": 1}]}}, "the job has no label 'cow'"),
        ({"boundingBox": "boxes"}, ""),
        ({"boundingBox": {"boundingBoxes": [{"label": "red", "left": "a"}]}}, ""),
        ({}, ""),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_a_label_fails_its_object_with_the_reason(
    lab: Lab, answer: dict[str, Any], why: str
) -> None:
    job = f"answer-{zlib.crc32(json.dumps(answer).encode())}"
    lab.create(job)
    assignment = lab.next(job)
    assert assignment is not None
    sent = lab.worker.submit(assignment["assignmentId"], answer)
    assert sent.status_code in (200, 400), sent.text
    if sent.status_code == 400:
        said_nothing_of_our_inside(sent.json()["error"]["message"])
        lab.sagemaker.stop_labeling_job(LabelingJobName=job)
        return
    ended = lab.ended(job)
    assert ended["LabelCounters"]["FailedNonRetryableError"] == 1
    assert "line 1: " in ended["FailureReason"] and why in ended["FailureReason"], ended["FailureReason"]
    said_nothing_of_our_inside(ended["FailureReason"])
    assert lab.output(job) == [json.loads(GOOD_LINE)]


def test_a_job_in_a_missing_bucket_fails_before_anyone_works(lab: Lab) -> None:
    request = lab.request("no-output-bucket")
    request["OutputConfig"]["S3OutputPath"] = "s3://nowhere-here/out"
    lab.sagemaker.create_labeling_job(**request)
    reason = lab.ended("no-output-bucket")["FailureReason"]
    assert "s3://nowhere-here/out" in reason and "no bucket 'nowhere-here'" in reason


def changed(request: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The request with the field at the dotted path set; None removes it."""
    place = request
    *parents, last = path.split(".")
    for name in parents:
        place = place[name]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return request


PRE = "HumanTaskConfig.PreHumanTaskLambdaArn"
ACS = "HumanTaskConfig.AnnotationConsolidationConfig"
SOURCE = "InputConfig.DataSource.S3DataSource.ManifestS3Uri"

REFUSED: dict[str, tuple[str, Any, tuple[str, ...]]] = {
    "attribute-ref": ("LabelAttributeName", "boxes-ref", ("LabelAttributeName 'boxes-ref'", "must not end with -ref")),
    "attribute-metadata": ("LabelAttributeName", "boxes-metadata", ("'boxes-metadata'", "must not end with -metadata")),
    "attribute-source": ("LabelAttributeName", "source", ("'source'", "choose another")),
    "attribute-source-ref": ("LabelAttributeName", "source-ref", ("'source-ref'", "choose another")),
    "attribute-underscore": ("LabelAttributeName", "my_boxes", ("Value 'my_boxes' at 'labelAttributeName' failed to satisfy constraint", "regular expression pattern")),
    "attribute-dollar": ("LabelAttributeName", "$boxes", ("Value '$boxes' at 'labelAttributeName'",)),
    "attribute-long": ("LabelAttributeName", "b" * 128, ("'labelAttributeName' failed to satisfy constraint", "length less than or equal to 127")),
    "team-unknown": ("HumanTaskConfig.WorkteamArn", "arn:aws:sagemaker:us-east-1:111122223333:workteam/private-crowd/nobody", ("WorkteamArn", "private-crowd/nobody", "there is no such private work team", "ListWorkteams")),
    "team-public": ("HumanTaskConfig.WorkteamArn", "arn:aws:sagemaker:us-east-1:394669845002:workteam/public-crowd/default", ("WorkteamArn", "public-crowd/default", "private work team")),
    "team-other-account": ("HumanTaskConfig.WorkteamArn", f"arn:aws:sagemaker:us-east-1:999999999999:workteam/private-crowd/{TEAM}", ("WorkteamArn", "999999999999")),
    "team-nonsense": ("HumanTaskConfig.WorkteamArn", TEAM, ("'humanTaskConfig.workteamArn' failed to satisfy constraint",)),
    "task-type-unserved": (PRE, f"{FUNCTION}:PRE-VideoMultiClass", ("VideoMultiClass",)),
    "task-type-unknown": (PRE, f"{FUNCTION}:PRE-BoundingBoxes", ("'BoundingBoxes'",)),
    "task-custom": (PRE, "arn:aws:lambda:us-east-1:111122223333:function:my-own", ("my-own", "there is no function")),
    "ui-arn": ("HumanTaskConfig.UiConfig", {"HumanTaskUiArn": "arn:aws:sagemaker:us-east-1:394669845002:human-task-ui/NamedEntityRecognition"}, ("HumanTaskUiArn", "UiTemplateS3Uri")),
    "ui-both": ("HumanTaskConfig.UiConfig", {"UiTemplateS3Uri": "s3://b/t", "HumanTaskUiArn": "arn:aws:sagemaker:us-east-1:394669845002:human-task-ui/NamedEntityRecognition"}, ("must not have both UiTemplateS3Uri and HumanTaskUiArn",)),
    "streaming": ("InputConfig.DataSource", {"SnsDataSource": {"SnsTopicArn": "arn:aws:sns:us-east-1:111122223333:t"}}, ("SnsDataSource", "not served yet")),
    "no-source": ("InputConfig.DataSource", {}, ("S3DataSource", "ManifestS3Uri")),
    "no-categories": ("LabelCategoryConfigS3Uri", None, ("LabelCategoryConfigS3Uri is missing",)),
    "manifest-bucket": (SOURCE, "s3://bad-input", ("ManifestS3Uri 's3://bad-input' names a bucket", "s3://<bucket>/<key>")),
    "manifest-http": (SOURCE, "https://example.com/in.manifest", ("ManifestS3Uri", "'https://example.com/in.manifest'", "s3://<bucket>/<key>")),
    "manifest-path": (SOURCE, "/tmp/in.manifest", ("Value '/tmp/in.manifest' at 'inputConfig.dataSource.s3DataSource.manifestS3Uri'",)),
    "no-workers": ("HumanTaskConfig.NumberOfHumanWorkersPerDataObject", 0, ("numberOfHumanWorkersPerDataObject", "greater than or equal to 1")),
    "ten-workers": ("HumanTaskConfig.NumberOfHumanWorkersPerDataObject", 10, ("numberOfHumanWorkersPerDataObject", "less than or equal to 9")),
    "hasty": ("HumanTaskConfig.TaskTimeLimitInSeconds", 5, ("taskTimeLimitInSeconds", "greater than or equal to 30")),
    "endless": ("HumanTaskConfig.TaskTimeLimitInSeconds", 90_000, ("TaskTimeLimitInSeconds is 90000", "28800 (8 hours)")),
    "role": ("RoleArn", "arn:aws:iam::1:user/someone", ("'roleArn' failed to satisfy constraint",)),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_request_that_cannot_work_is_refused_with_field_value_and_rule(lab: Lab, case: str) -> None:
    path, value, parts = REFUSED[case]
    request = changed(lab.request(f"refused-{case}"), path, value)
    if case == "task-type-unserved":
        request["HumanTaskConfig"]["AnnotationConsolidationConfig"] = {
            "AnnotationConsolidationLambdaArn": f"{FUNCTION}:ACS-VideoMultiClass"
        }
        parts = ("VideoMultiClass", "not served")
    code, message = lab.refusal(request)
    assert code == "ValidationException"
    for part in parts:
        assert part in message, message
    said_nothing_of_our_inside(message)
    with pytest.raises(ClientError):
        lab.sagemaker.describe_labeling_job(LabelingJobName=f"refused-{case}")


def test_a_taken_name_is_refused_in_any_case(lab: Lab) -> None:
    code, message = lab.refusal(lab.request(PICTURES.upper()))
    assert code == "ResourceInUse" and "PICTURES" in message


def test_a_template_is_checked_without_a_job(lab: Lab) -> None:
    rendered = lab.sagemaker.render_ui_template(
        UiTemplate={"Content": "<p>\n{{ task.input.x | nofilter }}"},
        Task={"Input": "{}"},
        RoleArn="arn:aws:iam::111122223333:role/Labeler",
    )
    assert rendered["Errors"][0]["Message"] == "line 2: unknown filter 'nofilter'"
    with pytest.raises(ClientError, match=r"Task\.Input is not JSON"):
        lab.sagemaker.render_ui_template(
            UiTemplate={"Content": "x"},
            Task={"Input": "{]"},
            RoleArn="arn:aws:iam::111122223333:role/Labeler",
        )


def test_none_of_this_was_logged_as_a_server_error(lab: Lab) -> None:
    assert "Traceback" not in lab.server.text(), lab.server.text()[-4000:]
    assert httpx.get(f"{lab.server.url}/health", trust_env=False).status_code == 200
