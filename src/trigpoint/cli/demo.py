"""`trigpoint demo`: the whole loop."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from trigpoint.cli.options import data_option, reports_errors


@click.command()
@click.option(
    "--images", type=click.Path(path_type=Path), help="A folder of images [default: drawn street scenes]."
)
@click.option(
    "--task",
    help="Only label, in a job of this task type, such as TextMultiClass [default: bounding boxes, and the whole loop].",
)
@click.option("--auto", is_flag=True, help="Three simulated workers label everything.")
@click.option(
    "--exit", "exit_at_end", is_flag=True, help="Stop the server at the end instead of leaving it running."
)
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@click.option("--port", type=int, help="The port to listen on [default: 8400, or a free one].")
@click.option("--seed", type=int, help="The seed of the drawn scenes [default: a new one each time].")
@data_option
@reports_errors
def demo(
    images: Path | None,
    task: str | None,
    auto: bool,
    exit_at_end: bool,
    no_browser: bool,
    port: int | None,
    seed: int | None,
    data_dir: Path | None,
) -> None:
    """Show the whole loop: label, train from the labels through a named pipe, deploy, predict.

    With --task, show the labeling of another task type.
    """
    from trigpoint.demo.options import DemoOptions
    from trigpoint.demo.run import run_demo

    sys.exit(run_demo(DemoOptions(images, auto, exit_at_end, not no_browser, port, seed, data_dir, task)))
