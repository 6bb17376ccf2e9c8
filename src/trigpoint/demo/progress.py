"""What a person sees while the demo runs: one line per step, with a bar, a clock and a note."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class DemoStep:
    """One step's line."""

    def __init__(self, display: Display, task: TaskID) -> None:
        self._display = display
        self._task = task

    def show(self, done: float, total: float, note: str = "") -> None:
        """Shows `done` of `total`, and a note on what is happening."""
        self._display.progress.update(self._task, completed=done, total=total, note=note)

    def note(self, note: str) -> None:
        """Changes only the note."""
        self._display.progress.update(self._task, note=note)

    def advance(self) -> None:
        """Adds one to what is done."""
        self._display.progress.advance(self._task)


class Display:
    """A live table of steps. Where the console is no terminal, one printed line for each finished step."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.progress = Progress(
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("{task.description}", justify="left"),
            BarColumn(bar_width=28),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[note]}[/]"),
            console=console,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Display:
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    @contextmanager
    def step(self, title: str, total: float | None = None) -> Iterator[DemoStep]:
        """A step that begins and ends with the block."""
        task = self.progress.add_task(f"{title:<22}", total=total, note="")
        yield DemoStep(self, task)
        shown = self.progress.tasks[self.progress.task_ids.index(task)]
        self.progress.update(task, completed=shown.total or 1, total=shown.total or 1)
        self.progress.stop_task(task)
        if not self.console.is_terminal:
            seconds = shown.elapsed or 0
            self.console.print(
                f"✓ {title:<22} {seconds:6.1f} s  {shown.fields['note']}", highlight=False, soft_wrap=True
            )
