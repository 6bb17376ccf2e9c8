"""The names and dimensions of instance metrics in CloudWatch, for real jobs and endpoints sampled once."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from helpers.hosting import hosting_world
from helpers.processes import wait_for
from helpers.scratch_app import CONTEXT, scratch_app
from helpers.training import a_world
from helpers.transform import transform_world
from trigpoint.compute.metrics import Metrics
from trigpoint.compute.runner import MeasuredAs, ProcessSpec
from trigpoint.compute.usage import UsageSampler
from trigpoint.core.clock import SystemClock
from trigpoint.db import Database
from trigpoint.services.metrics import MetricsOperations
from trigpoint.settings import Settings

OF_EACH = {"CPUUtilization", "MemoryUtilization", "DiskUtilization"}


def sampled(database: Database, settings: Settings, namespace: str) -> dict[str, list[dict[str, str]]]:
    """The dimensions of each metric in the namespace after one sample; checks that the values are plausible."""
    metrics = Metrics(database, SystemClock())
    sampler = UsageSampler(settings.jobs_dir / "processes", metrics.record_metric, SystemClock())
    sampler.sample()
    sampler.stop()
    cloudwatch = MetricsOperations(metrics)
    found: dict[str, list[dict[str, str]]] = {}
    listed = cloudwatch.list_metrics(_now(), {"Namespace": namespace})["Metrics"]
    for metric in listed:
        asked = {**metric, "Period": 60, "Statistics": ["Average", "Maximum"], **_around_now()}
        (point,) = cloudwatch.get_metric_statistics(_now(), asked)["Datapoints"]
        assert 0 <= point["Average"] <= point["Maximum"], metric
        assert point["Unit"] == "Percent"
        pairs = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
        found.setdefault(metric["MetricName"], []).append(pairs)
    return found


def _now() -> Any:
    return replace(CONTEXT, received_at=datetime.now(UTC))


def _around_now() -> dict[str, datetime]:
    now = datetime.now(UTC)
    return {"StartTime": now - timedelta(minutes=5), "EndTime": now + timedelta(minutes=5)}


def test_a_server_samples_regularly_and_writes_all_samples_when_it_stops(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trigpoint.compute.usage.sampler.INTERVAL_S", 0.1)
    monkeypatch.setattr("trigpoint.compute.metrics.recorder.FLUSH_S", 3600)
    with scratch_app(database, tmp_path) as app:
        application = app.application
        application.start()
        of = MeasuredAs.host("/aws/sagemaker/TrainingJobs", "job-1/algo-1")
        argv = [sys.executable, "-c", "while True: pass"]
        application.runner.start(
            ProcessSpec(argv, tmp_path / "job", log_path=tmp_path / "log", measured_as=of)
        )
        recorded = application.metrics._waiting
        wait_for(lambda: any(series.name == "CPUUtilization" for series, _, _ in list(recorded)), "a look")
        application.stop()
    again = Database(database.url)
    listed = Metrics(again, SystemClock()).find_series(
        of.namespace, None, datetime.now(UTC) - timedelta(hours=1)
    )
    again.close()
    assert {series.name for series in listed} == OF_EACH


def test_training_job_metrics_have_the_host_dimension(tmp_path: Path, database: Database) -> None:
    with a_world(tmp_path, database) as world:
        world.train_with("print('at work', flush=True); time.sleep(60)")
        world.put_manifest(1)
        world.create("job-1")
        world.advance_until(lambda job: "at work" in world.log())
        found = sampled(database, world.settings, "/aws/sagemaker/TrainingJobs")
        world.jobs.stop("job-1")
        world.runner.stop_all(0)
    assert found == {name: [{"Host": "job-1/algo-1"}] for name in OF_EACH}


def test_endpoint_metrics_have_the_endpoint_and_variant_dimensions(
    database: Database, settings: Settings
) -> None:
    with hosting_world(database, settings) as world:
        world.serve("e")
        found = sampled(database, settings, "/aws/sagemaker/Endpoints")
    assert found == {name: [{"EndpointName": "e", "VariantName": "AllTraffic"}] for name in OF_EACH}


def test_transform_job_metrics_have_one_host_for_model_server_and_agent(
    database: Database, settings: Settings
) -> None:
    with transform_world(database, settings) as world:
        world.batch_model("m")
        world.put({f"in/{number}": b"sleep 0.5" for number in range(40)})
        world.start("batch-1")
        wait_for(lambda: "0.out" in world.outputs("batch-1"), "the first output")
        found = sampled(database, settings, "/aws/sagemaker/TransformJobs")
        (server,) = (instance.server.id for instance in world.jobs.describe("batch-1").instances)
    assert found == {name: [{"Host": f"batch-1/{server}"}] for name in OF_EACH}
