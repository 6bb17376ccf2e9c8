"""`trigpoint weights ...`: pretrained weights, from which trainings start."""

from __future__ import annotations

from pathlib import Path

import click

from trigpoint.cli.options import data_option, reports_errors
from trigpoint.cli.progress import bar
from trigpoint.cli.table import print_table
from trigpoint.settings import Settings
from trigpoint.weights import KNOWN, InstalledWeights, KnownWeights, find


@click.group()
def weights() -> None:
    """Fetch, add and list pretrained weights, from which trainings start."""


@weights.command()
@click.argument("name")
@click.option("--url", default="", help="Another address of the same file, such as that of a mirror.")
@data_option
@reports_errors
def fetch(name: str, url: str, data_dir: Path | None) -> None:
    """Download the weights of the network NAME from where they are published, and verify their checksum."""
    from trigpoint.weights.fetching import fetch, known

    wanted = known(name)
    with bar(f"Fetching {name}", wanted.size_bytes, is_bytes=True) as advance:
        installed = fetch(wanted, _folder(data_dir), advance, url)
    click.echo(f"{name} is installed: {installed.path}")


@weights.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", default="", help="The network that the file must be of [default: it is recognized].")
@data_option
@reports_errors
def add(file: Path, name: str, data_dir: Path | None) -> None:
    """Install the weights in FILE: a state dict that torch.save wrote, or .safetensors.

    The network is recognized by the names and shapes of the tensors. Only tensors are read, never code.
    """
    from trigpoint.weights.adding import add

    installed = add(file, _folder(data_dir), name)
    click.echo(f"{installed.name} is installed: {installed.path}")


@weights.command("list")
@data_option
@reports_errors
def list_(data_dir: Path | None) -> None:
    """List the weights that are installed, and those that can be."""
    folder = _folder(data_dir)
    rows = [("NETWORK", "INSTALLED", "SIZE", "WHERE, OR HOW TO INSTALL")]
    rows += [_row(known, find(known.name, folder)) for known in KNOWN.values()]
    print_table(rows)


def _row(known: KnownWeights, installed: InstalledWeights | None) -> tuple[str, str, str, str]:
    if installed is None:
        return known.name, "no", _megabytes(known.size_bytes), known.command
    return known.name, installed.origin, _megabytes(installed.size_bytes), str(installed.path)


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 2**20:.0f} MB"


def _folder(data_dir: Path | None) -> Path:
    return Settings.load(data_dir=data_dir).weights_dir
