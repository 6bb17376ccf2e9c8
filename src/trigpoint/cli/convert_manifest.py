"""`trigpoint convert manifest`: an augmented manifest into the formats of other tools."""

from __future__ import annotations

from pathlib import Path

import click

from trigpoint.cli.convert_writing import (
    put_skipped,
    put_summary,
    put_totals,
    read_names,
    refuse_left_out,
)
from trigpoint.cli.options import reports_errors, skip_bad_option, strict_option
from trigpoint.cli.progress import bar
from trigpoint.core.errors import Invalid


@click.command("manifest", short_help="A manifest into COCO, YOLO, Pascal VOC or a table.")
@click.argument("source", metavar="MANIFEST")
@click.option(
    "--to",
    "target_format",
    type=click.Choice(["coco", "yolo", "voc", "csv"]),
    required=True,
    help="The format; csv also takes classes.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="The folder (coco, csv: the file)."
)
@click.option("--attribute", help="The label attribute [default: the only one].")
@click.option("--prefix", help="What to remove from source-refs to get paths [default: what all share].")
@click.option(
    "--classes", metavar="NAMES", help="Names of the class ids that the manifest's class-map does not have."
)
@skip_bad_option
@strict_option
@reports_errors
def from_manifest(
    source: str,
    target_format: str,
    output: Path,
    attribute: str | None,
    prefix: str | None,
    classes: str | None,
    skip_bad: bool,
    strict: bool,
) -> None:
    """An augmented manifest into COCO, YOLO, Pascal VOC or a table. Images are not copied."""
    from trigpoint.datasets.exporting import Format, export
    from trigpoint.datasets.manifest_source import Reading, read_manifest
    from trigpoint.datasets.model import Complaints
    from trigpoint.datasets.places import Places
    from trigpoint.datasets.settling import settle

    complaints = Complaints(skip_bad)
    names = read_names(classes)
    with bar("reading"):
        labeled = read_manifest(
            source, Reading(attribute, prefix, names=tuple(names or ())), Places(), complaints
        )
    settle(labeled, complaints)
    put_skipped(complaints)
    if not labeled.images:
        put_totals(labeled)
        raise Invalid(f"{source} has no images with this label")
    if strict:
        refuse_left_out(labeled)
    with bar("writing", len(labeled.images)) as more:
        for _ in export(labeled, Format(target_format), output):
            more(1)
    put_summary(labeled, output)
    put_totals(labeled)
