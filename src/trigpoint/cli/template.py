"""`trigpoint template`: the task templates of the task types, to start from."""

from __future__ import annotations

import click

from trigpoint.cli.options import reports_errors
from trigpoint.cli.table import print_table


@click.command()
@click.argument("task_type", required=False)
@click.option(
    "--documented", is_flag=True, help="Print the template in the form that AWS documents, instead of ours."
)
@reports_errors
def template(task_type: str | None, documented: bool) -> None:
    """Print the task template of TASK_TYPE, such as BoundingBox. Without TASK_TYPE, list the task types.

    A labeling job that names no template gets the one that is printed. To change it, print it into a file, edit the
    file, put it into a bucket, and name it as UiTemplateS3Uri.
    """
    from trigpoint.core.errors import Invalid
    from trigpoint.labeling.task_types import TASK_TYPES

    if task_type is None:
        print_table(
            [("TASK TYPE", "FOR", "ELEMENT")]
            + [(found.name, found.title, found.element or "-") for found in TASK_TYPES.values()]
        )
        return
    by_name = {name.lower(): found for name, found in TASK_TYPES.items()}
    found = by_name.get(task_type.lower())
    if found is None:
        raise Invalid(f"there is no task type {task_type!r}; it can be {', '.join(TASK_TYPES)}")
    text = found.documented_template if documented else found.template
    if not text:
        raise Invalid(f"AWS documents no template for {found.title} jobs; leave out --documented")
    click.echo(text, nl=not text.endswith("\n"))
