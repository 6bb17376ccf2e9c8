"""Landlock, the walls where there are no namespaces, and the end of code that ignores SIGTERM.

What else namespaces do is tested with whole jobs (tests/flows).
"""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from typing import Literal

import psutil
import pytest

from helpers.processes import wait_for
from trigpoint.own_code import landlock
from trigpoint.own_code.pythons import base_python
from trigpoint.own_code.room import Protection, Room, protection

CODE = """
import os, signal, sys
def attempt(action):
    try:
        action()
        return "done"
    except OSError as problem:
        return type(problem).__name__
secret, outside = sys.argv[1:]
print(attempt(lambda: open("own", "w").write("1")), attempt(lambda: open(secret)), attempt(lambda: os.kill(int(outside), 0)))
if os.fork() == 0:
    os.setsid()
    os.execvp("sleep", ["sleep", "60"])
"""


STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, lambda *_: open("told", "w").close())
if os.fork() == 0:
    os.setsid()
    os.execvp("sleep", ["sleep", "61"])
open("ready", "w").close()
while True:
    time.sleep(0.1)
"""


def room_in(folder: Path, kind: Literal["namespaces", "landlock"]) -> Room:
    """An empty room in the folder."""
    for name in ("ml", "scratch"):
        (folder / name).mkdir()
    return Room(
        Protection(kind, "for this test"),
        folder / "ml",
        folder / "scratch",
        folder / "environment",
        base_python(),
        folder / "walls.json",
        folder,
    )


@pytest.mark.skipif(protection().kind != "namespaces", reason="needs Linux namespaces")
def test_code_that_ignores_sigterm_ends_with_the_process_that_watches_it(tmp_path: Path) -> None:
    room = room_in(tmp_path, "namespaces")
    watcher = subprocess.Popen(room.command([room.base.executable, "-c", STUBBORN]))
    try:
        wait_for((tmp_path / "ml" / "ready").exists, "the code")
        inside = psutil.Process(watcher.pid).children(recursive=True)
        watcher.send_signal(signal.SIGTERM)
        wait_for((tmp_path / "ml" / "told").exists, "the signal to reach the code")
        assert watcher.poll() is None
    finally:
        watcher.kill()
        watcher.wait()
    assert len(inside) == 3, "the first process, the code, and what it started"
    _, alive = psutil.wait_procs(inside, timeout=10)
    assert not alive


@pytest.mark.skipif(not landlock.version(), reason="the kernel has no Landlock")
def test_landlock_leaves_the_code_its_own_files_and_ends_what_it_started(tmp_path: Path) -> None:
    room = room_in(tmp_path, "landlock")
    (tmp_path / "secret").write_text("key")
    outside = subprocess.Popen(["sleep", "60"])
    try:
        words = [room.base.executable, "-c", CODE, str(tmp_path / "secret"), str(outside.pid)]
        done = subprocess.run(room.command(words), capture_output=True, text=True, timeout=30, check=False)
    finally:
        outside.kill()
        outside.wait()
    signals = "PermissionError" if landlock.version() >= 6 else "done"
    assert done.stdout.split() == ["done", "PermissionError", signals], done.stderr
    assert (tmp_path / "ml" / "own").read_text() == "1"
