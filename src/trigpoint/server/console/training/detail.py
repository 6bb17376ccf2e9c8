"""What the page of a training job shows besides its description: curves, channels, machine use, the model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trigpoint.builtin import ALGORITHMS
from trigpoint.compute.image_uris import builtin_algorithm
from trigpoint.language import gettext, translatable
from trigpoint.server.console.charts import Chart
from trigpoint.server.console.log_pages import LogPage
from trigpoint.server.console.metric_charts import Wanted, metric_charts, read_series
from trigpoint.server.console.page import PageRequest
from trigpoint.training.channel_metrics import METRICS, NOTICEABLE
from trigpoint.training.metrics import NAMESPACE, find_metrics

HIDDEN = ("train:progress",)
"""Metrics that are shown as a bar instead of as a curve."""
MOST_METRICS = 12
_MACHINE = (
    ("CPUUtilization", translatable("CPU (%)")),
    ("MemoryUtilization", translatable("Memory (%)")),
    ("GPUUtilization", translatable("GPU (%)")),
    ("GPUMemoryUtilization", translatable("GPU memory (%)")),
)


@dataclass(frozen=True, slots=True)
class ChannelFlow:
    """How fast a channel is, and which side waits. `waits`: "data", "algorithm", "both" or "" if unknown."""

    name: str
    records_per_s: float | None
    megabytes_per_s: float | None
    algorithm_waited_s: float
    data_waited_s: float
    waits: str


def metric_names(job: Mapping[str, Any]) -> list[str]:
    """The metrics of the job's algorithm, in the order of its definitions."""
    defined = job["AlgorithmSpecification"].get("MetricDefinitions") or ()
    return [each["Name"] for each in defined if each["Name"] not in HIDDEN][:MOST_METRICS]


def progress_percent(job: Mapping[str, Any]) -> float | None:
    """How much of the epochs is done, as far as the algorithm says so."""
    finals = job.get("FinalMetricDataList") or ()
    return next((each["Value"] for each in finals if each["MetricName"] == "train:progress"), None)


def curves(
    page: PageRequest, job: Mapping[str, Any], log: LogPage, begin: datetime, end: datetime
) -> list[Chart]:
    """The metrics over time.

    Decision: as long as the page has the whole log, every value is shown as it was logged. Later there is one value for
    each minute or more, which is what the metrics keep.
    """
    names = metric_names(job)
    if not names:
        return []
    image = job["AlgorithmSpecification"].get("TrainingImage", "")
    algorithm = builtin_algorithm(image) or ""
    if algorithm in ALGORITHMS and log.is_end and not log.earlier:
        found = _logged(algorithm, names, log)
        if found:
            return found
    dimensions = {"TrainingJobName": job["TrainingJobName"]}
    return metric_charts(page, [Wanted(each, NAMESPACE, each, dimensions) for each in names], begin, end)


def _logged(algorithm: str, names: Sequence[str], log: LogPage) -> list[Chart]:
    lines = [(int(at.timestamp() * 1000), text) for at, text in log.lines]
    found: dict[str, dict[int, float]] = {name: {} for name in names}
    for metric in find_metrics(algorithm, lines):
        if metric.name in found:
            found[metric.name][int(metric.at.timestamp())] = metric.value  # the last of a second
    return [
        Chart(name, list(values), list(values.values())) for name, values in found.items() if len(values) > 1
    ]


def flows(page: PageRequest, job: Mapping[str, Any], begin: datetime, end: datetime) -> list[ChannelFlow]:
    """The flow of each channel. Channels that are not streamed have no figures."""
    name = job["TrainingJobName"]
    channels = [each["ChannelName"] for each in job.get("InputDataConfig") or ()]
    if not channels:
        return []
    stats = {"RecordsPerSecond": "Average", "MegabytesPerSecond": "Average"}
    wanted = [
        Wanted(
            metric, NAMESPACE, metric, {"TrainingJobName": name, "Channel": channel}, stats.get(metric, "Sum")
        )
        for channel in channels
        for metric, _ in METRICS
    ]
    series = read_series(page, wanted, begin, end)
    return [
        _flow(channel, [values for _, values in series[4 * number : 4 * number + 4]])
        for number, channel in enumerate(channels)
    ]


def _flow(channel: str, figures: Sequence[Sequence[float]]) -> ChannelFlow:
    records, megabytes, starved, blocked = figures
    starved_s, blocked_s = sum(starved), sum(blocked)
    waits = ""
    if starved or blocked:
        waits = "both"
        if starved_s < NOTICEABLE * max(1.0, starved_s + blocked_s):
            waits = "data"
        elif starved_s >= 2 * blocked_s:
            waits = "algorithm"
    return ChannelFlow(
        channel,
        records[-1] if records else None,
        megabytes[-1] if megabytes else None,
        starved_s,
        blocked_s,
        waits,
    )


def machine_charts(
    page: PageRequest, job: Mapping[str, Any], log: LogPage, begin: datetime, end: datetime
) -> list[Chart]:
    """What the instance uses whose log is shown."""
    host = host_of(log.stream) or "algo-1"
    dimensions = {"Host": f"{job['TrainingJobName']}/{host}"}
    return metric_charts(
        page, [Wanted(gettext(title), NAMESPACE, name, dimensions) for name, title in _MACHINE], begin, end
    )


def host_of(stream: str) -> str:
    """The instance that writes a log stream, such as "algo-1"."""
    found = re.search(r"/(algo-\d+)(?:[-/]|$)", stream)
    return found[1] if found else ""
