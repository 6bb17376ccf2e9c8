"""Records of the labeling package with defaults, for tests that change a few members."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from trigpoint.labeling.model import Counters, DataObject, Job, JobSpec, JobStatus, ObjectStatus, Round

FUNCTION = "arn:aws:lambda:us-east-1:432418664414:function"
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)

_SPEC = JobSpec(
    name="j",
    label_attribute="boxes",
    manifest_uri="s3://b/in",
    output_path="s3://b/out",
    role_arn="r",
    label_categories_uri="s3://b/l",
    team_arn="t",
    template_uri="s3://b/t",
    pre_function_arn=f"{FUNCTION}:PRE-BoundingBox",
    consolidation_function_arn=f"{FUNCTION}:ACS-BoundingBox",
    title="t",
    description="d",
    workers_per_object=1,
    time_limit_s=300,
)
_JOB = Job(
    id="1",
    arn="a",
    reference_code="r",
    team_arn="t",
    task_type="BoundingBox",
    spec=_SPEC,
    status=JobStatus.IN_PROGRESS,
    failure_reason=None,
    created_at=NOW,
    updated_at=NOW,
    inputs_read=True,
    labels=("cat", "dog"),
    counters=Counters(total=10),
    iteration=1,
    published_count=0,
    published_at=NOW,
    stop_reason=None,
)
_DATA_OBJECT = DataObject(
    job_id="1",
    index=0,
    line='{"source-ref": "s3://b/0.png"}',
    status=ObjectStatus.OPEN,
    iteration=1,
    open_slots=1,
)


def a_spec(**changes: Any) -> JobSpec:
    """A bounding box job for one worker per object."""
    return replace(_SPEC, **changes)


def a_job(**changes: Any) -> Job:
    """A job in progress, with the labels cat and dog."""
    return replace(_JOB, **changes)


def a_data_object(**changes: Any) -> DataObject:
    """An open data object for one worker."""
    return replace(_DATA_OBJECT, **changes)


def a_round() -> Round:
    """The first round of a job."""
    return Round("r", "1", 1, NOW, NOW)
