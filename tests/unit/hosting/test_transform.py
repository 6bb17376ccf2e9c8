"""Batch transform without processes: joined records, progress, and the next steps of jobs and instances."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from trigpoint.compute.runner import ProcessState
from trigpoint.core.errors import Invalid
from trigpoint.db import Database
from trigpoint.hosting.records import ContainerDefinition, ModelServer
from trigpoint.hosting.server_steps import ServerFacts
from trigpoint.hosting.transform import store
from trigpoint.hosting.transform.inputs import share_of
from trigpoint.hosting.transform.model import TransformInstance, TransformJob, TransformOutcome, TransformSpec
from trigpoint.hosting.transform.processing import processing_of
from trigpoint.hosting.transform.progress import AgentProgress, ObjectFailure, ProgressLog, read_progress
from trigpoint.hosting.transform.steps import TransformStep, next_instance, next_server, next_step, outcome

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SPEC = TransformSpec(
    "m", ContainerDefinition("object-detection"), "object-detection", "s3://b/in/", "s3://b/out"
)
RUNS, LOST = ProcessState("running"), ProcessState("lost")


def test_values_that_are_not_objects_are_joined_with_their_input() -> None:
    spec = replace(SPEC, content_type="application/json", accept="application/json", join_input=True)
    processing = processing_of(spec)
    assert processing is not None
    assert processing.from_model(b'{"key": 1}', b'{"label": 1}') == (
        b'{"key": 1, "SageMakerOutput": {"label": 1}}'
    )
    assert processing.from_model(b"[1, 2]", b"3") == b'{"SageMakerInput": [1, 2], "SageMakerOutput": 3}'
    assert processing.from_model(b'{"SageMakerOutput": 1}', b"2") == b'{"SageMakerOutput": 2}'
    with pytest.raises(Invalid, match="the model's answer is not JSON"):
        processing.from_model(b"{}", b"<html>")
    assert processing_of(SPEC) is None


def test_an_incomplete_last_line_of_progress_is_ignored(tmp_path: Path) -> None:
    log = ProgressLog(tmp_path)
    log.add(4, ObjectFailure(4, "s3://b/4", "ClientError", "late"))
    log.add(2, ObjectFailure(2, "s3://b/2", "ClientError", "early"))
    log.add(3, None)
    with (tmp_path / "progress.jsonl").open("a") as file:
        file.write('{"index": 9, "fail')
    assert read_progress(tmp_path) == AgentProgress(
        3, 2, ObjectFailure(2, "s3://b/2", "ClientError", "early")
    )
    again = ProgressLog(tmp_path)
    assert again.finished() == {2, 3, 4}
    again.add(9, None)
    assert again.finished() == {2, 3, 4, 9}


def instance(**fields: Any) -> TransformInstance:
    server = ModelServer("i", "j", "j", "m", 0, "ready", handle="h", port=1, started_at=NOW, ready_at=NOW)
    return TransformInstance(**{"server": server, "share": 2, **fields})


def job(*instances: TransformInstance, **fields: Any) -> TransformJob:
    started = {"started_at": NOW, "instances": instances} if instances else {}
    made = TransformJob("j", "j", "arn", SPEC, {}, 1, "InProgress", NOW, NOW)
    return replace(made, **{**started, **fields})


def test_the_steps_of_a_job_are_prepare_run_decide_and_stop() -> None:
    assert next_step(job()) is TransformStep.PREPARE
    assert next_step(job(instance(), instance(finished=True))) is TransformStep.RUN
    assert next_step(job(instance(finished=True))) is TransformStep.DECIDE
    assert next_step(job(instance(failures=3))) is TransformStep.DECIDE
    assert next_step(job(instance(), status="Stopping")) is TransformStep.DECIDE
    assert next_step(job(instance(), outcome=TransformOutcome("Completed"))) is TransformStep.STOP
    broken = replace(instance().server, phase="failed", failure_reason="AlgorithmError: why")
    assert next_step(job(instance(server=broken), instance())) is TransformStep.DECIDE
    assert outcome(job(instance(server=broken)), [AgentProgress()]) == TransformOutcome(
        "Failed", "AlgorithmError: why"
    )
    assert outcome(job(instance(), status="Stopping"), [AgentProgress()]) == TransformOutcome("Stopped")


def test_the_failure_reason_names_the_first_failed_object_of_all_instances() -> None:
    both = job(instance(finished=True), instance(finished=True))
    late = AgentProgress(3, 2, ObjectFailure(5, "s3://b/5", "AlgorithmError", "x"))
    early = AgentProgress(2, 1, ObjectFailure(1, "s3://b/1", "ClientError", "y" * 2000))
    found = outcome(both, [late, early])
    assert found.failure_reason is not None
    assert found.failure_reason.startswith(
        "ClientError: See job logs for more information: 3 of 5 objects could not be transformed; the first is "
        "s3://b/1: yyy"
    )
    assert len(found.failure_reason) == 1024
    assert outcome(both, [AgentProgress(3), AgentProgress(2)]) == TransformOutcome("Completed")


def test_an_agent_that_ends_early_is_restarted_until_three_attempts_in_a_row_finish_no_object() -> None:
    one = instance(attempt=1)
    assert next_instance(one, RUNS, None) == one
    assert next_instance(one, LOST, AgentProgress(2)).finished
    again = next_instance(one, LOST, AgentProgress(1))
    assert (again.attempt, again.failures, again.done) == (2, 0, 1)
    for failures in (1, 2, 3):
        again = next_instance(again, LOST, AgentProgress(1))
        assert again.failures == failures
    asked = next_instance(instance(attempt=1), ProcessState("exited", 0), AgentProgress(0))
    assert (asked.attempt, asked.failures) == (2, 0), "it ended because the installation was stopped"


def test_a_model_server_that_ends_after_it_was_ready_has_three_new_attempts() -> None:
    server = instance().server
    for _ in range(5):
        ended = next_server(server, 240, ServerFacts(LOST), NOW)
        assert (ended.phase, ended.failures, ended.ready_at) == ("new", 0, None)
        server = next_server(replace(ended, phase="starting"), 240, ServerFacts(RUNS, 1), NOW)
        assert server.phase == "ready"
    for _ in range(3):
        ended = next_server(replace(ended, phase="starting"), 240, ServerFacts(LOST), NOW)
    assert ended.phase == "failed"
    assert "did not pass the ping health check" in str(ended.failure_reason)


def test_objects_are_shared_evenly() -> None:
    assert [share_of(10, 4, number) for number in range(4)] == [3, 3, 2, 2]


def test_a_job_is_read_as_it_was_stored(database: Database) -> None:
    made = job(instance(attempt=2, done=1), outcome=TransformOutcome("Failed", "why"))
    spec = replace(SPEC, environment={"A": "1"}, max_payload_mb=0)
    made = replace(made, spec=spec)
    with database.write() as connection:
        store.JOBS.add(connection, made)
        assert store.get(connection, "j") == made
