"""Tables of models, endpoint configurations, endpoints and their model servers."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from trigpoint.db.tables.metadata import Json, KeyText, UtcDateTime, metadata

# `name_key` is the name in lower case: ARNs hold it so, and names that differ only in case would be one.

models = Table(
    "models",
    metadata,
    Column("name_key", KeyText, primary_key=True),
    Column("name", KeyText, nullable=False),
    Column("arn", Text, nullable=False),
    Column("containers", Json, nullable=False),
    # what DescribeModel returns in addition to the name
    Column("request", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_models_created_at", "created_at"),
)

endpoint_configs = Table(
    "endpoint_configs",
    metadata,
    Column("name_key", KeyText, primary_key=True),
    Column("name", KeyText, nullable=False),
    Column("arn", Text, nullable=False),
    Column("variants", Json, nullable=False),
    Column("request", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_endpoint_configs_created_at", "created_at"),
)

endpoints = Table(
    "endpoints",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name_key", KeyText, nullable=False, unique=True),
    Column("name", KeyText, nullable=False),
    Column("arn", Text, nullable=False),
    Column("config_name", KeyText, nullable=False),
    Column("status", Text, nullable=False),
    Column("failure_reason", Text),
    # deployments: copies of what the configuration and its models said, as both may be deleted; {} for none
    Column("serving", Json, nullable=False),
    Column("pending", Json, nullable=False),
    # counts the writes, for compare-and-set
    Column("revision", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_endpoints_created_at", "created_at"),
)

endpoint_instances = Table(
    "endpoint_instances",
    metadata,
    Column("id", Text, primary_key=True),
    Column("endpoint_id", Text, ForeignKey("endpoints.id", ondelete="CASCADE"), nullable=False),
    Column("deployment_id", Text, nullable=False),
    Column("variant_name", KeyText, nullable=False),
    Column("number", Integer, nullable=False),
    Column("phase", Text, nullable=False),
    # the process of the present attempt
    Column("handle", Text),
    Column("port", Integer),
    # attempts in a row that did not come to serve
    Column("failures", Integer, nullable=False),
    Column("started_at", UtcDateTime),
    Column("ready_at", UtcDateTime),
    Column("retry_at", UtcDateTime),
    Column("failure_reason", Text),
    # since when a ready one leaves /ping unanswered
    Column("silent_since", UtcDateTime),
    UniqueConstraint(
        "endpoint_id", "deployment_id", "variant_name", "number", name="uq_endpoint_instances_slot"
    ),
)
