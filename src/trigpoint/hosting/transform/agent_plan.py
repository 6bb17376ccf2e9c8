"""The plan by which a data agent sends requests: how many at a time, how large, with how many records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trigpoint.hosting.transform.model import DEFAULT_PAYLOAD_MB, TransformSpec, strategy_for_containers
from trigpoint.hosting.transform.splitting import BYTES_PER_MB, LARGEST_BODY_MB


@dataclass(frozen=True, slots=True)
class AgentPlan:
    """The settings of the request, or else of the model, or else the defaults."""

    max_concurrent: int
    max_payload_mb: int
    several: bool

    @classmethod
    def of(cls, spec: TransformSpec, wanted: Mapping[str, Any]) -> AgentPlan:
        """The plan; `wanted` are the model's execution parameters.

        MaxConcurrentTransforms of 0 leaves the number to the model. Source: training.md 8.5.
        """
        payload_mb = spec.max_payload_mb
        if payload_mb is None:
            payload_mb = _number(wanted.get("MaxPayloadInMB"), DEFAULT_PAYLOAD_MB)
        strategy = strategy_for_containers(spec.strategy) or wanted.get("BatchStrategy", "MULTI_RECORD")
        concurrent = spec.max_concurrent or _number(wanted.get("MaxConcurrentTransforms"), 1)
        return cls(max(1, concurrent), payload_mb, strategy != "SINGLE_RECORD")

    @property
    def limit_bytes(self) -> int:
        """The largest body."""
        return (self.max_payload_mb or LARGEST_BODY_MB) * BYTES_PER_MB

    @property
    def chunked(self) -> bool:
        """Whether bodies are sent in chunks, without their length: there is no limit that the model knows."""
        return self.max_payload_mb == 0


def _number(value: Any, default: int) -> int:
    return value if isinstance(value, int) and value >= 0 else default
