"""The acceptance scripts that drive a running server with real clients."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.server_process import ServerProcess, env_of


@pytest.mark.parametrize("script", ["f01_s3", "f02_labeling", "f03_training", "f04_serving"])
def test_the_flow_passes(script: str, server: ServerProcess, shared: Path) -> None:
    done = run_flow(script, server, shared)
    assert done.returncode == 0, done.stdout + done.stderr


def run_flow(script: str, server: ServerProcess, shared: Path) -> subprocess.CompletedProcess[str]:
    """Runs a script against the server."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | env_of(server.data_dir)
    environment |= {"FLOW_TIMEOUT": "150", "FLOW_BIG_MB": "20", "FLOW_HP": '{"base_network": "resnet-10"}'}
    return subprocess.run(
        [sys.executable, str(shared / "flows" / f"{script}.py")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
    )
