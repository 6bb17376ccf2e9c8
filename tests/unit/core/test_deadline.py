"""A process that cannot end by itself ends at its deadline, as after a crash."""

from __future__ import annotations

import subprocess
import sys

SETTINGS = "import logging, threading; logging.basicConfig(); from trigpoint.core.deadline import exit_within"
ENDLESS = "threading.Thread(target=threading.Event().wait).start()"
SERVER = """
import logging, signal, threading
import uvicorn
from trigpoint import app

logging.basicConfig()
app.SHUTDOWN_LIMIT_S = 0.1
with app._Server(uvicorn.Config(None), app.Unfinished(None)).capture_signals():
    signal.raise_signal(signal.{signal})
"""


def run(*lines: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, timeout=120
    )


def test_a_thread_that_does_not_end_holds_up_the_exit_no_longer_than_the_limit() -> None:
    done = run(SETTINGS, "exit_within(0.1)", ENDLESS)
    assert done.returncode == 1
    assert "shutdown did not end in time limit_s=0.1" in done.stderr


def test_a_process_that_ends_in_time_does_not_wait_for_its_deadline() -> None:
    done = run(SETTINGS, "exit_within(3600)")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_signal_sets_the_deadline_of_the_server() -> None:
    for name in ("SIGTERM", "SIGINT"):
        done = run(SERVER.format(signal=name), ENDLESS)
        assert done.returncode == 1, name
        assert "shutdown did not end in time limit_s=0.1" in done.stderr
