"""`trigpoint person` manages the people of the console from a shell."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from trigpoint.cli import main
from trigpoint.core.clock import SystemClock
from trigpoint.datadir.opening import prepare
from trigpoint.settings import Settings


def test_people_are_added_listed_changed_and_disabled(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    prepare(settings, SystemClock()).close()

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["person", *words, "--data", str(settings.data_dir)])

    added = run("add", "rita@example.com", "--role", "viewer")
    assert added.exit_code == 0 and "/console/reset?token=" in added.stdout and "viewer" in added.stdout
    assert run("role", "rita@example.com", "requester").stdout == "rita@example.com has the role requester.\n"
    listed = run("list").stdout.splitlines()
    assert [line.split()[:3] for line in listed[1:]] == [
        ["admin", "admin", "active"],
        ["rita@example.com", "requester", "invited"],
    ]
    assert "/console/reset?token=" in run("reset", "rita@example.com").stdout
    assert "is disabled" in run("disable", "rita@example.com").stdout
    assert "is enabled" in run("enable", "rita@example.com").stdout
    for words in (("disable", "admin"), ("role", "admin", "viewer")):
        refused = run(*words)
        assert refused.exit_code != 0 and "admin is the last administrator" in refused.output
    unknown = run("role", "nobody@example.com", "viewer")
    assert unknown.exit_code != 0 and "has no role in the console" in unknown.output
