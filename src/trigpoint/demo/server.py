"""The demo's server: `trigpoint serve` in a child process."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx

from trigpoint.core.errors import Conflict, TrigpointError
from trigpoint.settings import DEFAULT_PORT, Settings

START_LIMIT_S = 60.0
STOP_LIMIT_S = 30.0


@contextlib.contextmanager
def running_server(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """A server child on the settings' directory and port, stopped with all its children at the end.

    Raises: Conflict: the server ended before it answered; the message holds its last output.
            TrigpointError: it ended while the block used it.
    """
    log_path = settings.data_dir / "server.log"
    with log_path.open("ab") as log:
        begun_at = log.tell()
        command = [sys.executable, "-m", "trigpoint", "serve", "--data", str(settings.data_dir)]
        command += ["--host", settings.host, "--port", str(settings.port)]
        child = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait_until_it_answers(child, settings, log_path, begun_at)
        yield child
    except Exception as problem:
        if child.poll() is None or isinstance(problem, Conflict):
            raise
        raise TrigpointError(f"the server ended ({_how(child.returncode)}); see {log_path}") from problem
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _how(exit_code: int) -> str:
    return (
        f"killed by signal {signal.Signals(-exit_code).name}" if exit_code < 0 else f"exit code {exit_code}"
    )


def with_free_port(settings: Settings, asked_port: int | None) -> Settings:
    """The settings with the port asked for. Without one, the usual port if it is free; otherwise, or for 0,
    any free port.
    """
    if asked_port:
        return settings
    for port in (0,) if asked_port == 0 else (settings.port or DEFAULT_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind((settings.host, port))
                return replace(settings, port=probe.getsockname()[1])
    raise TrigpointError(f"no free port on {settings.host}")


def _wait_until_it_answers(
    child: subprocess.Popen[bytes], settings: Settings, log_path: Path, begun_at: int
) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        if child.poll() is not None:
            with log_path.open("rb") as log:
                log.seek(begun_at)
                output = log.read().decode(errors="replace").strip()
            raise Conflict(
                output.removeprefix("trigpoint: ") or f"the server ended while it started; see {log_path}"
            )
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{settings.base_url}/health", timeout=2, trust_env=False).status_code == 200:
                return
        time.sleep(0.1)
    raise Conflict(f"the server did not answer within {START_LIMIT_S:.0f} s; see {log_path}")
