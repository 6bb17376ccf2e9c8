"""Training jobs with real processes: data streams, the algorithm, outputs, and all final states."""

from __future__ import annotations

import io
import json
import os
import signal
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.moody_store import moody_store
from helpers.processes import processes_of
from helpers.training import BUCKET, World, a_world, build_world, pipe_channel
from trigpoint.compute.group import MemberResult
from trigpoint.compute.state import SUPERVISOR, ProcessIdentity
from trigpoint.core.errors import Conflict, NotFound
from trigpoint.core.list_filter import ListFilter
from trigpoint.core.process import start_time
from trigpoint.db import Database
from trigpoint.remote import RemoteConfig
from trigpoint.training import jobs
from trigpoint.training.model import Channel, TrainingJob

NORMAL = ["Starting", "Downloading", "Training", "Uploading", "Completed"]


@pytest.fixture
def world(tmp_path: Path, database: Database) -> Iterator[World]:
    with a_world(tmp_path, database) as world:
        yield world


def statuses(job: TrainingJob) -> list[str]:
    return [each.status for each in job.transitions]


def is_training(job: TrainingJob) -> bool:
    assert not job.is_terminal, job.failure_reason
    return job.secondary_status == "Training"


def wait_for_log(world: World, text: str) -> None:
    end = time.monotonic() + 20
    while text not in world.log():
        assert time.monotonic() < end, world.log()
        time.sleep(0.02)


def archive(world: World, name: str = "model", job: str = "job-1") -> dict[str, bytes]:
    data = world.objects.get(BUCKET, f"out/{job}/output/{name}.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as tar:
        members = [member for member in tar if member.isfile()]
        return {member.name: tar.extractfile(member).read() for member in members}  # type: ignore[union-attr]


def test_a_job_streams_data_trains_and_stores_the_model(tmp_path: Path, database: Database) -> None:
    with a_world(tmp_path, database) as world:
        world.train_with("""
from trigpoint.records.recordio import read_records
for number in range(3):
    with pipe("train", number) as stream:
        records = list(read_records(stream))
    print(f"#quality_metric: host=algo-1, epoch={number}, validation mAP <score>=(0.{number})", flush=True)
os.makedirs(ml + "/model/sub")
model("sub/weights", b"".join(records))
open(ml + "/output/data/notes.txt", "w").write("done")
""")
        world.create("job-1", pipe_channel(world.put_manifest(4)))
        job = world.finish()
        assert (job.status, job.failure_reason) == ("Completed", None), world.log()
        assert statuses(job) == NORMAL
        assert all(each.ended_at is not None for each in job.transitions)
        starts = [each.started_at for each in job.transitions]
        assert starts == sorted(starts)
        assert job.created_at <= job.started_at <= job.ended_at  # type: ignore[operator]
        records = b"".join(bytes([65 + k]) * 10 + f'{{"k": {k}}}'.encode() for k in range(4))
        assert archive(world) == {"sub/weights": records}
        assert archive(world, "output") == {"notes.txt": b"done"}
        assert [(metric.name, metric.value) for metric in job.metrics] == [("validation:mAP", 0.2)]
        (stream,) = world.streams()
        assert stream.startswith("job-1/algo-1-")
        assert not world.opt_ml().exists(), "the disk is freed"
        assert world.reconciler.run_due() == 0


def test_the_algorithm_gets_the_files_and_variables_of_the_container_contract(world: World) -> None:
    world.train_with("""
found = {name: json.load(open(f"{ml}/input/config/{name}.json"))
         for name in ("hyperparameters", "inputdataconfig", "resourceconfig")}
found["env"] = {k: os.environ.get(k) for k in ("TRAINING_JOB_NAME", "TRAINING_JOB_ARN", "MINE", "AWS_REGION")}
found["pipes"] = sorted(os.listdir(data))
found["folders"] = sorted(os.listdir(ml))
model("found.json", json.dumps(found))
""")
    world.create(
        "job-1",
        pipe_channel(world.put_manifest(1)),
        pipe_channel(world.put_manifest(1), "other", content_type=None),
        environment={"MINE": "1"},
    )
    assert world.finish().status == "Completed", world.log()
    found = json.loads(archive(world)["found.json"])
    arn = "arn:aws:sagemaker:us-east-1:111122223333:training-job/job-1"
    assert found == {
        "hyperparameters": {"epochs": "1"},
        "inputdataconfig": {
            "train": {
                "ContentType": "application/x-recordio",
                "TrainingInputMode": "Pipe",
                "S3DistributionType": "FullyReplicated",
                "RecordWrapperType": "RecordIO",
            },
            "other": {
                "TrainingInputMode": "Pipe",
                "S3DistributionType": "FullyReplicated",
                "RecordWrapperType": "RecordIO",
            },
        },
        "resourceconfig": {
            "current_host": "algo-1",
            "hosts": ["algo-1"],
            "network_interface_name": "lo",
            "current_instance_type": "ml.p3.2xlarge",
            "current_group_name": "homogeneousCluster",
            "instance_groups": [
                {
                    "instance_group_name": "homogeneousCluster",
                    "instance_type": "ml.p3.2xlarge",
                    "hosts": ["algo-1"],
                }
            ],
        },
        "env": {
            "TRAINING_JOB_NAME": "job-1",
            "TRAINING_JOB_ARN": arn,
            "MINE": "1",
            "AWS_REGION": "us-east-1",
        },
        "pipes": ["other_0", "train_0"],
        "folders": ["code", "input", "model", "output"],
    }


def test_a_reader_that_closes_an_epoch_early_gets_the_complete_next_epoch(world: World) -> None:
    world.train_with("""
with pipe("train", 0) as stream:
    stream.read(100)
model("epoch", epoch("train", 1))
""")
    world.create("job-1", pipe_channel(world.put_manifest(20, size_bytes=200_000)))
    assert world.finish().status == "Completed", world.log()
    assert len(archive(world)["epoch"]) > 20 * 200_000


def test_channels_deliver_files_and_whole_objects(world: World) -> None:
    world.put("files/a.txt", b"A")
    world.put("files/sub/b.txt", b"B")
    world.put("files/folder/", b"")
    world.put(
        "files.manifest", json.dumps([{"prefix": f"s3://{BUCKET}/files/"}, "sub/b.txt", "a.txt"]).encode()
    )
    world.train_with("""
def tree(channel):
    base = data + channel
    return {os.path.relpath(os.path.join(d, f), base): open(os.path.join(d, f)).read()
            for d, _, files in os.walk(base) for f in files}
found = {"a": tree("a"), "b": tree("b"), "c": epoch("c", 0).decode(), "d": epoch("d", 0).hex()}
model("found.json", json.dumps(found))
""")
    prefix, listed = f"s3://{BUCKET}/files/", f"s3://{BUCKET}/files.manifest"
    world.create(
        "job-1",
        Channel("a", "S3Prefix", prefix, "File"),
        Channel("b", "ManifestFile", listed, "File"),
        Channel("c", "ManifestFile", listed, "Pipe"),
        Channel("d", "S3Prefix", prefix, "Pipe", record_wrapper="RecordIO"),
    )
    assert world.finish().status == "Completed", world.log()
    files = {"a.txt": "A", "sub/b.txt": "B"}
    assert json.loads(archive(world)["found.json"]) == {
        "a": files,
        "b": files,
        "c": "BA",
        "d": "0a23d7ce0100000041000000" + "0a23d7ce0100000042000000",
    }


# -- invalid data


def test_a_broken_line_fails_the_job_with_its_number_before_the_epoch_ends(world: World) -> None:
    good = [json.dumps({"source-ref": world.put(f"img/{k}", b"x" * 50), "label": k}) for k in range(9)]
    uri = world.put("bad.manifest", "\n".join([*good[:6], '{"source-ref": "s3://b/', *good[6:]]).encode())
    world.train_with("""
epoch("train", 0)
model("looked-whole", "")
""")
    world.create("job-1", pipe_channel(uri))
    job = world.finish()
    assert job.status == "Failed"
    assert job.failure_reason == (
        "ClientError: Data download failed:Unable to parse augmented manifest line 7: "
        f"not valid JSON at column 16: Unterminated string starting at (manifest {uri}, channel train)"
    )
    with pytest.raises(NotFound):  # the algorithm was killed before its pipe was closed
        world.objects.open_uri(job.model_uri)
    assert statuses(job) == ["Starting", "Downloading", "Training", "Uploading", "Failed"]
    assert "Data download failed" in world.log()


def test_a_missing_object_fails_the_job_with_line_attribute_and_uri(world: World) -> None:
    uri = world.put_manifest(5)
    world.objects.delete(BUCKET, "img/3")
    world.train_with('epoch("train", 0)\nmodel("looked-whole", "")')
    world.create("job-1", pipe_channel(uri))
    reason = world.finish().failure_reason
    assert reason is not None
    assert reason.startswith(
        "ClientError: Data download failed:Unable to parse augmented manifest line 4: "
        f"attribute 'source-ref': cannot read s3://{BUCKET}/img/3: no object s3://{BUCKET}/img/3"
    )
    assert reason.endswith(f"(manifest {uri}, channel train)")


def test_a_missing_attribute_is_named_in_the_failure_reason(world: World) -> None:
    world.train_with('epoch("train", 0)')
    world.create("job-1", pipe_channel(world.put_manifest(2), attributes=("source-ref", "Label")))
    assert "line 1: has no attribute 'Label'; names are case-sensitive, it has 'label'" in (
        world.finish().failure_reason or ""
    )


def test_a_job_with_a_missing_manifest_fails_before_training(world: World) -> None:
    world.create("job-1", pipe_channel(f"s3://{BUCKET}/none.manifest"))
    job = world.finish()
    assert (job.status, statuses(job)) == ("Failed", ["Starting", "Downloading", "Failed"])
    assert (job.failure_reason or "").startswith(
        f"ClientError: Data download failed:no object s3://{BUCKET}/none.manifest"
    )


def test_an_empty_manifest_is_an_empty_stream(world: World) -> None:
    world.train_with('model("size", str(len(epoch("train", 0))))')
    world.create("job-1", pipe_channel(world.put("empty.manifest", b"")))
    assert world.finish().status == "Completed", world.log()
    assert archive(world) == {"size": b"0"}


# -- final states


@pytest.mark.parametrize(
    ("exit_code", "text", "reason"),
    [
        (2, "bad data", "ClientError: bad data, exit code: 2"),
        (1, "a bug", "AlgorithmError: a bug, exit code: 1"),
        (3, None, "AlgorithmError: , exit code: 3"),
    ],
)
def test_the_failure_reason_of_the_algorithm_is_reported(
    world: World, exit_code: int, text: str | None, reason: str
) -> None:
    failure = "" if text is None else f'open(ml + "/output/failure", "w").write({text!r})\n'
    world.train_with(f'{failure}model("partial", "kept")\nsys.exit({exit_code})')
    world.create("job-1", pipe_channel(world.put_manifest(1)))
    job = world.finish()
    assert (job.status, job.failure_reason) == ("Failed", reason)
    assert statuses(job)[-2:] == ["Uploading", "Failed"]
    assert archive(world) == {"partial": b"kept"}


GRACEFUL = """
def on_term(*_):
    model("kept", "written within the time of grace")
    sys.exit(0)
signal.signal(signal.SIGTERM, on_term)
print("ready", flush=True)
while True:
    epoch("train", 0)
    time.sleep(60)
"""


def test_a_stopped_job_keeps_files_written_in_the_grace_period(world: World) -> None:
    world.train_with(GRACEFUL)
    world.create("job-1", pipe_channel(world.put_manifest(1)))
    world.advance_until(is_training)
    wait_for_log(world, "ready")
    world.jobs.stop("job-1")
    world.jobs.stop("job-1")  # a repeated stop has no effect
    job = world.finish()
    assert (job.status, job.secondary_status, job.failure_reason) == ("Stopped", "Stopped", None)
    assert statuses(job) == ["Starting", "Downloading", "Training", "Stopping", "Uploading", "Stopped"]
    assert archive(world) == {"kept": b"written within the time of grace"}
    with pytest.raises(
        Conflict, match="The request was rejected because the training job is in status Stopped"
    ):
        world.jobs.stop("job-1")


def test_a_job_stopped_before_it_has_a_model_leaves_no_archive_of_one(world: World) -> None:
    world.train_with('print("ready", flush=True)\ntime.sleep(60)')
    world.create("job-1", pipe_channel(world.put_manifest(1)))
    world.advance_until(is_training)
    wait_for_log(world, "ready")
    world.jobs.stop("job-1")
    job = world.finish()
    assert statuses(job)[-2:] == ["Uploading", "Stopped"]
    with pytest.raises(NotFound):
        world.objects.open_uri(job.model_uri)
    with world.objects.open_uri(f"{job.output_prefix}/output.tar.gz") as output:
        assert output.read(2) == b"\x1f\x8b"


def test_a_job_stopped_before_it_starts_never_runs(world: World) -> None:
    world.train_with('model("ran", "")')
    world.create("job-1", pipe_channel(world.put_manifest(1)))
    world.jobs.stop("job-1")
    job = world.finish()
    assert (job.status, job.started_at, job.ended_at) == ("Stopped", None, None)
    assert statuses(job) == ["Starting", "Stopping", "Stopped"]
    assert not world.opt_ml().exists()


def test_a_job_that_exceeds_its_runtime_is_stopped_and_keeps_its_model(world: World) -> None:
    world.train_with(GRACEFUL)
    world.create("job-1", pipe_channel(world.put_manifest(1)), max_runtime_s=1)
    job = world.finish()
    assert (job.status, job.secondary_status) == ("Stopped", "MaxRuntimeExceeded"), world.log()
    assert statuses(job) == [
        "Starting", "Downloading", "Training", "Stopping", "Uploading", "MaxRuntimeExceeded",
    ]  # fmt: skip
    assert archive(world) == {"kept": b"written within the time of grace"}
    assert job.transitions[-1].message == "Training job runtime exceeded MaxRuntimeInSeconds provided"


def test_outputs_can_be_stored_as_plain_files(world: World) -> None:
    world.train_with('model("weights", "W")')
    world.create("job-1", pipe_channel(world.put_manifest(1)), compress_output=False)
    job = world.finish()
    assert job.model_uri == f"s3://{BUCKET}/out/job-1/output/model/"
    assert world.objects.get(BUCKET, "out/job-1/output/model/weights") == b"W"


def test_a_job_whose_output_cannot_be_written_fails_with_the_reason(world: World) -> None:
    world.train_with("")
    world.create("job-1", pipe_channel(world.put_manifest(1)), output_uri="s3://no-such-bucket/out")
    job = world.finish()
    assert job.status == "Failed"
    assert (job.failure_reason or "").startswith(
        "ClientError: Artifact upload failed:no bucket 'no-such-bucket'"
    )


# -- crashes


def test_a_job_continues_without_the_server_and_the_next_server_takes_over(
    tmp_path: Path, world: World
) -> None:
    world.train_with("""
while not os.path.exists(ml + "/go"):
    time.sleep(0.01)
model("epochs", epoch("train", 0) + epoch("train", 1))
""")
    world.create("job-1", pipe_channel(world.put_manifest(3)))
    world.advance_until(is_training)
    # the state after kill -9 of the server: the instance continues, and no server reconciles the job
    database = world.database
    (world.opt_ml() / "go").touch()
    time.sleep(0.5)
    later = build_world(tmp_path, database)
    job = later.finish()
    assert (job.status, statuses(job)) == ("Completed", NORMAL)
    assert archive(later)["epochs"]


@pytest.mark.parametrize("moment", ["prepared", "launched", "started"])
def test_a_job_is_launched_once_although_the_server_is_killed_during_the_launch(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    world.train_with('open(ml + "/../starts", "a").write("x")\nmodel("m", "")')
    world.create("job-1", pipe_channel(world.put_manifest(1)))

    class Killed(BaseException):
        pass

    def kill(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        if moment == "prepared":
            patch.setattr(world.jobs, "_replace", kill)
        elif moment == "launched":
            patch.setattr(world.runner, "start", kill)
        else:
            start = world.runner.start
            patch.setattr(world.runner, "start", lambda spec, handle=None: (start(spec, handle), kill()))
        with pytest.raises(Killed):
            world.jobs.reconcile(world.jobs.describe("job-1").id)
    if moment != "started":  # an earlier version wrote this file in another form
        (world.opt_ml().parent / "instance.json").write_text('{"folder": "/"}')
    later = build_world(tmp_path, world.database)
    job = later.finish()
    assert (job.status, statuses(job)) == ("Completed", NORMAL)
    assert (later.opt_ml().parent / "starts").read_text() == "x"


def test_the_upload_is_repeated_after_the_server_is_killed_during_it(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.train_with('model("m", "M")')
    world.create("job-1", pipe_channel(world.put_manifest(1)))
    world.advance_until(lambda job: job.secondary_status == "Uploading")
    with monkeypatch.context() as patch:
        patch.setattr(world.jobs, "_save", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            world.jobs.reconcile(world.jobs.describe("job-1").id)
    later = build_world(tmp_path, world.database)
    assert later.finish().status == "Completed"
    assert archive(later) == {"m": b"M"}


def instance_pid(world: World) -> int:
    state = world.process_folder()
    program = ProcessIdentity.read(state / "program.json")
    assert program is not None
    return program.pid


def test_a_job_whose_instance_is_killed_fails_with_the_reason(world: World) -> None:
    world.train_with('model("partial", "P")\nprint("pid", os.getpid(), flush=True)\ntime.sleep(60)')
    world.create("job-1", pipe_channel(world.put_manifest(1)))
    world.advance_until(is_training)
    wait_for_log(world, "pid")
    algorithm = int(world.log().split()[-1])
    os.kill(instance_pid(world), signal.SIGKILL)
    job = world.finish()
    assert job.status == "Failed"
    assert job.failure_reason == (
        "InternalServerError: the instance process was killed by signal 9 "
        "while the job was in status Training; create a new job to train again"
    )
    assert archive(world) == {"partial": b"P"}
    assert start_time(algorithm) is None, "the algorithm outlived its instance"


def test_a_job_whose_instance_is_lost_fails_with_the_reason(world: World) -> None:
    world.train_with("time.sleep(60)")
    world.create("job-1", pipe_channel(world.put_manifest(1)))
    world.advance_until(is_training)
    state = world.process_folder()
    supervisor = ProcessIdentity.read(state / SUPERVISOR)
    assert supervisor is not None
    os.kill(supervisor.pid, signal.SIGKILL)
    reason = world.finish().failure_reason or ""
    assert "the instance process was lost (the machine was restarted, or the process was killed)" in reason


def test_jobs_fail_with_the_reason_when_the_server_shuts_down(world: World) -> None:
    world.train_with(GRACEFUL)
    world.create("job-1", pipe_channel(world.put_manifest(1)))
    world.advance_until(is_training)
    wait_for_log(world, "ready")
    world.runner.stop_all(grace_s=10)
    job = world.finish()
    assert job.status == "Failed"
    assert "stopped from outside while the job ran (the server was shut down" in (job.failure_reason or "")
    assert archive(world), "what it wrote is kept"


# -- names and lists


def test_a_name_is_unique_regardless_of_case(world: World) -> None:
    world.create("Job-1")
    with pytest.raises(
        Conflict, match=r"already exists \(arn:aws:sagemaker:us-east-1:111122223333:training-job/job-1\)"
    ):
        world.create("job-1")
    with pytest.raises(NotFound, match="Requested resource not found"):
        world.jobs.describe("job-1")


def test_only_an_ended_job_can_be_deleted(world: World) -> None:
    world.create("job-1", pipe_channel(world.put_manifest(1)))
    with pytest.raises(Conflict, match="is in status InProgress; stop it"):
        world.jobs.delete("job-1")
    world.jobs.stop("job-1")
    world.finish()
    world.jobs.delete("job-1")
    with pytest.raises(NotFound):
        world.jobs.describe("job-1")
    world.create("job-1")


def test_jobs_are_listed_in_pages_in_every_order(tmp_path: Path, database: Database) -> None:
    world = build_world(tmp_path, database)
    names = ["b-1", "a-1", "C-1", "a-2", "d_x".replace("_", "-")]
    for name in names:
        world.create(name)
    world.jobs.stop("a-2")
    for sort_by, wanted in {
        "created_at": names,
        "name": sorted(names),
        "status": [*sorted(set(names) - {"a-2"}), "a-2"],
    }.items():
        for descending in (False, True):
            found: list[str] = []
            token = None
            while True:
                page = world.jobs.list(
                    ListFilter(sort_by=sort_by, descending=descending, limit=2, next_token=token)
                )
                found += [job.name for job in page.items]
                token = page.next_token
                if token is None:
                    break
            assert found == (wanted[::-1] if descending else wanted), (sort_by, descending)


def test_jobs_are_listed_by_name_status_and_time(tmp_path: Path, database: Database) -> None:
    world = build_world(tmp_path, database)
    for name in ("cat-1", "Cat-2", "dog-1"):
        world.create(name)
    world.jobs.stop("dog-1")
    second, third = (world.jobs.describe(name) for name in ("Cat-2", "dog-1"))

    def listed(**query: object) -> list[str]:
        return [job.name for job in world.jobs.list(ListFilter(**query)).items]  # type: ignore[arg-type]

    assert listed(name_contains="CAT") == ["cat-1", "Cat-2"]
    assert listed(name_contains="%") == []
    assert listed(status="Stopping") == ["dog-1"]
    assert listed(created_after=second.created_at) == ["Cat-2", "dog-1"]
    assert listed(created_before=second.created_at) == ["cat-1"]
    assert listed(updated_after=third.updated_at) == ["dog-1"]
    assert listed(updated_before=second.updated_at) == ["cat-1"]


def test_the_upload_of_a_model_waits_for_an_unavailable_store(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "UPLOAD_RETRY_S", 0.1)
    with moody_store({}) as store:
        world.objects.add_remote_bucket("far", RemoteConfig(store.url), "far")
        world.train_with('model("weights", b"trained for hours")')
        uri = world.put_manifest(1)
        world.create("job-1", pipe_channel(uri), output_uri="s3://far/out")
        store.is_down = True
        job = world.advance_until(lambda job: "it is tried again" in job.transitions[-1].message)
        assert (job.status, statuses(job)[-1]) == ("InProgress", "Uploading")
        assert "answered ServiceUnavailable" in job.transitions[-1].message
        store.is_down = False
        job = world.finish()
        assert (job.status, job.failure_reason) == ("Completed", None)
        assert statuses(job) == NORMAL
        with tarfile.open(fileobj=io.BytesIO(store.objects["/far/out/job-1/output/model.tar.gz"])) as tar:
            assert tar.extractfile("weights").read() == b"trained for hours"  # type: ignore[union-attr]
        store.is_down = True
        monkeypatch.setattr(jobs, "UPLOAD_PATIENCE_S", 0.0)
        world.create("job-2", pipe_channel(uri), output_uri="s3://far/out")
        reason = world.finish("job-2").failure_reason
        assert reason is not None and reason.startswith("ClientError: Artifact upload failed:")


def test_every_instance_of_a_group_has_a_host_name_a_log_and_files_in_the_model(world: World) -> None:
    world.train_with("""
config = json.load(open(ml + "/input/config/resourceconfig.json"))
print("this is", config["current_host"], "of", config["hosts"], flush=True)
model(config["current_host"], "weights")
""")
    world.create(instance_count=2)
    job = world.finish()
    assert job.status == "Completed", job.failure_reason
    assert archive(world) == {"algo-1": b"weights", "algo-2": b"weights"}
    assert [name.rpartition("-")[0] for name in world.streams()] == ["job-1/algo-1", "job-1/algo-2"]
    assert "this is algo-2 of ['algo-1', 'algo-2']" in world.log(number=2)
    assert [member.result for member in job.group.members] == [MemberResult("done")] * 2


def test_a_failed_instance_stops_the_others_of_its_group(world: World) -> None:
    world.train_with("""
host = json.load(open(ml + "/input/config/resourceconfig.json"))["current_host"]
if host == "algo-2":
    open(ml + "/output/failure", "w").write("out of memory")
    sys.exit(1)
print("waits", flush=True)
signal.signal(signal.SIGTERM, lambda *_: (print("stopped", flush=True), sys.exit(1)))
while True: time.sleep(0.01)
""")
    world.create(instance_count=3)
    job = world.finish()
    assert job.status == "Failed"
    assert job.failure_reason == "AlgorithmError: out of memory, exit code: 1"
    endings = [member.result and member.result.ending for member in job.group.members]
    assert endings == ["stopped", "failed", "stopped"]
    assert processes_of(world.settings.data_dir, "algorithm.py") == []
