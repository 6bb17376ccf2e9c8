"""Several server processes on one PostgreSQL database and one object store: any of them can answer any request."""

from __future__ import annotations

import base64
import html
import itertools
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from helpers.cast import PASSWORD
from helpers.hosting import IMAGE, archive
from helpers.labeling_world import (
    ROLE,
    PortalWorker,
    invite,
    jpeg_with_box,
    labeling_request,
    make_world,
    one_box,
)
from helpers.portal import form_token
from helpers.processes import processes_of, wait_for, wait_for_no_process
from helpers.server_process import ServerProcess, run_command
from helpers.training_world import put_dataset, start_training, wait_for_end, wait_for_epoch
from trigpoint.objects.receiving import PART_BYTES

OBJECTS = 12
PER_OBJECT = 2
PART = 5 * 1024 * 1024


@pytest.fixture
def pair(tmp_path: Path, postgres_url: str) -> Iterator[tuple[ServerProcess, ServerProcess]]:
    """Two servers that were started at the same time on an empty directory and an empty database."""
    variables = {"TRIGPOINT_DATABASE_URL": postgres_url}
    servers = [ServerProcess(tmp_path / "data", name=f"-{name}", variables=variables) for name in "ab"]
    with ThreadPoolExecutor() as pool:
        one, other = pool.map(lambda server: server.start(), servers)
    yield one, other
    for server in servers:
        server.stop()
    wait_for_no_process(tmp_path / "data")
    for server in servers:
        assert "Traceback" not in server.text(), server.text()


def test_of_two_first_starts_one_makes_the_account_and_both_take_the_key(
    pair: tuple[ServerProcess, ServerProcess],
) -> None:
    listed = run_command("worker", "list", "--data", str(pair[0].data_dir), environment=pair[0].variables)
    assert listed.stdout.count("admin ") == 1, listed.stderr
    identities = [server.aws("sts").get_caller_identity()["Arn"] for server in pair]
    assert identities[0] == identities[1]


def test_sign_in_tasks_and_answers_work_whichever_process_answers(
    pair: tuple[ServerProcess, ServerProcess],
) -> None:
    world = make_world(pair[0], OBJECTS, PER_OBJECT)
    people = [
        PortalWorker(server.url, *invite(pair[0], f"w{number}@example.com", world.team))
        for number, server in zip(range(4), itertools.cycle(pair), strict=False)
    ]
    accepted: list[tuple[str, int]] = []
    failures: list[BaseException] = []

    def work(person: PortalWorker) -> None:
        hosts = itertools.cycle([pair[1].url, pair[0].url])
        try:
            while True:
                person.http.base_url = httpx.URL(next(hosts))
                assignment = person.next(world.job)
                if assignment is None:
                    return
                index = int(assignment["taskInput"]["manifestLine"]["n"])
                person.http.base_url = httpx.URL(next(hosts))  # accepted here, answered there
                answer = person.submit(assignment["assignmentId"], one_box(*world.boxes[index]))
                assert answer.status_code == 200, answer.text
                accepted.append((person.user_name, index))
                person.http.base_url = httpx.URL(next(hosts))
        except BaseException as problem:
            failures.append(problem)

    wait_for(lambda: people[0].http.get("/portal/").text.count("Boxes around red things"), "the job", 30)
    threads = [threading.Thread(target=work, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures, failures
    assert len(set(accepted)) == len(accepted) == OBJECTS * PER_OBJECT
    wait_for(lambda: world.describe()["LabelingJobStatus"] == "Completed", "the end of the job")
    assert len(world.output_lines()) == OBJECTS


def test_every_process_refuses_a_revoked_key_from_its_next_request(
    pair: tuple[ServerProcess, ServerProcess],
) -> None:
    one, other = pair
    data = ("--data", str(one.data_dir))
    made = run_command("key", "create", "ci", *data, environment=one.variables)
    key_id, secret = (line.split()[-1] for line in made.stdout.splitlines()[1:3])
    clients = [
        boto3.client(
            "sagemaker",
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
        )
        for server in pair
    ]
    for client in clients:
        client.list_models()
    assert run_command("key", "revoke", "ci", *data, environment=other.variables).returncode == 0
    for client in clients:
        with pytest.raises(ClientError, match="UnrecognizedClientException"):
            client.list_models()


def test_parts_of_one_upload_may_go_to_different_processes(pair: tuple[ServerProcess, ServerProcess]) -> None:
    one, other = (server.aws("s3") for server in pair)
    one.create_bucket(Bucket="shared-bucket")
    where = {"Bucket": "shared-bucket", "Key": "big"}
    upload = other.create_multipart_upload(**where)["UploadId"]
    bodies = [bytes([number]) * PART for number in range(4)]

    def put(number: int) -> dict[str, object]:
        client = (one, other)[number % 2]
        part = client.upload_part(**where, UploadId=upload, PartNumber=number + 1, Body=bodies[number])
        return {"PartNumber": number + 1, "ETag": part["ETag"]}

    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(put, range(4)))
    one.complete_multipart_upload(**where, UploadId=upload, MultipartUpload={"Parts": parts})
    assert other.get_object(**where)["Body"].read() == b"".join(bodies)
    one.put_object(**where, Body=b"new")
    assert other.get_object(**where)["Body"].read() == b"new"
    other.delete_object(**where)
    assert one.list_objects_v2(Bucket="shared-bucket")["KeyCount"] == 0
    one.delete_bucket(Bucket="shared-bucket")
    assert "shared-bucket" not in [b["Name"] for b in other.list_buckets()["Buckets"]]


def test_the_console_works_whichever_process_answers_and_shows_at_once_what_the_other_changed(
    pair: tuple[ServerProcess, ServerProcess],
) -> None:
    one, other = pair
    reset = run_command("person", "reset", "admin", "--data", str(one.data_dir), environment=one.variables)
    token = reset.stdout.split("token=")[1].split()[0]
    with httpx.Client(timeout=20) as browser:  # its cookies are for both ports
        chosen = {"token": token, "new_password": PASSWORD, "repeat_password": PASSWORD}
        assert browser.post(f"{one.url}/console/reset", data=chosen).status_code == 303
        fields = {"user_name": "admin", "password": PASSWORD}
        assert browser.post(f"{other.url}/console/sign-in", data=fields).status_code == 303
        form = {"form_token": form_token(browser.get(f"{one.url}/console/settings"))}
        made = browser.post(f"{other.url}/console/buckets/create", data={**form, "name": "photos"})
        assert made.status_code == 303, made.text
        _send_in_parts(browser, one, other, form["form_token"])
        _changes_are_seen(browser, one, other)
        # Somebody who loses their role at one server is refused by the other.
        rita = {**form, "email": "rita@example.com", "role": "viewer"}
        invited = browser.post(f"{one.url}/console/people/invite", data=rita).text
        token = invited.split("/console/reset?token=")[1].split("<")[0].split('"')[0].strip()
    with httpx.Client(timeout=20) as viewer:
        chosen = {"token": token, "new_password": PASSWORD, "repeat_password": PASSWORD}
        assert viewer.post(f"{other.url}/console/reset", data=chosen).status_code == 303
        fields = {"user_name": "rita@example.com", "password": PASSWORD}
        assert viewer.post(f"{one.url}/console/sign-in", data=fields).status_code == 303
        assert viewer.get(f"{other.url}/console/labeling-jobs").status_code == 200
        words = ("person", "role", "rita@example.com", "worker", "--data", str(one.data_dir))
        assert run_command(*words, environment=one.variables).returncode == 0
        assert {viewer.get(f"{each.url}/console/labeling-jobs").status_code for each in pair} == {403}


def _send_in_parts(browser: httpx.Client, one: ServerProcess, other: ServerProcess, token: str) -> None:
    """Uploads a file as the script of the page does: each request goes to the other server than the one before."""
    content = bytes(range(256)) * (PART_BYTES // 256) + b"the rest"
    file = {"bucket": "photos", "key": "large.bin", "size": len(content), "modified": 17, "type": ""}
    begun = browser.post(f"{one.url}/console/api/uploads/begin", json=file).json()
    pieces = (content[:PART_BYTES], content[PART_BYTES:])
    for number, (server, piece) in enumerate(zip((other, one), pieces, strict=True), 1):
        query = {**file, "upload": begun["upload"], "part": number, "crc32": _crc32(piece)}
        part = f"{server.url}/console/api/uploads/part"
        sent = browser.post(part, params=query, content=piece, headers={"x-form-token": token})
        assert sent.status_code == 200, sent.text
    again = browser.post(f"{other.url}/console/api/uploads/begin", json=file).json()
    assert (again["upload"], again["received"]) == (begun["upload"], [1, 2])
    whole = {**file, "upload": begun["upload"], "crc32": _crc32(content)}
    done = browser.post(f"{other.url}/console/api/uploads/complete", json=whole)
    assert done.status_code == 200, done.text
    assert one.aws("s3").get_object(Bucket="photos", Key="large.bin")["Body"].read() == content


def _changes_are_seen(browser: httpx.Client, one: ServerProcess, other: ServerProcess) -> None:
    """A stream of one server reports what is created at the other one, in less than a second, and its page shows it."""
    make_world(other, 1, 1, job="seen-0")
    sagemaker, took_s = other.aws("sagemaker"), []
    arn = sagemaker.describe_workteam(WorkteamName="street")["Workteam"]["WorkteamArn"]
    address = f"{one.url}/console/labeling-jobs"
    for number in range(1, 4):
        former = f"seen-{number - 1}"
        wait_for(lambda name=former: _status(other, name) == "InProgress", "a quiet moment")
        follows = html.unescape(browser.get(address).text.split('data-live="')[1].split('"')[0])
        with browser.stream("GET", f"{one.url}{follows}") as stream:
            lines = stream.iter_lines()
            assert next(lines) == "retry: 2000"
            sagemaker.create_labeling_job(**labeling_request(f"seen-{number}", arn, 1))
            began_s = time.monotonic()
            assert "event: changed" in lines
            assert f"/console/labeling-jobs/seen-{number}" in browser.get(address).text
            took_s.append(time.monotonic() - began_s)
    assert min(took_s) < 1, took_s


def _status(server: ServerProcess, job: str) -> str:
    described = server.aws("sagemaker").describe_labeling_job(LabelingJobName=job)
    return str(described["LabelingJobStatus"])


def _crc32(content: bytes) -> str:
    return base64.b64encode(zlib.crc32(content).to_bytes(4)).decode()


def test_a_training_continues_when_the_process_that_started_it_is_stopped_or_killed(
    pair: tuple[ServerProcess, ServerProcess],
) -> None:
    one, other = pair
    put_dataset(one)
    start_training(one, "handed-over", 16)
    wait_for_epoch(one, "handed-over", 0)
    assert one.stop() == 0
    assert other.aws("sagemaker").describe_training_job(TrainingJobName="handed-over")[
        "TrainingJobStatus"
    ] == ("InProgress")
    one.start()
    other.kill()
    job = wait_for_end(one, "handed-over")
    assert job["TrainingJobStatus"] == "Completed", job
    wait_for(lambda: not processes_of(one.data_dir, "jobs"), "the end of the instance", 5)


def test_an_update_under_load_at_both_servers_loses_no_request(
    pair: tuple[ServerProcess, ServerProcess], tmp_path: Path
) -> None:
    pytest.importorskip("torch", reason="the built-in algorithms need trigpoint[train]")
    one, other = pair
    put_untrained_model(one, tmp_path)
    for name in ("first", "second"):
        make_config(one, name)
    one.aws("sagemaker").create_endpoint(EndpointName="e", EndpointConfigName="first")
    wait_for(lambda: endpoint(other)["EndpointStatus"] == "InService", "the endpoint")
    picture, over, answered, failures = jpeg_with_box((30, 20, 80, 60)), threading.Event(), [], []

    def keep_asking(server: ServerProcess) -> None:
        once = Config(retries={"total_max_attempts": 1})
        runtime = server.aws("sagemaker-runtime", config=once)
        while not over.wait(0.05):  # the pause leaves the new model server time to start
            try:
                answer = runtime.invoke_endpoint(EndpointName="e", ContentType="image/jpeg", Body=picture)
                answered.append(answer["InvokedProductionVariant"])
            except Exception as problem:
                failures.append(problem)
                return

    threads = [threading.Thread(target=keep_asking, args=(server,)) for server in pair]
    for thread in threads:
        thread.start()
    try:
        other.aws("sagemaker").update_endpoint(EndpointName="e", EndpointConfigName="second")
        wait_for(lambda: endpoint(one)["EndpointStatus"] == "InService", "the update")
        wait_for(
            lambda: len(processes_of(one.data_dir, "trigpoint.algorithms serve")) == 1, "the old server's end"
        )
    finally:
        over.set()
        for thread in threads:
            thread.join(30)
    assert not failures, failures
    assert set(answered) == {"first", "second"}
    one.aws("sagemaker").delete_endpoint(EndpointName="e")
    wait_for(lambda: not processes_of(one.data_dir, "trigpoint.algorithms serve"), "the new server's end")


def put_untrained_model(server: ServerProcess, folder: Path) -> None:
    """Creates the model `m` of an untrained SSD."""
    from trigpoint.algorithms.object_detection.artifacts import save_model
    from trigpoint.algorithms.object_detection.ssd import SSD

    save_model(folder / "model", SSD("resnet-10", 128, 3), {"num_classes": "3"})
    files = {path.name: path.read_bytes() for path in (folder / "model").iterdir()}
    s3 = server.aws("s3")
    s3.create_bucket(Bucket="models")
    s3.put_object(Bucket="models", Key="m.tar.gz", Body=archive(files))
    container = {"Image": IMAGE, "ModelDataUrl": "s3://models/m.tar.gz"}
    server.aws("sagemaker").create_model(ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer=container)


def make_config(server: ServerProcess, name: str) -> None:
    """Creates a configuration whose variant has the same name."""
    variant = {
        "VariantName": name,
        "ModelName": "m",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    server.aws("sagemaker").create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])


def endpoint(server: ServerProcess) -> dict[str, object]:
    """The reply of DescribeEndpoint."""
    found: dict[str, object] = server.aws("sagemaker").describe_endpoint(EndpointName="e")
    return found


def test_the_last_server_that_stops_ends_the_children(
    pair: tuple[ServerProcess, ServerProcess],
) -> None:
    one, other = pair
    put_dataset(one)
    start_training(one, "left-behind", 500)
    wait_for_epoch(one, "left-behind", 0)
    assert one.stop() == 0
    assert processes_of(one.data_dir, "/left-behind/")
    assert other.stop() == 0
    assert processes_of(one.data_dir) == []


def test_a_server_with_another_directory_and_so_another_key_is_refused(
    pair: tuple[ServerProcess, ServerProcess], tmp_path: Path
) -> None:
    done = run_command(
        "serve", "--data", str(tmp_path / "elsewhere"), "--port", "0", environment=pair[0].variables
    )
    assert done.returncode == 2
    assert "belongs to an installation in another folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_with_its_own_database_is_refused_on_a_shared_directory(
    pair: tuple[ServerProcess, ServerProcess],
) -> None:
    done = run_command("serve", "--data", str(pair[0].data_dir), "--port", "0")
    assert done.returncode == 2
    assert "TRIGPOINT_DATABASE_URL if this installation uses PostgreSQL" in done.stderr
