"""`trigpoint env`: point AWS clients here."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from trigpoint.cli.options import answers_errors, data_option
from trigpoint.settings import Settings


@click.command()
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
