"""Streams of changes: from the database, to those who may see them, and bounded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from helpers.cast import PASSWORD
from helpers.console import ConsoleServer
from helpers.live_server import serving
from trigpoint.core.clock import SystemClock
from trigpoint.server.console.live import MOST_STREAMS_PER_PERSON, Live
from trigpoint.settings import Settings
from trigpoint.workforce.people import Role

LIVE = "/console/live"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[ConsoleServer, httpx.Client]]:
    """A running server with a job, and a viewer."""
    server = ConsoleServer(Settings(data_dir=tmp_path / "data"), SystemClock())
    server.invited("vera@example.com", Role.VIEWER)
    server.create_job("street")
    with serving(server.application.asgi) as url, httpx.Client(base_url=url, timeout=20) as client:
        fields = {"user_name": "vera@example.com", "password": PASSWORD}
        assert client.post("/console/sign-in", data=fields).status_code == 303
        yield server, client
    server.close()


def test_a_stream_reports_each_change_with_its_version_and_what_was_missed(
    site: tuple[ConsoleServer, httpx.Client],
) -> None:
    server, client = site
    topic = "labeling-job:street"
    shown = server.application.console_live.version(topic)
    with client.stream("GET", LIVE, params={"topic": topic, "since": shown}) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        assert next(lines) == "retry: 2000"
        server.aws("sagemaker", "StopLabelingJob", {"LabelingJobName": "street"})
        assert "event: changed" in lines
        changed = next(lines).removeprefix("id: ")
        assert changed == server.application.console_live.version(topic) != shown
    # A browser that was away reports what it saw last.
    for headers, query in (({"last-event-id": shown}, changed), ({}, shown)):
        with client.stream("GET", LIVE, params={"topic": topic, "since": query}, headers=headers) as stream:
            assert "event: changed" in stream.iter_lines()


def test_streams_are_for_people_with_a_role_about_things_that_exist_and_bounded(
    site: tuple[ConsoleServer, httpx.Client],
) -> None:
    _, client = site
    assert client.get(LIVE, params={"topic": "no-such-topic"}).status_code == 404
    assert httpx.get(f"{client.base_url}{LIVE}", params={"topic": "labeling-jobs"}).status_code == 303
    lines: list[Iterator[str]] = []
    with ExitStack() as open_streams:
        for _ in range(MOST_STREAMS_PER_PERSON):
            stream = open_streams.enter_context(client.stream("GET", LIVE, params={"topic": "labeling-jobs"}))
            lines.append(stream.iter_lines())  # a response ends with its iterator
            assert next(lines[-1]) == "retry: 2000"
        with client.stream("GET", LIVE, params={"topic": "labeling-jobs"}) as refused:
            assert refused.status_code == 429


def test_streams_end_when_the_server_stops() -> None:
    async def received() -> list[str]:
        live = Live({"weather": lambda name: "rain"})
        stream = live._events("weather", "", "vera", live.version("weather:"))
        lines = [await anext(stream)]
        rest = asyncio.create_task(_all(stream))
        await asyncio.sleep(0)
        live.end()
        return lines + await asyncio.wait_for(rest, 30)

    assert "changed" not in "".join(asyncio.run(received()))


async def _all(stream: AsyncIterator[str]) -> list[str]:
    return [each async for each in stream]
