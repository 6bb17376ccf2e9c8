"""Landlock, the walls where there are no namespaces; what namespaces do is tested with whole jobs (tests/flows)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from trigpoint.own_code import landlock
from trigpoint.own_code.pythons import base_python
from trigpoint.own_code.room import Protection, Room

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


@pytest.mark.skipif(not landlock.version(), reason="the kernel has no Landlock")
def test_landlock_leaves_the_code_its_own_files_and_ends_what_it_started(tmp_path: Path) -> None:
    for name in ("ml", "scratch"):
        (tmp_path / name).mkdir()
    (tmp_path / "secret").write_text("key")
    base = base_python()
    room = Room(
        Protection("landlock", "for this test"),
        tmp_path / "ml",
        tmp_path / "scratch",
        tmp_path / "environment",
        base,
        tmp_path / "walls.json",
        tmp_path,
    )
    outside = subprocess.Popen(["sleep", "60"])
    try:
        words = [base.executable, "-c", CODE, str(tmp_path / "secret"), str(outside.pid)]
        done = subprocess.run(room.command(words), capture_output=True, text=True, timeout=30, check=False)
    finally:
        outside.kill()
        outside.wait()
    signals = "PermissionError" if landlock.version() >= 6 else "done"
    assert done.stdout.split() == ["done", "PermissionError", signals], done.stderr
    assert (tmp_path / "ml" / "own").read_text() == "1"
