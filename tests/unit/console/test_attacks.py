"""What hostile people send to the console: images that are bombs, lies about uploads, two hands in one draft."""

from __future__ import annotations

import base64
import io
import json
import struct
import threading
import time
import zlib
from pathlib import Path
from urllib.parse import quote

import httpx
from PIL import Image

from helpers.console import ConsoleServer, Visitor
from helpers.portal import form_token
from trigpoint.server.console.labeling_setup.draft_values import FORM
from trigpoint.workforce.form_drafts import FormDrafts
from trigpoint.workforce.people import Role

QUICK_S = 30
"""Many times what an image takes on a busy machine."""


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, pixels: bytes, *more: bytes) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _long_gif() -> bytes:
    frames = [Image.new("P", (64, 64), k % 7) for k in range(300)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:] * 33)
    return file.getvalue()


BOMBS = {
    "huge.png": (lambda: _png(50_000, 50_000, zlib.compress(bytes(10_000_000))), 400),
    "wide.png": (lambda: _png(2_000_000_000, 1, zlib.compress(b"")), 400),
    "text.png": (
        lambda: _png(
            8, 8, zlib.compress(bytes(72)), _chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(200 << 20)))
        ),
        400,
    ),
    "frames.gif": (_long_gif, 200),
    "script.png": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", 400),
    "cut.jpg": (lambda: b"\xff\xd8\xff\xe0\x00\x10JFIF", 400),
    "nothing.webp": (lambda: b"", 400),
}


def test_images_that_are_bombs_are_refused_in_time_and_leave_the_server_well(server: ConsoleServer) -> None:
    viewer, store = server.visitor(Role.VIEWER), server.application.objects
    store.create_bucket("photos")
    Image.new("RGB", (640, 480), "red").save(file := io.BytesIO(), "JPEG")
    store.put("photos", "good.jpg", file.getvalue())
    for name, (made, status) in BOMBS.items():
        store.put("photos", name, made())
        began_s = time.monotonic()
        answer = viewer.get(f"/buckets/photos/thumbnail?key={name}")
        assert answer.status_code == status, (name, answer.text[-300:])
        assert time.monotonic() - began_s < QUICK_S, name
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert viewer.get("/buckets/photos/thumbnail?key=good.jpg").status_code == 200


LIES: list[tuple[dict[str, str], int]] = [
    ({"part": "0"}, 400),
    ({"part": "10001"}, 400),
    ({"part": "99999999999999999"}, 400),
    ({"part": "-1"}, 400),
    ({"part": "\u0663"}, 400),
    ({"upload": "../../secret.key"}, 404),
    ({"upload": "\0"}, 404),
    ({"bucket": "../data"}, 404),
    ({"bucket": "other"}, 404),
    ({"key": "other.bin"}, 404),
    ({"key": ""}, 404),
    ({"size": "1e9"}, 400),
    ({"crc32": "AAAAAA=="}, 400),
]


def test_a_part_that_lies_about_itself_is_refused(server: ConsoleServer) -> None:
    requester = server.visitor(Role.REQUESTER)
    server.application.objects.create_bucket("photos")
    server.application.objects.create_bucket("other")
    file = {"bucket": "photos", "key": "large.bin", "size": str(9 << 20), "modified": "1"}
    begun = _begin(requester, file).json()
    for changes, status in LIES:
        part = {**file, "upload": begun["upload"], "part": "1", "crc32": _crc32(b"x"), **changes}
        answer = _send(requester, "part", part, b"x")
        assert answer.status_code == status, (changes, answer.text)
    found = _begin(requester, file).json()
    assert (found["upload"], found["received"]) == (begun["upload"], [])
    for size in (10**17, (313 << 30) + 1):
        answer = _begin(requester, {**file, "key": "new.bin", "size": str(size)})
        assert answer.status_code == 400 and "aws s3 cp" in answer.json()["error"]["message"]


NAMES = ("../../secret.key", "/etc/passwd", "a/../../b", "..", "~/.ssh/x", "\\\\host\\x", "CON")


def test_the_name_of_a_file_never_leads_out_of_its_bucket(server: ConsoleServer) -> None:
    requester, store = server.visitor(Role.REQUESTER), server.application.objects
    store.create_bucket("photos")
    secret, before = server.settings.key_file.read_bytes(), _files(server)
    for key in NAMES:
        file = {"bucket": "photos", "key": key, "size": "1", "modified": "1", "crc32": _crc32(b"x")}
        sent = _send(requester, "whole", file, b"x")
        assert sent.status_code == 200, (key, sent.text)
        assert store.get("photos", key) == b"x"
    new = [path for path in _files(server) - before if "trigpoint.db" not in path.name]
    assert len(new) >= len(NAMES) and all(path.is_relative_to(server.settings.objects_dir) for path in new)
    assert server.settings.key_file.read_bytes() == secret


def _files(server: ConsoleServer) -> set[Path]:
    return {path for path in server.settings.data_dir.rglob("*") if path.is_file()}


def test_a_file_for_an_endpoint_is_refused_before_it_is_read(server: ConsoleServer) -> None:
    requester = server.visitor(Role.REQUESTER)
    fields = {"form_token": form_token(requester.get("/settings"))}
    files = {"file": ("large.jpg", bytes(9 << 20), "image/jpeg")}
    answer = requester.browser.post("/console/endpoints/e/upload", data=fields, files=files)
    assert answer.status_code == 413 and "8192 KiB" in answer.text


def test_what_two_hands_change_in_one_draft_is_kept_of_both(server: ConsoleServer) -> None:
    requester = server.visitor(Role.REQUESTER)
    drafts = FormDrafts(server.application.database, server.application.clock)
    person = server.people.named("requester@example.com").id
    draft = drafts.new_id()
    drafts.put(person, FORM, draft, {"name": "street"})
    names = ("title", "description", "labels", "prefix")
    hands = [server.signed_in("requester@example.com") for _ in names]
    token = [form_token(each.get("/settings")) for each in hands]

    def change(number: int) -> None:
        for turn in range(5):
            fields = {"form_token": token[number], names[number]: f"{names[number]} {turn}"}
            answer = hands[number].browser.post(f"/console/labeling-jobs/create/{draft}/save", data=fields)
            assert answer.status_code == 204, answer.text

    threads = [threading.Thread(target=change, args=(number,)) for number in range(len(names))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert drafts.get(person, FORM, draft) == {"name": "street", **{name: f"{name} 4" for name in names}}
    assert (
        server.visitor(Role.ADMIN).get(f"/labeling-jobs/create/{draft}").status_code == 404
    )  # somebody else's
    assert requester.get(f"/labeling-jobs/create/{draft}").status_code == 200


ADDRESSES = (
    "file:///etc/passwd",
    "http://127.0.0.1:1/x",
    "s3://../secret.key",
    "s3://none/x",
    "s3://photos/../../x",
)


def test_addresses_outside_of_the_buckets_are_not_read(server: ConsoleServer) -> None:
    requester = server.visitor(Role.REQUESTER)
    server.application.objects.create_bucket("photos")
    for uri in ADDRESSES:
        for path in (
            f"/buckets/photos/thumbnail?key={uri}",
            f"/buckets/photos/download?key={uri}",
            f"/buckets/{quote(uri, safe='')}/object?key=x",
            f"/buckets/photos/manifest?key={uri}",
        ):
            answer = requester.get(path)
            assert answer.status_code in (400, 404), (path, answer.status_code)
            assert "root:" not in answer.text


def _begin(visitor: Visitor, file: dict[str, str]) -> httpx.Response:
    headers = {"content-type": "application/json"}
    return visitor.browser.post("/console/api/uploads/begin", content=json.dumps(file), headers=headers)


def _send(visitor: Visitor, name: str, file: dict[str, str], content: bytes) -> httpx.Response:
    headers = {"x-form-token": form_token(visitor.get("/settings"))}
    return visitor.browser.post(f"/console/api/uploads/{name}", params=file, content=content, headers=headers)


def _crc32(content: bytes) -> str:
    return base64.b64encode(zlib.crc32(content).to_bytes(4)).decode()
