"""A server that stops answers the requests in progress, and no thread waits for its ended loop."""

from __future__ import annotations

import asyncio
import gc
import threading
from pathlib import Path
from typing import Any, cast

import pytest
from anyio import to_thread
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trigpoint.core.clock import SystemClock
from trigpoint.server.aws_app import AwsApp
from trigpoint.server.http import BrokenOff, Incoming
from trigpoint.server.loop_step import LoopStep
from trigpoint.server.unfinished import Unfinished, on_break_off, on_stop
from trigpoint.services.dispatch import OperationTable
from trigpoint.settings import Settings

HEAD = {
    "type": "http",
    "scheme": "http",
    "method": "GET",
    "path": "/b/k",
    "query_string": b"AWSAccessKeyId=AKIA&Expires=99999999999&Signature=x",
    "headers": [(b"host", b"h")],
}


async def nothing() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


async def ignored(message: Message) -> None:
    pass


def broken_off(app: ASGIApp) -> list[Message]:
    """What the client of a request gets when the server stops during it."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def main() -> None:
        unfinished = Unfinished(app)
        request = asyncio.create_task(unfinished(dict(HEAD), nothing, send))
        await asyncio.sleep(0)
        await unfinished.break_off()
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)

    asyncio.run(main())
    return sent


def test_a_request_that_waits_is_answered_with_503() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    assert broken_off(app)[0]["status"] == 503


def test_a_request_whose_thread_is_busy_is_answered_with_503() -> None:
    freed = threading.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await to_thread.run_sync(freed.wait)

    async def freeing(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        finally:
            freed.set()

    assert broken_off(freeing)[0]["status"] == 503


def test_a_request_of_aws_whose_thread_is_busy_gets_503_in_its_protocol_and_a_late_failure_is_not_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    freed = threading.Event()
    asked = []

    def find_credential(access_key_id: str) -> None:
        asked.append(access_key_id)
        freed.wait()
        raise RuntimeError("the database is closed")

    settings = Settings(data_dir=tmp_path)
    aws = AwsApp(OperationTable({}), cast(Any, None), find_credential, settings, SystemClock())

    async def freeing(scope: Scope, receive: Receive, send: Send) -> None:
        await aws(scope, receive, send)
        freed.set()

    start, body = broken_off(freeing)[:2]
    assert asked
    assert start["status"] == 503
    assert b"<Code>ServiceUnavailable</Code>" in body["body"]
    for thread in threading.enumerate():
        if thread.name == "AnyIO worker thread":
            thread.join(30)
    assert "request.failed" not in caplog.text


def test_an_answer_that_has_begun_is_not_followed_by_another() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()

    assert [message.get("status") for message in broken_off(app)] == [200]


def test_an_answer_without_end_ends_when_the_server_stops() -> None:
    async def stopped() -> list[str]:
        done: list[str] = []
        begun, ended = asyncio.Event(), asyncio.Event()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            on_stop(scope, ended.set)
            begun.set()
            await ended.wait()
            done.append("by itself")

        unfinished = Unfinished(app)
        request = asyncio.create_task(unfinished(dict(HEAD), nothing, ignored))
        await begun.wait()
        unfinished.end_streams()
        await asyncio.wait_for(request, 30)
        return done

    assert asyncio.run(stopped()) == ["by itself"]


def test_a_request_that_receives_ends_by_itself() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        incoming = Incoming(receive, expects_continue=False)
        on_break_off(scope, incoming.break_off)
        with pytest.raises(BrokenOff):
            await incoming.chunk()
        with pytest.raises(BrokenOff):
            await incoming.chunk()
        await send({"type": "http.response.start", "status": 200, "headers": []})

    assert broken_off(app)[0]["status"] == 200


@pytest.mark.filterwarnings("error")
def test_a_step_in_a_closed_loop_is_broken_off() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    with pytest.raises(BrokenOff):
        LoopStep(nothing(), loop)
    gc.collect()


@pytest.mark.filterwarnings("error")
def test_a_step_that_a_loop_has_not_begun_when_it_closes_is_broken_off() -> None:
    loop = asyncio.new_event_loop()
    step = LoopStep(nothing(), loop)
    loop.close()
    with pytest.raises(BrokenOff):
        step.result()
    gc.collect()
