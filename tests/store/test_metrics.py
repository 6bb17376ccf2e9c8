"""CloudWatch metrics: values are aggregated by minute, read by period, listed, and removed when they are old."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from helpers.hosting import CONTEXT
from trigpoint.compute.metrics import Metrics, Series, recorder
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Invalid
from trigpoint.db import Database
from trigpoint.db.tables.metrics import metric_points, metric_series
from trigpoint.services.metrics import MetricsOperations
from trigpoint.wire.errors import AwsError

AT = CONTEXT.received_at.replace(second=0, microsecond=0)
ENDPOINT = {"EndpointName": "e", "VariantName": "v"}
ALL = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"]


class World:
    """Recorded metrics and the CloudWatch operations that read them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = FakeClock(CONTEXT.received_at)
        self.metrics = Metrics(database, self.clock)
        self.api = MetricsOperations(self.metrics)

    def record(self, value: float, after_s: float = 0, name: str = "ModelLatency", **dimensions: str) -> None:
        at = AT + timedelta(seconds=after_s)
        self.metrics.record_metric("AWS/SageMaker", name, dimensions or ENDPOINT, value, "Microseconds", at)

    def statistics(self, **over: Any) -> list[dict[str, Any]]:
        request: dict[str, Any] = {
            "Namespace": "AWS/SageMaker",
            "MetricName": "ModelLatency",
            "Dimensions": [{"Name": k, "Value": v} for k, v in ENDPOINT.items()],
            "StartTime": AT,
            "EndTime": AT + timedelta(minutes=10),
            "Period": 60,
            "Statistics": ALL,
        }
        found: list[dict[str, Any]] = self.api.get_metric_statistics(CONTEXT, request | over)["Datapoints"]
        return found

    def data(self, **over: Any) -> dict[str, Any]:
        metric = {
            "Namespace": "AWS/SageMaker",
            "MetricName": "ModelLatency",
            "Dimensions": [{"Name": k, "Value": v} for k, v in ENDPOINT.items()],
        }
        query = {"Id": "m1", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}
        request = {
            "MetricDataQueries": [query],
            "StartTime": AT,
            "EndTime": AT + timedelta(minutes=10),
        }
        return self.api.get_metric_data(CONTEXT, request | over)

    def rows(self) -> int:
        with self.database.read() as connection:
            return connection.execute(select(func.count()).select_from(metric_points)).scalar_one()


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def test_the_values_of_a_minute_become_one_point_with_all_statistics(world: World) -> None:
    for value, after_s in ((4.0, 0), (1.0, 30), (10.0, 59.9), (7.0, 60)):
        world.record(value, after_s)
    assert world.statistics() == [
        {
            "Timestamp": AT,
            "SampleCount": 3,
            "Average": 5.0,
            "Sum": 15.0,
            "Minimum": 1.0,
            "Maximum": 10.0,
            "Unit": "Microseconds",
        },
        {
            "Timestamp": AT + timedelta(minutes=1),
            "SampleCount": 1,
            "Average": 7.0,
            "Sum": 7.0,
            "Minimum": 7.0,
            "Maximum": 7.0,
            "Unit": "Microseconds",
        },
    ]


def test_many_values_in_a_minute_are_stored_in_one_row(world: World) -> None:
    for number in range(500):
        world.record(number)
        if number % 100 == 0:
            world.metrics.flush()
    world.metrics.flush()
    assert world.rows() == 1
    assert world.statistics()[0]["SampleCount"] == 500


def test_values_of_several_servers_in_a_minute_are_added_up(world: World) -> None:
    others = [World(world.database) for _ in range(4)]
    for number, other in enumerate(others):
        other.record(float(number))
    threads = [threading.Thread(target=other.metrics.flush) for other in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    point = world.statistics()[0]
    assert (point["SampleCount"], point["Sum"], point["Minimum"], point["Maximum"]) == (4, 6.0, 0.0, 3.0)


def test_longer_periods_begin_at_the_start_time(world: World) -> None:
    for minute in range(4):
        world.record(1.0, 60 * minute)
    found = world.statistics(StartTime=AT + timedelta(minutes=1), Period=120)
    assert [(point["Timestamp"], point["Sum"]) for point in found] == [
        (AT + timedelta(minutes=1), 2.0),
        (AT + timedelta(minutes=3), 1.0),
    ]


def test_the_start_time_is_inclusive_and_the_end_time_is_exclusive(world: World) -> None:
    world.record(1.0, 0)
    world.record(1.0, 60)
    assert [point["Timestamp"] for point in world.statistics(EndTime=AT + timedelta(minutes=1))] == [AT]


def test_the_dimensions_must_equal_those_of_the_metric(world: World) -> None:
    world.record(1.0)
    assert world.statistics(Dimensions=[{"Name": "EndpointName", "Value": "e"}]) == []
    assert (
        len(world.statistics(Dimensions=[{"Name": k, "Value": ENDPOINT[k]} for k in reversed(ENDPOINT)])) == 1
    )


def test_statistics_can_be_restricted_to_a_unit(world: World) -> None:
    world.record(1.0)
    world.metrics.record_metric("AWS/SageMaker", "ModelLatency", ENDPOINT, 2.0, "Seconds", AT)
    assert {point["Unit"]: point["Sum"] for point in world.statistics()} == {
        "Microseconds": 1.0,
        "Seconds": 2.0,
    }
    assert [point["Sum"] for point in world.statistics(Unit="Seconds")] == [2.0]


def test_metric_data_are_returned_in_pages_and_newest_first(world: World) -> None:
    for minute in range(5):
        world.record(float(minute), 60 * minute)
    values: list[float] = []
    statuses: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = world.data(MaxDatapoints=2, **token)
        values += page["MetricDataResults"][0]["Values"]
        statuses.append(page["MetricDataResults"][0]["StatusCode"])
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert values == [4.0, 3.0, 2.0, 1.0, 0.0]
    assert statuses == ["PartialData", "PartialData", "Complete"]
    assert world.data(ScanBy="TimestampAscending")["MetricDataResults"][0]["Values"] == values[::-1]


def test_metrics_of_the_last_two_weeks_are_listed_by_name_and_dimension(world: World) -> None:
    world.record(1.0)
    world.record(1.0, name="Invocations")
    world.record(1.0, name="Invocations", EndpointName="other", VariantName="v")
    world.record(1.0, -15 * 86400, name="Old")

    def listed(**request: Any) -> list[tuple[str, str]]:
        found = world.api.list_metrics(CONTEXT, request)["Metrics"]
        return [
            (each["MetricName"], next(d["Value"] for d in each["Dimensions"] if d["Name"] == "EndpointName"))
            for each in found
        ]

    assert sorted(listed()) == [("Invocations", "e"), ("Invocations", "other"), ("ModelLatency", "e")]
    assert listed(MetricName="ModelLatency", Namespace="AWS/SageMaker") == [("ModelLatency", "e")]
    assert listed(Dimensions=[{"Name": "EndpointName", "Value": "other"}]) == [("Invocations", "other")]
    assert len(listed(Dimensions=[{"Name": "VariantName"}])) == 3
    assert listed(Dimensions=[{"Name": "Host"}]) == []


def test_metric_data_of_a_client_are_stored_and_returned(world: World) -> None:
    entry = {"MetricName": "m", "Unit": "Count"}
    world.api.put_metric_data(
        CONTEXT,
        {
            "Namespace": "Mine",
            "MetricData": [
                {**entry, "Value": 2.0},
                {**entry, "Values": [1.0, 5.0], "Counts": [3.0, 1.0]},
                {**entry, "StatisticValues": {"SampleCount": 2, "Sum": 9, "Minimum": 4, "Maximum": 5}},
            ],
        },
    )
    (point,) = world.statistics(Namespace="Mine", MetricName="m", Dimensions=[])
    assert (point["SampleCount"], point["Sum"], point["Minimum"], point["Maximum"]) == (7, 19.0, 1.0, 5.0)


@pytest.mark.parametrize(
    ("over", "code", "words"),
    [
        ({"StartTime": AT, "EndTime": AT}, "InvalidParameterValue", "StartTime must be less"),
        ({"Period": 61}, "InvalidParameterValue", "multiple of 60; it is 61"),
        ({"Statistics": []}, "MissingParameter", "at least one of Statistics"),
        ({"Statistics": ["p99"]}, "InvalidParameterValue", "percentiles"),
        ({"EndTime": AT + timedelta(days=2)}, "InvalidParameterCombination", "up to 2880 datapoints"),
    ],
)
def test_invalid_statistics_requests_are_refused(
    world: World, over: dict[str, Any], code: str, words: str
) -> None:
    with pytest.raises(AwsError, match=words) as refused:
        world.statistics(**over)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({}, "exactly one of"),
        ({"Value": 1.0, "Values": [1.0]}, "exactly one of"),
        ({"Values": [1.0], "Counts": [1.0, 2.0]}, "same length"),
        ({"Value": float("nan")}, "finite"),
        ({"Value": 1.0, "Timestamp": AT - timedelta(days=15)}, "past two weeks"),
        ({"Value": 1.0, "Timestamp": AT + timedelta(hours=3)}, "two hours in the future"),
    ],
)
def test_invalid_metric_data_are_refused_with_their_position(
    world: World, entry: dict[str, Any], words: str
) -> None:
    good = {"MetricName": "m", "Value": 1.0}
    with pytest.raises(AwsError, match=words) as refused:
        world.api.put_metric_data(
            CONTEXT, {"Namespace": "Mine", "MetricData": [good, {"MetricName": "m", **entry}]}
        )
    assert "MetricData.member.2" in refused.value.message
    assert world.rows() == 0


def test_clients_cannot_write_to_aws_namespaces(world: World) -> None:
    with pytest.raises(AwsError, match="AWS/"):
        world.api.put_metric_data(
            CONTEXT, {"Namespace": "AWS/SageMaker", "MetricData": [{"MetricName": "m", "Value": 1.0}]}
        )


def test_metric_math_is_refused(world: World) -> None:
    with pytest.raises(Invalid, match="metric math is not served"):
        world.data(MetricDataQueries=[{"Id": "e1", "Expression": "m1 * 2"}])


def test_old_minutes_are_merged_into_hours_and_old_hours_are_deleted(world: World) -> None:
    for minute in range(0, 180, 10):
        world.record(2.0, 60 * minute)
    world.metrics.flush()
    world.clock.advance(recorder.MINUTES_KEPT.total_seconds() + 4 * 3600)
    world.metrics.tidy()
    world.metrics.tidy()
    of = Series.of("AWS/SageMaker", "ModelLatency", ENDPOINT, "Microseconds")
    points = world.metrics.read(of, AT - timedelta(hours=1), AT + timedelta(hours=4))
    assert sum(point.values.count for point in points) == 18
    assert all(point.starts_at.minute == 0 for point in points)
    assert world.rows() == len(points) <= 4
    world.clock.advance(recorder.HOURS_KEPT.total_seconds())
    world.metrics.tidy()
    assert world.rows() == 0
    with world.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(metric_series)).scalar_one() == 0


def test_waiting_minutes_are_bounded_and_survive_a_failed_flush(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "MOST_WAITING", 3)
    for minute in range(5):
        world.record(1.0, 60 * minute)
    world.record(1.0, 0)  # added to a waiting minute, which needs no more memory
    with monkeypatch.context() as broken:
        broken.setattr(recorder.store, "put", _fails)
        with pytest.raises(OSError, match="away"):
            world.metrics.flush()
    assert [point["SampleCount"] for point in world.statistics()] == [2, 1, 1]


def test_waiting_values_are_written_when_the_server_stops(world: World) -> None:
    world.metrics.start()
    world.record(1.0)
    world.metrics.stop()
    assert world.rows() == 1


def test_values_that_are_not_finite_are_ignored(world: World) -> None:
    world.record(float("nan"))
    world.record(float("inf"))
    assert world.statistics() == []


def _fails(*_: object) -> None:
    raise OSError("the database is away")
