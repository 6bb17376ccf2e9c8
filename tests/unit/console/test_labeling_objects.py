"""The gallery of a labeling job: filters, order, thumbnails, one object, and sending a selection."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from PIL import Image
from sqlalchemy import update

from helpers.console import ConsoleServer
from helpers.labeled_job import boxes, fill_job, label
from trigpoint.db.tables.labeling import labeling_objects
from trigpoint.labeling.gallery import Gallery
from trigpoint.labeling.object_figures import figures_of
from trigpoint.labeling.store import object_figures
from trigpoint.records.labels.colours import COLOURS
from trigpoint.workforce.people import Role

AT = "/labeling-jobs/street/objects"


def _shown(page: str) -> list[int]:
    return [int(each) for each in re.findall(r'data-object="(\d+)"', page)]


def test_objects_are_filtered_sorted_and_paged_by_links(server: ConsoleServer) -> None:
    fill_job(server, "street", 70, photos=False)
    viewer = server.visitor(Role.VIEWER)
    page = viewer.get(AT).text
    assert _shown(page) == list(range(60)) and 'name="object"' not in page  # a viewer sends nothing
    assert _shown(viewer.get(f"{AT}?at=60").text) == list(range(60, 70))
    assert _shown(viewer.get(f"{AT}?sort=confidence&order=desc").text)[:2] == [67, 66]
    assert _shown(viewer.get(f"{AT}?sort=disagreement&order=desc&least=90").text) == [64, 63, 67, 62, 66, 65]
    assert _shown(viewer.get(f"{AT}?class=bus&least=20&most=23").text) == [1, 2]
    assert _shown(viewer.get(f"{AT}?status=failed").text) == [68]
    assert _shown(viewer.get(f"{AT}?differ=80&most=30").text) == [4]
    bob = server.application.workers.named("bob@example.com").id
    assert _shown(viewer.get(f"{AT}?worker={bob}").text) == []  # he has answered nothing
    none = viewer.get(f"{AT}?class=%3Cscript%3E&at=99999999&least=nan&sort=no&worker=%00").text
    assert "No object matches" in none and "<script>" not in none.split("<main")[1]
    assert page.count("<rect") < viewer.get(f"{AT}?answers=1").text.count("<rect")
    assert viewer.get("/labeling-jobs/none/objects").status_code == 404


def test_one_object_has_its_label_its_answers_and_its_neighbours(server: ConsoleServer) -> None:
    fill_job(server, "street", 6)
    viewer = server.visitor(Role.VIEWER)
    page = viewer.get(f"{AT}/2?sort=confidence&order=desc&at=1").text
    assert "carol@example.com" in page and "dora@example.com" in page and "s3://photos/2.jpg" in page
    assert f'href="/console{AT}/3?sort=confidence&amp;order=desc"' in page
    assert f'href="/console{AT}/1?sort=confidence&amp;order=desc&amp;at=2"' in page
    assert "&lt;b&gt;is broken" in viewer.get(f"{AT}/4").text
    assert [viewer.get(f"{AT}/{each}").status_code for each in ("99", "x", "-1")] == [404, 404, 404]
    image = viewer.get(f"{AT}/2/image")
    assert image.status_code == 303 and "X-Amz-Signature" in image.headers["location"]


def test_the_label_of_one_person_says_so_instead_of_a_confidence_of_0(server: ConsoleServer) -> None:
    fill_job(server, "street", 6, photos=False)
    with server.application.database.write() as connection:
        connection.execute(update(labeling_objects).values(answer_count=1))
        zero = figures_of({**label(boxes(1), 0.0), "source-ref": "s3://photos/1.jpg"}, "boxes", {})
        job = Gallery(server.application.database).job("street").id
        object_figures.put(connection, job, dict.fromkeys(range(4), zero))
    viewer = server.visitor(Role.VIEWER)
    page = viewer.get(AT).text
    assert "one answer" not in page and "0.00" not in page  # the job wants no more
    one = viewer.get(f"{AT}/1").text
    assert "one answer" in one and "0.000" not in one


def test_thumbnails_are_made_once_and_of_images_only(server: ConsoleServer) -> None:
    fill_job(server, "street", 4)
    viewer = server.visitor(Role.VIEWER)
    store, kept = server.application.objects, server.settings.thumbnails_dir
    turned = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (1200, 600), "red").save(turned, "JPEG", exif=exif)
    store.put("photos", "0.jpg", turned.getvalue())
    found = viewer.get(f"{AT}/0/thumbnail")
    assert found.status_code == 200 and found.headers["cache-control"] == "private, max-age=300"
    assert Image.open(io.BytesIO(found.content)).size == (
        320,
        160,
    )  # the stored pixels, on which the labels are
    assert viewer.get(f"{AT}/0/thumbnail").content == found.content and len(list(kept.glob("*/*"))) == 1
    store.put("photos", "1.jpg", b"<svg onload=alert(1)>")
    store.delete("photos", "2.jpg")
    assert [viewer.get(f"{AT}/{k}/thumbnail").status_code for k in (1, 2, 9)] == [422, 404, 404]
    assert server.browser().get(f"/console{AT}/0/thumbnail").status_code == 303  # to the sign-in


def test_a_selection_is_written_as_a_manifest_for_the_next_job(server: ConsoleServer) -> None:
    fill_job(server, "street", 6, photos=False)
    requester = server.visitor(Role.REQUESTER)
    assert requester.post(f"{AT}/send", which="selected", mode="adjust").status_code == 400
    assert requester.post(f"{AT}/send", which="selected", object="9" * 5000).status_code == 404
    for fields, expected in (
        ({"which": "selected", "object": "3"}, ["3.jpg"]),
        ({"which": "all", "least": "45", "sort": "confidence"}, ["2.jpg", "3.jpg"]),
    ):
        sent = requester.post(f"{AT}/send", mode="verify", **fields)
        query = parse_qs(urlsplit(sent.headers["location"]).query)
        assert (query["from"], query["as"]) == (["street"], ["verify"])
        lines = [
            json.loads(line)
            for line in server.application.objects.read_uri(query["manifest"][0]).splitlines()
        ]
        assert [line["source-ref"].rsplit("/", 1)[1] for line in lines] == expected
        assert all(line["boxes"]["annotations"] for line in lines)
        form = requester.get(sent.headers["location"].removeprefix("/console")).headers["location"]
        page = requester.get(form.removeprefix("/console")).text
        assert query["manifest"][0] in page and 'value="VerificationBoundingBox" checked' in page
    assert server.visitor(Role.VIEWER).post(f"{AT}/send", which="all").status_code == 403


def test_a_job_shows_its_classes_confidences_workers_and_failures(server: ConsoleServer) -> None:
    fill_job(server, "street", 30, photos=False)
    page = server.visitor(Role.VIEWER).get("/labeling-jobs/street").text
    assert '/objects?class=bus">bus</a>' in page and "carol@example.com" in page
    assert 'title="20 to 30 %: 4"' in page and "over 28 objects" in page
    assert "&lt;b&gt;is broken" in page and '/objects/28?status=failed&amp;at=0">29</a>' in page
    assert "nobody has answered in the last hour" in page or "Time left" not in page


def test_labels_have_the_colours_of_the_labeling_tool() -> None:
    palette = (Path(__file__).parents[3] / "web/src/ui/palette.ts").read_text()
    colours = palette.split("const COLOURS = [")[1].split("]")[0]
    assert tuple(re.findall(r'"(#[0-9a-f]{6})"', colours)) == COLOURS
