"""The command `trigpoint`, with one file per command or group of commands.

A command reads its arguments and makes one call. It imports what it needs when it runs, so that
`trigpoint --version` and `trigpoint env` start quickly.
"""

from __future__ import annotations

import click

from trigpoint import __version__
from trigpoint.cli.bucket import bucket
from trigpoint.cli.convert import convert
from trigpoint.cli.demo import demo
from trigpoint.cli.env import env
from trigpoint.cli.function import function
from trigpoint.cli.image import image
from trigpoint.cli.job import job
from trigpoint.cli.key import key
from trigpoint.cli.manifest import manifest
from trigpoint.cli.person import person
from trigpoint.cli.recordio import recordio
from trigpoint.cli.serve import serve
from trigpoint.cli.template import template
from trigpoint.cli.weights import weights
from trigpoint.cli.worker import worker


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="trigpoint")
def main() -> None:
    """Label images with your own people, stream the labels into training, serve the model."""


for command in (
    serve,
    env,
    demo,
    worker,
    person,
    bucket,
    key,
    job,
    function,
    image,
    manifest,
    template,
    convert,
    recordio,
    weights,
):
    main.add_command(command)
