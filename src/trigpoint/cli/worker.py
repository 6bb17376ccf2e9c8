"""`trigpoint worker ...`: the people who label."""

from __future__ import annotations

from pathlib import Path

import click

from trigpoint.cli.options import data_option, reports_errors
from trigpoint.settings import Settings


@click.group()
def worker() -> None:
    """The people who label."""


@worker.command()
@click.argument("email")
@click.option("--team", required=True, help="The work team to join; it is created if it does not exist.")
@data_option
@reports_errors
def invite(email: str, team: str, data_dir: Path | None) -> None:
    """Invite EMAIL and print what to send them: portal, user name, temporary password."""
    from trigpoint.core.clock import SystemClock
    from trigpoint.datadir.address import with_recorded_address
    from trigpoint.datadir.opening import open_existing
    from trigpoint.workforce.workers import Workers

    settings = Settings.load(data_dir=data_dir)
    database = open_existing(settings)
    invitation = Workers(database, with_recorded_address(settings), SystemClock()).invite(email, team)
    click.echo(f"Portal:             {invitation.portal_url}")
    click.echo(f"User name:          {invitation.user_name}")
    if invitation.temporary_password is None:
        click.echo("Password:           unchanged (this person has chosen one)")
    else:
        click.echo(f"Temporary password: {invitation.temporary_password}")
    click.echo(f"Team:               {invitation.team}")
