"""Metrics in the log of a training job: all their values, and the last one of each.

Source: training.md 4.8.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import re2

from trigpoint.builtin import ALGORITHMS
from trigpoint.compute.metrics import Aggregate, Measured, Series
from trigpoint.core.errors import Invalid
from trigpoint.own_code.model import OwnProgram
from trigpoint.training.model import Metric

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False

NAMESPACE: Final = "/aws/sagemaker/TrainingJobs"
"""Source: training.md 4.8; the values have no unit."""


def metric_definitions(algorithm: str) -> Mapping[str, str]:
    """The platform's regular expression of each metric of the algorithm; none for an unknown algorithm."""
    # jobs outlive the release that created them, and so may name an algorithm that the registry no longer has
    known = ALGORITHMS.get(algorithm)
    return {} if known is None else known.metrics


def find_metrics(
    algorithm: str, lines: Iterable[tuple[int, str]], own: OwnProgram | None = None
) -> list[Metric]:
    """All values in the lines (ms since 1970, text), in their order. Text that is not a number is ignored."""
    patterns: list[tuple[str, Any]] = [
        (name, re.compile(regex)) for name, regex in metric_definitions(algorithm).items()
    ]
    if own is not None:
        patterns = [(name, compiled(regex)) for name, regex in own.metrics.items()]
    found: list[Metric] = []
    for ms, text in lines:
        for name, pattern in patterns:
            match = pattern.search(text)
            value = _number(match[1]) if match else None
            if value is not None:
                found.append(Metric(name, value, datetime.fromtimestamp(ms / 1000, UTC)))
    return found


def compiled(regex: str) -> Any:
    """A client's regular expression, which takes linear time.

    Raises: Invalid: it cannot be read, or has no group.
    """
    try:
        found = re2.compile(regex, _OPTIONS)
    except re2.error as error:
        why = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else error
        raise Invalid(
            f"{regex!r} is no regular expression ({why}); look-around and back references are not served"
        ) from None
    if found.groups < 1:
        raise Invalid(f"{regex!r} has no group; put parentheses around the number")
    return found


def latest(known: Iterable[Metric], found: Iterable[Metric]) -> tuple[Metric, ...]:
    """The latest metric of each name, sorted by name."""
    by_name = {metric.name: metric for metric in (*known, *found)}
    return tuple(by_name[name] for name in sorted(by_name))


def published(job_name: str, found: Iterable[Metric]) -> list[Measured]:
    """The values as CloudWatch shows them."""
    dimensions = {"TrainingJobName": job_name}
    return [
        Measured(Series.of(NAMESPACE, each.name, dimensions), each.at, Aggregate.of(each.value))
        for each in found
    ]


def _number(text: str) -> float | None:
    try:
        value = float(text.strip("()"))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
