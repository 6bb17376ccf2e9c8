"""The logs of functions are removed when they are old."""

from __future__ import annotations

from pathlib import Path

from trigpoint.compute.logs import LogStreams
from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.functions.log_files import KEPT, FunctionLogs


def test_a_log_is_removed_90_days_after_its_day_and_those_of_others_stay(
    sqlite_database: Database, tmp_path: Path, clock: FakeClock
) -> None:
    streams = LogStreams(sqlite_database)
    logs = FunctionLogs(sqlite_database, streams, tmp_path / "logs", clock)
    with sqlite_database.write() as connection:
        streams.register(connection, "/aws/sagemaker/LabelingJobs", "j", tmp_path / "j.log", clock.now())
    for name, days in (("old", 0), ("newer", 1), ("newest", KEPT.days)):
        clock.advance(days * 86_400)
        call = logs.begin(name, 0)
        call.line("said")
        call.close()
    left = {group.name for group in streams.groups()}
    assert left == {"/aws/lambda/newer", "/aws/lambda/newest", "/aws/sagemaker/LabelingJobs"}
    assert sorted(path.parent.name for path in (tmp_path / "logs").glob("*/*")) == ["newer", "newest"]
