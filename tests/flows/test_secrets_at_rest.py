"""The database holds no usable secret without the key file, and a lost key file is reported."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from helpers.labeling_world import PortalWorker, invite
from helpers.server_process import ServerProcess, env_of, run_command

OIDC = {
    "ClientId": "client",
    "ClientSecret": "oidc-client-secret-7f3a",
    "Issuer": "https://id.example.com",
    "AuthorizationEndpoint": "https://id.example.com/authorize",
    "TokenEndpoint": "https://id.example.com/token",
    "UserInfoEndpoint": "https://id.example.com/userinfo",
    "LogoutEndpoint": "https://id.example.com/logout",
    "JwksUri": "https://id.example.com/jwks",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for all tests of this file. Tests that change its key file restore it."""
    with ServerProcess(tmp_path_factory.mktemp("secrets") / "data").start() as process:
        yield process


def made_key(server: ServerProcess, name: str, *options: str) -> tuple[str, str]:
    """The id and the secret of a new access key."""
    done = run_command("key", "create", name, *options, "--data", str(server.data_dir))
    assert done.returncode == 0, done.stderr
    found = re.search(r"Access key id: +(\S+)\nSecret access key: +(\S+)", done.stdout)
    assert found is not None
    return found[1], found[2]


def test_the_secret_of_an_identity_provider_is_not_in_the_database_either(server: ServerProcess) -> None:
    sagemaker = server.aws("sagemaker")
    sagemaker.create_workforce(WorkforceName="w", OidcConfig=OIDC)
    stolen = b"".join(path.read_bytes() for path in server.data_dir.glob("trigpoint.db*"))
    assert b"https://id.example.com/jwks" in stolen
    assert OIDC["ClientSecret"].encode() not in stolen
    assert "ClientSecret" not in sagemaker.describe_workforce(WorkforceName="w")["Workforce"]["OidcConfig"]
    sagemaker.delete_workforce(WorkforceName="w")


def test_a_stolen_copy_of_the_database_holds_no_usable_secret(server: ServerProcess) -> None:
    """Creates or uses every kind of secret that passes through the server, then searches the files."""
    root = env_of(server.data_dir)
    key_id, key_secret = made_key(server, "ci-1")
    session = server.aws("sts").get_session_token()["Credentials"]
    reset = run_command("worker", "reset-password", "admin", "--data", str(server.data_dir))
    admin_password = re.search(r"Temporary password: (\S+)", reset.stdout)
    assert admin_password is not None, reset.stderr
    user_name, temporary_password = invite(server, "bob@example.com", "street")
    worker = PortalWorker(server.url, user_name, temporary_password)
    (cookie,) = (value for name, value in worker.http.cookies.items() if name == "trigpoint_session")
    server.aws("s3").create_bucket(Bucket="there")
    endpoint = ["--endpoint", server.url, "--access-key-id", key_id, "--secret-access-key", key_secret]
    remote = run_command(
        "bucket", "add-remote", "here", *endpoint, "--bucket", "there", "--data", str(server.data_dir)
    )
    assert remote.returncode == 0, remote.stderr
    server.aws("s3").put_object(Bucket="here", Key="k", Body=b"x")
    secrets = {
        "the root key": root["AWS_SECRET_ACCESS_KEY"],
        "a key": key_secret,
        "a session's key": session["SecretAccessKey"],
        "a session token": session["SessionToken"],
        "the admin's password": admin_password[1],
        "a temporary password": temporary_password,
        "a worker's password": temporary_password + "-new-1",
        "a portal session": cookie,
    }
    files = [path for path in server.data_dir.glob("trigpoint.db*") if path.is_file()]
    stolen = b"".join(path.read_bytes() for path in files)
    assert (
        b"bob@example.com" in stolen and key_id.encode() in stolen
    )  # proves that the right file was searched
    assert [what for what, secret in secrets.items() if secret.encode() in stolen] == []
    assert (server.data_dir / "secret.key").read_bytes().strip() not in stolen
    assert stolen.count(b"$argon2id$") >= 2
    for path in [*files, server.data_dir / "secret.key"]:
        assert path.stat().st_mode & 0o077 == 0, f"{path.name} may be read by others"


def test_a_lost_key_file_is_reported_and_never_replaced_silently(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "data").start() as server:
        made_key(server, "ci")
        server.aws("s3").create_bucket(Bucket="kept")
        server.aws("s3").put_object(Bucket="kept", Key="k", Body=b"content")
    data = ("--data", str(server.data_dir))
    key_file = server.data_dir / "secret.key"
    unneeded = run_command("key", "rotate-root", "--lost-key-file", *data)
    assert (unneeded.returncode, "the key file fits" in unneeded.stderr) == (2, True)
    backup = shutil.move(key_file, tmp_path / "backup")
    for command in (["serve", "--port", "0"], ["env"], ["key", "list"], ["key", "rotate-root"]):
        done = run_command(*command, *data)
        assert done.returncode == 2, command
        assert f"the key file {key_file} is missing; restore" in done.stderr, command
        assert "--lost-key-file" in done.stderr
        assert not key_file.exists(), command

    shutil.copy(backup, key_file)
    key_file.write_text("nonsense")
    done = run_command("serve", "--port", "0", *data)
    assert (done.returncode, "does not contain a key" in done.stderr) == (2, True)

    anew = run_command("key", "rotate-root", "--lost-key-file", *data)
    assert anew.returncode == 0, anew.stderr
    assert key_file.stat().st_mode & 0o077 == 0
    assert key_file.with_name("secret.key.unfit").read_text() == "nonsense"
    listed = run_command("key", "list", *data).stdout
    assert "root" in listed and "ci" not in listed
    server = ServerProcess(server.data_dir)
    with server.start():
        assert server.aws("s3").get_object(Bucket="kept", Key="k")["Body"].read() == b"content"


def test_a_running_server_must_stop_before_its_key_file_is_replaced(server: ServerProcess) -> None:
    key_file = server.data_dir / "secret.key"
    moved = key_file.rename(key_file.with_name("moved"))
    done = run_command("key", "rotate-root", "--lost-key-file", "--data", str(server.data_dir))
    there = key_file.exists()
    moved.rename(key_file)
    assert (done.returncode, "another Trigpoint server" in done.stderr, there) == (2, True, False)


def test_a_key_file_that_others_can_read_is_reported(server: ServerProcess) -> None:
    key_file = server.data_dir / "secret.key"
    key_file.chmod(0o644)
    done = run_command("env", "--data", str(server.data_dir))
    key_file.chmod(0o600)
    assert done.returncode == 0
    assert f"chmod 600 {key_file}" in done.stderr


def test_what_is_in_a_stolen_database_signs_nothing(server: ServerProcess) -> None:
    """Uses the sealed secret and the hash of a session as if they were the secrets themselves."""
    key_id, _ = made_key(server, "ci-2")
    with sqlite3.connect(server.data_dir / "trigpoint.db") as database:
        (sealed,) = database.execute(
            "SELECT secret_encrypted FROM access_keys WHERE access_key_id = ?", (key_id,)
        ).fetchone()
    for secret in (sealed, sealed[:40]):
        thief = boto3.client(
            "s3",
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
        )
        with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
            thief.list_buckets()
