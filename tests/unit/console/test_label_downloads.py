"""Downloads of a job's labels: what is converted, what is left out and why, and files that are kept."""

from __future__ import annotations

import csv
import io
import json
import os
import zipfile
from pathlib import Path

from helpers.console import ConsoleServer, Visitor
from helpers.labeled_job import LABELS, boxes, label
from helpers.runner import wait_until
from trigpoint.compute.bounded_calls import BoundedCalls
from trigpoint.db.tables.labeling import labeling_jobs
from trigpoint.labeling.label_archives import LabelArchives
from trigpoint.workforce.people import Role

AT = "/labeling-jobs/street/download"
MANIFEST = "street/out/street/manifests/output/output.manifest"
FAILURE = {"boxes-metadata": {"failure-reason": "no picture", "type": "groundtruth/object-detection"}}


def _publish(server: ConsoleServer, lines: list[object]) -> None:
    text = "".join(f"{json.dumps(line) if isinstance(line, dict) else line}\n" for line in lines)
    server.application.objects.put("photos", MANIFEST, text.encode())


def _prepared(server: ConsoleServer, visitor: Visitor, name: str) -> zipfile.ZipFile:
    assert visitor.post(AT, format=name).headers["location"] == f"/console{AT}#{name}"
    wait_until(lambda: "Being prepared" not in visitor.get(AT).text)
    answer = visitor.get(f"{AT}/{name}.zip")
    assert answer.status_code == 200, visitor.get(AT).text
    assert f'filename="street-{name}.zip"' in answer.headers["content-disposition"]
    return zipfile.ZipFile(io.BytesIO(answer.content))


def test_labels_are_downloaded_in_each_format_with_a_count_of_what_was_left_out(
    server: ConsoleServer,
) -> None:
    server.create_job("street")
    viewer = server.visitor(Role.VIEWER)
    assert "No labels yet" in viewer.get(AT).text
    assert viewer.post(AT, format="coco").status_code == 404
    server.application.objects.create_bucket("photos")
    with server.application.database.write() as connection:
        connection.execute(labeling_jobs.update().values(published_at=server.application.clock.now()))
    named = {"source-ref": "s3://photos/<b>x.jpg", **label([], 0.5)}
    named["boxes"]["annotations"] = [{"class_id": 0, "left": "far", "top": 0, "width": 1, "height": 1}]
    labeled = [{"source-ref": f"s3://photos/{k}.jpg", **label(boxes(k), 0.25)} for k in range(4)]
    _publish(
        server,
        [
            *labeled,
            {"source-ref": "s3://photos/4.jpg"},
            {"source-ref": "s3://photos/5.jpg", **FAILURE},
            named,
        ],
    )

    coco = _prepared(server, viewer, "coco")
    found = json.loads(coco.read("annotations.json"))
    assert [each["file_name"] for each in found["images"]] == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]
    assert [each["name"] for each in found["categories"]] == list(LABELS)
    assert len(found["annotations"]) == 7 and found["annotations"][0]["score"] == 0.25
    counts = "images: read 7, converted 4, left out 3 (bad entry: 1, labeling failed: 1, no label: 1)"
    report = coco.read("report.txt").decode()
    assert (
        counts in report
        and "output.manifest, line 7" in report
        and str(server.settings.data_dir) not in report
    )

    page = viewer.get(AT).text
    assert "not labeled: 1" in page and "1 entry cannot be used" in page and "output.manifest, line 7" in page
    assert "<b>x" not in page and str(server.settings.data_dir) not in page
    assert "--to yolo" in page and "Download (" in page

    assert sorted(_prepared(server, viewer, "yolo").namelist())[:2] == ["data.yaml", "labels/0.txt"]
    assert "Annotations/3.xml" in _prepared(server, viewer, "voc").namelist()
    table = _prepared(server, viewer, "csv").read("labels.csv").decode()
    rows = list(csv.DictReader(io.StringIO(table)))
    assert len(rows) == 7 and rows[0]["class"] == "car" and rows[0]["confidence"] == "0.25"

    _publish(server, labeled[:1])  # the labels have changed, so that the file is not theirs any more
    assert viewer.get(f"{AT}/coco.zip").status_code == 404 and "Download (" not in viewer.get(AT).text
    assert len(json.loads(_prepared(server, viewer, "coco").read("annotations.json"))["images"]) == 1
    assert [viewer.get(f"{AT}/{each}.zip").status_code for each in ("recordio", "..", "manifest")] == [
        404,
        404,
        404,
    ]
    assert server.browser().post(f"/console{AT}", data={"format": "coco"}).status_code != 200


def test_a_format_that_cannot_hold_the_labels_says_why(server: ConsoleServer) -> None:
    server.create_job("street")
    server.application.objects.create_bucket("photos")
    with server.application.database.write() as connection:
        connection.execute(labeling_jobs.update().values(published_at=server.application.clock.now()))
    _publish(
        server, [{"source-ref": f"s3://photos/{day}/1.jpg", **label(boxes(1), 0.5)} for day in ("mo", "tu")]
    )
    viewer = server.visitor(Role.VIEWER)
    viewer.post(AT, format="voc")
    wait_until(lambda: "Pascal VOC has no folders" in viewer.get(AT).text)
    assert "Try again" in viewer.get(AT).text and viewer.get(f"{AT}/voc.zip").status_code == 404
    assert "labels/tu/1.txt" in _prepared(server, viewer, "yolo").namelist()
    assert not list(server.settings.downloads_dir.glob("*.work"))


def test_what_was_not_downloaded_for_the_longest_time_goes_first(
    server: ConsoleServer, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    for k in range(3):
        (kept / f"{k}.zip").write_bytes(b"0" * 900)
        (kept / f"{k}.json").write_text("{}")
        os.utime(kept / f"{k}.zip", (k, k))
    (kept / "crash.work").mkdir()
    os.utime(kept / "crash.work", (0, 0))
    LabelArchives(server.application.objects, BoundedCalls(1), kept, most_bytes=2000)._make_room()
    assert sorted(each.name for each in kept.iterdir()) == ["1.json", "1.zip", "2.json", "2.zip"]
