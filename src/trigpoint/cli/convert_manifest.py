"""`trigpoint convert manifest`: an augmented manifest into the formats of other tools."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from trigpoint.datasets.model import LabeledSet


@click.command("manifest", short_help="A manifest into Pascal VOC, COCO or YOLO.")
@click.argument("source", metavar="MANIFEST")
@click.option(
    "--to", "target_format", type=click.Choice(["voc", "coco", "yolo"]), required=True, help="The format."
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="The folder (coco: the JSON file)."
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
    """An augmented manifest with boxes into Pascal VOC, COCO or YOLO. Images are not copied."""
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
    if any(image.boxes is None for image in labeled.images):
        raise Invalid(
            f"{source}: the label is a classification; {target_format} can only be written from boxes"
        )
    if strict:
        refuse_left_out(labeled)
    _export(labeled, target_format, output)
    put_summary(labeled, output)
    put_totals(labeled)


def _export(labeled: LabeledSet, target_format: str, output: Path) -> None:
    from trigpoint.datasets.coco import write_coco
    from trigpoint.datasets.voc import write_voc
    from trigpoint.datasets.yolo import write_yolo

    if target_format == "coco":
        if output.is_dir():
            output = output / "annotations.json"
        write_coco(labeled.images, labeled.class_names, output)
        return
    if output.is_file():
        raise Invalid(f"{output} is a file; -o needs the name of a folder")
    writing = (
        write_voc(labeled.images, output)
        if target_format == "voc"
        else write_yolo(labeled.images, labeled.class_names, output)
    )
    with bar("writing", len(labeled.images)) as more:
        for _ in writing:
            more(1)
