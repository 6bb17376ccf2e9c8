"""`trigpoint image ...`: programs and environments that run for image URIs."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trigpoint.cli.options import data_option, reports_errors
from trigpoint.cli.table import print_table
from trigpoint.settings import Settings

if TYPE_CHECKING:
    from trigpoint.own_code.images import Images


@click.group()
def image() -> None:
    """Add, list and remove what runs for the URI of an image."""


@image.command()
@click.argument("uri")
@click.option(
    "--command", default="", help="The program, with arguments; it gets `train` or `serve` as the last one."
)
@click.option(
    "--python", default="", help="The folder of a Python environment, in which it or people's scripts run."
)
@data_option
@reports_errors
def add(uri: str, command: str, python: str, data_dir: Path | None) -> None:
    """Run a program of this machine, or scripts in an environment of it, for the image URI.

    The program must follow SageMaker's container contract: it finds its files in /opt/ml. Without --command, scripts
    run in the environment as they do in the images of PyTorch and scikit-learn. A URI without a tag stands for all
    tags.
    """
    with _opened(data_dir) as images:
        added = images.add(uri, command, python)
    what = shlex.join(added.command) or "scripts"
    click.echo(f"{added.uri} runs {what} in {added.python or 'the Python of the server'}")


@image.command("list")
@data_option
@reports_errors
def list_(data_dir: Path | None) -> None:
    """List the registered images."""
    with _opened(data_dir) as images:
        rows = [("IMAGE", "COMMAND", "PYTHON", "ADDED")]
        rows += [
            (
                each.uri,
                shlex.join(each.command) or "scripts",
                each.python or "-",
                f"{each.created_at:%Y-%m-%d %H:%M}",
            )
            for each in images.list()
        ]
    print_table(rows)


@image.command()
@click.argument("uri")
@data_option
@reports_errors
def remove(uri: str, data_dir: Path | None) -> None:
    """Remove the image URI. Jobs that run with it are finished."""
    with _opened(data_dir) as images:
        images.remove(uri)
    click.echo(f"the image {uri} is removed")


@contextmanager
def _opened(data_dir: Path | None) -> Iterator[Images]:
    from trigpoint.core.clock import SystemClock
    from trigpoint.datadir.opening import open_existing
    from trigpoint.own_code.images import Images

    database = open_existing(Settings.load(data_dir=data_dir))
    try:
        yield Images(database, SystemClock())
    finally:
        database.close()
