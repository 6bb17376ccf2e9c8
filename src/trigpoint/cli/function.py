"""`trigpoint function ...`: functions for the custom steps of labeling jobs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trigpoint.cli.options import data_option, reports_errors
from trigpoint.cli.table import print_table
from trigpoint.core.errors import Invalid
from trigpoint.settings import Settings

if TYPE_CHECKING:
    from trigpoint.functions.invoking import Invoker
    from trigpoint.functions.model import Function
    from trigpoint.functions.registry import Functions

PATIENCE_S = 60.0


@click.group()
def function() -> None:
    """Add, list, try and remove the functions that labeling jobs can call."""


@function.command()
@click.argument("name")
@click.option("--python", "entry_point", help="An installed entry point, module:function.")
@click.option("--http", "url", help="A URL that is sent the event: https, or http on this machine.")
@click.option("--timeout", "timeout_s", default=60, show_default=True, help="Seconds for one call, 1 to 900.")
@click.option(
    "--memory", "memory_mb", default=512, show_default=True, help="MB for one process, with --python."
)
@click.option("--env", "variables", multiple=True, help="A variable KEY=VALUE of the process; repeatable.")
@click.option("--description", default="", help="A note for people.")
@data_option
@reports_errors
def add(
    name: str,
    entry_point: str | None,
    url: str | None,
    timeout_s: int,
    memory_mb: int,
    variables: tuple[str, ...],
    description: str,
    data_dir: Path | None,
) -> None:
    """Add the function NAME: a Python entry point, or an HTTP endpoint.

    The entry point must be importable by the Python that runs the server. Labeling jobs call the function by its ARN,
    which is printed.
    """
    from trigpoint.functions.model import FunctionKind

    if (entry_point is None) == (url is None):
        raise Invalid("give either --python module:function or --http URL")
    with _opened(data_dir) as (functions, _):
        made = functions.add(
            FunctionKind.PYTHON if entry_point else FunctionKind.HTTP,
            name,
            handler=entry_point or "",
            url=url or "",
            timeout_s=timeout_s,
            memory_mb=memory_mb,
            environment=dict(map(_variable, variables)),
            description=description,
        )
        click.echo(functions.arn(made.name))


@function.command("list")
@data_option
@reports_errors
def list_functions(data_dir: Path | None) -> None:
    """List all functions, also those that were created through the Lambda API."""
    with _opened(data_dir) as (functions, _):
        rows: list[tuple[str, ...]] = [("NAME", "KIND", "WHAT", "TIMEOUT", "MEMORY", "CHANGED")]
        after = ""
        while page := functions.list(after):
            rows += map(_row, page)
            after = page[-1].name
    print_table(rows)


@function.command()
@click.argument("name")
@data_option
@reports_errors
def remove(name: str, data_dir: Path | None) -> None:
    """Remove the function NAME. Labeling jobs that need it fail their objects from then on."""
    with _opened(data_dir) as (functions, _):
        functions.remove(name)
    click.echo(f"the function {name} is removed")


@function.command()
@click.argument("name")
@click.option(
    "--event",
    "event_file",
    type=click.File("rb"),
    required=True,
    help="A file with JSON; - reads standard input.",
)
@data_option
@reports_errors
def test(name: str, event_file: Any, data_dir: Path | None) -> None:
    """Call the function NAME with an event; print its response, its log and the time it took.

    The exit code is 1 if the function failed. The function runs as in the server. If it calls the server, the server
    must run.
    """
    from trigpoint.functions.model import MAX_PAYLOAD_BYTES, FunctionKind

    event = event_file.read(MAX_PAYLOAD_BYTES + 1)
    if len(event) > MAX_PAYLOAD_BYTES:
        raise Invalid(f"the event has more than {MAX_PAYLOAD_BYTES} bytes")
    try:
        json.loads(event)
    except (ValueError, RecursionError) as problem:
        raise Invalid(f"the event is not JSON: {problem}") from None
    with _opened(data_dir) as (functions, invoker):
        found = functions.get(name)
        try:
            outcome = invoker.invoke(found, event, patience_s=PATIENCE_S)
        finally:
            invoker.stop()
    click.echo(outcome.log_tail.decode(errors="replace"), nl=False, err=True)
    click.echo(outcome.payload.decode(errors="replace"))
    click.echo(f"{'failed' if outcome.cause else 'done'} in {outcome.duration_s:.3f} seconds", err=True)
    if outcome.cause is not None:
        if found.kind is FunctionKind.PYTHON and b"Runtime.ImportModuleError" in outcome.payload:
            click.echo(f"install the module into the environment of the server, {sys.prefix}", err=True)
        sys.exit(1)


@function.command()
@click.argument("step", type=click.Choice(["pre", "post", "payload"]))
@reports_errors
def sample(step: str) -> None:
    """Print a sample event for a function before (pre) or after (post) people work.

    The event of `post` names an object with the answers; `payload` prints what it holds.
    """
    from trigpoint.labeling.functions.samples import SAMPLES

    click.echo(json.dumps(SAMPLES[step], indent=2, ensure_ascii=False))


@contextmanager
def _opened(data_dir: Path | None) -> Iterator[tuple[Functions, Invoker]]:
    from trigpoint.access.secrets import SecretBox
    from trigpoint.core.clock import SystemClock
    from trigpoint.datadir.address import with_recorded_address
    from trigpoint.datadir.opening import open_existing
    from trigpoint.functions.assembling import assembled

    settings = Settings.load(data_dir=data_dir)
    database = open_existing(settings)
    settings = with_recorded_address(settings)
    box = SecretBox(settings.key_file)
    try:
        yield assembled(database, settings, box, SystemClock(), settings.base_url)
    finally:
        database.close()


def _variable(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found:
        raise Invalid(f"--env {text!r} must be KEY=VALUE")
    return name, value


def _row(one: Function) -> tuple[str, ...]:
    return (
        one.name,
        one.kind.value,
        one.url or one.handler,
        f"{one.timeout_s} s",
        f"{one.memory_mb} MB",
        f"{one.updated_at:%Y-%m-%d %H:%M}",
    )
