"""Every request to the portal is answered or refused: never a 500, never a hang."""

from __future__ import annotations

import http.client
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from starlette.routing import BaseRoute, Mount
from starlette.testclient import TestClient

from helpers.live_server import serving
from helpers.portal import Portal, form_token, make_portal
from trigpoint.core.clock import FakeClock
from trigpoint.core.json_size import MAX_VALUES
from trigpoint.db import Database
from trigpoint.server.web.bodies import MAX_BODY_BYTES
from trigpoint.server.web.guards import GuardedRoute
from trigpoint.server.web.site import MAX_FORM_BYTES
from trigpoint.settings import Settings

HANG_S = 30.0
COOKIE = "trigpoint_session"
Answer = tuple[int, bytes]


class Visited:
    """A portal on a real port with an open job, and a worker who is signed in."""

    def __init__(self, portal: Portal, url: str) -> None:
        self.portal = portal
        self.port = urlsplit(url).port or 0
        self.session = portal.cast.people.sessions.open(portal.cast.bob)
        self.task = portal.tasks.next(portal.cast.bob, "boxes-1")
        assert self.task is not None

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HANG_S)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body or None, {"Cookie": f"{COOKIE}={self.session}", **named})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def api(self, path: str, body: bytes) -> Answer:
        return self.send("POST", f"/portal/api/{path}", body, Content_Type="application/json")

    def form(self, path: str, body: bytes) -> Answer:
        return self.send("POST", f"/portal/{path}", body, Content_Type="application/x-www-form-urlencoded")


@pytest.fixture(scope="module")
def visited(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visited]:
    folder: Path = tmp_path_factory.mktemp("visited")
    settings = Settings(data_dir=folder / "data")
    settings.data_dir.mkdir()
    portal = make_portal(module_database, settings, FakeClock(datetime.now(UTC)))
    portal.open_job(images=90)
    with serving(portal.app) as url:
        yield Visited(portal, url)


def routes(found: list[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    for route in found:
        if isinstance(route, Mount):
            yield from routes(route.routes, prefix + route.path)
        elif isinstance(route, GuardedRoute):
            yield from ((method, prefix + route.path) for method in sorted(route.methods or ()))


ODD_NAMES = [
    "%00",
    "a%00b",
    "%ff%fe",
    "%ed%a0%80",
    "..",
    "%2e%2e%2f",
    "a" * 8000,
    "%F0%9F%9A%97",
    "'",
    "{{1}}",
    "%0d%0aX:y",
]
ODD_FORMS = [
    b"",
    b"&" * MAX_FORM_BYTES,
    b"&=" * 20_000,
    b"a=b&" * 1000,
    b"user_name=%00&password=%00",
    b"user_name=%ff&password=%ff",
    b"user_name=%ed%a0%80&password=\xff\xfe",
    b"user_name=" + b"a" * 60_000 + b"&password=" + b"%F0%9F%9A%97" * 10,
    b"%" * 30_000,
    b"old_password=%00&new_password=%00aaaaaaaaaa&repeat_password=%00aaaaaaaaaa",
    b"user_name=bob&user_name=carol&password=x&next=//evil&next=%0d%0a",
]
NUMBERS = [
    b"1" * 400,
    b"-" + b"1" * 400,
    b"1" * 5000,
    b"1e400",
    b"-1e400",
    b"NaN",
    b"Infinity",
    b"1e-400",
    b"-1",
    b"true",
    b"null",
    b'"1"',
    b"[]",
    b"18446744073709551616",
]
ODD_JSON = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"x"',
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"answer":' * 500 + b"1" + b"}" * 500,
    b'{"state":' * 900 + b"1" + b"}" * 900,
    b'{"answer":{"a":"\\ud800"}}',
    b'{"answer":{"\\ud800":1}}',
    b'{"answer":{"a":"\\u0000"}}',
    b'{"answer":{"\\u0000":1}}',
    b'{"state":"\\u0000"}',
    b'{"answer":{"":""},"state":{"":""},"draft":{"version":"\\u0000","basedOn":["\\u0000"]}}',
    b'{"draft":{"version":1,"basedOn":{}}}',
    b'{"draft":[]}',
    b'{"answer":{"boundingBox":{"boundingBoxes":[{"left":'
    + b"1" * 400
    + b',"top":0,"width":1,"height":1,"label":"car"}]}}}',
]
ODD_JSON += [b'{"answer":{},"state":{},"timeSpentSeconds":%s}' % number for number in NUMBERS]
ODD_JSON += [b'{"answer":{"a":%s},"state":{"a":%s}}' % (number, number) for number in NUMBERS]


def test_no_body_of_an_api_call_is_a_failure(visited: Visited) -> None:
    calls = [path for method, path in routes(visited.portal.app.starlette.routes) if method == "POST"]
    for path in calls:
        if "/api/" not in path:
            continue
        for body in ODD_JSON:
            task = visited.portal.tasks.next(visited.portal.cast.bob, "boxes-1")
            assert task is not None, "the job has too few images"
            target = path.format(job="boxes-1", assignment=task.id).removeprefix("/portal/api/")
            status, reply = visited.api(target, body)
            assert status < 500, (target, body[:200], status, reply)
            if status != 200:
                continue
            for page in (f"api/assignments/{task.id}", f"assignments/{task.id}"):
                status, reply = visited.send("GET", f"/portal/{page}")
                assert status < 500, (target, body[:200], page, status, reply)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"state":' * 101 + b"1" + b"}" * 101, b"nested too deeply"),
        (b'{"state":%s}' % (b"1" * 400), b"`state` must be a number"),
        (b'{"timeSpentSeconds":%s}' % (b"1" * 400), b"`timeSpentSeconds` must be a number"),
        (b'{"timeSpentSeconds":-%s,"state":1}' % (b"1" * 5000), b"`timeSpentSeconds` must be a number"),
        (b'{"timeSpentSeconds":NaN}', b"`timeSpentSeconds` must be a number"),
        (b'{"draft":{"version":%s}}' % (b"1" * 400), b"`draft.version` must be a number"),
        (b'{"state":[1,{"boxes":[0,1e999]}]}', b"`state[1].boxes[1]` must be a number"),
        (b'{"state":{"\\u202e%s":1e999}}' % (b"a" * 500), b"`state.\\\\u202eaaa"),
        (b'{"state":NaN}', b"`state` must be a number"),
        (b'{"state":"\\ud800"}', b"not valid JSON"),
    ],
)
def test_what_others_could_not_read_is_refused_with_the_reason(
    visited: Visited, body: bytes, said: bytes
) -> None:
    status, reply = visited.api("assignments/any/save", body)
    assert status == 400 and said in reply, reply


def test_a_body_of_very_many_values_is_refused_before_it_is_parsed(visited: Visited) -> None:
    """The parser would let no other request pass."""
    for piece in (b"[],", b'{"a":1},', b"1,"):
        body = b'{"state":[' + piece * MAX_VALUES + b"1]}"
        status, reply = visited.api("assignments/any/save", body)
        assert (status, b"too many values" in reply) == (413, True), reply


def test_a_large_text_is_not_many_values(visited: Visited) -> None:
    task = visited.portal.tasks.next(visited.portal.cast.bob, "boxes-1")
    assert task is not None, "the job has too few images"
    body = b'{"state":"%s"}' % (b"a" * (12 << 20))
    assert visited.api(f"assignments/{task.id}/save", body) == (200, b'{"saved":true}')


def test_no_form_is_a_failure(visited: Visited) -> None:
    for path in ("sign-in", "sign-out", "password"):
        for body in ODD_FORMS:
            status, reply = visited.form(path, body)
            assert status < 500, (path, body[:100], status, reply[-300:])


def test_no_name_in_a_path_or_query_is_a_failure(visited: Visited) -> None:
    for method, path in routes(visited.portal.app.starlette.routes):
        for name in ODD_NAMES:
            target = path.format(job=name, assignment=name)
            for query in ("", f"?next={name}&token={name}&notice={name}&signed-out={name}"):
                headers = {"Content_Type": "application/json"} if method == "POST" else {}
                status, reply = visited.send(method, target + query, **headers)
                assert status < 500, (method, target[:80], status, reply[-300:])


def test_no_header_is_a_failure(visited: Visited) -> None:
    odd = [
        "",
        "\x01\x7f",
        "\xff\xfe",
        "a" * 15_000,
        "=;=;",
        ",".join("a" * 3000),
        "multipart/form-data",
        "multipart/form-data; boundary=" + "b" * 300,
    ]
    for name in (
        "Cookie",
        "Content_Type",
        "Origin",
        "Accept",
        "Sec_Fetch_Site",
        "X_Forwarded_For",
        "If_None_Match",
        "Range",
    ):
        for value in odd:
            for method, path in (
                ("GET", "/portal/"),
                ("POST", "/portal/sign-in"),
                ("POST", "/portal/api/jobs/boxes-1/next"),
            ):
                try:
                    status, reply = visited.send(
                        method, path, b"--b\r\n" if method == "POST" else b"", **{name: value}
                    )
                except http.client.HTTPException:
                    continue
                assert status < 500, (name, value[:50], method, path, reply[-300:])


def test_random_changes_of_a_valid_answer_are_answered_or_refused(visited: Visited) -> None:
    chance = random.Random(5)
    assert visited.task is not None
    valid = json.dumps({"state": {"boxes": [1, 2.5, "x"]}, "timeSpentSeconds": 3, "draft": None}).encode()
    for _ in range(200):
        changed = bytearray(valid)
        for _ in range(chance.randint(1, 4)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        status, reply = visited.api(f"assignments/{visited.task.id}/save", bytes(changed))
        assert status < 500, (bytes(changed), reply)


@pytest.mark.parametrize(
    ("path", "content_type", "size"),
    [
        ("/portal/sign-in", "application/x-www-form-urlencoded", 20_000_000),
        ("/portal/sign-in", "multipart/form-data; boundary=b", MAX_FORM_BYTES + 1),
        ("/portal/sign-out", "application/x-www-form-urlencoded", MAX_FORM_BYTES + 1),
        ("/portal/password", "application/x-www-form-urlencoded", MAX_FORM_BYTES + 1),
        ("/portal/api/jobs/boxes-1/next", "application/json", MAX_BODY_BYTES + 1),
    ],
)
@pytest.mark.parametrize("announced", [True, False])
def test_a_body_beyond_the_limit_is_refused(
    visited: Visited, path: str, content_type: str, size: int, announced: bool
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", visited.port, timeout=HANG_S)
    connection.putrequest("POST", path)
    connection.putheader("Cookie", f"{COOKIE}={visited.session}")
    connection.putheader("Content-Type", content_type)
    connection.putheader(*(("Content-Length", str(size)) if announced else ("Transfer-Encoding", "chunked")))
    connection.endheaders()
    if not announced:
        # a part of a form, so that only its length is wrong
        head = (
            b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n' if "multipart" in content_type else b""
        )
        for piece in (head + b"&" * MAX_FORM_BYTES, *[b"&" * MAX_FORM_BYTES] * (size // MAX_FORM_BYTES)):
            connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        connection.send(b"0\r\n\r\n")
    answer = connection.getresponse()
    assert answer.status == 413
    assert b"larger than" in answer.read()
    connection.close()


def test_the_form_of_a_page_still_works(visited: Visited) -> None:
    visitor: TestClient = visited.portal.visitor()
    visitor.cookies.set(COOKIE, visited.session)
    token = form_token(visitor.get("/portal/password"))
    done = visitor.post(
        "/portal/password",
        data={"form_token": token, "old_password": "x", "new_password": "y", "repeat_password": "z"},
    )
    assert done.status_code == 400 and "differ" in done.text
