"""Table of training jobs."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text

from trigpoint.db.tables.metadata import Json, KeyText, UtcDateTime, metadata

training_jobs = Table(
    "training_jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", KeyText, nullable=False),
    # names differ only in case: AWS writes the ARN in lower case, so they would share it
    Column("name_key", KeyText, nullable=False, unique=True),
    Column("arn", Text, nullable=False),
    # what the job needs to run, see training.model.TrainingSpec
    Column("spec", Json, nullable=False),
    # the request as it came, for descriptions
    Column("request", Json, nullable=False),
    # grows with every change, for compare-and-set
    Column("revision", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("secondary_status", Text, nullable=False),
    Column("transitions", Json, nullable=False),
    # why the job or its instances are stopped, see training.model.STOP_*; NULL when they are not
    Column("stop_cause", Text),
    Column("failure_reason", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    # when the decision to start the instances was taken; NULL before
    Column("launched_at", UtcDateTime),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    # last value and time of each metric
    Column("metrics", Json, nullable=False),
    # the group of instances, see compute.group.Member: handle, how far the log was read for metrics, result
    Column("members", Json, nullable=False),
    Index("ix_training_jobs_created_at", "created_at", "name"),
    Index("ix_training_jobs_status", "status", "name"),
    Index("ix_training_jobs_updated_at", "updated_at"),
    Index("ix_training_jobs_name", "name"),
)
