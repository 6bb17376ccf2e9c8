"""The credentials of a job in every S3 operation that reaches another job's objects, and in other services, and at the door."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.client import Config
from botocore.exceptions import ClientError

from helpers.databases import new_sqlite
from helpers.live_server import serving
from helpers.s3_server import S3Server, s3_server
from helpers.scratch_app import IMAGE, ROLE, scratch_app
from helpers.toy_aws import KEY
from trigpoint.access.door_keys import DoorKeys
from trigpoint.access.keys import AccessKeys
from trigpoint.access.secrets import SecretBox
from trigpoint.access.session_keys import IssueJobKeys, JobKeys, SessionKeys, job_issuer
from trigpoint.access.temporary import TemporaryKeys
from trigpoint.core.clock import SystemClock
from trigpoint.core.errors import Denied, Invalid, NotFound
from trigpoint.door.client import Door, ServerAddress
from trigpoint.door.objects import PART_BYTES, JobObjects
from trigpoint.objects import ObjectStore
from trigpoint.objects.errors import ConditionFailed, NoSuchKey, RemoteUnavailable
from trigpoint.objects.ranged_file import FIRST_BYTES
from trigpoint.remote import RemoteConfig
from trigpoint.training import store


@dataclass(frozen=True)
class JobsWorld:
    """A server with a job that reads in/ and list.json of the bucket lab and the bucket linked, and writes out/mine/."""

    url: str
    objects: ObjectStore
    job_id: str
    issue: IssueJobKeys
    far: S3Server

    def keys(self, job_id: str = "", lifetime_s: int = 900) -> JobKeys:
        return self.issue(f"training-job/{job_id or self.job_id}", "Any/SageMaker", lifetime_s)

    def client(self, service: str, job_id: str = "") -> Any:
        return made(self.url, service, self.keys(job_id).session)

    def door(self, token: str = "") -> Door:
        token = token or self.keys().door_token
        return Door(ServerAddress(self.url), token, lambda line: None, patience_s=0.2)

    def seen(self, scratch: Path, *, is_near: bool) -> JobObjects:
        """The objects as an instance of the job sees them."""
        return JobObjects(self.door(), self.keys().session, "us-east-1", scratch, is_near=is_near)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobsWorld]:
    folder: Path = tmp_path_factory.mktemp("scope")
    (folder / "far").mkdir()
    database = new_sqlite(folder / "test.db")
    with scratch_app(database, folder) as app, s3_server(folder / "far") as far:
        far.objects.create_bucket("store")
        far.objects.put("store", "ours/in/first", b"first")
        config = RemoteConfig(far.url, "us-east-1", KEY.access_key_id, KEY.secret_access_key)
        app.application.objects.add_remote_bucket("away", config, "store", "ours/")
        for key in ("in/a", "list.json", "out/other/m", "in2/a"):
            app.application.objects.put("lab", key, key.encode())
        app.application.objects.put("lab", "out/mine/m", b"model")
        app.application.objects.create_bucket("secret")
        (folder / "linked").mkdir()
        (folder / "linked" / "b.txt").write_text("in the folder")
        app.application.objects.link_bucket("linked", folder / "linked")
        channels = [
            channel("data", "S3Prefix", "s3://lab/in/"),
            channel("list", "ManifestFile", "s3://lab/list.json"),
            channel("more", "S3Prefix", "s3://linked/"),
            channel("away", "S3Prefix", "s3://away/in/"),
        ]
        app.call(
            "CreateTrainingJob",
            TrainingJobName="mine",
            RoleArn=ROLE,
            AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            InputDataConfig=channels,
            OutputDataConfig={"S3OutputPath": "s3://lab/out"},
            ResourceConfig={"InstanceType": "ml.p3.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1},
            StoppingCondition={"MaxRuntimeInSeconds": 60},
            HyperParameters={"num_classes": "1", "num_training_samples": "1"},
        )
        with database.read() as connection:
            job = store.find(connection, "mine")
        assert job is not None
        settings = app.application.settings
        box = SecretBox(settings.key_file)
        keys = AccessKeys(database, box, SystemClock())
        keys.create("root")
        issue = job_issuer(
            keys,
            TemporaryKeys(box, keys.is_in_force, SystemClock()),
            DoorKeys(box, SystemClock()),
            settings.account_id,
        )
        with serving(app.application.asgi) as url:
            yield JobsWorld(url, app.application.objects, job.id, issue, far)
    database.close()


def channel(name: str, kind: str, uri: str) -> dict[str, Any]:
    source = {"S3DataType": kind, "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def made(url: str, service: str, keys: SessionKeys) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=keys.access_key_id,
        aws_secret_access_key=keys.secret_access_key,
        aws_session_token=keys.session_token,
        config=Config(retries={"total_max_attempts": 1}),
    )


def code(call: Callable[..., Any], **arguments: Any) -> str:
    try:
        call(**arguments)
    except ClientError as refused:
        return str(refused.response["Error"]["Code"])
    return ""


def test_the_objects_of_the_job_can_be_used(world: JobsWorld) -> None:
    s3 = world.client("s3")
    assert s3.get_object(Bucket="lab", Key="in/a")["Body"].read() == b"in/a"
    assert s3.get_object(Bucket="lab", Key="list.json")["Body"].read() == b"list.json"
    s3.put_object(Bucket="lab", Key="out/mine/new", Body=b"new")
    s3.copy_object(Bucket="lab", Key="out/mine/copy", CopySource="lab/in/a")
    upload = s3.create_multipart_upload(Bucket="lab", Key="out/mine/parts")["UploadId"]
    s3.abort_multipart_upload(Bucket="lab", Key="out/mine/parts", UploadId=upload)
    listed = s3.list_objects_v2(Bucket="lab", Prefix="out/mine/")["Contents"]
    assert {each["Key"] for each in listed} == {"out/mine/m", "out/mine/new", "out/mine/copy"}
    deleted = s3.delete_objects(Bucket="lab", Delete={"Objects": [{"Key": "out/mine/new"}]})
    assert [each["Key"] for each in deleted["Deleted"]] == ["out/mine/new"]
    s3.head_bucket(Bucket="lab")
    assert world.client("sts").get_caller_identity()["Arn"].endswith("assumed-role/Any/SageMaker")


def test_nothing_else_can_be_reached(world: JobsWorld) -> None:
    s3 = world.client("s3")
    lab = {"Bucket": "lab"}
    named = {"Objects": [{"Key": "out/mine/m"}, {"Key": "out/other/m"}]}
    refused = [
        code(s3.get_object, **lab, Key="out/other/m"),
        code(s3.get_object, **lab, Key="in2/a"),
        code(s3.get_object, **lab, Key="missing"),
        code(s3.put_object, **lab, Key="in/a", Body=b""),
        code(s3.put_object, **lab, Key="out/other/m", Body=b""),
        code(s3.delete_object, **lab, Key="out/other/m"),
        code(s3.delete_objects, **lab, Delete=named),
        code(s3.copy_object, **lab, Key="out/mine/stolen", CopySource="lab/out/other/m"),
        code(s3.copy_object, **lab, Key="out/other/m", CopySource="lab/in/a"),
        code(s3.create_multipart_upload, **lab, Key="out/other/m"),
        code(s3.list_objects_v2, **lab),
        code(s3.list_objects_v2, **lab, Prefix="out/"),
        code(s3.list_objects, **lab, Prefix="in2/"),
        code(s3.list_object_versions, **lab),
        code(s3.list_multipart_uploads, **lab),
        code(s3.get_object_tagging, **lab, Key="out/other/m"),
        code(s3.put_bucket_policy, **lab, Policy="{}"),
        code(s3.delete_bucket, **lab),
        code(s3.create_bucket, Bucket="mine"),
        code(s3.list_buckets),
        code(s3.list_objects_v2, Bucket="secret"),
    ]
    assert refused == ["AccessDenied"] * len(refused)
    assert code(s3.head_bucket, Bucket="secret") == "403"
    upload = s3.create_multipart_upload(Bucket="lab", Key="out/mine/parts")["UploadId"]
    part = {"Key": "out/mine/parts", "UploadId": upload, "PartNumber": 1}
    assert code(s3.upload_part_copy, **lab, **part, CopySource="lab/out/other/m") == "AccessDenied"
    form = s3.generate_presigned_post("lab", "out/other/form")
    assert posted(form) == 403
    assert s3.list_objects_v2(Bucket="lab", Prefix="out/mine/m")["KeyCount"] == 1, (
        "the deletion is all or nothing"
    )


def posted(form: dict[str, Any]) -> int:
    return httpx.post(form["url"], data=form["fields"], files={"file": b"x"}).status_code


def test_other_services_are_closed(world: JobsWorld) -> None:
    role = "arn:aws:iam::111122223333:role/Admin"
    refused = [
        code(world.client("sagemaker").list_training_jobs),
        code(world.client("sagemaker").describe_training_job, TrainingJobName="x"),
        code(world.client("logs").describe_log_groups),
        code(world.client("lambda").list_functions),
        code(world.client("sts").assume_role, RoleArn=role, RoleSessionName="thief"),
        code(world.client("sts").get_session_token),
    ]
    assert all(each.startswith("AccessDenied") for each in refused), refused


def test_the_credentials_of_an_ended_job_are_refused(world: JobsWorld) -> None:
    ended = world.client("s3", "ended")
    assert code(ended.get_object, Bucket="lab", Key="in/a") == "InvalidAccessKeyId"


def test_the_door_is_open_for_the_token_of_a_running_job_only(world: JobsWorld) -> None:
    assert world.door().ask("bucket", bucket="lab")["backend"] == "local"
    session = world.keys().session
    no_tokens = ["-", "made up", session.session_token]  # the code of the job has the session's
    for token in (*no_tokens, world.keys("ended").door_token, world.keys(lifetime_s=-1).door_token):
        with pytest.raises(Denied, match="no job that runs"):
            world.door(token).ask("bucket", bucket="lab")


def test_the_door_shows_only_the_objects_of_the_job(world: JobsWorld) -> None:
    door = world.door()
    not_mine: list[tuple[str, dict[str, Any]]] = [
        ("bucket", {"bucket": "secret"}),
        ("list", {"bucket": "lab", "prefix": ""}),
        ("list", {"bucket": "lab", "prefix": "out/other/"}),
        ("places", {"bucket": "lab", "keys": ["in/a", "out/other/m"]}),
    ]
    for operation, request in not_mine:
        with pytest.raises(Denied, match="not among the objects of this job"):
            door.ask(operation, **request)
    with pytest.raises(NotFound, match="no operation"):
        door.ask("secret.key")
    malformed: list[tuple[str, dict[str, Any]]] = [
        ("places", {"bucket": "lab"}),
        ("places", {"bucket": "lab", "keys": ["in/a"] * 1001}),
        ("list", {"bucket": "lab", "prefix": 1}),
        ("list", {"bucket": "lab", "other": ""}),
    ]
    for operation, request in malformed:
        with pytest.raises(Invalid):
            door.ask(operation, **request)
    assert httpx.get(f"{world.url}/door/bucket").status_code == 405
    assert httpx.post(f"{world.url}/door/places", content=b"x" * (9 << 20)).status_code == 413


@pytest.mark.parametrize("is_near", [True, False])
def test_an_instance_reads_and_writes_its_objects(world: JobsWorld, is_near: bool, tmp_path: Path) -> None:
    seen = world.seen(tmp_path, is_near=is_near)
    seen.prepare_uris(["s3://lab/in/a", "s3://lab/in/none"])
    for uri, content in [("s3://lab/in/a", b"in/a"), ("s3://linked/b.txt", b"in the folder")]:
        with seen.open_uri(uri) as file:
            assert file.read() == content
    assert [each.key for each in seen.iterate_uri("s3://lab/in/")] == ["in/a"]
    assert [each.size_bytes for each in seen.iterate_uri("s3://linked/")] == [len("in the folder")]
    large = bytes(range(256)) * (PART_BYTES // 256) + b"end"
    for key, data in [("small", b"small"), ("empty", b""), ("large", large)]:
        seen.put("lab", f"out/mine/{key}", iter([data[:5], data[5:]]))
        assert world.objects.get("lab", f"out/mine/{key}") == data
    seen.delete_many("lab", ["out/mine/small", "out/mine/empty", "out/mine/large"])
    assert [each.key for each in seen.iterate_uri("s3://lab/out/mine/empty")] == []
    with pytest.raises(NoSuchKey):
        seen.open_uri("s3://lab/in/none")
    for uri in ("s3://lab/out/other/m", "s3://secret/x"):
        with pytest.raises(Denied):
            seen.open_uri(uri)
    with pytest.raises(Denied, match="not among the objects of this job"):
        seen.put("lab", "in/a", b"changed")


def test_an_instance_near_the_server_opens_the_files_themselves(world: JobsWorld, tmp_path: Path) -> None:
    world.objects.put("lab", "in/edited", b"before")
    seen = world.seen(tmp_path, is_near=True)
    with seen.open("lab", "in/edited") as file:
        (path,) = world.objects.local_folder("lab").rglob("edited")
        assert os.path.samestat(os.fstat(file.fileno()), path.stat())
    path.write_bytes(b"after it was edited")
    with seen.open("lab", "in/edited") as file:
        assert file.read() == b"after it was edited"
    world.objects.delete("lab", "in/edited")


@pytest.mark.parametrize("is_near", [True, False])
def test_objects_of_another_store_are_read_from_there(
    world: JobsWorld, is_near: bool, tmp_path: Path
) -> None:
    large = os.urandom(3 * FIRST_BYTES)
    for key, data in [("small é+.txt", b"small"), ("empty", b""), ("large", large)]:
        world.far.objects.put("store", f"ours/in/{key}", data)
    world.far.objects.put("store", "ours/other", b"not the job's")
    seen = world.seen(tmp_path, is_near=is_near)
    seen.prepare_uris(["s3://away/in/empty", "s3://away/in/large"])
    for key, data in [("small é+.txt", b"small"), ("empty", b""), ("large", large)]:
        with seen.open("away", f"in/{key}") as file:
            assert file.read() == data
    with seen.open("away", "in/large") as file:
        file.seek(2 * FIRST_BYTES)
        assert file.read(10) == large[2 * FIRST_BYTES :][:10]
    listed = {each.key for each in seen.iterate_uri("s3://away/in/")}
    assert listed == {f"in/{name}" for name in ("first", "small é+.txt", "empty", "large")}
    with pytest.raises(NoSuchKey):
        seen.open("away", "in/none")
    with pytest.raises(Denied, match="not among the objects of this job"):
        seen.open("away", "other")
    ((_, url),) = world.door().ask("links", bucket="away", keys=["in/large"])["links"]
    assert KEY.secret_access_key not in url
    assert httpx.get(url.replace("/in/large", "/other")).status_code == 403
    with seen.open("away", "in/large") as file:
        world.far.objects.put("store", "ours/in/large", large[::-1])
        with pytest.raises(ConditionFailed):
            file.read()


def test_an_instance_waits_for_a_server_that_is_away(world: JobsWorld, tmp_path: Path) -> None:
    recorded = tmp_path / "server.json"
    recorded.write_text(json.dumps({"local_urls": ["http://127.0.0.1:9", world.url]}))
    lines: list[str] = []
    token = world.keys().door_token
    moved = Door(ServerAddress("http://127.0.0.1:1", recorded), token, lines.append, patience_s=20)
    assert moved.ask("bucket", bucket="lab")["backend"] == "local"
    gone = Door(ServerAddress("http://127.0.0.1:1"), token, lines.append, patience_s=0.3)
    with pytest.raises(RemoteUnavailable, match="does not answer"):
        gone.ask("bucket", bucket="lab")
