"""Charts of metrics: many series with one GetMetricData."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from trigpoint.server.console.charts import Chart, period_s
from trigpoint.server.console.page import PageRequest


@dataclass(frozen=True, slots=True)
class Wanted:
    """One series: a metric with its dimensions. `title` is that of its chart."""

    title: str
    namespace: str
    name: str
    dimensions: Mapping[str, str]
    stat: str = "Average"


def read_series(
    page: PageRequest, wanted: Sequence[Wanted], begin: datetime, end: datetime
) -> list[tuple[list[datetime], list[float]]]:
    """Times and values of each wanted series, in the order of time, in at most MOST_POINTS periods."""
    end = max(end, begin) + timedelta(minutes=1)
    period = period_s(begin, end)
    queries = [
        {
            "Id": f"m{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": each.namespace,
                    "MetricName": each.name,
                    "Dimensions": [{"Name": name, "Value": value} for name, value in each.dimensions.items()],
                },
                "Period": period,
                "Stat": each.stat,
            },
        }
        for number, each in enumerate(wanted)
    ]
    found = page.call(
        "monitoring",
        "GetMetricData",
        MetricDataQueries=queries,
        StartTime=begin,
        EndTime=end,
        ScanBy="TimestampAscending",
    )
    by_id: dict[str, Mapping[str, Any]] = {each["Id"]: each for each in found["MetricDataResults"]}
    return [
        (list(by_id[f"m{number}"]["Timestamps"]), list(by_id[f"m{number}"]["Values"]))
        for number in range(len(wanted))
    ]


def metric_charts(page: PageRequest, wanted: Sequence[Wanted], begin: datetime, end: datetime) -> list[Chart]:
    """A chart of each wanted series that has a line to show: two values or more."""
    series = read_series(page, wanted, begin, end)
    return [
        Chart(each.title, [int(at.timestamp()) for at in times], values)
        for each, (times, values) in zip(wanted, series, strict=True)
        if len(values) > 1
    ]
