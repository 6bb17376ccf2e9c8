"""`trigpoint serve`: first and second start, refusals that change nothing, clean stop."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
from pathlib import Path

import pytest

from helpers.server_process import ServerProcess, env_of, run_command


def test_the_first_start_makes_a_private_directory_and_shows_a_link_that_works_once(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data").start()
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert "/console/reset?token=" in server.text() and "temporary password" not in server.text().lower()
    assert server.stop() == 0
    before = env_of(tmp_path / "data")
    server.start()
    assert env_of(tmp_path / "data") | {"AWS_ENDPOINT_URL": ""} == before | {"AWS_ENDPOINT_URL": ""}
    assert server.stop() == 0


def test_env_points_boto3_at_the_server(server: ServerProcess) -> None:
    assert env_of(server.data_dir)["AWS_ENDPOINT_URL"] == server.url
    assert server.aws("sts").get_caller_identity()["Account"] == "111122223333"


def test_ctrl_c_stops_it_cleanly(server: ServerProcess) -> None:
    assert server.child is not None
    server.child.send_signal(signal.SIGINT)
    assert server.child.wait(20) == 0
    assert "Traceback" not in server.text()


def test_a_taken_port_is_reported_on_one_line_and_nothing_changes(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run_command("serve", "--data", str(tmp_path / "data"), "--port", str(port))
    assert done.returncode == 2
    assert done.stderr == (
        f"trigpoint: port {port} on 127.0.0.1 is in use, by a server that already runs or by another program; "
        "stop it, or choose another port with --port\n"
    )
    assert not (tmp_path / "data").exists()


def test_a_second_server_on_the_same_directory_is_refused(server: ServerProcess) -> None:
    assert server.child is not None
    done = run_command("serve", "--data", str(server.data_dir), "--port", "0")
    assert done.returncode == 2
    assert (
        f"another Trigpoint server (process {server.child.pid}) is running on {server.data_dir}"
        in done.stderr
    )


def test_a_directory_of_a_newer_version_is_left_unchanged(tmp_path: Path) -> None:
    marker = tmp_path / "trigpoint.json"
    marker.write_text(json.dumps({"format": 99, "created_by": "9.9.0"}))
    done = run_command("serve", "--data", str(tmp_path), "--port", "0")
    assert done.returncode == 2
    assert "was written by a newer version of Trigpoint (9.9.0)" in done.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["trigpoint.json"]


def test_a_database_of_a_newer_version_is_left_unchanged(server: ServerProcess) -> None:
    import sqlite3

    server.stop()
    with sqlite3.connect(server.data_dir / "trigpoint.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999_from_the_future'")
    done = run_command("serve", "--data", str(server.data_dir), "--port", "0")
    assert done.returncode == 2
    assert "written by a newer version of Trigpoint (schema 9999_from_the_future" in done.stderr


def test_a_missing_database_is_reported_on_one_line_and_not_replaced(server: ServerProcess) -> None:
    server.stop()
    file = server.data_dir / "trigpoint.db"
    file.unlink()
    done = run_command("serve", "--data", str(server.data_dir), "--port", "0")
    assert done.returncode == 2
    assert done.stderr.startswith(f"trigpoint: the database {file} is missing")
    assert done.stderr.count("\n") == 1 and done.stdout == ""
    assert not file.exists()


def test_a_folder_of_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    done = run_command("serve", "--data", str(tmp_path), "--port", "0")
    assert done.returncode == 2
    assert "is not empty and is not a Trigpoint data directory" in done.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_file_instead_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    done = run_command("serve", "--data", str(tmp_path / "data"), "--port", "0")
    assert (done.returncode, done.stderr) == (
        2,
        f"trigpoint: {tmp_path / 'data'} is a file; --data must name a folder\n",
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_an_unreadable_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o000)
    done = run_command("serve", "--data", str(tmp_path / "data"), "--port", "0")
    assert done.returncode == 2
    assert "cannot be read by this user" in done.stderr


def test_commands_on_a_directory_that_was_never_started_say_so(tmp_path: Path) -> None:
    done = run_command("env", "--data", str(tmp_path / "none"))
    assert done.returncode == 2
    assert done.stderr.startswith("trigpoint: there is no data directory at ")
    assert not (tmp_path / "none").exists()


def test_an_invitation_prints_portal_user_name_and_password(server: ServerProcess) -> None:
    done = run_command(
        "worker", "invite", "bob@example.com", "--team", "street", "--data", str(server.data_dir)
    )
    assert done.returncode == 0, done.stderr
    assert f"Portal:             {server.url}/portal/" in done.stdout
    assert re.search(r"Temporary password: \S{8,}", done.stdout)
    assert "WorkteamArn" in server.aws("sagemaker").describe_workteam(WorkteamName="street")["Workteam"]


def test_a_linked_folder_is_a_read_only_bucket(server: ServerProcess, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    (folder / "sub folder").mkdir(parents=True)
    (folder / "sub folder" / "a.txt").write_text("hello")
    done = run_command("bucket", "link", "mine", str(folder), "--data", str(server.data_dir))
    assert done.returncode == 0, done.stderr
    s3 = server.aws("s3")
    assert [o["Key"] for o in s3.list_objects_v2(Bucket="mine")["Contents"]] == ["sub folder/a.txt"]
    assert s3.get_object(Bucket="mine", Key="sub folder/a.txt")["Body"].read() == b"hello"
    with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
        s3.put_object(Bucket="mine", Key="b.txt", Body=b"x")
    assert sorted(p.name for p in folder.rglob("*")) == ["a.txt", "sub folder"]


def test_version_is_printed() -> None:
    assert re.fullmatch(r"trigpoint, version \d+\.\d+\.\d+\n", run_command("--version").stdout)
