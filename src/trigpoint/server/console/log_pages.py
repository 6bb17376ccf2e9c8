"""The log of a program on a page: its streams, and the last lines of one or those before them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from trigpoint.core.errors import NotFound
from trigpoint.server.console.page import PageRequest

PAGE_LINES = 1000


@dataclass(frozen=True, slots=True)
class LogPage:
    """Lines of one of several streams.

    earlier: the token of the lines before these; "" if there are none.
    is_end: whether nothing was logged after these lines.
    """

    streams: Sequence[str] = ()
    stream: str = ""
    lines: Sequence[tuple[datetime, str]] = ()
    earlier: str = ""
    is_end: bool = True


def read_log(page: PageRequest, group: str, prefix: str, lines: int = PAGE_LINES) -> LogPage:
    """The log of the streams that begin with `prefix`; the address chooses one with `log` and a place with `before`."""
    try:
        narrowed = {"logStreamNamePrefix": prefix} if prefix else {}
        found = page.call("logs", "DescribeLogStreams", logGroupName=group, **narrowed)
    except NotFound:  # nothing has been logged yet
        return LogPage()
    streams = [each["logStreamName"] for each in found["logStreams"]]
    if not streams:
        return LogPage()
    stream = page.query.get("log", "")
    stream = stream if stream in streams else streams[0]
    before = page.query.get("before", "")[:200]
    place = {"nextToken": before} if before else {}
    shown = page.call(
        "logs",
        "GetLogEvents",
        logGroupName=group,
        logStreamName=stream,
        limit=lines,
        startFromHead=False,
        **place,
    )
    events = shown["events"]
    earlier = shown["nextBackwardToken"]
    return LogPage(
        streams,
        stream,
        [(datetime.fromtimestamp(each["timestamp"] / 1000, UTC), each["message"]) for each in events],
        earlier if len(events) == lines else "",
        not before,
    )
