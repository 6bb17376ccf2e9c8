"""A test run that is killed leaves no process (no server, no instance, no browser) and no temporary folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.leftovers import RUN_ID, folders_of_run, processes_of_run
from helpers.processes import wait_for

REPOSITORY = Path(__file__).parents[2]
TEST = """
import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from helpers.leftovers import RUN_ID, new_folder
from helpers.server_process import ServerProcess
from trigpoint.compute.local import LocalRunner
from trigpoint.compute.runner import ProcessSpec


@pytest.fixture
def browser(request):
    return request.getfixturevalue("chromium") if shutil.which("chromium") else None


def test_never_ends(tmp_path, browser):
    server = ServerProcess(tmp_path / "data").start()
    sleeps = [sys.executable, "-c", "import time; time.sleep(600)"]
    (new_folder("pg") / "data").mkdir()
    LocalRunner(tmp_path / "processes").start(ProcessSpec(sleeps, tmp_path / "instance"))
    Path("ready").write_text(os.environ[RUN_ID])
    time.sleep(600)
"""


@pytest.mark.parametrize("processes", ["0", "1"], ids=["in one process", "with pytest-xdist"])
def test_a_killed_test_run_leaves_no_process_and_no_folder(tmp_path: Path, processes: str) -> None:
    (tmp_path / "test_inner.py").write_text(TEST)
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["helpers.chromium", "helpers.leftovers"]\n')
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = browser: x\n")
    environment = {name: value for name, value in os.environ.items() if name != RUN_ID}
    command = [sys.executable, "-m", "pytest", "-q", "-n", processes, "--basetemp", str(tmp_path / "base")]
    run = subprocess.Popen(
        [*command, "test_inner.py"],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(REPOSITORY / "tests")},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    ready = tmp_path / "ready"
    try:
        wait_for(lambda: ready.exists() and ready.read_text(), "the server and the instance", 120)
        run_id = ready.read_text()
        assert folders_of_run(run_id), "the folder is there while the run is alive"
        commands = [" ".join(process.cmdline()) for process in processes_of_run(run_id)]
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait()
    for word in ("trigpoint serve", "trigpoint.compute.supervise", "time.sleep(600)"):
        assert any(word in command for command in commands), (word, commands)
    if shutil.which("chromium"):
        assert any("chromium" in command and "--headless" in command for command in commands), commands
    wait_for(lambda: not processes_of_run(run_id), "the end of all processes of the killed run", 60)
    wait_for(lambda: not folders_of_run(run_id), "the removal of the folders of the killed run", 60)
