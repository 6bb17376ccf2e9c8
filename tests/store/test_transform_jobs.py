"""Transform jobs with real processes and a stand-in model."""

from __future__ import annotations

import gzip
import json
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from helpers.hosting import CONTEXT
from helpers.moody_store import moody_store
from helpers.processes import wait_for
from helpers.transform import BUCKET, TransformWorld, transform_world
from trigpoint.compute import state
from trigpoint.core.errors import Conflict, Invalid, LimitExceeded
from trigpoint.db import Database
from trigpoint.db.tables.tags import get_tags
from trigpoint.hosting.transform import jobs
from trigpoint.hosting.transform.splitting import frame_tfrecord
from trigpoint.records.recordio import frame_native
from trigpoint.remote import RemoteConfig, RemoteUnavailable
from trigpoint.settings import Settings
from trigpoint.wire.errors import AwsError

LINES = {"SplitType": "Line", "ContentType": "text/plain"}


@pytest.fixture
def world(database: Database, settings: Settings) -> Iterator[TransformWorld]:
    with transform_world(database, settings) as world:
        world.batch_model("m")
        yield world


@pytest.fixture
def sqlite_world(sqlite_database: Database, settings: Settings) -> Iterator[TransformWorld]:
    """A world on SQLite only, for tests of data processing, which does not depend on the database."""
    with transform_world(sqlite_database, settings) as world:
        world.batch_model("m")
        yield world


def test_every_object_of_a_prefix_has_an_output_with_its_name(database: Database, settings: Settings) -> None:
    with transform_world(database, settings) as world:
        world.batch_model("m")
        world.put({"in/a.txt": b"one", "in/deep/b.txt": b"two", "in/deep/": b"", "inside.txt": b"no"})
        outputs = world.transforms(
            {
                "whole": {"instances": 3, "MaxConcurrentTransforms": 4},
                "one": {"prefix": "in/deep/b.txt"},
                "half": {"prefix": "in"},
            }
        )
        assert outputs["whole"] == {"a.txt.out": b"ONE", "deep/b.txt.out": b"TWO"}
        found = world.described("whole")
        assert found["TransformStartTime"] <= found["TransformEndTime"]
        assert found["TransformResources"]["InstanceCount"] == 3
        assert "FailureReason" not in found
        assert outputs["one"] == {"b.txt.out": b"TWO"}
        assert outputs["half"] == {
            "in/a.txt.out": b"ONE",
            "in/deep/b.txt.out": b"TWO",
            "inside.txt.out": b"NO",
        }
        # The status is stored before the files are deleted.
        wait_for(lambda: not list((settings.jobs_dir / "transforms").iterdir()), "the end of the files")
        assert "BatchStrategy=MULTI_RECORD" in world.log("whole", data=True)[0]


def test_a_manifest_names_the_objects(sqlite_world: TransformWorld) -> None:
    world = sqlite_world
    world.put({"in/a.txt": b"one", "in/b.txt": b"two", "in/c.txt": b"three"})
    world.put({"list": json.dumps([{"prefix": f"s3://{BUCKET}/in/"}, "c.txt", "a.txt"]).encode()})
    assert world.transform("listed", prefix="list", source_type="ManifestFile") == {
        "a.txt.out": b"ONE",
        "c.txt.out": b"THREE",
    }
    for name, manifest, why in (
        ("no-json", b"{", "cannot be read"),
        ("no-prefix", b'["a.txt"]', 'entry 1 of a manifest file must be {"prefix": "s3://bucket/..."}'),
        ("twice", json.dumps([{"prefix": f"s3://{BUCKET}/in/"}, "a.txt", "a.txt"]).encode(), "twice"),
        ("number", json.dumps([{"prefix": f"s3://{BUCKET}/in/"}, 7]).encode(), "entry 2"),
    ):
        world.put({name: manifest})
        world.start(name, prefix=name, source_type="ManifestFile")
        found = world.end(name)
        assert found["TransformJobStatus"] == "Failed"
        assert why in found["FailureReason"]
        assert found["FailureReason"].startswith("ClientError: ")


def test_lines_are_sent_one_by_one_or_as_many_as_fit_and_return_in_order(
    sqlite_world: TransformWorld,
) -> None:
    world = sqlite_world
    text = b"".join(b"line %d\n" % number for number in range(50))
    world.put({"in/t.txt": text.removesuffix(b"\n"), "in/empty.txt": b""})
    single = {"input": LINES, "output": {"AssembleWith": "Line"}, "BatchStrategy": "SingleRecord"}
    outputs = world.transforms({"single": single, "several": {"input": LINES}})
    assert outputs["single"] == {"t.txt.out": text.upper(), "empty.txt.out": b""}
    assert len([line for line in world.log("single") if line.startswith("invocation")]) == 50
    assert outputs["several"]["t.txt.out"] == text.upper()
    assert len([line for line in world.log("several") if line.startswith("invocation")]) == 1


def test_single_recordio_and_tfrecord_records_are_sent_unframed_and_batches_framed(
    sqlite_world: TransformWorld,
) -> None:
    world = sqlite_world
    payloads = [b"alpha", b"beta!", b"\x0a\x23\xd7\xce inside"]
    kinds = {"RecordIO": frame_native, "TFRecord": frame_tfrecord}
    for kind, frame in kinds.items():
        framed = [frame(payload) for payload in payloads]
        world.put({f"{kind}/r": b"".join(framed), f"{kind}/cut": b"".join(framed)[:-3]})
        split = {"prefix": f"{kind}/", "input": {"SplitType": kind}}
        world.start(f"{kind}-1", **split | {"prefix": f"{kind}/r"}, BatchStrategy="SingleRecord")
        world.start(f"{kind}-n", **split)
    for kind, frame in kinds.items():
        assert world.completed(f"{kind}-1")["r.out"] == b"".join(payloads).upper()
        assert f"s3://{BUCKET}/{kind}/cut: record 3: " in world.end(f"{kind}-n")["FailureReason"]
        framed = [frame(payload) for payload in payloads]
        assert world.outputs(f"{kind}-n") == {"r.out": b"".join(framed).upper()}


def test_compressed_objects_are_read_and_damaged_ones_are_named(sqlite_world: TransformWorld) -> None:
    world = sqlite_world
    packed = gzip.compress(b"one\ntwo\n")
    world.put({"in/good.gz": packed, "in/bad.gz": packed[:-4]})
    world.start("z", input={**LINES, "CompressionType": "Gzip"}, output={"AssembleWith": "Line"})
    found = world.end("z")
    assert found["TransformJobStatus"] == "Failed"
    assert found["FailureReason"].startswith("ClientError: See job logs for more information: 1 of 2 objects")
    assert "in/bad.gz: record " in found["FailureReason"]
    assert world.outputs("z") == {"good.gz.out": b"ONE\nTWO\n"}


def test_a_record_larger_than_the_payload_fails_unless_there_is_no_limit(
    sqlite_world: TransformWorld,
) -> None:
    world = sqlite_world
    big = b"x" * (1024 * 1024 + 1)
    world.put({"in/big": big, "in/small": b"s"})
    world.start("unlimited", MaxPayloadInMB=0)
    world.start("limited", MaxPayloadInMB=1)
    found = world.end("limited")
    assert "in/big: record 1 is larger than MaxPayloadInMB (1 MB); split it" in found["FailureReason"]
    assert world.outputs("limited") == {"small.out": b"S"}
    assert world.completed("unlimited")["big.out"] == big.upper()


def test_a_failed_object_has_no_output_and_the_others_stay(sqlite_world: TransformWorld) -> None:
    world = sqlite_world
    world.put({"in/1": b"fine\nfail 400\nfine", "in/2": b"fine", "in/3": b"flaky 2", "in/4": b"fail 500"})
    world.put({"once/3": b"flaky 2"})
    world.start("impatient", prefix="once/", ModelClientConfig={"InvocationsMaxRetries": 0})
    world.start("some", input=LINES, BatchStrategy="SingleRecord", MaxConcurrentTransforms=2)
    found = world.end("some")
    assert found["TransformJobStatus"] == "Failed"
    assert found["FailureReason"] == (
        "ClientError: See job logs for more information: 2 of 4 objects could not be transformed; the first is "
        f's3://{BUCKET}/in/1: record 2: the model answered 400 "cannot do 400"'
    )
    assert world.outputs("some") == {"2.out": b"FINE", "3.out": b"FLAKY 2"}
    log = "\n".join(world.log("some", data=True))
    assert (
        f'{BUCKET}/in/4: AlgorithmError: record 1: the model answered 500 "cannot do 500" (4 attempts)' in log
    )
    assert '500 "not now"' in world.end("impatient")["FailureReason"]


def test_the_models_execution_parameters_apply_unless_the_request_overrides_them(
    sqlite_world: TransformWorld,
) -> None:
    world = sqlite_world
    wishes = {"MaxConcurrentTransforms": 5, "BatchStrategy": "SINGLE_RECORD", "MaxPayloadInMB": 2}
    world.batch_model("wishing", parameters=json.dumps(wishes).encode())
    world.put({"in/t": b"a\nb"})
    told = {"BatchStrategy": "MultiRecord", "MaxPayloadInMB": 3, "MaxConcurrentTransforms": 1}
    asked = {"model": "wishing", "input": LINES}
    world.transforms({"asked": asked, "told": asked | told})
    assert (
        "MaxConcurrentTransforms=5, MaxPayloadInMB=2, BatchStrategy=SINGLE_RECORD"
        in world.log("asked", data=True)[0]
    )
    assert (
        "MaxConcurrentTransforms=1, MaxPayloadInMB=3, BatchStrategy=MULTI_RECORD"
        in world.log("told", data=True)[0]
    )


def test_the_containers_environment_has_the_variables_of_batch_transform(
    sqlite_world: TransformWorld,
) -> None:
    world = sqlite_world
    names = ["SAGEMAKER_BATCH", "SAGEMAKER_BATCH_STRATEGY", "SAGEMAKER_MAX_PAYLOAD_IN_MB", "COLOUR"]
    world.batch_model("plain", "good")
    world.put({"env/t": "\n".join(f"env {name}" for name in names).encode()})
    request: dict[str, Any] = {"model": "plain", "prefix": "env/", "input": LINES}
    request |= {"BatchStrategy": "SingleRecord", "output": {"AssembleWith": "Line"}}
    assert world.transform("e", Environment={"COLOUR": "red"}, **request)["t.out"] == (
        b"true\nSINGLE_RECORD\n\nred\n"
    )


def test_filters_and_joins_change_the_model_input_and_the_output(
    sqlite_world: TransformWorld,
) -> None:
    world = sqlite_world
    world.put({"csv/t": b'7,ab,cd\n8,"e,f",gh\n'})
    csv = {"input": {"SplitType": "Line", "ContentType": "text/csv"}, "prefix": "csv/"}
    csv |= {"output": {"AssembleWith": "Line", "Accept": "text/csv"}}
    world.put({"json/t": b'{"id": 1, "text": "a"}\n{"id": 2, "text": "b"}\n'})
    lines = {"input": {"SplitType": "Line", "ContentType": "application/jsonlines"}, "prefix": "json/"}
    lines |= {"output": {"AssembleWith": "Line", "Accept": "application/jsonlines"}}
    row = {"InputFilter": "$[1]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    line = {"InputFilter": "$.text", "JoinSource": "Input", "OutputFilter": "$['id','SageMakerOutput']"}
    world.start("absent", DataProcessing={"InputFilter": "$.nothing"}, **lines)
    outputs = world.transforms(
        {
            "filtered": {"DataProcessing": {"InputFilter": "$[1:]"}, **csv},
            "joined": {"DataProcessing": row, **csv},
            "joined-lines": {"DataProcessing": line, **lines},
        }
    )
    assert outputs["filtered"]["t.out"] == b'AB,CD\n"E,F",GH\n'
    assert outputs["joined"]["t.out"] == b'7,AB\n8,"E,F"\n'
    assert outputs["joined-lines"]["t.out"] == (
        b'{"id": 1, "SageMakerOutput": "A"}\n{"id": 2, "SageMakerOutput": "B"}\n'
    )
    assert "record 1: the JSONPath $.nothing finds no 'nothing'" in world.end("absent")["FailureReason"]


def test_a_model_server_that_does_not_start_fails_the_job_with_a_reason(world: TransformWorld) -> None:
    world.put({"in/t": b"x"})
    world.batch_model("broken", "ends")
    world.batch_model("gone")
    world.objects.delete("models", "gone/model.tar.gz")
    world.start("gone", model="gone")
    world.start("broken", model="broken")
    reason = world.end("broken")["FailureReason"]
    assert reason.startswith(
        "AlgorithmError: See job logs for more information: the model server did not pass"
    )
    assert "exit code 3: this model is broken" in reason
    assert "this model is broken" in world.log("broken")
    assert world.end("gone")["FailureReason"].startswith("ClientError: Failed to download model data")


def test_a_model_server_that_ends_is_restarted_and_its_requests_are_repeated(
    sqlite_world: TransformWorld,
) -> None:
    world = sqlite_world
    world.put({"in/1": b"a", "in/2": b"die once", "in/3": b"c"})
    world.put({"deadly/1": b"a", "deadly/2": b"die", "deadly/3": b"c"})
    world.start("deadly", prefix="deadly/", ModelClientConfig={"InvocationsMaxRetries": 1})
    assert world.transform("risen") == {"1.out": b"A", "2.out": b"risen", "3.out": b"C"}
    reason = world.end("deadly")["FailureReason"]
    assert "deadly/2: record 1: the model server ended before it had answered" in reason
    assert reason.startswith("AlgorithmError")
    assert world.outputs("deadly") == {"1.out": b"A", "3.out": b"C"}


def test_a_time_out_ends_a_model_server_that_answers_no_request(
    sqlite_world: TransformWorld,
) -> None:
    world = sqlite_world
    world.put({"in/1": b"sleep 60", "in/2": b"quick"})
    client = {"InvocationsTimeoutInSeconds": 1, "InvocationsMaxRetries": 0}
    world.start("slow", ModelClientConfig=client)
    found = world.end("slow")
    assert "in/1: record 1: the model did not answer within 1 s" in found["FailureReason"]
    assert world.outputs("slow") == {"2.out": b"QUICK"}


def test_a_stopped_job_ends_its_processes_and_keeps_its_outputs(world: TransformWorld) -> None:
    world.put({"in/1": b"quick", "in/2": b"sleep 60"})
    world.start("s")
    wait_for_output(world, "s", "1.out")
    world.transform_api.stop_transform_job(CONTEXT, {"TransformJobName": "s"})
    world.transform_api.stop_transform_job(CONTEXT, {"TransformJobName": "s"})
    assert world.end("s", limit_s=15)["TransformJobStatus"] == "Stopped"
    assert world.outputs("s") == {"1.out": b"QUICK"}
    with pytest.raises(AwsError, match="because the transform job is in status Stopped"):
        world.transform_api.stop_transform_job(CONTEXT, {"TransformJobName": "s"})


def test_hundreds_of_objects_are_sent_several_at_a_time_and_each_has_its_own_reply(
    sqlite_world: TransformWorld,
) -> None:
    world = sqlite_world
    objects = {f"in/{number:03}": b"object %d" % number for number in range(396)}
    meeting = {f"in/together-{number}": b"together 4" for number in range(4)}
    world.put(objects | meeting)
    world.start("many", MaxConcurrentTransforms=8)
    outputs = world.completed("many")
    assert len(outputs) == 400
    assert {outputs.pop(f"together-{number}.out") for number in range(4)} == {b"met"}
    assert outputs == {f"{number:03}.out": b"OBJECT %d" % number for number in range(396)}


def test_a_job_can_be_stopped_before_it_starts_and_while_its_model_server_starts(
    world: TransformWorld,
) -> None:
    world.put({"in/1": b"quick"})
    world.batch_model("mute", "mute")
    world.start("starting", model="mute")
    wait_for(lambda: running(world), "the model server")
    world.reconciler.stop()
    world.start("new")
    for name in ("new", "starting"):
        world.transform_api.stop_transform_job(CONTEXT, {"TransformJobName": name})
        assert world.described(name)["TransformJobStatus"] == "Stopping"
    world.reconciler.start()
    for name in ("new", "starting"):
        found = world.end(name, limit_s=20)
        assert (found["TransformJobStatus"], world.outputs(name)) == ("Stopped", {})
        assert found["TransformEndTime"] >= found["CreationTime"]
        assert "FailureReason" not in found
    assert not running(world)


def test_a_job_has_the_tags_of_its_request(world: TransformWorld) -> None:
    world.put({"in/1": b"x"})
    world.start("tagged", Tags=[{"Key": "team", "Value": "street"}])
    found = world.described("tagged")
    assert "Tags" not in found
    with world.database.read() as connection:
        assert get_tags(connection, found["TransformJobArn"]) == {"team": "street"}


def test_a_job_waits_for_a_store_that_does_not_answer_for_a_while(
    world: TransformWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "INPUT_LOOK_S", 0.1)
    with moody_store({"/far/in/1": b"x"}) as store:
        world.objects.add_remote_bucket("far", RemoteConfig(store.url), "far")
        source = {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://far/in/"}}}
        world.reconciler.stop()
        world.start("patient", input=source)
        store.is_down = True
        with pytest.raises(RemoteUnavailable):
            world.start("refused", input=source)
        refused = store.refused
        world.reconciler.start()
        wait_for(lambda: store.refused > refused + 3, "an attempt")
        assert world.described("patient")["TransformJobStatus"] == "InProgress"
        store.is_down = False
        assert world.completed("patient") == {"1.out": b"X"}
        monkeypatch.setattr(jobs, "INPUT_WAIT_S", 0.1)
        world.reconciler.stop()
        world.start("hopeless", input=source)
        store.is_down = True
        world.reconciler.start()
        assert "answered ServiceUnavailable" in world.end("hopeless")["FailureReason"]


def test_a_job_continues_after_a_server_restart_and_after_its_agent_is_killed(
    database: Database, settings: Settings
) -> None:
    with transform_world(database, settings) as first:
        first.batch_model("m")
        first.put({f"in/{number:02}": b"sleep 0.2" for number in range(20)})
        first.start("long")
        wait_for_output(first, "long", "02.out")
        first.reconciler.stop()  # the server stops, but its child processes continue
        wait_for_output(first, "long", "05.out")
        [agent] = [path.parent for path in settings.jobs_dir.glob(f"processes/transform-*/{state.PROGRAM}")]
        os.kill(state.read_json(agent / state.PROGRAM)["pid"], signal.SIGKILL)
        # what an earlier version wrote there, in another form, must not matter
        for spec in settings.jobs_dir.glob("**/agent.json"):
            spec.write_text('{"worker": 0}')
        with transform_world(database, settings) as second:
            assert second.end("long")["TransformJobStatus"] == "Completed"
            assert len(second.outputs("long")) == 20
            asked = [line for line in second.log("long") if line.startswith("invocation")]
            assert 20 <= len(asked) <= 22  # the requests in progress at the kill were sent twice


def test_requests_that_break_a_rule_are_refused(world: TransformWorld) -> None:
    world.put({"in/t": b"x"})
    csv = {"input": {"ContentType": "text/csv"}, "output": {"Accept": "text/csv"}}
    for refused, why in (
        ({"prefix": "none/"}, "No S3 objects found under S3 URL"),
        ({"source_type": "AugmentedManifestFile"}, "AugmentedManifestFile cannot be transformed"),
        ({"MaxConcurrentTransforms": 20}, "20 times|must not exceed 100 MB"),
        ({"MaxPayloadInMB": 101}, "must not exceed 100 MB"),
        ({"output": {"S3OutputPath": "s3://nowhere/x"}}, "TransformOutput.S3OutputPath"),
        ({"DataProcessing": {"InputFilter": "$.a"}}, "needs TransformInput.ContentType"),
        ({"DataProcessing": {"InputFilter": "$.a"}, **csv}, "has no names"),
        ({"DataProcessing": {"OutputFilter": "a"}, **csv}, "must begin with"),
        ({"DataProcessing": {"JoinSource": "Input"}, **csv}, "needs SplitType Line"),
    ):
        request: dict[str, Any] = {"name": "r", **refused}
        with pytest.raises((Invalid, LimitExceeded), match=why):
            world.start(**request)
    with pytest.raises(LimitExceeded):
        world.start("r", instances=33)
    with pytest.raises(AwsError, match="Could not find model"):
        world.start("r", model="absent")
    with pytest.raises(AwsError, match="Could not find requested job with name: r"):
        world.described("r")
    with pytest.raises(AwsError, match="Could not find job to update with name r"):
        world.transform_api.stop_transform_job(CONTEXT, {"TransformJobName": "r"})
    world.start("taken")
    with pytest.raises(Conflict, match="must be unique"):
        world.start("Taken")


def test_lists_are_filtered_sorted_and_paged(database: Database, settings: Settings) -> None:
    world = TransformWorld(
        database, settings
    )  # its reconcile loop does not run, so all jobs keep their first status
    world.batch_model("m")
    world.put({"in/t": b"x"})
    names = ["b-job", "a-job", "c-other"]
    for name in names:
        world.start(name)
    world.transform_api.stop_transform_job(CONTEXT, {"TransformJobName": "a-job"})

    def listed(**query: Any) -> list[str]:
        found: list[str] = []
        while True:
            page = world.transform_api.list_transform_jobs(CONTEXT, query)
            found += [each["TransformJobName"] for each in page["TransformJobSummaries"]]
            if "NextToken" not in page:
                return found
            query = {**query, "NextToken": page["NextToken"]}

    assert listed() == ["c-other", "a-job", "b-job"]
    assert listed(SortOrder="Ascending", MaxResults=1) == names
    assert listed(SortBy="Name", SortOrder="Ascending", MaxResults=2) == sorted(names)
    assert listed(SortBy="Status", SortOrder="Ascending")[-1] == "a-job"
    assert listed(NameContains="JOB") == ["a-job", "b-job"]
    assert listed(StatusEquals="Stopping") == ["a-job"]
    at = world.described("a-job")["CreationTime"]
    assert listed(CreationTimeAfter=at) == ["c-other", "a-job"]
    assert listed(CreationTimeBefore=at) == ["b-job"]
    assert listed(LastModifiedTimeAfter=world.described("c-other")["CreationTime"]) == ["c-other", "a-job"]


def running(world: TransformWorld) -> list[str]:
    """The running programs of jobs."""
    return list(world.runner._running())


def wait_for_output(world: TransformWorld, name: str, key: str) -> None:
    deadline = time.monotonic() + 20
    while key not in world.outputs(name):
        assert time.monotonic() < deadline, f"{name} has written only {list(world.outputs(name))}"
        time.sleep(0.05)
