"""Table of transform jobs."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text

from trigpoint.db.tables.metadata import Json, KeyText, UtcDateTime, metadata

transform_jobs = Table(
    "transform_jobs",
    metadata,
    Column("id", Text, primary_key=True),
    # the name in lower case: ARNs hold it so, and names that differ only in case would be one
    Column("name_key", KeyText, nullable=False, unique=True),
    Column("name", KeyText, nullable=False),
    Column("arn", Text, nullable=False),
    # what the job needs to run, see hosting.transform.model.TransformSpec
    Column("spec", Json, nullable=False),
    # the request as it came, to be shown again
    Column("request", Json, nullable=False),
    # grows with every change: every change is a compare-and-set on it
    Column("revision", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("failure_reason", Text),
    # how it will have ended as soon as none of its processes runs any more; {} before that is decided
    Column("outcome", Json, nullable=False),
    # its instances: a model server and a data agent each
    Column("workers", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Index("ix_transform_jobs_created_at", "created_at", "name_key"),
    Index("ix_transform_jobs_status", "status", "name_key"),
)
