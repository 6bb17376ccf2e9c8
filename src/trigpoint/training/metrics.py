"""Which metrics does a job's log hold: the built-in algorithms' definitions, all values and the last of each.

Source: training.md 4.8, 6.8, 7.5.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from trigpoint.compute.metrics import Aggregate, Measured, Series
from trigpoint.training.model import Metric

NAMESPACE: Final = "/aws/sagemaker/TrainingJobs"
"""Source: training.md 4.8; the values have no unit."""

_LINE = r"#quality_metric: host=\S+, epoch=\S+, "

DEFINITIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "object-detection": {
        "validation:mAP": _LINE + r"validation mAP <score>=\((\S+)\)",
        "train:smooth_l1": _LINE + r"batch=\S+ train smooth_l1 <loss>=(\S+)",
        "train:cross_entropy": _LINE + r"batch=\S+ train cross_entropy <loss>=(\S+)",
        "train:progress": r"#progress_metric: host=\S+, completed (\S+) %",
        "train:throughput": r"#throughput_metric: host=\S+, train throughput=(\S+) records/second",
    },
    "image-classification": {
        "train:accuracy": r"Epoch\[\d+\] Train-accuracy=(\S+)",
        "validation:accuracy": r"Epoch\[\d+\] Validation-accuracy=(\S+)",
    },
}
"""Regular expressions of the platform by algorithm and metric; group 1 is the value."""


def find_metrics(algorithm: str, lines: Iterable[tuple[int, str]]) -> list[Metric]:
    """All values in the lines (ms since 1970, text), in their order; what is no number is passed over."""
    patterns = [(name, re.compile(regex)) for name, regex in DEFINITIONS.get(algorithm, {}).items()]
    found: list[Metric] = []
    for ms, text in lines:
        for name, pattern in patterns:
            match = pattern.search(text)
            value = _number(match[1]) if match else None
            if value is not None:
                found.append(Metric(name, value, datetime.fromtimestamp(ms / 1000, UTC)))
    return found


def latest(known: Iterable[Metric], found: Iterable[Metric]) -> tuple[Metric, ...]:
    """One metric a name, later ones before earlier ones; sorted by name."""
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
