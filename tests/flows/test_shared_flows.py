"""The acceptance scripts that drive a running server with real clients."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.server_process import ServerProcess, env_of


@pytest.mark.parametrize("script", ["f01_s3", "f02_labeling", "f03_training"])
def test_the_flow_passes(script: str, server: ServerProcess, shared: Path) -> None:
    done = run_flow(script, server, shared)
    assert done.returncode == 0, done.stdout + done.stderr


# Steps of wider flows that this version does not serve yet; each goes when its feature comes.
NOT_YET = {
    "f04_serving": ("batch transform of an S3 prefix",),
}


@pytest.mark.parametrize("script", sorted(NOT_YET))
def test_all_served_steps_of_the_flow_pass(script: str, server: ServerProcess, shared: Path) -> None:
    done = run_flow(script, server, shared)
    steps = [line for line in done.stdout.splitlines() if line[:4] in ("ok  ", "FAIL", "SKIP")]
    assert len(steps) >= 9, done.stdout + done.stderr
    failed = [
        line
        for line in steps
        if not line.startswith("ok") and not any(step in line for step in NOT_YET[script])
    ]
    assert not failed, done.stdout + done.stderr


def run_flow(script: str, server: ServerProcess, shared: Path) -> subprocess.CompletedProcess[str]:
    """Runs a script against the server."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | env_of(server.data_dir)
    environment |= {"FLOW_TIMEOUT": "150", "FLOW_BIG_MB": "20", "FLOW_HP": '{"base_network": "resnet-50"}'}
    return subprocess.run(
        [sys.executable, str(shared / "flows" / f"{script}.py")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
    )
