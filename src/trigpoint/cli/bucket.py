"""`trigpoint bucket ...`: buckets of the object store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trigpoint.cli.options import data_option, reports_errors
from trigpoint.settings import Settings

if TYPE_CHECKING:
    from trigpoint.objects import Bucket, ObjectStore


@click.group()
def bucket() -> None:
    """Buckets of the object store."""


@bucket.command()
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path))
@data_option
@reports_errors
def link(name: str, folder: Path, data_dir: Path | None) -> None:
    """Serve an existing FOLDER as the read-only bucket NAME, without copying it."""
    linked = folder.expanduser().absolute()
    _objects(data_dir).link_bucket(name, linked)
    click.echo(f"s3://{name} shows {linked} (read-only)")


@bucket.command("add-remote")
@click.argument("name")
@click.option("--bucket", "remote_bucket", required=True, help="The bucket's name in the other store.")
@click.option("--endpoint", default="", help="The other store's URL [default: Amazon S3 in the region].")
@click.option("--prefix", default="", help="Show only the keys under this prefix, with the prefix removed.")
@click.option("--region", default="us-east-1", show_default=True, help="The other store's region.")
@click.option(
    "--access-key-id",
    envvar="AWS_ACCESS_KEY_ID",
    help="The access key for the other store [env: AWS_ACCESS_KEY_ID].",
)
@click.option(
    "--secret-access-key",
    envvar="AWS_SECRET_ACCESS_KEY",
    help="Its secret. Prefer AWS_SECRET_ACCESS_KEY or the prompt: the list of processes shows options to everybody.",
)
@click.option("--anonymous", is_flag=True, help="Send requests unsigned, to a public bucket.")
@click.option("--virtual-host-style", is_flag=True, help="Name the bucket in the host name, not in the path.")
@click.option("--read-only", is_flag=True, help="Refuse every write.")
@data_option
@reports_errors
def add_remote(
    name: str,
    remote_bucket: str,
    endpoint: str,
    prefix: str,
    region: str,
    access_key_id: str | None,
    secret_access_key: str | None,
    anonymous: bool,
    virtual_host_style: bool,
    read_only: bool,
    data_dir: Path | None,
) -> None:
    """Serve a bucket of another S3-compatible store as the bucket NAME.

    The command lists that bucket first, to check the access. The secret is stored encrypted.
    """
    from trigpoint.remote import RemoteConfig

    access_key_id, secret = ("", "") if anonymous else _credentials(access_key_id, secret_access_key)
    config = RemoteConfig(endpoint, region, access_key_id, secret, virtual_host_style=virtual_host_style)
    added = _objects(data_dir).add_remote_bucket(name, config, remote_bucket, prefix, read_only=read_only)
    click.echo(f"s3://{name} shows {_place(added)}")


@bucket.command("list")
@data_option
@reports_errors
def list_(data_dir: Path | None) -> None:
    """List all buckets, and where their objects are."""
    objects = _objects(data_dir)
    for found in objects.list_buckets():
        click.echo(f"{found.name}\t{found.backend}\t{_place(found) or objects.local_folder(found.name)}")


@bucket.command()
@click.argument("name")
@data_option
@reports_errors
def remove(name: str, data_dir: Path | None) -> None:
    """Remove the bucket NAME.

    The contents of a linked or remote bucket stay where they are. A local bucket must be empty.
    """
    _objects(data_dir).forget_bucket(name)
    click.echo(f"s3://{name} is removed")


def _credentials(access_key_id: str | None, secret: str | None) -> tuple[str, str]:
    """The access key. Prompts for the parts that were not given."""
    identifier = access_key_id or click.prompt("Access key id")
    return identifier, secret or click.prompt("Secret access key", hide_input=True)


def _place(found: Bucket) -> str:
    if found.remote is not None:
        how = " (read-only)" if found.remote.read_only else ""
        return f"{found.remote.uri} of {found.remote.endpoint}{how}"
    return "" if found.linked_folder is None else f"{found.linked_folder} (read-only)"


def _objects(data_dir: Path | None) -> ObjectStore:
    from trigpoint.access.secrets import KeyFileSecrets
    from trigpoint.core.clock import SystemClock
    from trigpoint.datadir.opening import open_existing
    from trigpoint.objects import ObjectStore

    settings = Settings.load(data_dir=data_dir)
    return ObjectStore(
        open_existing(settings),
        settings.objects_dir,
        SystemClock(),
        settings.region,
        KeyFileSecrets(settings.key_file),
    )
