"""Streams of changes: from the database, to those who may see them, and bounded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from helpers.cast import PASSWORD
from helpers.console import ConsoleServer
from helpers.live_server import serving
from helpers.processes import wait_for
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
    opened = asyncio.run(_burst(client, 2 * MOST_STREAMS_PER_PERSON))
    assert sorted(opened) == [200] * MOST_STREAMS_PER_PERSON + [429] * MOST_STREAMS_PER_PERSON
    # Those of a browser that never read them, and then left, do not count any more.
    wait_for(lambda: asyncio.run(_burst(client, 1)) == [200], "the end of the streams")


async def _burst(client: httpx.Client, count: int) -> list[int]:
    """The statuses of streams that are opened at the same time, and never read."""
    async with httpx.AsyncClient(base_url=client.base_url, cookies=client.cookies, timeout=20) as browser:
        requests = [
            browser.build_request("GET", LIVE, params={"topic": "labeling-jobs"}) for _ in range(count)
        ]
        found = await asyncio.gather(*(browser.send(request, stream=True) for request in requests))
        statuses = [each.status_code for each in found]
        for each in found:
            await each.aclose()
        return statuses


def test_streams_end_when_the_server_stops() -> None:
    async def received() -> list[str]:
        live = Live({"weather": lambda name: "rain"})
        stream = live._events("weather", "", live.version("weather:"))
        lines = [await anext(stream)]
        rest = asyncio.create_task(_all(stream))
        await asyncio.sleep(0)
        live.end()
        return lines + await asyncio.wait_for(rest, 30)

    assert "changed" not in "".join(asyncio.run(received()))


async def _all(stream: AsyncIterator[str]) -> list[str]:
    return [each async for each in stream]
