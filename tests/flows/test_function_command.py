"""`trigpoint function ...` and functions that call the server, with a real server."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers.server_process import ServerProcess, run_command

ROLE = "arn:aws:iam::111122223333:role/service-role/Notebook"
CALLS_THE_SERVER = """
import boto3, botocore

def handler(event, context):
    s3 = boto3.client("s3")
    s3.put_object(Bucket="functions", Key="made-by-function", Body=b"x")
    refused = []
    for service, call in (("sagemaker", "delete_workteam"), ("lambda", "delete_function"), ("iam", "create_role")):
        arguments = {
            "delete_workteam": {"WorkteamName": "crew"},
            "delete_function": {"FunctionName": "calls-server"},
            "create_role": {"RoleName": "r", "AssumeRolePolicyDocument": "{}"},
        }[call]
        try:
            getattr(boto3.client(service), call)(**arguments)
        except botocore.exceptions.ClientError as error:
            refused.append(error.response["Error"]["Message"])
    role = boto3.client("sts").assume_role(RoleArn=event["roleArn"], RoleSessionName="session")["Credentials"]
    as_role = boto3.client(
        "s3", aws_access_key_id=role["AccessKeyId"], aws_secret_access_key=role["SecretAccessKey"],
        aws_session_token=role["SessionToken"])
    return {
        "who": boto3.client("sts").get_caller_identity()["Arn"],
        "read": as_role.get_object(Bucket="functions", Key="made-by-function")["Body"].read().decode(),
        "jobs": len(boto3.client("sagemaker").list_labeling_jobs()["LabelingJobSummaryList"]),
        "refused": refused,
    }
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("functions") / "data").start() as running:
        yield running


@pytest.fixture
def command(server: ServerProcess) -> Any:
    def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        return run_command("function", *arguments, "--data", str(server.data_dir), **options)

    return run


def test_an_entry_point_is_added_tried_listed_and_removed(
    server: ServerProcess, command: Any, tmp_path: Path
) -> None:
    event = tmp_path / "event.json"
    event.write_text('{"b": 2, "a": 1}')
    added = command("add", "sorted-keys", "--python", "json.tool:absent")
    assert added.stdout.strip() == "arn:aws:lambda:us-east-1:111122223333:function:sorted-keys"
    assert command("add", "sorted-keys", "--python", "json:dumps").stderr == (
        "trigpoint: Function already exist: sorted-keys\n"
    )
    failed = command("test", "sorted-keys", "--event", str(event))
    assert failed.returncode == 1 and "Runtime.HandlerNotFound" in failed.stdout
    assert "START RequestId" in failed.stderr and "failed in" in failed.stderr
    assert "json.tool:absent" in command("list").stdout
    assert command("remove", "sorted-keys").returncode == 0
    assert command("test", "sorted-keys", "--event", str(event)).returncode == 2


def test_a_function_reaches_the_server_with_limited_rights(server: ServerProcess) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("main.py", CALLS_THE_SERVER)
    server.aws("s3").create_bucket(Bucket="functions")
    functions = server.aws("lambda")
    role = server.aws("iam").create_role(RoleName="Notebook", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    server.aws("iam").attach_role_policy(RoleName="Notebook", PolicyArn="arn:aws:iam::aws:policy/AnyPolicy")
    functions.create_function(
        FunctionName="calls-server",
        Runtime="python3.9",
        Role=role,
        Handler="main.handler",
        Code={"ZipFile": archive.getvalue()},
        Timeout=120,
        MemorySize=512,
    )
    reply = functions.invoke(
        FunctionName="calls-server", Payload=json.dumps({"roleArn": role}).encode(), LogType="Tail"
    )
    found = json.loads(reply["Payload"].read())
    assert "FunctionError" not in reply, found
    assert found["who"] == "arn:aws:sts::111122223333:assumed-role/Notebook/calls-server"
    assert (found["read"], found["jobs"]) == ("x", 0)
    assert len(found["refused"]) == 3
    assert all("the credentials of a function change only objects" in text for text in found["refused"])


def test_a_killed_server_leaves_no_process_of_a_function(tmp_path: Path) -> None:
    import psutil

    with ServerProcess(tmp_path / "data").start() as server:
        marker = tmp_path / "pids"
        code = (
            "import os, pathlib, subprocess, sys, time\n"
            "def handler(event, context):\n"
            "    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)'])\n"
            f"    pathlib.Path({str(marker)!r}).write_text(f'{{os.getpid()}} {{child.pid}} ')\n"
            "    time.sleep(1000)\n"
        )
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as opened:
            opened.writestr("main.py", code)
        functions = server.aws("lambda")
        functions.create_function(
            FunctionName="hangs",
            Runtime="python3.12",
            Role=ROLE,
            Handler="main.handler",
            Code={"ZipFile": archive.getvalue()},
            Timeout=900,
        )
        functions.invoke(FunctionName="hangs", InvocationType="Event")
        _until(lambda: marker.exists() and marker.read_text().endswith(" "))
        pids = [int(pid) for pid in marker.read_text().split()]
        server.kill()
        _until(lambda: not any(_runs(psutil, pid) for pid in pids))
        marker.unlink()
        server.start()
        _until(lambda: marker.exists())  # the accepted call is made again


def _runs(psutil: Any, pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _until(condition: Any) -> None:
    import time

    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
