"""The throughput of a job's pipes, as lines in its log and as metrics.

    channel train: epoch 3, 18,204 records/s, 491.5 MB/s; the algorithm waited 0.2 s of 60.0 s for data,
    data waited 58.1 s for the algorithm (bound by the algorithm)

(one line). A record is a line of the manifest, or an object. The server reads the figures back from the log, as it
does those of the algorithm, so each is counted exactly once however often the server restarts.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from trigpoint.compute.metrics import Aggregate, Measured, Series
from trigpoint.streaming.flow import Flow, FlowTotals
from trigpoint.training.metrics import NAMESPACE

LINE_S: Final = 60.0
"""How often a channel is reported while it is read."""
EPOCH_LINE_S: Final = 10.0
"""Decision: epochs that end sooner than this after a line share the next line; the log is the algorithm's."""
RATES_FROM_S: Final = 1.0
"""Decision: no rates over less time, since an epoch that fits into the pipe passes in an instant. Such epochs are
reported once a minute."""
NOTICEABLE: Final = 0.05
"""Decision: the share of the time that the algorithm must have waited for the data to be called the bottleneck."""

METRICS: Final = (
    ("RecordsPerSecond", "Count/Second"),
    ("MegabytesPerSecond", "Megabytes/Second"),
    ("AlgorithmWaitTime", "Seconds"),
    ("DataWaitTime", "Seconds"),
)
"""Name and unit of the published metrics, in the order of the figures in a line."""

_NUMBER = r"([\d,]+(?:\.\d+)?)"
_LINE = re.compile(
    rf"channel (\S+): epochs? [^;]*?(?:, {_NUMBER} records/s, {_NUMBER} MB/s)?; "
    rf"the algorithm waited {_NUMBER} s of [\d,.]+ s for data, data waited {_NUMBER} s for the algorithm"
)


class ChannelReport:
    """Reports from time to time what has flowed through a channel."""

    def __init__(self, name: str, flow: Flow, now: Callable[[], float] = time.monotonic) -> None:
        self._name, self._flow, self._now = name, flow, now
        self._reported = FlowTotals()
        self._reported_at_s: float | None = None
        self._lines = 0
        self._read_s = 0.0

    def due(self) -> str | None:
        """The line to write now, if any. Call it every second or so."""
        begun_s = self._flow.open_since_s()
        if begun_s is None:
            return None
        totals = self._flow.totals()
        since_s = self._now() - (
            begun_s if self._reported_at_s is None else max(begun_s, self._reported_at_s)
        )
        is_news = totals.open_s - self._reported.open_s >= RATES_FROM_S
        return self._report(totals) if since_s >= (EPOCH_LINE_S if is_news else LINE_S) else None

    def last(self) -> list[str]:
        """The remaining lines at the end of the job; none for a channel that nobody has read."""
        lines = []
        if self._flow.open_since_s() is not None:
            totals = self._flow.totals()
            if totals.records > self._reported.records or totals.ended > self._reported.ended:
                lines.append(self._report(totals))
        if self._lines > 1:
            lines.append(f"channel {self._name}: in all {_in_all(self._reported, self._read_s)}")
        return lines

    def _report(self, totals: FlowTotals) -> str:
        before, period_s = self._reported, self._flow.end_period()
        records, size_bytes = totals.records - before.records, totals.size_bytes - before.size_bytes
        rates = ""
        if period_s >= RATES_FROM_S:
            rates = f", {_rate(records / period_s)} records/s, {_rate(size_bytes / period_s / 1e6)} MB/s"
        starved_s, blocked_s = totals.starved_s - before.starved_s, totals.blocked_s - before.blocked_s
        self._reported, self._reported_at_s = totals, self._now()
        self._lines += 1
        self._read_s += period_s
        return f"channel {self._name}: {_progress(before, totals)}{rates}; {_waits(starved_s, blocked_s, period_s)}"


def _progress(before: FlowTotals, totals: FlowTotals) -> str:
    """The epochs that the line is about."""
    ended = totals.ended - before.ended
    if not ended:
        return f"epoch {totals.epoch}"
    first, last = before.ended, totals.ended - 1
    which = f"epoch {last}" if ended == 1 else f"epochs {first} to {last}"
    left = totals.left - before.left
    how = "complete" if not left else "closed early by the reader"
    if 0 < left < ended:
        how = f"over, {left} of them closed early by the reader"
    # from the beginning of the first of these epochs, part of which an earlier line may have reported
    amount = _amount(totals.ended_records - before.ended_records, totals.ended_bytes - before.ended_bytes)
    return f"{which} {how} ({amount})"


def _waits(starved_s: float, blocked_s: float, period_s: float) -> str:
    return (
        f"the algorithm waited {starved_s:,.1f} s of {period_s:,.1f} s for data, "
        f"data waited {blocked_s:,.1f} s for the algorithm ({_verdict(starved_s, blocked_s, period_s)})"
    )


def _verdict(starved_s: float, blocked_s: float, period_s: float) -> str:
    """The side that is the bottleneck."""
    if starved_s < NOTICEABLE * max(period_s, RATES_FROM_S):
        return "bound by the algorithm"
    return "bound by the data" if starved_s >= 2 * blocked_s else "bound by both in turn"


def _in_all(totals: FlowTotals, period_s: float) -> str:
    whole = totals.ended - totals.left
    epochs = f"{whole:,} whole {'epoch' if whole == 1 else 'epochs'}"
    if totals.left or totals.is_open:
        epochs += f" and {totals.left + totals.is_open:,} in part"
    amount = _amount(totals.records, totals.size_bytes)
    return f"{epochs} ({amount}); {_waits(totals.starved_s, totals.blocked_s, period_s)}"


def _amount(records: int, size_bytes: int) -> str:
    size = f"{size_bytes / 1e6:,.1f} MB" if size_bytes < 1e9 else f"{size_bytes / 1e9:,.1f} GB"
    return f"{records:,} {'record' if records == 1 else 'records'}, {size}"


def _rate(value: float) -> str:
    decimals = 0 if value >= 1000 else 1 if value >= 10 else 2
    return f"{value:,.{decimals}f}"


def published(job_name: str, lines: Iterable[tuple[int, str]]) -> list[Measured]:
    """The figures in the lines (ms since 1970, text) of a log, as CloudWatch shows them."""
    found: list[Measured] = []
    for ms, text in lines:
        match = _LINE.search(text)
        if match is None:
            continue
        dimensions = {"TrainingJobName": job_name, "Channel": match[1]}
        at = datetime.fromtimestamp(ms / 1000, UTC)
        for (name, unit), figure in zip(METRICS, match.groups()[1:], strict=True):
            if figure is not None:
                value = float(figure.replace(",", ""))
                found.append(Measured(Series.of(NAMESPACE, name, dimensions, unit), at, Aggregate.of(value)))
    return found
