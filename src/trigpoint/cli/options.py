"""What all commands share: the option that names the data directory, and the report of an error."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from trigpoint.core.errors import TrigpointError

data_option = click.option(
    "--data", "data_dir", type=click.Path(path_type=Path), help="The data directory [env: TRIGPOINT_DATA]."
)


def reports_errors(command: Callable[..., None]) -> Callable[..., None]:
    """Reports errors of the person at the keyboard on one line of stderr, with exit code 2."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except TrigpointError as problem:
            click.echo(f"trigpoint: {problem.message}", err=True)
            sys.exit(2)

    return run
