"""Batch transform without any process: JSONPath, records, progress, and what happens next to a job."""

from __future__ import annotations

import io
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
from trigpoint.hosting.transform.agent_plan import AgentPlan
from trigpoint.hosting.transform.inputs import share_of
from trigpoint.hosting.transform.json_path import NotThere, parse_json_path
from trigpoint.hosting.transform.model import TransformInstance, TransformJob, TransformOutcome, TransformSpec
from trigpoint.hosting.transform.processing import processing_of
from trigpoint.hosting.transform.progress import AgentProgress, ObjectFailure, ProgressLog, read_progress
from trigpoint.hosting.transform.splitting import (
    BYTES_PER_MB,
    Batching,
    RecordFailed,
    frame_tfrecord,
    read_tfrecords,
)
from trigpoint.hosting.transform.steps import TransformStep, next_instance, next_server, next_step, outcome

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SPEC = TransformSpec(
    "m", ContainerDefinition("object-detection"), "object-detection", "s3://b/in/", "s3://b/out"
)
RUNS, LOST = ProcessState("running"), ProcessState("lost")
DOCUMENT = {"a": 1, "b": {"c": [10, 20, 30]}, "d e": [{"x": 1}, {"x": 2}]}


@pytest.mark.parametrize(
    ("path", "selected"),
    [
        ("$", DOCUMENT),
        ("$.a", 1),
        ("$['d e'][0].x", 1),
        ('$["b"].c[-1]', 30),
        ("$.b.c[0,-1]", [10, 30]),
        ("$.b.c[1:]", [20, 30]),
        ("$.b.c[:-1]", [10, 20]),
        ("$.b.c[5:9]", []),
        ("$.b.c[*]", [10, 20, 30]),
        ("$['d e'].*.x", [1, 2]),
        ("$['a','b']", {"a": 1, "b": {"c": [10, 20, 30]}}),
        ("$.b.*", [[10, 20, 30]]),
    ],
)
def test_a_path_selects_one_thing_an_array_or_an_object_of_names(path: str, selected: Any) -> None:
    assert parse_json_path(path).select(DOCUMENT) == selected


@pytest.mark.parametrize("path", ["$.z", "$.b.c[3]", "$.b.c[-4]", "$.a.b", "$.a[0]", "$['a','z']"])
def test_a_path_to_what_is_not_there_is_an_error(path: str) -> None:
    with pytest.raises(NotThere, match="JSONPath"):
        parse_json_path(path).select(DOCUMENT)


@pytest.mark.parametrize("path", ["a", "", "$a", "$.", "$..a", "$[", "$[?(@.x)]", "$['a',1]", "$[1:2:3]"])
def test_what_batch_transform_does_not_know_of_jsonpath_is_refused(path: str) -> None:
    with pytest.raises(Invalid, match="JSONPath"):
        parse_json_path(path)


def test_values_that_are_no_objects_are_joined_beside_their_input() -> None:
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


def test_batches_hold_as_many_records_as_fit_and_never_a_part_of_one() -> None:
    text = b"aaaa\nbb\ncc\n\ndddddd"
    batches = list(Batching("Line", several=True, limit_bytes=8).batches(io.BytesIO(text)))
    assert [(batch.body, batch.first, batch.count) for batch in batches] == [
        (b"aaaa\nbb\n", 1, 2),
        (b"cc\n\n", 3, 2),
        (b"dddddd\n", 5, 1),
    ]
    alone = Batching("Line", several=False, limit_bytes=8).batches(io.BytesIO(text))
    assert [batch.body for batch in alone] == [b"aaaa", b"bb", b"cc", b"", b"dddddd"]
    with pytest.raises(Invalid, match="record 2 is larger than MaxPayloadInMB"):
        list(Batching("Line", several=True, limit_bytes=4).batches(io.BytesIO(b"aaa\n" + b"b" * 999)))


def test_tfrecords_carry_masked_crc32c_and_damage_is_noticed() -> None:
    check = 0xE3069283  # the CRC32C of "123456789" in its specification, RFC 3720 and later catalogues
    masked = ((check >> 15 | check << 17) + 0xA282EAD8) % 2**32
    assert frame_tfrecord(b"123456789")[12:] == b"123456789" + masked.to_bytes(4, "little")
    framed = frame_tfrecord(b"hello")
    assert list(read_tfrecords(io.BytesIO(framed * 2))) == [b"hello", b"hello"]
    for damaged in (framed[:-1], framed[:10], framed.replace(b"hello", b"jello"), b"\1" + framed[1:]):
        with pytest.raises(Invalid, match="TFRecord"):
            list(read_tfrecords(io.BytesIO(damaged)))


def test_a_half_written_line_of_progress_is_forgotten(tmp_path: Path) -> None:
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


def test_a_job_is_prepared_runs_is_decided_and_then_stopped() -> None:
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


def test_the_reason_names_the_first_object_of_all_instances_that_failed() -> None:
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


def test_an_agent_that_ends_early_is_started_again_and_given_up_after_three_vain_attempts() -> None:
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


def test_a_model_server_that_ends_in_the_middle_has_three_attempts_again() -> None:
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


def test_objects_are_shared_out_evenly() -> None:
    assert [share_of(10, 4, number) for number in range(4)] == [3, 3, 2, 2]


def test_a_job_is_read_as_it_was_stored(database: Database) -> None:
    made = job(instance(attempt=2, done=1), outcome=TransformOutcome("Failed", "why"))
    spec = replace(SPEC, environment={"A": "1"}, max_payload_mb=0)
    made = replace(made, spec=spec)
    with database.write() as connection:
        store.JOBS.add(connection, made)
        assert store.get(connection, "j") == made


def test_a_payload_without_a_limit_goes_in_chunks_and_ends_where_model_servers_end() -> None:
    unlimited = AgentPlan.of(replace(SPEC, max_payload_mb=0), {"MaxPayloadInMB": 3})
    assert (unlimited.chunked, unlimited.limit_bytes) == (True, 100 * BYTES_PER_MB)
    limited = AgentPlan.of(replace(SPEC, max_payload_mb=None), {"MaxPayloadInMB": 3})
    assert (limited.chunked, limited.limit_bytes) == (False, 3 * BYTES_PER_MB)
    endless = io.BufferedReader(Endless())
    for split_type in ("None", "Line"):
        batching = Batching(split_type, False, unlimited.limit_bytes)  # type: ignore[arg-type]
        with pytest.raises(
            RecordFailed, match="record 1 is larger than 100 MB, the most that a model server takes"
        ):
            next(batching.batches(endless))


class Endless(io.RawIOBase):
    """A file that has no end and no line feed."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        buffer[:] = bytes(len(buffer))
        return len(buffer)
