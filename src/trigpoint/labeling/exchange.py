"""The documents of a consolidation: what its function is given and returns, and the file with the workers' answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from trigpoint.labeling.answers import parsed_content
from trigpoint.labeling.model import Answer, DataObject


def request(
    data_objects: Sequence[DataObject], answers: Mapping[int, Sequence[Answer]], region: str
) -> list[dict[str, Any]]:
    """What a consolidation function reads: the answers of those objects that have any, in manifest order."""
    ordered = sorted(data_objects, key=lambda data_object: data_object.index)
    return [_entry(each, answers[each.index], region) for each in ordered if each.index in answers]


def response(contents: Mapping[int, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What a consolidation function returns: the members for the output lines, in manifest order."""
    return [
        {"datasetObjectId": str(index), "consolidatedAnnotation": {"content": contents[index]}}
        for index in sorted(contents)
    ]


def worker_response(answers: Sequence[Answer], region: str) -> dict[str, Any]:
    """The file that keeps all workers' answers for one object, in order of submission."""
    return {"answers": [_worker_answer(answer, region) for answer in answers]}


def worker_reference(worker_id: str, region: str) -> str:
    """A worker's id as files show it."""
    return f"private.{region}.{worker_id}"


def _entry(data_object: DataObject, answers: Sequence[Answer], region: str) -> dict[str, Any]:
    content = data_object.content
    source = {"s3Uri": content["source-ref"]} if "source-ref" in content else {"content": content["source"]}
    return {
        "datasetObjectId": str(data_object.index),
        "dataObject": source,
        "annotations": [
            {"workerId": worker_reference(a.worker_id, region), "annotationData": {"content": a.content}}
            for a in answers
        ],
    }


def _worker_answer(answer: Answer, region: str) -> dict[str, Any]:
    return {
        "acceptanceTime": _milliseconds(answer.accepted_at),
        "answerContent": parsed_content(answer.content),
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
