"""Tables of measurements: the series of metrics, and their values added up over minutes and hours."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, Table, Text

from trigpoint.db.tables.metadata import Json, KeyText, UtcDateTime, metadata

metric_series = Table(
    "metric_series",
    metadata,
    # a digest of what follows, so that every server gives the same series the same id
    Column("id", Text, primary_key=True),
    Column("namespace", KeyText, nullable=False),
    Column("name", KeyText, nullable=False),
    Column("dimensions", Json, nullable=False),
    Column("unit", Text, nullable=False),
    # when the newest value was measured
    Column("last_value_at", UtcDateTime, nullable=False),
    Index("ix_metric_series_namespace_name", "namespace", "name"),
)

metric_points = Table(
    "metric_points",
    metadata,
    Column(
        "series_id",
        Text,
        ForeignKey("metric_series.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    # 60 or 3600: how long the time is whose values were added up
    Column("period_s", Integer, primary_key=True),
    Column("starts_at", UtcDateTime, primary_key=True),
    Column("count", Float, nullable=False),
    Column("sum", Float, nullable=False),
    Column("min", Float, nullable=False),
    Column("max", Float, nullable=False),
    # for the removal of what is old
    Index("ix_metric_points_period_s_starts_at", "period_s", "starts_at"),
)
