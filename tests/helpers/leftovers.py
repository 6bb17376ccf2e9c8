"""Kills the processes of a test run that outlive it and removes its folders, also when the run itself is killed.

Servers and their instances outlive each other by design, so killing pytest would leave them running. This plugin
gives the run an id in its environment, which its processes inherit, and starts a watcher:

    python leftovers.py ID

The watcher waits for the end of its standard input, which ends with pytest however pytest ends, and then kills every
process with the id in its environment or its command line. Then it removes the run's temporary folders, whose names
contain the id.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import psutil

RUN_ID = "PYTEST_RUN_ID"  # not TRIGPOINT_...: instances remove those from the environment of their algorithm
_watcher: subprocess.Popen[bytes] | None = None


def pytest_configure() -> None:
    """Starts the watcher of the run, once for all processes of pytest-xdist."""
    global _watcher
    if RUN_ID in os.environ:
        return
    run_id = uuid.uuid4().hex[:12]
    # a session of its own: a signal for pytest's process group must not end it
    _watcher = subprocess.Popen(
        [sys.executable, __file__, run_id], stdin=subprocess.PIPE, start_new_session=True
    )
    os.environ[RUN_ID] = run_id


def pytest_unconfigure() -> None:
    """Lets the watcher kill what is left."""
    global _watcher
    if _watcher is not None:
        assert _watcher.stdin is not None
        _watcher.stdin.close()
        _watcher.wait(30)
        _watcher = None
        del os.environ[RUN_ID]


def main(run_id: str) -> None:
    sys.stdin.buffer.read()
    # processes may start others until they are dead
    while left := processes_of_run(run_id):
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        time.sleep(0.05)
    for folder in folders_of_run(run_id):
        shutil.rmtree(folder, ignore_errors=True)


def new_folder(purpose: str) -> Path:
    """A new temporary folder that is removed after the run, also when the run is killed."""
    return Path(tempfile.mkdtemp(prefix=f"tp-{purpose}-{os.environ[RUN_ID]}-"))


def folders_of_run(run_id: str) -> list[Path]:
    """The temporary folders of the run."""
    return list(Path(tempfile.gettempdir()).glob(f"tp-*-{run_id}-*"))


def processes_of_run(run_id: str) -> list[psutil.Process]:
    """The processes of the run, without the calling process and zombies."""
    return [process for process in psutil.process_iter() if _belongs(process, run_id)]


def _belongs(process: psutil.Process, run_id: str) -> bool:
    if process.pid == os.getpid():
        return False
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        # the command line for PostgreSQL, which overwrites its environment
        return process.environ().get(RUN_ID) == run_id or any(run_id in word for word in process.cmdline())
    except (psutil.Error, OSError):
        return False  # it has ended, or is another user's


if __name__ == "__main__":
    main(sys.argv[1])
