"""Manifests in the console: as tables, their report, and new ones of a folder."""

from __future__ import annotations

import html
import io
import json
import re
import time

from helpers.console import ConsoleServer
from helpers.photos import photo
from trigpoint.objects.line_pages import line_page, place_of_line
from trigpoint.workforce.people import Role


def test_lines_are_found_by_their_place() -> None:
    content = b"first\nsecond\r\n\nlast without end"
    file = io.BytesIO(content)
    begin = line_page(file, len(content), 0, 0, most=2)
    assert begin.lines == [b"first", b"second"] and (begin.first, begin.following) == (1, 14)
    rest = line_page(file, len(content), 14, 3)
    assert rest.lines == [b"", b"last without end"] and (rest.first, rest.following) == (3, None)
    within = line_page(file, len(content), 8, 2)
    assert within.lines == [b"", b"last without end"] and within.first == 0  # a forged place has no number
    assert [place_of_line(file, number) for number in (1, 2, 3, 4, 5)] == [0, 6, 14, 15, None]


def test_a_large_manifest_opens_at_once_at_each_end(server: ConsoleServer) -> None:
    viewer = server.visitor(Role.VIEWER)
    objects = server.application.objects
    objects.create_bucket("photos")
    line = json.dumps({"source-ref": "s3://photos/street/0000001.jpg", "class": 1, "class-metadata": _CLASS})
    objects.put("photos", "large.manifest", (line.encode() + b"\n") * 400_000)
    viewer.get("/buckets/photos/manifest?key=large.manifest")  # templates are compiled at the first page
    for query in ("", "&at=80000000", "&line=400000"):
        before = time.perf_counter()
        page = viewer.get(f"/buckets/photos/manifest?key=large.manifest{query}").text
        assert time.perf_counter() - before < 1.5, query
        assert "car" in page and page.count("cell-object") >= 1
    assert '<td class="cell-number muted">400000</td>' in page
    assert (
        "There is no line 400001."
        in viewer.get("/buckets/photos/manifest?key=large.manifest&line=400001").text
    )
    before = time.perf_counter()
    report = viewer.get("/buckets/photos/manifest/report?key=large.manifest").text
    assert "Only the first lines were checked" in report and time.perf_counter() - before < 15


_CLASS = {
    "class-name": "car",
    "confidence": 0.9,
    "job-name": "labeling-job/street",
    "human-annotated": "yes",
    "creation-date": "2026-01-01T00:00:00",
    "type": "groundtruth/image-classification",
}


def test_a_manifest_is_made_of_a_folder_shown_and_checked(server: ConsoleServer) -> None:
    requester, viewer = server.visitor(Role.REQUESTER), server.visitor(Role.VIEWER)
    objects = server.application.objects
    objects.create_bucket("photos")
    for number in range(3):
        objects.put("photos", f"street/{number}.jpg", photo(number))
    objects.put("photos", "street/empty.jpg", b"")
    objects.put("photos", "street/notes.pdf", b"%PDF")
    fields = {"prefix": "street/", "type": "image", "name": "in.manifest"}
    made = requester.post("/buckets/photos/create-manifest", **fields).text
    assert "<dt>Lines</dt><dd>3</dd>" in made and "empty file" in made and "not .jpg or .jpeg or .png" in made
    assert "/console/labeling-jobs/create?manifest=s3%3A//photos/street/in.manifest" in made
    again = requester.post("/buckets/photos/create-manifest", **fields)
    assert again.status_code == 400 and "Choose another name." in again.text
    none = requester.post(
        "/buckets/photos/create-manifest", **{**fields, "type": "text", "name": "b.manifest"}
    )
    assert none.status_code == 400 and "has nothing for a manifest of the type text" in none.text
    assert not objects.list("photos", "street/b").objects
    good = objects.get("photos", "street/in.manifest")
    boxes = {"annotations": [{"class_id": 0, "left": 1, "top": 1, "width": 5, "height": 5}] * 2}
    boxes["image_size"] = [{"width": 60, "height": 40, "depth": 3}]  # type: ignore[list-item]
    about = {"class-map": {"0": "<b>car</b>"}, "type": "groundtruth/object-detection"}
    labeled = json.dumps({"source-ref": "s3://photos/gone.jpg", "boxes": boxes, "boxes-metadata": about})
    objects.put("photos", "street/out.manifest", good + b"{broken\n" + labeled.encode() + b"\n")
    page = viewer.get("/buckets/photos/manifest?key=street/out.manifest").text.split("<main")[1]
    assert "&lt;b&gt;car&lt;/b&gt; × 2" in page and "<b>car" not in page
    assert page.count('src="/console/buckets/photos/thumbnail') == 4 and "not valid JSON" in page
    assert "Train with it" not in page  # a viewer
    report = html.unescape(
        viewer.get("/buckets/photos/manifest/report?key=street/out.manifest&objects=1").text
    )
    found = re.findall(r"line=(\d+)\">\d+</a></td><td><code>([^<]*)</code>", report)
    assert ("4", "") in found and ("5", "source-ref") in found
    assert "trigpoint manifest validate s3://photos/street/out.manifest --check-objects" in report


def test_a_csv_file_is_a_table_with_the_names_of_its_columns(server: ConsoleServer) -> None:
    viewer = server.visitor(Role.VIEWER)
    objects = server.application.objects
    objects.create_bucket("texts")
    rows = "".join(f'{number},"a, b {number}"\n' for number in range(60))
    objects.put("texts", "in.csv", f"id,text\n{rows}".encode())
    page = viewer.get("/buckets/texts/manifest?key=in.csv").text
    assert '<th scope="col">text</th>' in page and "a, b 0" in page and "a, b 49" in page
    following = re.search(r'rel="next" href="/console([^"]+)"', page)
    assert following is not None
    rest = viewer.get(html.unescape(following[1])).text
    assert '<th scope="col">text</th>' in rest and "a, b 50" in rest and "a, b 49" not in rest
    objects.put("texts", "empty.csv", b"")
    assert "The file has no lines" in viewer.get("/buckets/texts/manifest?key=empty.csv").text
