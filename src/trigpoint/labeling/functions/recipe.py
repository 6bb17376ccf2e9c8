"""AWS's published "ground truth recipe" functions, for jobs that name them without having deployed them.

They have names like serverlessrepo-aws-sagema-GtRecipePreHumanTaskFunc-1ABC. A function of that name that was created
here goes first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_PRE, _POST = "GtRecipePreHumanTask", "GtRecipeAnnotationConsol"


def is_recipe(name: str) -> bool:
    """Whether the name is that of one of the functions."""
    return _PRE in name or _POST in name


def pre_response(event: Mapping[str, Any]) -> dict[str, Any]:
    """The data object's text or URI as `taskObject`."""
    line = event["dataObject"]
    return {
        "taskInput": {"taskObject": line.get("source", line.get("source-ref"))},
        "isHumanAnnotationRequired": "true",
    }


def post_response(label_attribute: str, payload: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """All answers of each object, whose content stays JSON text."""
    return [
        {
            "datasetObjectId": entry["datasetObjectId"],
            "consolidatedAnnotation": {
                "content": {label_attribute: {"annotationsFromAllWorkers": entry["annotations"]}}
            },
        }
        for entry in payload
    ]
