"""The tools that people move data with work unchanged against a real server: one short program for each.

The programs are in `data_tools/`. A tool that is not installed is skipped. TRIGPOINT_TOOLS_PYTHON names
another interpreter that has the libraries, and the commands next to it, so that they need not be dependencies
of Trigpoint.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.server_process import ServerProcess, env_of

PROGRAMS = Path(__file__).with_name("data_tools")
PYTHON = os.environ.get("TRIGPOINT_TOOLS_PYTHON", sys.executable)
LIBRARIES = {
    "boto3_transfers.py": "boto3",
    "s3fs_files.py": "s3fs",
    "pyarrow_dataset.py": "pyarrow.fs",
    "minio_client.py": "minio",
    "obstore_client.py": "obstore",
    "smart_open_streams.py": "smart_open.s3",
    "cloudpathlib_paths.py": "cloudpathlib",
}
COMMANDS = {"aws.sh": "aws", "s3cmd.sh": "s3cmd", "rclone.sh": "rclone"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("tools") / "data").start() as running:
        running.aws("s3").create_bucket(Bucket="tools")
        yield running


@pytest.fixture
def environment(server: ServerProcess, tmp_path: Path) -> dict[str, str]:
    """The environment after `eval "$(trigpoint env)"`, without any tool's own configuration."""
    path = os.pathsep.join([str(Path(PYTHON).parent), os.environ.get("PATH", "")])
    ours = {**env_of(server.data_dir), "AWS_ENDPOINT_URL": server.url, "BUCKET": "tools", "PATH": path}
    return {
        **{n: v for n, v in os.environ.items() if not n.startswith("AWS_")},
        **ours,
        "HOME": str(tmp_path),
    }


def assert_succeeds(command: list[str], environment: dict[str, str], folder: Path) -> None:
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


@pytest.mark.parametrize("program", LIBRARIES)
def test_a_library_that_speaks_s3_works_unchanged(
    program: str, server: ServerProcess, environment: dict[str, str], tmp_path: Path
) -> None:
    probe = subprocess.run([PYTHON, "-c", f"import {LIBRARIES[program]}"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip(f"{LIBRARIES[program]} is not installed in {PYTHON}")
    assert_succeeds([PYTHON, str(PROGRAMS / program)], environment, tmp_path)
    assert "request.failed" not in server.text()


@pytest.mark.parametrize("program", COMMANDS)
def test_a_command_that_speaks_s3_works_unchanged(
    program: str, server: ServerProcess, environment: dict[str, str], tmp_path: Path
) -> None:
    for command in (COMMANDS[program], "curl"):
        found = shutil.which(command, path=environment["PATH"])
        if (
            found is None
            or subprocess.run([found, "--version"], env=environment, capture_output=True).returncode
        ):
            pytest.skip(f"the command {command} is not installed, or does not start")
    assert_succeeds(["bash", str(PROGRAMS / program)], environment, tmp_path)
    assert "request.failed" not in server.text()
