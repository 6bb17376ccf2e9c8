"""A real `trigpoint serve`: a child on a free port, killed or stopped at the end of the test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import boto3
import httpx


class ServerProcess:
    """One server child on `data_dir`. `start` may be called again after `kill` or `stop`.

    Args:   descriptors: how many files it may have open; 0 leaves the limit as it is.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int = 0,
        *,
        name: str = "",
        variables: dict[str, str] | None = None,
        descriptors: int = 0,
    ) -> None:
        self.data_dir = data_dir
        self.port = port
        self.output = data_dir.with_name(f"{data_dir.name}{name}.output")
        self.variables = variables or {}
        self.descriptors = descriptors
        self.child: subprocess.Popen[bytes] | None = None
        self.url = ""
        self._environment: dict[str, str] = {}

    def start(self, *arguments: str) -> ServerProcess:
        """Starts the server and waits until it answers."""
        with self.output.open("wb") as out:
            self.child = subprocess.Popen(
                [
                    *([] if not self.descriptors else _with_descriptors(self.descriptors)),
                    sys.executable,
                    "-m",
                    "trigpoint",
                    "serve",
                    "--data",
                    str(self.data_dir),
                    "--port",
                    str(self.port),
                    *arguments,
                ],
                stdout=out,
                stderr=out,
                start_new_session=True,
                env={**os.environ, "TRIGPOINT_CORRECTION_S": "1", **self.variables},
            )
        self._wait_for_url()
        return self

    def __enter__(self) -> ServerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        if self.child is not None:
            self.stop()

    def kill(self) -> None:
        """Sends SIGKILL to the server process only, as in a crash."""
        assert self.child is not None
        self.child.kill()
        self.child.wait()

    def stop(self) -> int:
        """Sends SIGTERM and returns the exit code."""
        assert self.child is not None
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        return self.child.wait(30)

    def text(self) -> str:
        """Everything that the server has printed."""
        return self.output.read_text(errors="replace")

    def aws(self, service: str, **arguments: Any) -> Any:
        """A boto3 client of this server, with the root key."""
        environment = self._environment = self._environment or env_of(self.data_dir, self.variables)
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=environment["AWS_DEFAULT_REGION"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            **arguments,
        )

    def _wait_for_url(self) -> None:
        assert self.child is not None
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self.child.poll() is None, f"the server ended: {self.text()}"
            if "is ready at " in self.text():
                self.url = self.text().split("is ready at ")[1].split()[0]
                self.port = int(self.url.rsplit(":", 1)[1])
                try:
                    if httpx.get(f"{self.url}/health", timeout=5, trust_env=False).status_code == 200:
                        return
                except httpx.HTTPError:
                    pass
            time.sleep(0.05)
        raise AssertionError(f"the server did not answer: {self.text()}")


def _with_descriptors(count: int) -> list[str]:
    """The beginning of a command line that may have this many files open."""
    return ["sh", "-c", f'ulimit -n {count} && exec "$@"', "sh"]


def run_command(
    *arguments: str, timeout_s: float = 60, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs `trigpoint` with these arguments to its end."""
    return subprocess.run(
        [sys.executable, "-m", "trigpoint", *arguments],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        env={**os.environ, **(environment or {})},
    )


def env_of(data_dir: Path, variables: dict[str, str] | None = None) -> dict[str, str]:
    """The variables that `trigpoint env` exports for a data directory."""
    done = run_command("env", "--data", str(data_dir), environment=variables)
    assert done.returncode == 0, done.stderr
    pairs = (line.removeprefix("export ").split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    return {name: value.strip("'") for name, value in pairs}
