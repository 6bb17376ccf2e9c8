"""The functions of a labeling job: which task type their ARNs name.

The built-in functions of Ground Truth have ARNs that end in PRE-<task type> and ACS-<task type>. The account in the
ARN differs by Region and is not looked at.
"""

from __future__ import annotations

import re
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.labeling.task_types import TASK_TYPES
from trigpoint.labeling.task_types.contract import TaskType

_FUNCTION = re.compile(r"arn:aws[a-z\-]*:lambda:[a-z0-9\-]*:\d{12}:function:(?P<name>[^:]+)(:[^:]+)?")

_UNSERVED = {"Video": "videos", "PointCloud": "point clouds"}
"""Parts of the names of task types that Ground Truth has and Trigpoint does not, such as VideoMultiClass."""


def task_type_of(pre_arn: str | None, consolidation_arn: str | None) -> TaskType[Any]:
    """The task type that both functions belong to.

    Raises: Invalid: they belong to different types, or to one that is not served.
    """
    pre = _type_name(pre_arn, "PRE-", "PreHumanTaskLambdaArn")
    consolidation = _type_name(consolidation_arn, "ACS-", "AnnotationConsolidationLambdaArn")
    if pre != consolidation:
        raise Invalid(
            f"PreHumanTaskLambdaArn is of task type {pre!r} and AnnotationConsolidationLambdaArn of "
            f"{consolidation!r}; both must be of the same one"
        )
    if pre not in TASK_TYPES:
        unserved = next(
            (f"; Trigpoint does not label {what}" for part, what in _UNSERVED.items() if part in pre), ""
        )
        raise Invalid(f"labeling jobs of task type {pre!r} are not served{unserved}; served: {_served()}")
    return TASK_TYPES[pre]


def _type_name(arn: str | None, prefix: str, field: str) -> str:
    if arn is None:
        raise Invalid(
            f"{field} is missing; custom workflows are not served yet, only the built-in function "
            f"...:function:{prefix}<task type> of these task types: {_served()}"
        )
    found = _FUNCTION.fullmatch(arn)
    name = found["name"] if found else ""
    if not name.startswith(prefix):
        raise Invalid(
            f"{field} {arn!r} is not a built-in function; custom workflows are not served yet, only "
            f"...:function:{prefix}<task type> of these task types: {_served()}"
        )
    return name.removeprefix(prefix)


def _served() -> str:
    return ", ".join(TASK_TYPES)
