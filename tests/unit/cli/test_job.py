"""`trigpoint job interrupt`: what it answers."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from trigpoint.cli import main


def test_a_job_that_does_not_exist_and_an_installation_that_does_not_exist_are_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["job", "interrupt", "job-1", "--data", str(tmp_path / "none")])
    assert result.exit_code != 0
    assert "none" in result.output and "Traceback" not in result.output
