"""Ways to connect clients: named keys, the proxy for AWS's hosts, and the SDK's configuration."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore
import pytest
from botocore.exceptions import ClientError

from helpers.server_process import ServerProcess, run_command

# A script written for AWS: no endpoint, default clients, virtual-host buckets, TLS.
UNTOUCHED = """
import boto3, json, urllib.request
arn = boto3.client("sts").get_caller_identity()["Arn"]
role = boto3.client("iam").get_role(RoleName=arn.split("/")[1])["Role"]["Arn"]
s3 = boto3.client("s3")
assert s3.meta.endpoint_url.startswith("https://s3"), s3.meta.endpoint_url
s3.create_bucket(Bucket="untouched")
s3.put_object(Bucket="untouched", Key="a b/\\u00e9.txt", Body=b"x" * 100_000)
body = s3.get_object(Bucket="untouched", Key="a b/\\u00e9.txt")["Body"].read()
jobs = boto3.client("sagemaker").list_training_jobs()["TrainingJobSummaries"]
groups = boto3.client("logs").describe_log_groups()["logGroups"]
runtime = boto3.client("sagemaker-runtime")
try:
    runtime.invoke_endpoint(EndpointName="none", Body=b"x")
except runtime.exceptions.ValidationError as problem:
    runtime_says = str(problem)
print(json.dumps([arn, role, len(body), jobs, runtime_says]))
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for all tests that do not change it."""
    process = ServerProcess(tmp_path_factory.mktemp("ways") / "data").start()
    yield process
    process.stop()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server for one test."""
    process = ServerProcess(tmp_path / "data").start()
    yield process
    process.stop()


def env_lines(server: ServerProcess, *options: str) -> tuple[dict[str, str], list[str]]:
    """What `trigpoint env` sets and unsets."""
    done = run_command("env", "--data", str(server.data_dir), *options)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    exports = [line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export ")]
    unset = [name for line in lines if line.startswith("unset ") for name in line.split()[1:]]
    return {name: value.strip("'") for name, value in exports}, unset


def run_script(script: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("AWS_") and "proxy" not in k.lower()}
    return subprocess.run(
        [sys.executable, "-c", script],
        env=clean | {"AWS_EC2_METADATA_DISABLED": "true"} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_an_unchanged_script_runs_with_only_the_proxy(server: ServerProcess) -> None:
    environment, unset = env_lines(server, "--proxy-only")
    assert "AWS_ENDPOINT_URL" not in environment and "AWS_ENDPOINT_URL" in unset
    done = run_script(UNTOUCHED, environment)
    assert done.returncode == 0, done.stderr + server.text()
    arn, role, size, jobs, runtime_says = json.loads(done.stdout)
    assert arn == "arn:aws:sts::111122223333:assumed-role/TrigpointRole/root"
    assert role == "arn:aws:iam::111122223333:role/TrigpointRole"
    assert (size, jobs) == (100_000, [])
    assert "not found" in runtime_says
    assert (server.data_dir / "tls" / "ca.key").stat().st_mode & 0o777 == 0o600
    assert server.aws("s3").head_object(Bucket="untouched", Key="a b/é.txt")["ContentLength"] == 100_000


def test_with_the_endpoint_only_fixed_hosts_go_through_the_proxy(server: ServerProcess) -> None:
    environment, unset = env_lines(server, "--proxy")
    assert environment["AWS_ENDPOINT_URL"] == environment["HTTPS_PROXY"] == server.url
    assert {"AWS_SESSION_TOKEN", "https_proxy", "no_proxy"} <= set(unset)
    script = (
        "import boto3\n"
        "fixed = 'https://sts.eu-west-3.amazonaws.com'  # as the SageMaker SDK writes it\n"
        "sts = boto3.client('sts', region_name='eu-west-3', endpoint_url=fixed)\n"
        "print(boto3.client('s3').meta.endpoint_url, sts.get_caller_identity()['Account'])\n"
    )
    done = run_script(script, environment)
    assert done.stdout.split() == [server.url, "111122223333"], done.stderr


def test_the_hosts_of_a_copied_endpoints_file_lead_here_over_tls(
    server: ServerProcess, tmp_path: Path
) -> None:
    ca = env_lines(server, "--proxy")[0]["AWS_CA_BUNDLE"]
    table = json.loads((Path(botocore.__file__).parent / "data" / "endpoints.json").read_text())
    host = server.url.removeprefix("http://")
    for endpoint in table["partitions"][0]["services"]["sts"]["endpoints"].values():
        endpoint["hostname"] = host
    models = tmp_path / ".aws" / "models"
    models.mkdir(parents=True)
    (models / "endpoints.json").write_text(json.dumps(table))
    keys = {name: value for name, value in env_lines(server)[0].items() if name != "AWS_ENDPOINT_URL"}
    script = (
        "import boto3, botocore.regions, botocore.session\n"
        "table = botocore.session.get_session().get_data('endpoints')\n"
        "host = botocore.regions.EndpointResolver(table).construct_endpoint('sts', 'eu-west-3')['hostname']\n"
        "sts = boto3.client('sts', region_name='eu-west-3', endpoint_url='https://' + host)\n"
        "print(host, sts.get_caller_identity()['Account'])\n"
    )  # the SDK asks the table for the host of sts in the same words (utils.sts_regional_endpoint)
    done = run_script(script, keys | {"HOME": str(tmp_path), "AWS_CA_BUNDLE": ca})
    assert done.stdout.split() == [host, "111122223333"], done.stderr


def test_other_hosts_are_refused_with_advice(server: ServerProcess) -> None:
    environment, _ = env_lines(server, "--proxy")
    done = run_script("import urllib.request; urllib.request.urlopen('https://example.org/')", environment)
    assert "Tunnel connection failed: 403 Forbidden" in done.stderr
    assert "you asked for example.org:443" in server.text()


def test_the_ca_survives_restarts_and_a_start_creates_none(own_server: ServerProcess) -> None:
    assert not (own_server.data_dir / "tls").exists()
    environment, _ = env_lines(own_server, "--proxy-only")
    before = Path(environment["AWS_CA_BUNDLE"]).read_bytes()
    own_server.stop()
    own_server.port = int(own_server.url.rsplit(":", 1)[1])
    own_server.start()
    script = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    assert run_script(script, environment).stdout == "111122223333\n"
    assert Path(environment["AWS_CA_BUNDLE"]).read_bytes() == before


def test_the_sdks_configuration_is_written_and_named(server: ServerProcess, tmp_path: Path) -> None:
    file = tmp_path / "sdk.yaml"
    environment, _ = env_lines(server, "--sdk-config", str(file), "--bucket", "my-bucket")
    assert environment["SAGEMAKER_USER_CONFIG_OVERRIDE"] == str(file)
    _, *lines = file.read_text().splitlines()
    assert lines == [
        "SchemaVersion: '1.0'",
        "SageMaker:",
        "  PythonSDK:",
        "    Modules:",
        "      TelemetryOptOut: true",
        "      Session:",
        "        DefaultS3Bucket: 'my-bucket'",
    ]
    env_lines(server, "--sdk-config", str(file))
    assert "DefaultS3Bucket: 'sagemaker-us-east-1-111122223333'" in file.read_text()


def test_a_file_of_somebody_else_is_not_overwritten(server: ServerProcess, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("SchemaVersion: '1.0'\n")
    done = run_command("env", "--data", str(server.data_dir), "--sdk-config", str(file))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{file} exists and was not written by `trigpoint env`" in done.stderr
    assert file.read_text() == "SchemaVersion: '1.0'\n"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--key", "nobody"], "there is no access key named 'nobody'"),
        (["--bucket", "b-1"], "--bucket needs --sdk-config FILE"),
        (["--sdk-config", "/dev/null/x", "--bucket", "b-1"], "cannot be written"),
        (["--sdk-config", "x.yaml", "--bucket", "No Bucket"], "the bucket name 'No Bucket' is not valid"),
    ],
)
def test_a_refused_env_reports_the_error_and_prints_no_exports(
    server: ServerProcess, options: list[str], words: str
) -> None:
    done = run_command("env", "--data", str(server.data_dir), *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_a_key_is_made_used_and_revoked_while_the_server_runs(server: ServerProcess) -> None:
    data = ("--data", str(server.data_dir))
    made = run_command("key", "create", "reader", "--read-only", *data)
    assert made.returncode == 0, made.stderr
    secret = re.search(r"Secret access key:  (\S{40})\n", made.stdout)
    assert secret is not None
    environment, _ = env_lines(server, "--key", "reader")
    assert environment["AWS_SECRET_ACCESS_KEY"] == secret[1]

    listed = run_command("key", "list", *data).stdout
    assert re.search(
        r"^reader +AKIA[A-Z2-7]{16} +read-only +\d{4}-\d\d-\d\d \d\d:\d\d$", listed, re.MULTILINE
    )
    assert secret[1] not in listed and re.search(r"^root +AKIA\S+ +read-write ", listed, re.MULTILINE)

    again = run_command("key", "create", "reader", *data)
    assert (again.returncode, "an access key named 'reader' already exists" in again.stderr) == (2, True)
    keys = {
        "aws_access_key_id": environment["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": environment["AWS_SECRET_ACCESS_KEY"],
    }
    s3 = client_of(server, "s3", keys)
    session = client_of(server, "sts", keys).get_session_token()["Credentials"]
    temporary = client_of(
        server,
        "s3",
        {
            "aws_access_key_id": session["AccessKeyId"],
            "aws_secret_access_key": session["SecretAccessKey"],
            "aws_session_token": session["SessionToken"],
        },
    )
    for made_by in (s3, temporary):
        made_by.list_buckets()
        with pytest.raises(ClientError, match="its key is read-only"):
            made_by.create_bucket(Bucket="no-no")

    revoked = run_command("key", "revoke", "reader", *data)
    assert (
        revoked.returncode == 0
        and "requests and links that it signed are refused from now on" in revoked.stdout
    )
    for made_by in (s3, temporary):
        with pytest.raises(ClientError, match="InvalidAccessKeyId"):
            made_by.list_buckets()
    assert "reader" not in run_command("key", "list", *data).stdout
    assert "reader" in run_command("key", "list", "--all", *data).stdout


def client_of(server: ServerProcess, service: str, keys: dict[str, str]) -> Any:
    return boto3.client(service, endpoint_url=server.url, region_name="us-east-1", **keys)


def test_the_root_key_is_rotated_and_not_revoked(own_server: ServerProcess) -> None:
    data = ("--data", str(own_server.data_dir))
    before = own_server.aws("s3")
    refused = run_command("key", "revoke", "root", *data)
    assert (refused.returncode, "`trigpoint key rotate-root` replaces it" in refused.stderr) == (2, True)
    before.list_buckets()
    rotated = run_command("key", "rotate-root", *data)
    assert rotated.returncode == 0 and "The old root key is revoked" in rotated.stdout
    with pytest.raises(ClientError, match="InvalidAccessKeyId"):
        before.list_buckets()
    environment, _ = env_lines(own_server)
    assert environment["AWS_SECRET_ACCESS_KEY"] in rotated.stdout


def test_the_flow_of_the_fixed_sts_host_passes_with_an_sdk(server: ServerProcess, shared: Path) -> None:
    python = os.environ.get("TRIGPOINT_SDK_PYTHON")
    if python is None:
        pytest.skip("TRIGPOINT_SDK_PYTHON names no Python that has a SageMaker SDK")
    for way in ("--proxy", "--proxy-only"):
        environment, _ = env_lines(server, way)
        more = {
            "AWS_ENDPOINT_URL": server.url,
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": str(way == "--proxy-only").lower(),
        }
        done = subprocess.run(
            [python, str(shared / "flows" / "f10_sdk_sts.py")],
            env=os.environ | environment | more,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
