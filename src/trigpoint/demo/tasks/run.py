"""The demo of one task type: data objects, a labeling job, and how many labels are the true ones."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from random import Random
from typing import Any

from rich.console import Console
from rich.markup import escape

from trigpoint.demo.labeling import label
from trigpoint.demo.options import DemoOptions
from trigpoint.demo.session import Session
from trigpoint.demo.task_set import TaskSet, task_object
from trigpoint.demo.tasks import make_tasks
from trigpoint.demo.tasks.comparison import is_true
from trigpoint.settings import Settings

OBJECTS = 40


@dataclass(frozen=True, slots=True)
class LabeledTasks:
    """What the demo of a task type ends with. `example` is a line of the output manifest."""

    title: str
    label_attribute: str
    manifests: tuple[str, ...]
    true: int
    labeled: int
    objects: int
    example: str


def label_tasks(options: DemoOptions, task: str, session: Session, count: int = OBJECTS) -> LabeledTasks:
    """Labels so many data objects of a task type.

    Raises: as make_tasks and label.
    """
    seed = options.seed if options.seed is not None else secrets.randbelow(1_000_000)
    with session.display.step("Make data objects") as step:
        tasks = make_tasks(task, session, Random(seed), count)
        step.note(f"{len(tasks.lines)} for {tasks.task_type.title} jobs, seed {seed}")
    manifests = label(options, session, tasks, seed)
    lines = [line for manifest in manifests for line in session.read(manifest).decode().splitlines()]
    outputs = [json.loads(line) for line in lines]
    labeled = [output for output in outputs if tasks.label_attribute in output]
    true = sum(_is_true(output, tasks, session) for output in labeled)
    return LabeledTasks(
        title=tasks.task_type.title,
        label_attribute=tasks.label_attribute,
        manifests=manifests,
        true=true,
        labeled=len(labeled),
        objects=len(outputs),
        example=lines[0] if lines else "",
    )


def show_labels(
    console: Console, settings: Settings, found: LabeledTasks, took: str, keeps_running: bool
) -> None:
    """Prints each line whole, however long, so that it can be copied."""
    console.print()
    console.rule(f"[bold]Labels of a job of the type {escape(found.title)}")
    for name, value in (
        *(("Labels", manifest) for manifest in found.manifests),
        (
            "True",
            f"{found.true} of {found.labeled} labels; {found.objects - found.labeled} objects without one",
        ),
        *((("Portal", f"{settings.base_url}/portal/"),) if keeps_running else ()),
        ("Time", took),
    ):
        console.print(f"[bold]{name:<10}[/]{escape(value)}", highlight=False, soft_wrap=True)
    console.rule("[bold]The first line of the output manifest")
    console.print(found.example, style="cyan", markup=False, highlight=False, soft_wrap=True)
    console.rule()


def _is_true(output: dict[str, Any], tasks: TaskSet, session: Session) -> bool:
    truth = tasks.truths.get(task_object(output))
    return truth is not None and is_true(output[tasks.label_attribute], truth, session.read)
