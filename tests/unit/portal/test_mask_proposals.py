"""Masks that the operator's model proposes: the documented model server, and models that misbehave."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from helpers.mask_model import documented_model, model_at
from helpers.portal import make_portal
from trigpoint.core.clock import SystemClock
from trigpoint.core.errors import Invalid
from trigpoint.db import Database
from trigpoint.hosting.model_address import NoReply
from trigpoint.labeling.proposal_work import Part, Point, Pointing, prepare, read
from trigpoint.labeling.proposals import Predict
from trigpoint.settings import Settings

CAR = [50, 170, 210, 280]
"""A box around the red car of the first picture."""


@pytest.fixture
def ask(sqlite_database: Database, settings: Settings) -> Callable[..., Any]:
    """Asks for a proposal as Bob, in his open task."""
    settings.data_dir.mkdir()
    sessions: dict[int, tuple[TestClient, str]] = {}

    def ask(predict: Predict | None, body: dict[str, Any], who: str = "bob") -> Any:
        if id(predict) not in sessions:
            portal = make_portal(sqlite_database, settings, SystemClock(), predict=predict)
            portal.open_job(images=1)
            bob = portal.signed_in("bob")
            task = bob.post("/portal/api/jobs/boxes-1/next", json={}).json()["assignment"]
            assert task["proposesMasks"] is (predict is not None)
            sessions[id(predict)] = portal.signed_in("dave") if who == "dave" else bob, task["assignmentId"]
        client, assignment = sessions[id(predict)]
        return client.post(f"/portal/api/assignments/{assignment}/propose", json=body)

    return ask


@pytest.fixture
def documented_server(tmp_path: Path) -> Iterator[str]:
    with documented_model(tmp_path) as url:
        yield url


def test_the_documented_server_finds_the_car_of_the_workers_own_task(
    ask: Any, documented_server: str
) -> None:
    found = ask(model_at(documented_server), {"box": CAR, "hints": [[120, 200, 1]]})
    assert found.status_code == 200, found.text
    answer = found.json()
    rect, size = answer["rect"], answer["size"]
    assert size == {"width": rect["width"], "height": rect["height"]}, "a small part is sent as it is"
    inside = np.repeat(np.arange(len(answer["runs"])) % 2 == 1, answer["runs"]).reshape(size["height"], -1)
    rows, columns = np.nonzero(inside)
    left, top = rect["left"] + columns.min(), rect["top"] + rows.min()
    right, bottom = rect["left"] + columns.max(), rect["top"] + rows.max()
    assert np.abs(np.array([left, top, right, bottom]) - [60, 180, 200, 270]).max() <= 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"box": [1, 2, 3]},
        {"box": [1, 2, 3, "4"]},
        {"box": [1, 2, 3, 1e300]},
        {"box": [True, 2, 3, 4]},
        {"box": CAR, "outline": [[1, 2]]},
        {"box": CAR, "hints": [[1, 2, 1]] * 65},
        {"box": CAR, "hints": [[1, 2]]},
    ],
)
def test_a_request_that_is_not_of_numbers_is_refused_with_the_field(ask: Any, body: dict[str, Any]) -> None:
    refused = ask(lambda _: b"", body)
    assert refused.status_code == 400
    assert refused.json()["error"]["message"].startswith("`")


def test_nobody_else_gets_a_proposal(ask: Any) -> None:
    asked: list[bytes] = []
    assert ask(lambda body: asked.append(body) or b"", {"box": CAR}, who="dave").status_code == 404
    assert asked == []


def test_without_a_model_there_is_no_proposal(ask: Any) -> None:
    refused = ask(None, {"box": CAR})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "Invalid")


def test_a_worker_waits_for_their_proposal_before_they_get_another(ask: Any) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def slow(_: bytes) -> bytes:
        begun.set()
        may_end.wait(30)
        raise Invalid("no mask")

    statuses: list[int] = []
    first = threading.Thread(target=lambda: statuses.append(ask(slow, {"box": CAR}).status_code))
    first.start()
    assert begun.wait(30)
    assert ask(slow, {"box": CAR}).status_code == 429
    may_end.set()
    first.join()
    assert statuses == [503]
    assert ask(slow, {"box": CAR}).status_code == 503, "the first one is over"


@pytest.mark.parametrize(
    ("box", "status"),
    [([900, 900, 950, 950], 503), ([100, 100, 100, 200], 503), ([-50, -50, 5000, 5000], 200)],
)
def test_a_box_is_cut_at_the_edges_of_the_image(ask: Any, box: list[int], status: int) -> None:
    def all_of_it(body: bytes) -> bytes:
        content = json.loads(body)
        return png(Image.new("L", (content["width"], content["height"]), 255))

    found = ask(all_of_it, {"box": box})
    assert found.status_code == status, found.text
    if status == 200:
        assert found.json()["rect"] == {"left": 0, "top": 0, "width": 480, "height": 360}


def png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


PART = Part(0, 0, 40, 20, 4, 2)


def test_a_mask_becomes_runs_that_begin_outside() -> None:
    mask = Image.new("L", (4, 2))
    mask.putpixel((1, 0), 255)
    mask.putpixel((2, 0), 128)
    mask.putpixel((3, 0), 127)
    found = read(png(mask), PART)
    assert not isinstance(found, str) and found.runs == [1, 2, 5]
    whole = read(png(Image.new("1", (4, 2), 1)), PART)
    assert not isinstance(whole, str) and whole.runs == [0, 8]


def test_a_reply_that_is_no_mask_is_named() -> None:
    noise = np.indices((1024, 1024)).sum(axis=0) % 2 * 255
    large = Part(0, 0, 1024, 1024, 1024, 1024)
    problems = [
        read(b"", PART),
        read(b"{}", PART),
        read(png(Image.new("L", (2, 4), 255)), PART),
        read(png(Image.new("L", (4, 2))), PART),
        read(b"x" * 5_000_000, PART),
        read(png(Image.new("L", (4, 2), 255))[:43], PART),
        read(png(Image.fromarray(noise.astype(np.uint8))), large),
    ]
    words = ["is empty", "not an image", "2 x 4", "is empty", "5000000 bytes", "broken", "runs of pixels"]
    for problem, word in zip(problems, words, strict=True):
        assert isinstance(problem, str) and word in problem, problem


def test_a_large_part_is_sent_smaller_with_its_coordinates() -> None:
    image = png(Image.new("RGB", (6000, 3000), "red"))
    prepared = prepare(image, Pointing(1000, 1000, 3000, 2000, (), (Point(2000, 1500, False),)))
    assert not isinstance(prepared, str)
    part, content = prepared.part, json.loads(prepared.body)
    assert (part.left, part.top, part.width, part.sent_width) == (0, 500, 4001, 1024)
    sent = Image.open(io.BytesIO(base64.b64decode(content["image"])))
    assert sent.size == (content["width"], content["height"]) == (part.sent_width, part.sent_height)
    assert content["hints"] == [
        [round(2000 * 1024 / 4001, 1), round(1000 * part.sent_height / part.height, 1), 0]
    ]
    assert isinstance(prepare(b"no image", Pointing(0, 0, 10, 10)), str)


def test_an_address_that_fails_or_sends_too_much_gives_no_reply() -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(500 if self.path == "/fails" else 200)
            self.end_headers()
            for _ in range(1 if self.path == "/fails" else 300):
                self.wfile.write(b"out of memory" * 100)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    try:
        with pytest.raises(NoReply, match="answered 500: out of memory"):
            model_at(f"{base}/fails")(b"{}")
        with pytest.raises(NoReply, match="more than 100000 bytes"):
            model_at(f"{base}/endless")(b"{}")
    finally:
        server.shutdown()
        server.server_close()
    with pytest.raises(NoReply, match="gave no reply"):
        model_at(base)(b"{}")


@pytest.mark.parametrize(
    "value", ["sam", "http://127.0.0.1:8080/invocations", "https://models.example.com/a?b=c"]
)
def test_the_setting_is_a_name_or_an_address(value: str) -> None:
    assert Settings.load({"TRIGPOINT_SEGMENTATION_ENDPOINT": value}).segmentation_endpoint == value


@pytest.mark.parametrize("value", ["a b", "-a", "ftp://host", "http://user@host/", "a" * 64, "http://"])
def test_another_setting_is_refused(value: str) -> None:
    with pytest.raises(Invalid, match="TRIGPOINT_SEGMENTATION_ENDPOINT"):
        Settings.load({"TRIGPOINT_SEGMENTATION_ENDPOINT": value})
