"""Which function prepares an object's task and which one makes a label of the answers: the built-in ones,
by name.
 The built-in functions of Ground Truth have ARNs that end in PRE-<task type> and ACS-<task type>. The
account in the ARN differs by Region and is not looked at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import Answer, Job

BOUNDING_BOX = "BoundingBox"
SERVED = (BOUNDING_BOX,)
"""The task types that can be labeled here now."""

_FUNCTION = re.compile(r"arn:aws[a-z\-]*:lambda:[a-z0-9\-]*:\d{12}:function:(?P<name>[^:]+)(:[^:]+)?")


def task_type(pre_arn: str | None, consolidation_arn: str | None) -> str:
    """The task type that both functions belong to.

    Raises: Invalid: they are not of one built-in task type, or of one that is not served.
    """
    pre = _suffix(pre_arn, "PRE-", "PreHumanTaskLambdaArn")
    consolidation = _suffix(consolidation_arn, "ACS-", "AnnotationConsolidationLambdaArn")
    if pre != consolidation:
        raise Invalid(
            f"PreHumanTaskLambdaArn is of task type {pre!r} and AnnotationConsolidationLambdaArn of "
            f"{consolidation!r}; both must be of the same one"
        )
    if pre not in SERVED:
        raise Invalid(f"labeling jobs of task type {pre!r} are not served yet; served: {', '.join(SERVED)}")
    return pre


def task_input(line: str, labels: Sequence[str]) -> Mapping[str, Any]:
    """What PRE-* functions make of a manifest line: the template's `task.input`."""
    data_object = json.loads(line)
    return {
        "taskObject": data_object.get("source-ref", data_object.get("source")),
        "labels": list(labels),
        "manifestLine": data_object,
    }


def image_uri(line: str) -> str:
    """Where the object of a manifest line lies."""
    uri: str = json.loads(line)["source-ref"]
    return uri


def payload(
    lines: Mapping[int, str], answers: Mapping[int, Sequence[Answer]], region: str
) -> list[dict[str, Any]]:
    """What a consolidation function reads: the answers of a round's objects, in manifest order."""
    return [_entry(index, lines[index], answers[index], region) for index in sorted(answers)]


def response(contents: Mapping[int, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What a consolidation function returns: the members for the output lines, in manifest order."""
    return [
        {"datasetObjectId": str(index), "consolidatedAnnotation": {"content": contents[index]}}
        for index in sorted(contents)
    ]


def worker_response(answers: Sequence[Answer], region: str) -> dict[str, Any]:
    """The file that keeps all workers' answers for one object, in order of submission."""
    return {"answers": [_worker_answer(answer, region) for answer in answers]}


def label_metadata(job: Job, output_type: str, at: datetime) -> dict[str, Any]:
    """The members that every label's metadata has."""
    return {
        "type": output_type,
        "human-annotated": "yes",
        "creation-date": at.strftime("%Y-%m-%dT%H:%M:%S.%f"),
        "job-name": f"labeling-job/{job.name.lower()}",
    }


def worker_reference(worker_id: str, region: str) -> str:
    """A worker's id as it stands in files."""
    return f"private.{region}.{worker_id}"


def _suffix(arn: str | None, prefix: str, field: str) -> str:
    if arn is None:
        raise Invalid(
            f"{field} is missing; custom workflows are not served yet, only the built-in task type "
            f"{', '.join(SERVED)} (...:function:{prefix}{SERVED[0]})"
        )
    found = _FUNCTION.fullmatch(arn)
    name = found["name"] if found else ""
    if not name.startswith(prefix):
        raise Invalid(
            f"{field} {arn!r} is not a built-in function; custom workflows are not served yet, only the "
            f"built-in task type {', '.join(SERVED)} (...:function:{prefix}{SERVED[0]})"
        )
    return name.removeprefix(prefix)


def _entry(index: int, line: str, answers: Sequence[Answer], region: str) -> dict[str, Any]:
    data_object = json.loads(line)
    source = (
        {"s3Uri": data_object["source-ref"]}
        if "source-ref" in data_object
        else {"content": data_object["source"]}
    )
    return {
        "datasetObjectId": str(index),
        "dataObject": source,
        "annotations": [
            {"workerId": worker_reference(a.worker_id, region), "annotationData": {"content": a.content}}
            for a in answers
        ],
    }


def _worker_answer(answer: Answer, region: str) -> dict[str, Any]:
    return {
        "acceptanceTime": _milliseconds(answer.accepted_at),
        "answerContent": json.loads(answer.content),
        "submissionTime": _milliseconds(answer.submitted_at),
        "timeSpentInSeconds": round(answer.time_spent_s, 3),
        "workerId": worker_reference(answer.worker_id, region),
        "workerMetadata": {
            "identityData": {
                "identityProviderType": answer.identity.get("provider_type"),
                "issuer": answer.identity.get("issuer"),
                "sub": answer.identity.get("sub"),
            }
        },
    }


def _milliseconds(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
