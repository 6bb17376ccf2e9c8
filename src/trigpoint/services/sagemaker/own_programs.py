"""The part of a CreateTrainingJob request that says which of people's own code runs.

Source: training.md 4.1, 4.8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from trigpoint.compute.image_uris import builtin_algorithm
from trigpoint.core.errors import Invalid
from trigpoint.own_code.model import OwnProgram
from trigpoint.training.metrics import compiled

FindProgram = Callable[[str], OwnProgram | None]
"""What runs for an image that is not a built-in algorithm's; None if nothing does."""


def no_program(image: str) -> OwnProgram | None:
    """Knows no image."""
    return None


def own_program(request: Mapping[str, Any], find_program: FindProgram) -> OwnProgram | None:
    """What runs instead of a built-in algorithm; None if the request names one, or an image that nothing runs for.

    Raises: Invalid: a metric definition cannot be used.
    """
    wanted = request["AlgorithmSpecification"]
    image = wanted.get("TrainingImage")
    if image is None or wanted.get("AlgorithmName") or builtin_algorithm(image):
        return None
    found = find_program(image)
    if found is None:
        return None
    return replace(
        found,
        isolated=bool(request.get("EnableNetworkIsolation")),
        entrypoint=tuple(wanted.get("ContainerEntrypoint") or ()),
        arguments=tuple(wanted.get("ContainerArguments") or ()),
        metrics=_metrics(wanted.get("MetricDefinitions") or ()),
        disk_gb=request["ResourceConfig"].get("VolumeSizeInGB") or 0,
    )


def _metrics(given: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, each in enumerate(given):
        try:
            compiled(each["Regex"])
        except Invalid as problem:
            raise Invalid(f"MetricDefinitions[{number}].Regex: {problem.message}") from None
        if each["Name"] in found:
            raise Invalid(f"MetricDefinitions has two of the name {each['Name']!r}; names must be unique")
        found[each["Name"]] = each["Regex"]
    return found
