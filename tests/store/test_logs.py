"""CloudWatch Logs as the SDKs read them: names, events, tokens, filters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from helpers.hosting import CONTEXT
from trigpoint.compute.logs import LogStreams
from trigpoint.core.errors import Invalid
from trigpoint.db import Database
from trigpoint.services import logs
from trigpoint.services.log_filters import matcher
from trigpoint.services.logs import LogsOperations
from trigpoint.wire.errors import AwsError

GROUP = "/aws/sagemaker/TrainingJobs"
START = datetime(2026, 1, 1, tzinfo=UTC)
BASE = int(START.timestamp() * 1000)


class Logs:
    """Log streams whose files are written by a test."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.streams = LogStreams(database)
        self.api = LogsOperations(self.streams)
        self._database = database
        self._folder = folder
        self._count = 0

    def stream(self, name: str, *events: tuple[int, str], group: str = GROUP) -> None:
        self._count += 1
        path = self._folder / f"{name.replace('/', '-')}.log"
        with self._database.write() as connection:
            self.streams.register(connection, group, name, path, START + timedelta(seconds=self._count))
        self.append(name, *events)

    def append(self, name: str, *events: tuple[int, str]) -> None:
        with (self._folder / f"{name.replace('/', '-')}.log").open("a") as file:
            file.writelines(f"{BASE + ms}\t{text}\n" for ms, text in events)

    def get(self, stream: str = "job/algo-1-1", **request: Any) -> dict[str, Any]:
        return self.api.get_log_events(CONTEXT, {"logGroupName": GROUP, "logStreamName": stream, **request})

    def texts(self, **request: Any) -> list[str]:
        return [event["message"] for event in self.get(**request)["events"]]

    def filter(self, **request: Any) -> dict[str, Any]:
        return self.api.filter_log_events(CONTEXT, {"logGroupName": GROUP, **request})


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Logs:
    return Logs(database, tmp_path)


def refused(code: str, call: Any, *arguments: Any, **request: Any) -> str:
    with pytest.raises(AwsError) as caught:
        call(*arguments, **request)
    assert caught.value.code == code
    return caught.value.message


def test_reading_with_the_last_forward_token_returns_only_new_events(world: Logs) -> None:
    world.stream("job/algo-1-1", (0, "a"), (1, "b"), (1, "c"))
    first = world.get(startFromHead=True, startTime=0)
    assert first["events"] == [
        {"timestamp": BASE + ms, "message": text, "ingestionTime": BASE + ms}
        for ms, text in ((0, "a"), (1, "b"), (1, "c"))
    ]
    token = first["nextForwardToken"]
    again = world.get(startFromHead=True, nextToken=token)
    assert (again["events"], again["nextForwardToken"]) == ([], token)
    world.append("job/algo-1-1", (2, "d"))
    later = world.get(startFromHead=True, nextToken=token)
    assert [event["message"] for event in later["events"]] == ["d"]
    assert later["nextForwardToken"] != token


def test_the_token_of_an_empty_stream_returns_its_first_events(world: Logs) -> None:
    world.stream("job/algo-1-1")
    token = world.get(startFromHead=True)["nextForwardToken"]
    assert world.get(startFromHead=True, nextToken=token)["nextForwardToken"] == token
    world.append("job/algo-1-1", (0, "a"))
    assert world.texts(startFromHead=True, nextToken=token) == ["a"]


def test_pages_forwards_and_backwards_return_every_event_once(world: Logs) -> None:
    world.stream("job/algo-1-1", *[(n // 3, str(n)) for n in range(10)])
    everything = [str(n) for n in range(10)]
    found: list[str] = []
    page = world.get(startFromHead=True, limit=4)
    while page["events"]:
        found += [event["message"] for event in page["events"]]
        page = world.get(nextToken=page["nextForwardToken"], limit=4)
    assert found == everything
    page, found = world.get(limit=4), []
    assert [event["message"] for event in page["events"]] == ["6", "7", "8", "9"], "the newest come first"
    while page["events"]:
        found = [event["message"] for event in page["events"]] + found
        token = page["nextBackwardToken"]
        page = world.get(nextToken=token, limit=4)
    assert found == everything
    assert page["nextBackwardToken"] == token


def test_the_start_time_is_inclusive_and_the_end_time_is_exclusive(world: Logs) -> None:
    world.stream("job/algo-1-1", (0, "a"), (1, "b"), (1, "c"), (2, "d"))
    for head in (True, False):
        assert world.texts(startFromHead=head, startTime=BASE + 1) == ["b", "c", "d"]
        assert world.texts(startFromHead=head, endTime=BASE + 2) == ["a", "b", "c"]
        assert world.texts(startFromHead=head, startTime=BASE + 1, endTime=BASE + 2) == ["b", "c"]
        assert world.texts(startFromHead=head, startTime=BASE + 3) == []


def test_a_page_holds_one_mebibyte(world: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MAX_PAGE_BYTES", 3 * (10 + logs.EVENT_OVERHEAD_BYTES))
    world.stream("job/algo-1-1", *[(n, str(n) * 10) for n in range(8)])
    page = world.get(startFromHead=True)
    assert len(page["events"]) == 3
    assert world.texts(nextToken=page["nextForwardToken"])[0] == "3" * 10


def test_missing_groups_and_streams_and_invalid_tokens_are_refused(world: Logs) -> None:
    world.stream("job/algo-1-1", (0, "a"))
    missing = "ResourceNotFoundException"
    assert refused(missing, world.get, "no/stream") == "The specified log stream does not exist."
    call = world.api.describe_log_streams
    assert (
        refused(missing, call, CONTEXT, {"logGroupName": "/no"}) == "The specified log group does not exist."
    )
    assert "group" in refused(missing, world.filter, logGroupName="/no")
    assert "stream" in refused(missing, world.filter, logStreamNames=["no"])
    for token in ("x", "f/1", "f/-1/s", "g/1/s"):
        assert "nextToken" in refused("InvalidParameterException", world.get, nextToken=token)
    assert "nextToken" in refused("InvalidParameterException", world.filter, nextToken="x")
    both = {"logGroupName": GROUP, "logGroupIdentifier": GROUP, "logStreamName": "job/algo-1-1"}
    refused("InvalidParameterException", world.api.get_log_events, CONTEXT, both)


def test_streams_are_listed_in_pages_by_name_or_last_event(world: Logs) -> None:
    world.stream("job/algo-2-1", (0, "a"), (5, "b"))
    world.stream("job/algo-1-1", (7, "c"))
    world.stream("Job/algo-1-1", (1, "d"))
    world.stream("other/algo-1-1", group="/other")

    def names(**request: Any) -> list[str]:
        answer = world.api.describe_log_streams(CONTEXT, {"logGroupName": GROUP, **request})
        return [stream["logStreamName"] for stream in answer["logStreams"]]

    assert names() == ["Job/algo-1-1", "job/algo-1-1", "job/algo-2-1"]
    assert names(logStreamNamePrefix="job/", orderBy="LogStreamName") == ["job/algo-1-1", "job/algo-2-1"]
    assert names(orderBy="LastEventTime", descending=True)[:2] == ["job/algo-1-1", "job/algo-2-1"]
    refused("InvalidParameterException", names, orderBy="LastEventTime", logStreamNamePrefix="job/")
    request: dict[str, Any] = {"logGroupName": GROUP, "limit": 2}
    first = world.api.describe_log_streams(CONTEXT, request)
    second = world.api.describe_log_streams(CONTEXT, {**request, "nextToken": first["nextToken"]})
    assert [len(first["logStreams"]), len(second["logStreams"])] == [2, 1]
    assert "nextToken" not in second
    exact = world.api.describe_log_streams(CONTEXT, {"logGroupName": GROUP, "limit": 3})
    assert "nextToken" not in exact, "SDK v2 repeats the call as long as the answer has a token"
    assert second["logStreams"][0] == {
        "logStreamName": "job/algo-2-1",
        "creationTime": BASE + 1000,
        "arn": f"arn:aws:logs:us-east-1:111122223333:log-group:{GROUP}:log-stream:job/algo-2-1",
        "storedBytes": 0,
        "firstEventTimestamp": BASE,
        "lastEventTimestamp": BASE + 5,
        "lastIngestionTime": BASE + 5,
    }


def test_groups_are_listed_by_prefix_or_pattern(world: Logs) -> None:
    for group in (GROUP, "/aws/sagemaker/Endpoints/e", "/else"):
        world.stream("s", (0, "x"), group=group)

    def names(**request: Any) -> list[str]:
        return [g["logGroupName"] for g in world.api.describe_log_groups(CONTEXT, request)["logGroups"]]

    assert names() == ["/aws/sagemaker/Endpoints/e", GROUP, "/else"]
    assert names(logGroupNamePrefix=GROUP) == [GROUP]
    assert names(logGroupNamePattern="ENDPOINTS") == ["/aws/sagemaker/Endpoints/e"]
    arn = f"arn:aws:logs:us-east-1:111122223333:log-group:{GROUP}"
    assert names(logGroupIdentifiers=[arn]) == [GROUP]
    refused("InvalidParameterException", names, logGroupNamePrefix="/a", logGroupNamePattern="b")
    assert world.api.describe_log_streams(CONTEXT, {"logGroupIdentifier": f"{arn}:*"})["logStreams"]


def test_filtering_merges_streams_by_time_and_continues_after_the_token(world: Logs) -> None:
    world.stream("job/a", (0, "one"), (2, "two"), (2, "three"))
    world.stream("job/b", (1, "four"), (2, "five"), (9, "six"))
    world.stream("other/c", (1, "seven"))
    found: list[tuple[str, str]] = []
    request: dict[str, Any] = {"logStreamNamePrefix": "job/", "limit": 2}
    while True:
        answer = world.filter(**request)
        found += [(event["logStreamName"], event["message"]) for event in answer["events"]]
        if "nextToken" not in answer:
            break
        request["nextToken"] = answer["nextToken"]
    assert [text for _, text in found] == ["one", "four", "two", "three", "five", "six"]
    assert found[1] == ("job/b", "four")
    times = world.filter(startTime=BASE + 1, endTime=BASE + 2)["events"]
    assert sorted(e["message"] for e in times) == ["five", "four", "seven", "three", "two"]
    assert len({event["eventId"] for event in times}) == 5
    only = world.filter(logStreamNames=["job/b"], filterPattern="?four ?six")["events"]
    assert [event["message"] for event in only] == ["four", "six"]
    refused("InvalidParameterException", world.filter, logStreamNames=["job/b"], logStreamNamePrefix="job/")
    refused("InvalidParameterException", world.filter, filterPattern="{ $.a = 1 }")


@pytest.mark.parametrize(
    ("pattern", "hits"),
    [
        ("", ["ERROR disk full", "ERROR disk", "warn disk full", "a [b]"]),
        ("ERROR", ["ERROR disk full", "ERROR disk"]),
        ("ERROR full", ["ERROR disk full"]),
        ('"disk full"', ["ERROR disk full", "warn disk full"]),
        ("?warn ?ERROR", ["ERROR disk full", "ERROR disk", "warn disk full"]),
        ("disk -full", ["ERROR disk"]),
        ('disk -"disk full"', ["ERROR disk"]),
        ("%^[a-z]+ disk%", ["warn disk full"]),
        ('"[b]"', ["a [b]"]),
    ],
)
def test_text_filter_patterns_select_events(pattern: str, hits: list[str]) -> None:
    matches = matcher(pattern)
    assert [
        text for text in ("ERROR disk full", "ERROR disk", "warn disk full", "a [b]") if matches(text)
    ] == hits


@pytest.mark.parametrize("pattern", ["{ $.a = 1 }", "[a, b]", '"open', "%(%"])
def test_unsupported_filter_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(Invalid):
        matcher(pattern)
