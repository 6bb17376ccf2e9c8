"""CloudWatch Logs, as far as the SDKs read them: groups, streams, events."""

from __future__ import annotations

import heapq
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice, takewhile
from pathlib import Path
from typing import Any, ClassVar

from trigpoint.compute.logs import Event, LogStreams, events_before, events_from, first_at
from trigpoint.compute.store import LogStream
from trigpoint.core.errors import Invalid
from trigpoint.core.paging import decode_token, encode_token
from trigpoint.services.context import RequestContext
from trigpoint.services.coverage import Fields, IgnoredField
from trigpoint.services.log_filters import matcher
from trigpoint.wire.errors import AwsError

MAX_EVENTS = 10_000
MAX_PAGE_BYTES = 1_048_576
EVENT_OVERHEAD_BYTES = 26
"""Source of the three: AWS's reference of GetLogEvents, "as many as fit in 1 MB, up to 10,000"."""
MAX_NAMES = 50

_TOKEN = re.compile(r"([fb])/(\d{1,56})/s")


class LogsOperations:
    """The reading operations."""

    FIELDS: ClassVar[Fields] = {
        "DescribeLogGroups": {
            "accountIdentifiers": IgnoredField("there is one account"),
            "includeLinkedAccounts": IgnoredField("there is one account"),
            "logGroupClass": IgnoredField("every group is of the class STANDARD"),
        },
        "GetLogEvents": {"unmask": IgnoredField("nothing is masked")},
        "FilterLogEvents": {
            "interleaved": IgnoredField("events of several streams are always interleaved, as on AWS"),
            "startFromHead": IgnoredField("events are always given from the first on"),
            "unmask": IgnoredField("nothing is masked"),
        },
    }

    def __init__(self, log_streams: LogStreams) -> None:
        self._log_streams = log_streams

    def describe_log_groups(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        prefix, pattern = request.get("logGroupNamePrefix"), request.get("logGroupNamePattern")
        if prefix and pattern:
            raise _invalid(
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
            )
        wanted = {_group_name(text) for text in request.get("logGroupIdentifiers") or ()}
        groups = [
            {
                "logGroupName": group.name,
                "creationTime": _ms(group.created_at),
                "metricFilterCount": 0,
                "arn": f"{_group_arn(ctx, group.name)}:*",
                "logGroupArn": _group_arn(ctx, group.name),
                "storedBytes": sum(_size_bytes(s.path) for s in self._log_streams.streams(group.name)),
                "logGroupClass": "STANDARD",
            }
            for group in self._log_streams.groups()
            if group.name.startswith(prefix or "")
            and (pattern or "").lower() in group.name.lower()
            and (not wanted or group.name in wanted)
        ]
        return _page("logGroups", groups, request)

    def describe_log_streams(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        group = _group_of(request)
        prefix = request.get("logStreamNamePrefix") or ""
        by_time = request.get("orderBy") == "LastEventTime"
        if by_time and prefix:
            raise _invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
        self._require_group(group)
        streams = [_describe(ctx, stream) for stream in self._log_streams.streams(group, prefix)]
        if by_time:
            streams.sort(key=lambda stream: (stream.get("lastEventTimestamp", 0), stream["logStreamName"]))
        if request.get("descending"):
            streams.reverse()
        return _page("logStreams", streams, request)

    def get_log_events(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        """Events in ascending order, and the tokens for the pages after and before them.

        At either end the token that was given comes back; the forward one yields what is written later.
        """
        path = self._require_stream(_group_of(request), request["logStreamName"]).path
        start, end = request.get("startTime", 0), request.get("endTime")
        limit = request.get("limit") or MAX_EVENTS
        direction, offset = _direction(request)
        if direction == "f":
            first = max(offset or 0, first_at(path, start))
            events = _fitting((e for e in events_from(path, first) if end is None or e.ms < end), limit)
        else:
            stop = (
                offset if end is None else min(first_at(path, end), offset if offset is not None else 1 << 62)
            )
            backwards = (e for e in events_before(path, stop) if e.ms >= start)
            events = _fitting(backwards, limit)[::-1]
        if events:
            forward, backward = events[-1].end, events[0].offset
        elif offset is None:
            forward = backward = first_at(path, start) if direction == "f" else _end_of(path)
        else:
            forward = backward = offset
        return {
            "events": [_output_event(event) for event in events],
            "nextForwardToken": _token("f", forward),
            "nextBackwardToken": _token("b", backward),
        }

    def filter_log_events(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        """Events of several streams in order of time, then of stream name."""
        streams = self._chosen_streams(request)
        try:
            matches = matcher(request.get("filterPattern"))
        except Invalid as error:
            raise _invalid(error.message) from error
        after = _place(request.get("nextToken"))
        start, end = request.get("startTime", 0), request.get("endTime")
        merged = heapq.merge(*(_keyed(stream, start, after) for stream in streams))
        in_time = takewhile(lambda each: end is None or each[0] <= end, merged)
        found = ((name, event) for _, name, _, event in in_time if matches(event.text))
        limit = request.get("limit") or MAX_EVENTS
        page = list(islice(found, limit + 1))
        answer: dict[str, Any] = {
            "events": [_filtered_event(name, event) for name, event in page[:limit]],
            "searchedLogStreams": [],
        }
        if len(page) > limit:
            name, event = page[limit - 1]
            answer["nextToken"] = encode_token({"ms": event.ms, "stream": name, "offset": event.offset})
        return answer

    def _chosen_streams(self, request: dict[str, Any]) -> Sequence[LogStream]:
        group = _group_of(request)
        names, prefix = request.get("logStreamNames"), request.get("logStreamNamePrefix")
        if names and prefix:
            raise _invalid("LogStreamNames and LogStreamNamePrefix are mutually exclusive parameters.")
        self._require_group(group)
        if names:
            return [self._require_stream(group, name) for name in sorted(set(names))]
        return self._log_streams.streams(group, prefix or "")

    def _require_group(self, group: str) -> None:
        if not any(found.name == group for found in self._log_streams.groups()):
            raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")

    def _require_stream(self, group: str, name: str) -> LogStream:
        stream = self._log_streams.stream(group, name)
        if stream is None:
            self._require_group(group)
            raise AwsError("ResourceNotFoundException", "The specified log stream does not exist.")
        return stream


def _direction(request: dict[str, Any]) -> tuple[str, int | None]:
    """`f` or `b` for reading forwards or backwards, and from where; None for the beginning or the end."""
    token = request.get("nextToken")
    if token is None:
        return ("f" if request.get("startFromHead") else "b"), None
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise _invalid("The specified nextToken is invalid.")
    return found[1], int(found[2])


def _token(direction: str, offset: int) -> str:
    return f"{direction}/{offset:056d}/s"


def _fitting(events: Iterable[Event], limit: int) -> list[Event]:
    """As many events as one page holds, at least one if there is one."""
    page: list[Event] = []
    size_bytes = 0
    for event in islice(events, limit):
        size_bytes += len(event.text.encode()) + EVENT_OVERHEAD_BYTES
        if page and size_bytes > MAX_PAGE_BYTES:
            break
        page.append(event)
    return page


def _keyed(
    stream: LogStream, start: int, after: tuple[int, str, int] | None
) -> Iterator[tuple[int, str, int, Event]]:
    """The stream's events with the place of each in the order of all streams, after `after`."""
    start = max(start, after[0]) if after else start
    for event in events_from(stream.path, first_at(stream.path, start)):
        place = (event.ms, stream.name, event.offset)
        if after is None or place > after:
            yield (*place, event)


def _place(token: str | None) -> tuple[int, str, int] | None:
    if not token:
        return None
    try:
        found = decode_token(token)
        return found["ms"], found["stream"], found["offset"]
    except (Invalid, KeyError):
        raise _invalid("The specified nextToken is invalid.") from None


def _describe(ctx: RequestContext, stream: LogStream) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "logStreamName": stream.name,
        "creationTime": _ms(stream.created_at),
        "arn": f"{_group_arn(ctx, stream.group)}:log-stream:{stream.name}",
        "storedBytes": 0,  # AWS says 0 for every stream since 2019
    }
    first, last = next(events_from(stream.path, 0), None), next(events_before(stream.path), None)
    if first and last:
        answer |= {
            "firstEventTimestamp": first.ms,
            "lastEventTimestamp": last.ms,
            "lastIngestionTime": last.ms,
        }
    return answer


def _page(member: str, rows: Sequence[dict[str, Any]], request: dict[str, Any]) -> dict[str, Any]:
    """A page by number: lists of names are short, and a stream that appears meanwhile is seen by the next
    round.

    There is no nextToken when nothing is left: SDK v2 repeats the call while there is one.
    """
    try:
        start = decode_token(request["nextToken"])["start"] if request.get("nextToken") else 0
    except (Invalid, KeyError):
        raise _invalid("The specified nextToken is invalid.") from None
    end = start + (request.get("limit") or MAX_NAMES)
    more = {"nextToken": encode_token({"start": end})} if end < len(rows) else {}
    return {member: list(rows[start:end]), **more}


def _output_event(event: Event) -> dict[str, Any]:
    return {"timestamp": event.ms, "message": event.text, "ingestionTime": event.ms}


def _filtered_event(stream: str, event: Event) -> dict[str, Any]:
    event_id = f"{event.ms:020d}{zlib.crc32(stream.encode()):012d}{event.offset:024d}"
    return {"logStreamName": stream, "eventId": event_id, **_output_event(event)}


def _group_of(request: dict[str, Any]) -> str:
    name, identifier = request.get("logGroupName"), request.get("logGroupIdentifier")
    if bool(name) == bool(identifier):
        raise _invalid("Exactly one of logGroupName or logGroupIdentifier must be specified.")
    return _group_name(name or identifier or "")


def _group_name(text: str) -> str:
    """The name in `arn:aws:logs:<region>:<account>:log-group:<name>[:*]`, or the text itself."""
    return (
        text.split(":", 6)[6].removesuffix(":*") if text.startswith("arn:") and text.count(":") >= 6 else text
    )


def _group_arn(ctx: RequestContext, group: str) -> str:
    return f"arn:aws:logs:{ctx.region}:{ctx.account_id}:log-group:{group}"


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _end_of(path: Path) -> int:
    last = next(events_before(path), None)
    return last.end if last else 0
