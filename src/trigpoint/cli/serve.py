"""`trigpoint serve`: run the server."""

from __future__ import annotations

from pathlib import Path

import click

from trigpoint.cli.options import data_option, reports_errors
from trigpoint.settings import Settings


@click.command()
@click.option("--host", help="The address to listen on [default: 127.0.0.1; env: TRIGPOINT_HOST].")
@click.option("--port", type=int, help="The port to listen on [default: 8400; env: TRIGPOINT_PORT].")
@data_option
@click.option("--verbose", is_flag=True, help="Log every request.")
@reports_errors
def serve(host: str | None, port: int | None, data_dir: Path | None, verbose: bool) -> None:
    """Run the server: AWS API, object store, console and worker portal on one port."""
    from trigpoint.app import run_server

    run_server(Settings.load(host=host, port=port, data_dir=data_dir), verbose=verbose)
