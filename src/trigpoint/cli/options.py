"""What commands share: options, and the report of an error."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import click

from trigpoint.core.errors import TrigpointError, Unavailable
from trigpoint.core.outage import details_of, outage_of

data_option = click.option(
    "--data", "data_dir", type=click.Path(path_type=Path), help="The data directory [env: TRIGPOINT_DATA]."
)
skip_bad_option = click.option(
    "--skip-bad", is_flag=True, help="Leave out bad entries and count them, instead of stopping."
)
strict_option = click.option(
    "--strict", is_flag=True, help="Write nothing and fail when anything was left out, for whatever reason."
)


def reports_errors(command: Callable[..., None]) -> Callable[..., None]:
    """Reports errors of the person at the keyboard on one line of stderr, with exit code 2."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except Unavailable as problem:
            _end(f"{problem.message} ({details_of(problem)})")
        except TrigpointError as problem:
            _end(problem.message)
        except OSError as problem:
            outage = outage_of(problem)
            if outage is None:
                raise
            _end(f"{outage.message} ({details_of(problem)})")

    return run


def _end(message: str) -> NoReturn:
    click.echo(f"trigpoint: {message}", err=True)
    sys.exit(2)
