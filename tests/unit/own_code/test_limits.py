"""What people's code may use: what it prints counts, too."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from helpers.processes import wait_for
from trigpoint.own_code import limits
from trigpoint.own_code.limits import Limits, Watch, used_bytes


def test_code_that_prints_more_than_its_disk_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MEASURE_S", 0.0)
    monkeypatch.setattr(limits, "LOOK_S", 0.05)
    log = tmp_path / "algo-1.log"
    log.write_bytes(b"1\tan earlier line\n")
    printing = subprocess.Popen(["/bin/sh", "-c", f"yes >> {log}"], process_group=0)
    watch = Watch(printing.pid, [log], Limits(disk_gb=0, disk_from="VolumeSizeInGB"))
    watch.start()
    wait_for(lambda: printing.poll() is not None, "the end of the code")
    watch.stop()
    assert watch.breach is not None
    assert "the limit is 0 GB, which VolumeSizeInGB raises" in watch.breach
    assert used_bytes(log) > 0
