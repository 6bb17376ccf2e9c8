"""What the function ARNs of a labeling job name: built-in functions of a task type, or functions of the requester's.

The built-in functions of Ground Truth have ARNs that end in PRE-<task type> and ACS-<task type>. The account in the
ARN differs by Region and is not looked at; neither are account and Region of other functions. Every other name is that
of a function of this installation. The fragments of names that AWS's managed policy asks for are not required.

Decision: functions of different origin go together. A function that is left out is PassThrough: the template gets the
line of the manifest, and the answers are not consolidated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import Job
from trigpoint.labeling.task_types import TASK_TYPES
from trigpoint.labeling.task_types.contract import TaskType
from trigpoint.labeling.task_types.pass_through import PASS_THROUGH as PASS_THROUGH

_FUNCTION = re.compile(
    r"arn:aws[a-z\-]*:lambda:[a-z0-9\-]*:\d{12}:function:(?P<name>[^:]+)(:(?P<version>[^:]+))?"
)

_UNSERVED = {"Video": "videos", "PointCloud": "point clouds"}
"""Parts of the names of task types that Ground Truth has and Trigpoint does not, such as VideoMultiClass."""

_PRE_FIELD = "PreHumanTaskLambdaArn"
_POST_FIELD = "AnnotationConsolidationLambdaArn"


@dataclass(frozen=True, slots=True)
class Workflow:
    """The steps of a job before and after people work on it.

    task_type:  reads the answers, and consolidates them unless `post` does
    input_type: makes the input of the template, unless `pre` does
    pre, post:  the names of the requester's functions; None where a built-in one does the work
    """

    task_type: TaskType[Any]
    input_type: TaskType[Any]
    pre: str | None = None
    post: str | None = None

    @property
    def measuring_type(self) -> TaskType[Any]:
        """The task type that measures the data objects."""
        return self.input_type if self.task_type is PASS_THROUGH else self.task_type


@lru_cache(maxsize=1_000)
def workflow_of(pre_arn: str | None, consolidation_arn: str | None) -> Workflow:
    """The workflow that both functions make.

    Raises: Invalid: a name is malformed, or they are built-in functions of different task types, or of one that is not
            served.
    """
    input_type, pre = _named(pre_arn, "PRE-", _PRE_FIELD)
    task_type, post = _named(consolidation_arn, "ACS-", _POST_FIELD)
    if PASS_THROUGH not in (input_type, task_type) and input_type is not task_type:
        raise Invalid(
            f"{_PRE_FIELD} is of task type {input_type.name!r} and {_POST_FIELD} of {task_type.name!r}; "
            "both must be of the same one"
        )
    return Workflow(task_type, input_type, pre, post)


def workflow_of_job(job: Job) -> Workflow:
    """The workflow of an existing job."""
    return workflow_of(job.spec.pre_function_arn, job.spec.consolidation_function_arn)


def _named(arn: str | None, prefix: str, field: str) -> tuple[TaskType[Any], str | None]:
    """The task type of a built-in function; or PassThrough and the name of the requester's function."""
    if arn is None:
        return PASS_THROUGH, None
    found = _FUNCTION.fullmatch(arn)
    if found is None:
        raise Invalid(
            f"{field} {arn!r} is not the ARN of a function: arn:aws:lambda:<region>:<account>:function:<name>"
        )
    name, version = found["name"], found["version"]
    if version not in (None, "$LATEST"):
        raise Invalid(f"{field} {arn!r}: functions have one version, $LATEST; leave out {version!r}")
    if not name.startswith(("PRE-", "ACS-")):
        return PASS_THROUGH, name
    if not name.startswith(prefix):
        raise Invalid(
            f"{field} {arn!r} is not a function for this step; the built-in ones are ...:function:{prefix}<task type>"
        )
    return _task_type(name.removeprefix(prefix), f"{field} {arn!r}"), None


def _task_type(name: str, place: str) -> TaskType[Any]:
    if name not in TASK_TYPES:
        unserved = next(
            (f"; Trigpoint does not label {what}" for part, what in _UNSERVED.items() if part in name), ""
        )
        served = ", ".join(TASK_TYPES)
        raise Invalid(
            f"{place}: labeling jobs of task type {name!r} are not served{unserved}; served: {served}"
        )
    return TASK_TYPES[name]
