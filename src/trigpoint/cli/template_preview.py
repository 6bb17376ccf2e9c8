"""`trigpoint template preview`: a template as a worker sees it, with a real data object, without a server."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from trigpoint.cli.options import reports_errors


@click.command()
@click.argument("file")
@click.option(
    "--input",
    "line",
    required=True,
    metavar="LINE|MANIFEST[:N]",
    help="The data object: a manifest line, or line N (default 1) of a manifest in a file or at s3://.",
)
@click.option("--task-type", help="The task type of the job, such as BoundingBox. Default: a custom one.")
@click.option("--labels", default="", help="The labels, with commas between them, or a label category file.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Write the rendered HTML into this file instead of serving it.",
)
@click.option(
    "--server",
    default="http://127.0.0.1:8400",
    show_default=True,
    help="With --output: the server from which the page loads the elements.",
)
@click.option("--no-browser", is_flag=True, help="Print the address, but do not open it.")
@reports_errors
def preview(
    file: str,
    line: str,
    task_type: str | None,
    labels: str,
    output: Path | None,
    server: str,
    no_browser: bool,
) -> None:
    """Show the page that a worker will see, and the JSON that Submit would send.

    FILE is a task template, or the name of a task type, whose own template is shown then. In the data object, source-ref
    and other references may be files of this machine, relative to the manifest. Objects at s3:// are read with the
    credentials and the endpoint of your AWS settings.
    """
    from trigpoint.labeling.preview import PreviewInput, read_preview
    from trigpoint.server.preview import PreviewServer, known_elements

    wanted = read_preview(PreviewInput(file, line, task_type, labels))
    if output is not None:
        page = wanted.render(assets_url=server.rstrip("/"), file_url=Path.as_uri)
        _warn(wanted.warnings(page, known_elements()))
        output.write_text(page)
        click.echo(f"wrote {output}")
        return
    with PreviewServer(wanted) as running:
        _warn(wanted.warnings(wanted.render(assets_url="", file_url=Path.as_uri), known_elements()))
        click.echo(f"{running.url}\nThe page is rendered again at each reload. Press Ctrl+C to stop.")
        if not no_browser:
            webbrowser.open(running.url)
        running.wait()


def _warn(warnings: list[str]) -> None:
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)
