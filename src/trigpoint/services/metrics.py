"""CloudWatch metrics: the measurements of jobs and endpoints, and those that clients add.

Decision: values are kept added up by minute, so percentiles (p99 and the like) and metric math, which need the
single values or a language, are refused; a period under a minute shows the minute's point in its first part.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from trigpoint.compute.metrics import Aggregate, Measured, Metrics, Series, regroup
from trigpoint.core.errors import Invalid
from trigpoint.core.paging import decode_token, encode_token
from trigpoint.services.context import RequestContext
from trigpoint.services.coverage import Fields, IgnoredField, RefusedField, refuse_declared
from trigpoint.wire.errors import AwsError

MAX_DATAPOINTS = 1_440
MAX_DATA = 100_800
MAX_QUERIES = 500
MAX_METRICS = 500
MAX_VALUES = 150
LISTED_FOR = timedelta(days=14)
RECENT = timedelta(hours=3)
OLDEST, NEWEST = timedelta(days=14), timedelta(hours=2)
"""Source of all: AWS's references of GetMetricStatistics, GetMetricData, ListMetrics and PutMetricData."""
SHORT_PERIODS_S = (1, 5, 10, 20, 30)

_STATISTICS: Mapping[str, Callable[[Aggregate], float]] = {
    "SampleCount": lambda values: values.count,
    "Average": lambda values: values.sum / values.count if values.count else 0.0,
    "Sum": lambda values: values.sum,
    "Minimum": lambda values: values.min,
    "Maximum": lambda values: values.max,
}
_ONE_ACCOUNT = IgnoredField("there is one account")
_NO_PERCENTILES = "values are added up by minute, so percentiles cannot be calculated"


class MetricsOperations:
    """CloudWatch's operations on metrics."""

    FIELDS: ClassVar[Fields] = {
        "GetMetricStatistics": {"ExtendedStatistics": RefusedField(_NO_PERCENTILES, ["p99"])},
        "GetMetricData": {
            "LabelOptions": IgnoredField("labels have no times in them"),
            "MetricDataQueries[].AccountId": _ONE_ACCOUNT,
            "MetricDataQueries[].Expression": RefusedField("metric math is not served"),
            "MetricDataQueries[].Period": IgnoredField("it is the period of an Expression"),
        },
        "ListMetrics": {"IncludeLinkedAccounts": _ONE_ACCOUNT, "OwningAccount": _ONE_ACCOUNT},
        "PutMetricData": {
            "EntityMetricData": RefusedField("entities are not kept; put the metrics into MetricData"),
            "MetricData[].StorageResolution": IgnoredField("values are kept by minute"),
            "StrictEntityValidation": IgnoredField("entities are not kept"),
        },
    }

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def get_metric_statistics(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        """Datapoints in order of time; in several units when the request names none."""
        refuse_declared(request, self.FIELDS["GetMetricStatistics"])
        statistics = request.get("Statistics") or []
        if not statistics:
            raise AwsError("MissingParameter", "The request must name at least one of Statistics.")
        for name in statistics:
            _statistic(name, "Statistics")
        start, end = _span(request)
        period_s = _period(request["Period"], "Period")
        wanted = math.ceil((end - start).total_seconds() / period_s)
        if wanted > MAX_DATAPOINTS:
            raise AwsError(
                "InvalidParameterCombination",
                f"You have requested up to {wanted} datapoints, which exceeds the limit of {MAX_DATAPOINTS}. "
                "You may reduce the datapoints requested by increasing Period, or decreasing the time range.",
            )
        datapoints: list[dict[str, Any]] = [
            {
                "Timestamp": point.starts_at,
                **{name: _STATISTICS[name](point.values) for name in statistics},
                "Unit": of.unit,
            }
            for of in self._series(request, request.get("Unit"))
            for point in regroup(self._metrics.read(of, start, end), start, period_s)
        ]
        datapoints.sort(key=lambda each: each["Timestamp"])
        return {"Label": request["MetricName"], "Datapoints": datapoints}

    def get_metric_data(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        """One result per query, in pages of MaxDatapoints values together."""
        queries = request["MetricDataQueries"]
        refuse_declared(request, self.FIELDS["GetMetricData"])
        _check_queries(queries)
        start, end = _span(request)
        shown = [query for query in queries if query.get("ReturnData", True)]
        newest_first = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        at_query, at_point = _place(request.get("NextToken"), "query", "point")
        room = min(request.get("MaxDatapoints") or MAX_DATA, MAX_DATA)
        results: list[dict[str, Any]] = []
        for number, query in enumerate(shown[at_query:], at_query):
            values = self._values(query, start, end)
            values = values[::-1] if newest_first else values
            first = at_point if number == at_query else 0
            part = values[first : first + room]
            complete = first + len(part) == len(values)
            results.append(_result(query, part, complete=complete))
            room -= len(part)
            if not complete:
                token = encode_token({"query": number, "point": first + len(part)})
                return {"MetricDataResults": results, "NextToken": token, "Messages": []}
        return {"MetricDataResults": results, "Messages": []}

    def list_metrics(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        """Metrics with a value in the last two weeks, by namespace and name."""
        since = ctx.received_at - (RECENT if request.get("RecentlyActive") else LISTED_FOR)
        found = self._metrics.find_series(request.get("Namespace"), request.get("MetricName"), since)
        filters = request.get("Dimensions") or []
        # one metric may have values in several units
        listed = list(dict.fromkeys((s.namespace, s.name, s.dimensions) for s in found if _fits(s, filters)))
        (start,) = _place(request.get("NextToken"), "start")
        page = [
            {
                "Namespace": namespace,
                "MetricName": name,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions],
            }
            for namespace, name, dimensions in listed[start : start + MAX_METRICS]
        ]
        end = start + MAX_METRICS
        return {"Metrics": page, **({"NextToken": encode_token({"start": end})} if end < len(listed) else {})}

    def put_metric_data(self, ctx: RequestContext, request: dict[str, Any]) -> None:
        """Stores the values before it answers."""
        refuse_declared(request, self.FIELDS["PutMetricData"])
        namespace = request["Namespace"]
        if namespace.startswith("AWS/"):
            raise _bad("The value AWS/ for parameter Namespace is invalid.")
        entries = request.get("MetricData") or []
        if not entries:
            raise AwsError("MissingParameter", "The parameter MetricData is required.")
        self._metrics.put_now(
            measured
            for number, entry in enumerate(entries, 1)
            for measured in _measured(namespace, entry, f"MetricData.member.{number}", ctx.received_at)
        )

    def _values(
        self, query: Mapping[str, Any], start: datetime, end: datetime
    ) -> list[tuple[datetime, float]]:
        asked = query["MetricStat"]
        statistic = _STATISTICS[asked["Stat"]]
        found = self._series(asked["Metric"], asked.get("Unit"))
        points = [
            (point.starts_at, statistic(point.values))
            for of in found
            for point in regroup(self._metrics.read(of, start, end), start, asked["Period"])
        ]
        return sorted(points)

    def _series(self, metric: Mapping[str, Any], unit: str | None) -> list[Series]:
        dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions") or ()}
        of = Series.of(metric.get("Namespace", ""), metric.get("MetricName", ""), dimensions)
        units = [unit] if unit else self._metrics.units(of)
        return [Series(of.namespace, of.name, of.dimensions, each) for each in units]


def _check_queries(queries: Sequence[Mapping[str, Any]]) -> None:
    if len(queries) > MAX_QUERIES:
        raise AwsError("ValidationError", f"{len(queries)} MetricDataQueries; {MAX_QUERIES} are the most.")
    ids = [query["Id"] for query in queries]
    for query in queries:
        if ids.count(query["Id"]) > 1:
            raise AwsError("ValidationError", f"The Id {query['Id']} of MetricDataQueries is not unique.")
        if "MetricStat" not in query:
            raise AwsError("ValidationError", f"The query {query['Id']} has no MetricStat.")
        _statistic(query["MetricStat"]["Stat"], f"Stat of {query['Id']}")
        _period(query["MetricStat"]["Period"], f"Period of {query['Id']}")


def _result(
    query: Mapping[str, Any], values: Sequence[tuple[datetime, float]], *, complete: bool
) -> dict[str, Any]:
    return {
        "Id": query["Id"],
        "Label": query.get("Label") or query["MetricStat"]["Metric"].get("MetricName", ""),
        "Timestamps": [at for at, _ in values],
        "Values": [value for _, value in values],
        "StatusCode": "Complete" if complete else "PartialData",
    }


def _statistic(name: str, where: str) -> None:
    if name not in _STATISTICS:
        raise _bad(
            f"The value {name} for parameter {where} is not served: {_NO_PERCENTILES}; "
            f"served are {', '.join(_STATISTICS)}."
        )


def _span(request: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """The time asked for; its beginning is rounded down to the minute, as on AWS."""
    start, end = request["StartTime"], request["EndTime"]
    if start >= end:
        raise _bad("The parameter StartTime must be less than the parameter EndTime.")
    return start.astimezone(UTC).replace(second=0, microsecond=0), end


def _period(period_s: int, where: str) -> int:
    if period_s not in SHORT_PERIODS_S and period_s % 60:
        raise _bad(f"The parameter {where} must be 1, 5, 10, 20, 30 or a multiple of 60; it is {period_s}.")
    return period_s


def _fits(series: Series, filters: Sequence[Mapping[str, str]]) -> bool:
    dimensions = dict(series.dimensions)
    return all(
        each["Name"] in dimensions and each.get("Value", dimensions[each["Name"]]) == dimensions[each["Name"]]
        for each in filters
    )


def _measured(namespace: str, entry: Mapping[str, Any], where: str, now: datetime) -> list[Measured]:
    at = entry.get("Timestamp") or now
    if not now - OLDEST <= at <= now + NEWEST:
        raise _bad(
            f"The parameter {where}.Timestamp must specify a time within the past two weeks and no more than "
            f"two hours in the future; it is {at.isoformat()}."
        )
    dimensions = {each["Name"]: each["Value"] for each in entry.get("Dimensions") or ()}
    series = Series.of(namespace, entry["MetricName"], dimensions, entry.get("Unit") or "None")
    return [Measured(series, at, values) for values in _aggregates(entry, where)]


def _aggregates(entry: Mapping[str, Any], where: str) -> list[Aggregate]:
    given = [name for name in ("Value", "StatisticValues", "Values") if name in entry]
    if len(given) != 1:
        raise AwsError(
            "InvalidParameterCombination" if given else "MissingParameter",
            f"At {where}, exactly one of Value, StatisticValues and Values must be specified.",
        )
    if "StatisticValues" in entry:
        values = entry["StatisticValues"]
        found = [Aggregate(values["SampleCount"], values["Sum"], values["Minimum"], values["Maximum"])]
    elif "Values" in entry:
        found = _weighted(entry["Values"], entry.get("Counts"), where)
    else:
        found = [Aggregate.of(entry["Value"])]
    for each in found:
        if not all(map(math.isfinite, (each.count, each.sum, each.min, each.max))):
            raise _bad(f"The values of {where} must be finite numbers.")
        if each.count <= 0:
            raise _bad(f"The count of values of {where} must be greater than 0.")
    return found


def _weighted(values: Sequence[float], counts: Sequence[float] | None, where: str) -> list[Aggregate]:
    counts = counts or [1.0] * len(values)
    if len(counts) != len(values):
        raise _bad(f"The parameters {where}.Values and {where}.Counts must be of the same length.")
    if len(values) > MAX_VALUES:
        raise _bad(f"The parameter {where}.Values has {len(values)} members; {MAX_VALUES} are the most.")
    return [
        Aggregate(count, count * value, value, value) for value, count in zip(values, counts, strict=True)
    ]


def _place(token: str | None, *names: str) -> tuple[int, ...]:
    if not token:
        return (0,) * len(names)
    try:
        found = decode_token(token)
        return tuple(int(found[name]) for name in names)
    except (Invalid, KeyError, TypeError, ValueError):
        raise AwsError("InvalidNextToken", "The NextToken is not one that this call gave.") from None


def _bad(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)
