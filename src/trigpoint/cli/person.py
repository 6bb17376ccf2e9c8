"""`trigpoint person ...`: the people of the console."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trigpoint.cli.options import data_option, reports_errors
from trigpoint.cli.table import print_table
from trigpoint.settings import Settings

if TYPE_CHECKING:
    from trigpoint.workforce.console_people import ConsolePeople, Entry

ROLES = ("admin", "requester", "viewer")


@click.group()
def person() -> None:
    """Give people access to the console, and manage their roles."""


@person.command()
@click.argument("email")
@click.option(
    "--role", type=click.Choice(ROLES), default="requester", show_default=True, help="What they may do."
)
@data_option
@reports_errors
def add(email: str, role: str, data_dir: Path | None) -> None:
    """Give the person with the address EMAIL a role in the console.

    A server with TRIGPOINT_SMTP_URL mails them a link. Without it, the command prints the link to send. A worker who
    has an account keeps their password.
    """
    from trigpoint.workforce.people import Role

    _show(_people(data_dir).invite(email, Role(role)))


@person.command("list")
@data_option
@reports_errors
def list_people(data_dir: Path | None) -> None:
    """List everybody who has a role in the console: role, state, last sign-in."""
    rows = [
        (
            each.account.user_name,
            each.account.role.value,
            each.account.state,
            f"{each.last_sign_in_at:%Y-%m-%d %H:%M}" if each.last_sign_in_at else "never",
        )
        for each in _people(data_dir).list()
    ]
    print_table([("USER NAME", "ROLE", "STATE", "LAST SIGN-IN (UTC)"), *rows])


@person.command()
@click.argument("name")
@click.argument("role", type=click.Choice((*ROLES, "worker")))
@data_option
@reports_errors
def role(name: str, role: str, data_dir: Path | None) -> None:
    """Change the role of the person NAME. As a worker they keep the labeling portal only."""
    from trigpoint.workforce.people import Role

    people = _people(data_dir)
    changed = people.set_role(people.named(name).id, Role(role))
    click.echo(f"{changed.user_name} has the role {changed.role.value}.")


@person.command()
@click.argument("name")
@data_option
@reports_errors
def reset(name: str, data_dir: Path | None) -> None:
    """Make a link with which the person NAME chooses a new password, and print or mail it."""
    people = _people(data_dir)
    _show(people.reset(people.named(name).id))


@person.command()
@click.argument("name")
@data_option
@reports_errors
def disable(name: str, data_dir: Path | None) -> None:
    """Sign the person NAME out everywhere, and refuse their sign-in and their access keys."""
    people = _people(data_dir)
    changed = people.disable(people.named(name).id)
    click.echo(f"{changed.user_name} is disabled. `trigpoint person enable` undoes it.")


@person.command()
@click.argument("name")
@data_option
@reports_errors
def enable(name: str, data_dir: Path | None) -> None:
    """Let the disabled person NAME sign in again."""
    people = _people(data_dir)
    changed = people.enable(people.named(name).id)
    click.echo(f"{changed.user_name} is enabled.")


def _people(data_dir: Path | None) -> ConsolePeople:
    from trigpoint.access.secrets import KeyFileSecrets
    from trigpoint.core.clock import SystemClock
    from trigpoint.datadir.address import server_sends_mail, with_recorded_address
    from trigpoint.datadir.opening import open_existing
    from trigpoint.reconcile import Reconciler
    from trigpoint.workforce.console_people import ConsolePeople
    from trigpoint.workforce.mail.outbox import Outbox

    settings, clock = Settings.load(data_dir=data_dir), SystemClock()
    database = open_existing(settings)
    sends_mail = server_sends_mail(settings)
    settings = with_recorded_address(settings)
    queue = Reconciler(database, clock)  # writes to the list that the server's loop reads
    outbox = Outbox(database, queue, KeyFileSecrets(settings.key_file), clock, enabled=sends_mail)
    return ConsolePeople(database, settings, clock, outbox)


def _show(entry: Entry) -> None:
    from trigpoint.workforce.console_people import LINK_DAYS

    name = entry.account.user_name
    click.echo(f"User name: {name}")
    click.echo(f"Role:      {entry.account.role.value}")
    if entry.mailed:
        click.echo(f"Mail:      sent to {entry.account.email}")
    elif entry.link is not None:
        click.echo(f"Link:      {entry.link}  (works once, within {LINK_DAYS} days)")
    else:
        click.echo("Password:  unchanged; they sign in as before")
