"""What a server knows about the instances of a job when it decides on the job's next step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trigpoint.compute.runner import ProcessState
from trigpoint.training.progress import InstanceResult, Phase


@dataclass(frozen=True, slots=True)
class InstanceFacts:
    """What is known of one instance.

    `process` must be read before the others: when it says that the process has ended, they are final.
    """

    process: ProcessState
    phases: Sequence[Phase]
    result: InstanceResult | None


Facts = Mapping[int, InstanceFacts]
"""The facts about the instances that were started, by member number."""
