"""Metrics: series of values, identified by namespace, name, dimensions and unit, and added up over time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

MINUTE_S = 60
HOUR_S = 3600


class RecordMetric(Protocol):
    """Keeps one value of a metric; units are CloudWatch's (Count, Microseconds)."""

    def __call__(
        self, namespace: str, name: str, dimensions: Mapping[str, str], value: float, unit: str, at: datetime
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Series:
    """One row of values. `dimensions` are sorted by name."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    unit: str = "None"

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str], unit: str = "None") -> Series:
        """The series with these dimensions, in any order."""
        return cls(namespace, name, tuple(sorted(dimensions.items())), unit)

    @property
    def id(self) -> str:
        """An id that is the same in every process and version."""
        text = json.dumps([self.namespace, self.name, self.dimensions, self.unit], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Values added up: count, sum, minimum and maximum."""

    count: float
    sum: float
    min: float
    max: float

    @classmethod
    def of(cls, value: float) -> Aggregate:
        """A single value."""
        return cls(1.0, value, value, value)

    def plus(self, other: Aggregate) -> Aggregate:
        """Both together."""
        return Aggregate(
            self.count + other.count,
            self.sum + other.sum,
            min(self.min, other.min),
            max(self.max, other.max),
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """Values of a series at a time."""

    series: Series
    at: datetime
    values: Aggregate


@dataclass(frozen=True, slots=True)
class Point:
    """The values of the period that begins at `starts_at`."""

    starts_at: datetime
    values: Aggregate


Bucket = tuple[Series, int, datetime]
"""A series, the seconds of a period and its beginning."""


def floor(at: datetime, period_s: int) -> datetime:
    """The beginning of the period that contains `at`; periods are counted from 1970."""
    since_s = int(at.timestamp()) // period_s * period_s
    return datetime.fromtimestamp(since_s, UTC)


def by_minute(values: Iterable[Measured]) -> dict[Bucket, Aggregate]:
    """The values added up over minutes."""
    found: dict[Bucket, Aggregate] = {}
    for each in values:
        add(found, (each.series, MINUTE_S, floor(each.at, MINUTE_S)), each.values)
    return found


def add(buckets: dict[Bucket, Aggregate], bucket: Bucket, values: Aggregate) -> None:
    """Adds the values to the bucket."""
    known = buckets.get(bucket)
    buckets[bucket] = values if known is None else known.plus(values)


def regroup(points: Iterable[Point], start_at: datetime, period_s: int) -> list[Point]:
    """The points added up over periods that are counted from `start_at`, in the order of time."""
    found: dict[datetime, Aggregate] = {}
    for point in points:
        steps = (point.starts_at - start_at) // timedelta(seconds=period_s)
        at = start_at + timedelta(seconds=steps * period_s)
        found[at] = found[at].plus(point.values) if at in found else point.values
    return [Point(at, found[at]) for at in sorted(found)]
