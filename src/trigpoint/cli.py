"""The command `trigpoint`: arguments in, one call out.

Commands import what they need when they run, so that `trigpoint --version` and `trigpoint env` answer at once.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from trigpoint import __version__
from trigpoint.core.errors import TrigpointError
from trigpoint.settings import Settings

data_option = click.option(
    "--data", "data_dir", type=click.Path(path_type=Path), help="The data directory [env: TRIGPOINT_DATA]."
)


def answers_errors(command: Callable[..., None]) -> Callable[..., None]:
    """What a person did wrong is one line on stderr and exit code 2."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except TrigpointError as problem:
            click.echo(f"trigpoint: {problem.message}", err=True)
            sys.exit(2)

    return run


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="trigpoint")
def main() -> None:
    """Label images with your own people, stream the labels into training, serve the model."""


@main.command()
@click.option("--host", help="The address to listen on [default: 127.0.0.1; env: TRIGPOINT_HOST].")
@click.option("--port", type=int, help="The port to listen on [default: 8400; env: TRIGPOINT_PORT].")
@data_option
@click.option("--verbose", is_flag=True, help="Log every request.")
@answers_errors
def serve(host: str | None, port: int | None, data_dir: Path | None, verbose: bool) -> None:
    """Run the server: AWS API, object store and worker portal on one port."""
    from trigpoint.app import run_server

    run_server(Settings.load(host=host, port=port, data_dir=data_dir), verbose=verbose)


@main.command()
@data_option
@answers_errors
def env(data_dir: Path | None) -> None:
    """Print the lines that point AWS clients here: eval "$(trigpoint env)"."""
    from trigpoint.access.keys import AccessKeys
    from trigpoint.access.secrets import SecretBox
    from trigpoint.core.clock import SystemClock
    from trigpoint.datadir import open_existing, with_recorded_address

    settings = Settings.load(data_dir=data_dir)
    database = open_existing(settings)
    settings = with_recorded_address(settings)
    key = AccessKeys(database, SecretBox(settings.key_file), SystemClock()).root()
    for name, value in (
        ("AWS_ENDPOINT_URL", settings.base_url),
        ("AWS_ACCESS_KEY_ID", key.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", key.secret_access_key),
        ("AWS_DEFAULT_REGION", settings.region),
    ):
        click.echo(f"export {name}={shlex.quote(value)}")
    click.echo(
        "unset AWS_SESSION_TOKEN"
    )  # one left over from other credentials would be sent along and refused


@main.group()
def worker() -> None:
    """The people who label."""


@worker.command()
@click.argument("email")
@click.option("--team", required=True, help="The work team to join; made when it does not exist.")
@data_option
@answers_errors
def invite(email: str, team: str, data_dir: Path | None) -> None:
    """Invite EMAIL and print what to send them: portal, user name, temporary password."""
    from trigpoint.core.clock import SystemClock
    from trigpoint.datadir import open_existing, with_recorded_address
    from trigpoint.workforce.workers import Workers

    settings = Settings.load(data_dir=data_dir)
    database = open_existing(settings)
    invitation = Workers(database, with_recorded_address(settings), SystemClock()).invite(email, team)
    click.echo(f"Portal:             {invitation.portal_url}")
    click.echo(f"User name:          {invitation.user_name}")
    if invitation.temporary_password is None:
        click.echo("Password:           the one chosen before; it stays as it is")
    else:
        click.echo(f"Temporary password: {invitation.temporary_password}")
    click.echo(f"Team:               {invitation.team}")


@main.group()
def bucket() -> None:
    """Buckets of the object store."""


@bucket.command()
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path))
@data_option
@answers_errors
def link(name: str, folder: Path, data_dir: Path | None) -> None:
    """Serve an existing FOLDER as the read-only bucket NAME, without copying it."""
    from trigpoint.core.clock import SystemClock
    from trigpoint.datadir import open_existing
    from trigpoint.objects import ObjectStore

    settings = Settings.load(data_dir=data_dir)
    store = ObjectStore(open_existing(settings), settings.objects_dir, SystemClock(), settings.region)
    linked = folder.expanduser().absolute()
    store.link_bucket(name, linked)
    click.echo(f"s3://{name} shows {linked} (read-only)")


@main.command()
@click.option(
    "--images", type=click.Path(path_type=Path), help="A folder of images; without it, drawn street scenes."
)
@click.option("--auto", is_flag=True, help="Three simulated workers label; nobody has to click.")
@click.option(
    "--exit", "exit_at_end", is_flag=True, help="Stop the server at the end instead of leaving it running."
)
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@click.option("--port", type=int, help="The port to listen on [default: 8400, or a free one].")
@click.option("--seed", type=int, help="The seed of the drawn scenes [default: a new one each time].")
@data_option
@answers_errors
def demo(
    images: Path | None,
    auto: bool,
    exit_at_end: bool,
    no_browser: bool,
    port: int | None,
    seed: int | None,
    data_dir: Path | None,
) -> None:
    """Show the whole loop: label, train from the labels through a named pipe, deploy, predict."""
    from trigpoint.demo.run import DemoOptions, run_demo

    sys.exit(run_demo(DemoOptions(images, auto, exit_at_end, not no_browser, port, seed, data_dir)))
