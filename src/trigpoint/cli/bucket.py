"""`trigpoint bucket ...`: buckets of the object store."""

from __future__ import annotations

from pathlib import Path

import click

from trigpoint.cli.options import answers_errors, data_option
from trigpoint.settings import Settings


@click.group()
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
