"""Metrics of jobs and endpoints, added up minute by minute."""

from trigpoint.compute.metrics.model import Aggregate, Measured, Point, RecordMetric, Series, regroup
from trigpoint.compute.metrics.recorder import Metrics

__all__ = ["Aggregate", "Measured", "Metrics", "Point", "RecordMetric", "Series", "regroup"]
