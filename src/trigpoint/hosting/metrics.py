"""Metrics of an endpoint's invocations. Source: training.md 8.3 (namespace AWS/SageMaker)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from trigpoint.compute.metrics import RecordMetric
from trigpoint.core.clock import Clock
from trigpoint.hosting.invocation import InvokeReply, ModelFailed, NoInstanceReady

NAMESPACE = "AWS/SageMaker"


class InvocationMetrics:
    """Records the results of invocations; does nothing without a recorder."""

    def __init__(self, record: RecordMetric | None, clock: Clock) -> None:
        self._record = record
        self._clock = clock

    @contextmanager
    def measured(
        self, endpoint_name: str, instance_counts: Mapping[str, int]
    ) -> Iterator[Callable[[InvokeReply], None]]:
        """Context of one invocation: the block calls the yielded function with the reply, or raises.

        `instance_counts` has the number of instances by variant.
        """
        began_s = time.monotonic()

        def record(reply: InvokeReply) -> None:
            overhead_s = time.monotonic() - began_s - reply.model_s
            counts = _counts(200, instance_counts.get(reply.variant, 1))
            self._put(endpoint_name, reply.variant, counts, "Count")
            latencies = {"ModelLatency": reply.model_s * 1e6, "OverheadLatency": overhead_s * 1e6}
            self._put(endpoint_name, reply.variant, latencies, "Microseconds")

        try:
            yield record
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
    """The counts of one request. Each error is 0 or 1, so averages are rates; no reply counts as 5xx."""
    return {
        "Invocations": 1.0,
        "InvocationsPerInstance": 1 / instances,
        "Invocation4XXErrors": float(400 <= status < 500),
        "Invocation5XXErrors": float(status >= 500 or status == 0),
        "InvocationModelErrors": float(status != 503 and not 200 <= status < 300),
    }
