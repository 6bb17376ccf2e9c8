"""Which metrics does an invocation of an endpoint leave. Source: training.md 8.3 (namespace AWS/SageMaker)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from trigpoint.compute.metrics import RecordMetric
from trigpoint.core.clock import Clock
from trigpoint.hosting.invocation import Answer, ModelFailed, NoInstanceReady

NAMESPACE = "AWS/SageMaker"


class InvocationMetrics:
    """Records what becomes of invocations; records nothing without a recorder."""

    def __init__(self, record: RecordMetric | None, clock: Clock) -> None:
        self._record = record
        self._clock = clock

    @contextmanager
    def measured(
        self, endpoint_name: str, instance_counts: Mapping[str, int]
    ) -> Iterator[Callable[[Answer], None]]:
        """Around one invocation: the block gives its answer to what it gets, or lets the error through.

        `instance_counts` has the number of instances by variant.
        """
        began_s = time.monotonic()

        def answered(answer: Answer) -> None:
            overhead_s = time.monotonic() - began_s - answer.model_s
            counts = _counts(200, instance_counts.get(answer.variant, 1))
            self._put(endpoint_name, answer.variant, counts, "Count")
            latencies = {"ModelLatency": answer.model_s * 1e6, "OverheadLatency": overhead_s * 1e6}
            self._put(endpoint_name, answer.variant, latencies, "Microseconds")

        try:
            yield answered
        except (ModelFailed, NoInstanceReady) as error:
            status = error.status if isinstance(error, ModelFailed) else 503
            counts = _counts(status, instance_counts.get(error.variant, 1))
            self._put(endpoint_name, error.variant, counts, "Count")
            raise

    def _put(self, endpoint_name: str, variant: str, values: Mapping[str, float], unit: str) -> None:
        if self._record is None:
            return
        dimensions = {"EndpointName": endpoint_name, "VariantName": variant}
        for name, value in values.items():
            self._record(NAMESPACE, name, dimensions, value, unit, self._clock.now())


def _counts(status: int, instances: int) -> dict[str, float]:
    """What one request counts. Each error is 0 or 1, so that averages are rates; no answer counts as 5xx."""
    return {
        "Invocations": 1.0,
        "InvocationsPerInstance": 1 / instances,
        "Invocation4XXErrors": float(400 <= status < 500),
        "Invocation5XXErrors": float(status >= 500 or status == 0),
        "InvocationModelErrors": float(status != 503 and not 200 <= status < 300),
    }
