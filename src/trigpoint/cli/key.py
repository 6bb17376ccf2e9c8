"""`trigpoint key ...`: access keys, which sign AWS requests."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trigpoint.cli.options import data_option, reports_errors
from trigpoint.cli.table import print_table
from trigpoint.core.errors import Conflict, Invalid
from trigpoint.settings import Settings

if TYPE_CHECKING:
    from trigpoint.access.keys import AccessKey, AccessKeys, ListedKey


@click.group()
def key() -> None:
    """Create, list and revoke access keys, which sign AWS requests."""


@key.command()
@click.argument("name")
@click.option("--read-only", is_flag=True, help="The key can read everything and change nothing.")
@data_option
@reports_errors
def create(name: str, read_only: bool, data_dir: Path | None) -> None:
    """Create the access key NAME and print it, once."""
    made = _keys(data_dir).create(name, read_only=read_only)
    _show(made)
    click.echo(
        f"\nThe secret is not shown again. `trigpoint env --key {name}` exports the key on this machine."
    )


@key.command("list")
@click.option("--all", "with_revoked", is_flag=True, help="Show revoked keys too.")
@data_option
@reports_errors
def list_keys(with_revoked: bool, data_dir: Path | None) -> None:
    """List the access keys, without their secrets."""
    found = [one for one in _keys(data_dir).list() if with_revoked or one.revoked_at is None]
    rows = [("NAME", "ACCESS KEY ID", "ACCESS", "CREATED", "REVOKED"), *map(_row, found)]
    if not with_revoked:
        rows = [row[:-1] for row in rows]
    print_table(rows)


@key.command()
@click.argument("name")
@data_option
@reports_errors
def revoke(name: str, data_dir: Path | None) -> None:
    """Revoke the access key NAME, and all temporary credentials issued to it, at once."""
    access_key_id = _keys(data_dir).revoke(name)
    click.echo(
        f"{name} ({access_key_id}) is revoked; requests and links that it signed are refused from now on"
    )


@key.command("rotate-root")
@click.option(
    "--lost-key-file",
    is_flag=True,
    help="The key file is lost for good: create a new one, and revoke all access keys.",
)
@data_option
@reports_errors
def rotate_root(lost_key_file: bool, data_dir: Path | None) -> None:
    """Revoke the root key at once, and print a new one.

    Links to images in open task pages were signed with the old key: workers must reload the page.

    With --lost-key-file all other access keys are revoked too, and the credentials of remote buckets must be
    entered again. Objects, answers and passwords do not depend on the key file.
    """
    _show(_root_key_of_a_new_file(data_dir) if lost_key_file else _keys(data_dir).rotate_root())
    click.echo('\nThe old root key is revoked. Run eval "$(trigpoint env)" again in each shell that used it.')


def _keys(data_dir: Path | None) -> AccessKeys:
    from trigpoint.access.keys import AccessKeys
    from trigpoint.access.secrets import SecretBox
    from trigpoint.core.clock import SystemClock
    from trigpoint.datadir.opening import open_existing

    settings = Settings.load(data_dir=data_dir)
    database = open_existing(settings)
    return AccessKeys(database, SecretBox(settings.key_file), SystemClock())


def _root_key_of_a_new_file(data_dir: Path | None) -> AccessKey:
    """The new root key. A key file that does not fit the database is renamed to `<name>.unfit`."""
    from trigpoint.access.keys import AccessKeys
    from trigpoint.access.secrets import SecretBox
    from trigpoint.core.clock import SystemClock
    from trigpoint.datadir.lock import locked
    from trigpoint.datadir.opening import open_existing

    settings = Settings.load(data_dir=data_dir)
    database = open_existing(settings)
    with locked(settings.data_dir):  # a running server would keep the key that it has read
        key_file = settings.key_file
        aside = key_file.with_name(f"{key_file.name}.unfit")
        if key_file.exists():
            with suppress(Invalid):
                AccessKeys(database, SecretBox(key_file), SystemClock()).root()
                raise Conflict(
                    "the key file fits the database, so no secret is lost; leave out --lost-key-file to replace "
                    "the root key"
                )
            key_file.replace(aside)
        return AccessKeys(database, SecretBox.create(key_file), SystemClock()).replace_all()


def _show(made: AccessKey) -> None:
    click.echo(f"Name:               {made.name}{' (read-only)' if made.read_only else ''}")
    click.echo(f"Access key id:      {made.access_key_id}")
    click.echo(f"Secret access key:  {made.secret_access_key}")


def _row(listed: ListedKey) -> tuple[str, ...]:
    revoked = f"{listed.revoked_at:%Y-%m-%d %H:%M}" if listed.revoked_at else ""
    access = "read-only" if listed.read_only else "read-write"
    return listed.name, listed.access_key_id, access, f"{listed.created_at:%Y-%m-%d %H:%M}", revoked
