"""The pages about data: buckets, objects, and uploads."""

from __future__ import annotations

import base64
import html
import json
import re
import zlib
from typing import Any

import httpx

from helpers.console import ConsoleServer, Visitor
from helpers.photos import photo
from helpers.portal import form_token
from helpers.processes import wait_for
from trigpoint.objects.receiving import PART_BYTES
from trigpoint.workforce.people import Role

HOSTILE = "a/<script>alert(1)\u202e 'é\"&.txt"


def test_a_bucket_is_created_browsed_and_deleted_when_it_is_empty(server: ConsoleServer) -> None:
    requester, viewer = server.visitor(Role.REQUESTER), server.visitor(Role.VIEWER)
    refused = requester.post("/buckets/create", name="Not A Name")
    assert refused.status_code == 400 and 'value="Not A Name"' in refused.text
    assert 'id="problem-name"' in refused.text
    shown = requester.post("/buckets/create", name="photos", show_call="1").text
    assert "aws s3api create-bucket" in shown and "--bucket photos" in shown
    assert requester.post("/buckets/create", name="photos").headers["location"] == "/console/buckets/photos"
    objects = server.application.objects
    objects.put("photos", HOSTILE, b"hello <b>")
    objects.put("photos", "top.jpg", photo(1))
    for number in range(103):
        objects.put("photos", f"many/{number:03}.bin", b"x")
    wait_for(
        lambda: '<td class="cell-number">105</td>' in viewer.get("/buckets").text, "the count of objects"
    )
    listed = viewer.get("/buckets/photos").text
    assert "top.jpg" in listed and "tp-upload" not in listed and 'type="checkbox"' not in listed
    assert "aws s3api list-objects-v2" in html.unescape(listed)
    following = re.search(r'rel="next" href="([^"]+)"', viewer.get("/buckets/photos?prefix=many/").text)
    assert following is not None
    rest = viewer.get(html.unescape(following[1]).removeprefix("/console")).text
    assert rest.count("row-link") == 3 and "102.bin" in rest
    assert "No name begins so" in viewer.get("/buckets/photos?q=nothing").text
    folder = viewer.get("/buckets/photos?prefix=a/").text.split("<main")[1]
    link = re.search(r'href="/console(/buckets/photos/object\?key=[^"]+)"', folder)
    assert "<script>" not in folder and link is not None
    detail = viewer.get(html.unescape(link[1])).text.split("<main")[1]
    assert "hello &lt;b&gt;" in detail and "<script>" not in detail
    full = requester.post("/buckets/photos/delete")
    assert full.status_code == 409 and "still holds objects" in full.text
    deleted = requester.post("/buckets/photos/objects/delete", key=HOSTILE, folder="a/")
    assert "prefix=a%2F&notice=objects-deleted" in deleted.headers["location"]
    assert not objects.list("photos", "a/").objects
    objects.delete_many("photos", [each.key for each in objects.list("photos").objects])
    assert requester.post("/buckets/photos/delete").status_code == 303
    assert not objects.bucket_exists("photos")


def test_bytes_of_strangers_are_never_a_document_of_the_console(server: ConsoleServer) -> None:
    viewer = server.visitor(Role.VIEWER)
    objects = server.application.objects
    objects.create_bucket("photos")
    objects.put("photos", "page.html", b"<script>alert(1)</script>", content_type="text/html")
    objects.put("photos", "fake.png", b"<script>alert(1)</script>", content_type="text/html")
    objects.put("photos", "drawing.svg", b"<svg onload='alert(1)'/>", content_type="image/svg+xml")
    page = viewer.get("/buckets/photos/download?key=page.html")
    assert page.headers["content-disposition"] == "attachment; filename*=UTF-8''page.html"
    assert page.content == b"<script>alert(1)</script>"
    fake = viewer.get("/buckets/photos/image?key=fake.png")
    assert fake.headers["content-type"] == "image/png"
    for answer in (page, fake):
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert viewer.get("/buckets/photos/image?key=drawing.svg").status_code == 400
    assert viewer.get("/buckets/photos/thumbnail?key=fake.png").status_code == 400
    objects.put("photos", "street.png", photo(1, (900, 600)))
    small = viewer.get("/buckets/photos/thumbnail?key=street.png")
    assert small.headers["content-type"] == "image/jpeg" and small.content != objects.get(
        "photos", "street.png"
    )
    assert viewer.get("/buckets/photos/image?key=none.png").status_code == 404


def test_buckets_of_folders_and_of_other_stores_are_for_administrators(
    server: ConsoleServer, tmp_path_factory: Any
) -> None:
    folder = tmp_path_factory.mktemp("linked")
    (folder / "note.txt").write_text("from the folder")
    server.application.objects.link_bucket("notes", folder)
    requester, admin = server.visitor(Role.REQUESTER), server.visitor(Role.ADMIN)
    page = requester.get("/buckets/notes").text
    assert "note.txt" in page and "read-only" in page and "tp-upload" not in page
    assert requester.post("/buckets/notes/delete").status_code == 403
    assert requester.get("/buckets/add-remote").status_code == 403
    values = {
        "name": "far",
        "bucket": "b",
        "region": "us-east-1",
        "access_key_id": "AKIA",
        "secret": "hush hush",
    }
    called = admin.post("/buckets/add-remote", **values, endpoint="http://127.0.0.1:9", show_call="1").text
    assert "trigpoint bucket add-remote far" in html.unescape(called) and "hush hush" not in called
    wrong = admin.post("/buckets/add-remote", **values, endpoint="ftp://elsewhere")
    assert (
        wrong.status_code == 400 and "hush hush" not in wrong.text and 'value="ftp://elsewhere"' in wrong.text
    )
    assert admin.post("/buckets/notes/delete").status_code == 303 and (folder / "note.txt").exists()


def test_a_form_without_a_script_uploads_several_files(server: ConsoleServer) -> None:
    requester, viewer = server.visitor(Role.REQUESTER), server.visitor(Role.VIEWER)
    objects = server.application.objects
    objects.create_bucket("photos")
    objects.put("photos", "in/same.txt", b"same")
    objects.put("photos", "in/other.txt", b"older")
    files = [("files", (name, content)) for name, content in _FILES.items()]
    assert _plain(viewer, files).status_code == 403
    forged = requester.browser.post("/console/buckets/photos/upload", data={"form_token": "x"}, files=files)
    assert forged.status_code == 403 and len(objects.list("photos").objects) == 2
    told = _plain(requester, files)
    assert told.status_code == 409 and "other.txt: An object of this name" in told.text
    assert objects.get("photos", "in/new.txt") == b"new" and objects.get("photos", "in/other.txt") == b"older"
    replaced = _plain(requester, files, existing="replace")
    assert replaced.status_code == 303 and objects.get("photos", "in/other.txt") == b"newer"
    assert "Uploaded files: 3." in requester.get("/buckets/photos?notice=files-uploaded&about=3").text


_FILES = {"same.txt": b"same", "other.txt": b"newer", "new.txt": b"new"}


def _plain(visitor: Visitor, files: Any, **fields: str) -> httpx.Response:
    data = {"form_token": form_token(visitor.get("/settings")), "prefix": "in/", **fields}
    return visitor.browser.post("/console/buckets/photos/upload", data=data, files=files)


def test_a_large_file_goes_on_where_it_ended_and_is_not_sent_twice(server: ConsoleServer) -> None:
    requester = server.visitor(Role.REQUESTER)
    objects = server.application.objects
    objects.create_bucket("photos")
    content = bytes(range(256)) * (PART_BYTES // 256) + b"the rest"
    file = {"bucket": "photos", "key": "large.bin", "size": len(content), "modified": 17, "type": ""}
    begun = _call(requester, "begin", file).json()
    assert begun["outcome"] == "parts" and begun["partBytes"] == PART_BYTES and begun["received"] == []
    part = {"upload": begun["upload"], "part": "1"}
    damaged = _send(requester, "part", file, content[:PART_BYTES], **part, crc32=_crc32(b"other"))
    assert damaged.status_code == 400 and "CRC32" in damaged.json()["error"]["message"]
    assert (
        _send(
            requester, "part", file, content[:PART_BYTES], **part, crc32=_crc32(content[:PART_BYTES])
        ).json()
        == {}
    )
    early = _call(requester, "complete", {**file, **part, "crc32": _crc32(content)})
    assert early.status_code == 400 and "send the missing parts" in early.json()["error"]["message"]
    server.people.set_role(server.people.named("requester@example.com").id, Role.VIEWER)
    assert _send(requester, "part", file, b"the rest", upload=begun["upload"], part="2").status_code == 403
    server.people.set_role(server.people.named("requester@example.com").id, Role.REQUESTER)
    again = _call(requester, "begin", file).json()
    assert again["upload"] == begun["upload"] and again["received"] == [1]
    _send(requester, "part", file, b"the rest", upload=begun["upload"], part="2", crc32=_crc32(b"the rest"))
    assert _call(requester, "complete", {**file, **part, "crc32": _crc32(content)}).json() == {}
    assert objects.get("photos", "large.bin") == content
    assert _call(requester, "begin", file).json()["outcome"] == "compare"
    assert _call(requester, "begin", {**file, "crc32": _crc32(content)}).json()["outcome"] == "same"
    assert _call(requester, "begin", {**file, "crc32": _crc32(b"")}).json()["outcome"] == "exists"
    assert _call(requester, "begin", {**file, "size": 3}).json()["outcome"] == "exists"
    assert _call(requester, "begin", {**file, "size": 3, "replace": True}).json()["outcome"] == "whole"
    taken = _send(requester, "whole", {**file, "size": 3}, b"new", crc32=_crc32(b"new"))
    assert taken.status_code == 409 and objects.get("photos", "large.bin") == content


def _crc32(content: bytes) -> str:
    return base64.b64encode(zlib.crc32(content).to_bytes(4)).decode()


def _call(visitor: Visitor, name: str, body: dict[str, Any]) -> httpx.Response:
    headers = {"content-type": "application/json"}
    return visitor.browser.post(f"/console/api/uploads/{name}", content=json.dumps(body), headers=headers)


def _send(visitor: Visitor, name: str, file: dict[str, Any], content: bytes, **values: str) -> httpx.Response:
    headers = {"x-form-token": form_token(visitor.get("/settings"))}
    params = {**file, **values}
    return visitor.browser.post(
        f"/console/api/uploads/{name}", params=params, content=content, headers=headers
    )


def test_sample_photos_lead_to_a_filled_in_form_and_replace_nothing(server: ConsoleServer) -> None:
    requester, viewer = server.visitor(Role.REQUESTER), server.visitor(Role.VIEWER)
    assert "/console/sample-images" in requester.get("/first-steps").text
    assert "/console/sample-images" not in viewer.get("/first-steps").text
    sent = requester.post("/sample-images").headers["location"].removeprefix("/console")
    objects = server.application.objects
    photos = objects.list("samples", "street/").objects
    assert len(photos) == 24 and 300_000 < sum(each.size_bytes for each in photos) < 900_000
    assert b"CC0" in objects.get("samples", "LICENSE.txt")
    form = requester.get(sent).headers["location"].removeprefix("/console")
    page = requester.get(form).text
    assert 'value="s3://samples/street/"' in page and 'value="BoundingBox" checked' in page
    looked = requester.post(form, prefix="s3://samples/street/", name="street").headers["location"]
    assert "Car\nVan\nPerson" in requester.get(looked.removeprefix("/console")).text
    objects.put("samples", "street/street-01.jpg", b"mine")
    objects.delete("samples", "street/street-02.jpg")
    assert requester.post("/sample-images").status_code == 303
    assert objects.get("samples", "street/street-01.jpg") == b"mine"
    assert len(objects.list("samples", "street/").objects) == 24


def test_an_address_is_chosen_among_buckets_folders_and_objects(server: ConsoleServer) -> None:
    requester = server.visitor(Role.REQUESTER)
    store = server.application.objects
    store.create_bucket("photos")
    store.put("photos", "a.jpg", photo(1))
    for number in range(103):
        store.put("photos", f"many/<b>{number:03}.jpg", b"x")
    buckets = requester.get("/places?pick=folder").text
    assert (
        "/console/places?at=s3%3A%2F%2Fphotos%2F&amp;pick=folder" in buckets
        and "Use this folder" not in buckets
    )
    top = requester.get("/places?at=s3://photos/&pick=folder").text
    assert 'data-take="s3://photos/"' in top and 'data-take="s3://photos/a.jpg"' not in top
    page = requester.get("/places?at=s3://photos/many/&pick=object").text
    assert 'data-take="s3://photos/many/&lt;b&gt;099.jpg"' in page and "Use this folder" not in page
    following = re.search(r'rel="next" href="/console([^"]+)"', page)
    assert following is not None
    rest = requester.get(html.unescape(following[1])).text
    assert rest.count("data-take") == 3 and 'rel="next"' not in rest
    assert requester.get("/places?at=s3://photos/many/&q=%3Cb%3E00").text.count("data-take") == 11
    missing = requester.get("/places?at=s3://no-such-bucket/").text
    assert "create it first" in missing and "data-take" not in missing
    for form, field in (("/labeling-jobs/create", "Folder"), ("/models/create", "Model data")):
        assert f'aria-label="Browse: {field}' in requester.get(form).text


def test_unfinished_uploads_are_listed_resumed_and_deleted(server: ConsoleServer) -> None:
    requester, viewer = server.visitor(Role.REQUESTER), server.visitor(Role.VIEWER)
    store = server.application.objects
    store.create_bucket("photos")
    assert "Unfinished uploads" not in requester.get("/buckets/photos").text
    upload = store.create_upload("photos", "day/<b>.tar")
    store.upload_part("photos", "day/<b>.tar", upload.id, 1, b"x" * 3000)
    assert "/console/buckets/photos/unfinished" in requester.get("/buckets/photos").text
    page = requester.get("/buckets/photos/unfinished").text.split("<main")[1]
    assert "day/&lt;b&gt;.tar" in page and "3 kB" in page.replace("3.0", "3") and "<b>" not in page
    resume = re.search(r'href="/console(/buckets/photos\?prefix=day[^"]+)"', page)
    assert resume is not None
    assert "Parts that arrived are not sent again" in requester.get(html.unescape(resume[1])).text
    assert "Resume" not in viewer.get("/buckets/photos/unfinished").text
    fields = {"key": "day/<b>.tar", "id": upload.id}
    shown = requester.post("/buckets/photos/unfinished/delete", **fields, show_call="1").text
    assert "abort-multipart-upload" in shown and store.list_uploads("photos").uploads
    assert requester.post("/buckets/photos/unfinished/delete", **fields).status_code == 303
    assert not store.list_uploads("photos").uploads
