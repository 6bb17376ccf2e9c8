"""The command that prints task templates."""

from __future__ import annotations

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
