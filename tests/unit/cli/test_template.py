"""The command that prints task templates."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from trigpoint.cli import main
from trigpoint.labeling.task_types import TASK_TYPES


@pytest.mark.parametrize("name", TASK_TYPES)
def test_the_template_of_each_task_type_is_printed(name: str) -> None:
    printed = CliRunner().invoke(main, ["template", name.lower()])
    assert (printed.exit_code, printed.stdout) == (0, TASK_TYPES[name].template)


def test_the_documented_template_is_printed_on_request() -> None:
    printed = CliRunner().invoke(main, ["template", "BoundingBox", "--documented"])
    assert (
        printed.stdout == TASK_TYPES["BoundingBox"].documented_template != TASK_TYPES["BoundingBox"].template
    )


def test_without_a_task_type_all_are_listed() -> None:
    lines = CliRunner().invoke(main, ["template"]).stdout.splitlines()
    assert lines[0].split() == ["TASK", "TYPE", "FOR", "ELEMENT"]
    assert [line.split()[0] for line in lines[1:]] == list(TASK_TYPES)


def test_an_unknown_task_type_is_an_error_that_lists_the_known_ones() -> None:
    printed = CliRunner().invoke(main, ["template", "Boxes"])
    assert printed.exit_code == 2
    assert printed.stderr == f"trigpoint: there is no task type 'Boxes'; it can be {', '.join(TASK_TYPES)}\n"


def test_a_preview_is_written_into_a_file_and_says_what_is_wrong_with_its_input(tmp_path: Path) -> None:
    run = partial(CliRunner().invoke, main)
    line = '{"source": "A text"}'
    page = tmp_path / "page.html"
    command = ["template", "preview", "TextMultiClass", "--labels", "good, bad", "--output", str(page)]
    assert run([*command, "--input", line, "--server", "https://labels.example.com/"]).exit_code == 0
    html = page.read_text()
    assert "https://labels.example.com/static/crowd-html-elements.js" in html
    assert "A text" in html and "good" in html
    for bad, cause in [
        ("[1]", "cannot be read"),
        ("{", "the line is not JSON"),
        (str(tmp_path / "none.manifest"), "No such file"),
    ]:
        failed = run([*command, "--input", bad])
        assert (failed.exit_code, cause in failed.stderr) == (2, True), failed.stderr
    made = run(
        [
            "template",
            "preview",
            "BoundingBox",
            "--labels",
            "car",
            "--input",
            '{"source-ref": "none.jpg"}',
            "--output",
            str(page),
        ]
    )
    assert f"source-ref: {Path.cwd()} has no file none.jpg" in made.stderr
    (tmp_path / "bad.html").write_text("\n{{ task.input.x | nofilter }}")
    failed = run(["template", "preview", str(tmp_path / "bad.html"), "--input", line, "--output", str(page)])
    assert failed.exit_code == 2
    assert "line 2: unknown filter 'nofilter'" in failed.stderr
