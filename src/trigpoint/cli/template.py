"""`trigpoint template`: the task templates of the task types, to start from, and a preview of one's own."""

from __future__ import annotations

import click

from trigpoint.cli.options import reports_errors
from trigpoint.cli.table import print_table
from trigpoint.cli.template_preview import preview


class _WithTaskTypes(click.Group):
    """A group whose first argument may also be a task type, whose template is then printed."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        first = args[0] if args else ""
        is_ours = first in self.commands or first in ctx.help_option_names
        return super().parse_args(ctx, args if is_ours else ["print", *args])


@click.group(cls=_WithTaskTypes)
def template() -> None:
    """Print the task template of a task type, or preview a template.

    \b
    trigpoint template                  lists the task types
    trigpoint template BoundingBox      prints the template of one of them
    trigpoint template preview FILE     shows what a worker will see
    """


@template.command("print")
@click.argument("task_type", required=False)
@click.option(
    "--documented", is_flag=True, help="Print the template in the form that AWS documents, instead of ours."
)
@reports_errors
def print_template(task_type: str | None, documented: bool) -> None:
    """Print the task template of TASK_TYPE, such as BoundingBox. Without TASK_TYPE, list the task types.

    A labeling job that names no template gets the one that is printed. To change it, print it into a file, edit the
    file, put it into a bucket, and name it as UiTemplateS3Uri.
    """
    from trigpoint.core.errors import Invalid
    from trigpoint.labeling.task_types import TASK_TYPES, task_type_named

    if task_type is None:
        print_table(
            [("TASK TYPE", "FOR", "ELEMENT")]
            + [(found.name, found.title, found.element or "-") for found in TASK_TYPES.values()]
        )
        return
    found = task_type_named(task_type)
    text = found.documented_template if documented else found.template
    if not text:
        raise Invalid(f"AWS documents no template for {found.title} jobs; leave out --documented")
    click.echo(text, nl=not text.endswith("\n"))


template.add_command(preview)
