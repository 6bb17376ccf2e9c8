"""The progress bar of long commands, on stderr, shown only on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from trigpoint.core.counted import counted as counted


@contextmanager
def bar(what: str, total: int | None = None, *, is_bytes: bool = False) -> Iterator[Callable[[int], None]]:
    """Yields a function that adds to what is done. Without a terminal it shows nothing."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    amount = DownloadColumn() if is_bytes else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), amount, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda more: progress.advance(task, more)


def note(text: str) -> None:
    """Prints a line for the user on standard error, next to the command's output."""
    click.echo(_printable(text), err=True)


def put(text: str) -> None:
    """A line of what the command puts out."""
    click.echo(_printable(text))


def _printable(text: str) -> str:
    """The text with what no terminal and no file can hold, half of a surrogate pair, written as an escape."""
    return text.encode("utf-8", "backslashreplace").decode()
