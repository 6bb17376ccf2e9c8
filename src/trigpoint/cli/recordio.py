"""`trigpoint recordio ...`: .rec files of images and labels, as MXNet's im2rec makes them."""

from __future__ import annotations

from pathlib import Path

import click

from trigpoint.cli.options import reports_errors, skip_bad_option, strict_option
from trigpoint.cli.progress import bar, counted, note, put
from trigpoint.core.errors import Invalid


@click.group()
def recordio() -> None:
    """Pack images and labels into .rec files, and unpack them."""


@recordio.command(short_help="Pack images and labels into a .rec file.")
@click.argument("source")
@click.argument("target", type=click.Path(path_type=Path), metavar="TARGET.rec")
@click.option(
    "--root", help="The folder or s3:// prefix of a list's images [default: the list's own folder]."
)
@click.option("--attribute", help="The label of a manifest [default: its only one].")
@click.option(
    "--classes", "num_classes", type=click.IntRange(1), help="The number of classes, for lists of classes."
)
@click.option(
    "--resize", type=click.IntRange(1), help="The shorter edge in pixels [default: images are not resized]."
)
@click.option(
    "--quality",
    type=click.IntRange(1, 95),
    default=95,
    show_default=True,
    help="JPEG quality of resized images.",
)
@click.option("--label-width", type=click.IntRange(1), help="Pad all labels with -1 to this many numbers.")
@click.option("--shuffle/--no-shuffle", default=False, help="Shuffle the records.")
@click.option("--seed", type=int, default=100, show_default=True, help="The seed of --shuffle.")
@click.option(
    "--threads", type=click.IntRange(1, 64), default=4, show_default=True, help="How many threads decode."
)
@skip_bad_option
@strict_option
@reports_errors
def pack(
    source: str,
    target: Path,
    root: str | None,
    attribute: str | None,
    num_classes: int | None,
    resize: int | None,
    quality: int,
    label_width: int | None,
    shuffle: bool,
    seed: int,
    threads: int,
    skip_bad: bool,
    strict: bool,
) -> None:
    """Pack the images of a SOURCE into TARGET.rec and TARGET.idx.

    SOURCE is a .lst file (index, label, path, with tabs in between) or an augmented manifest. Boxes become the
    label vector of MXNet's detection: 2, 5, then class, xmin, ymin, xmax, ymax as fractions.
    """
    from trigpoint.cli.convert_writing import put_skipped, put_totals
    from trigpoint.datasets.model import Complaints
    from trigpoint.datasets.pack_items import items_of_lst, items_of_manifest, shuffled
    from trigpoint.datasets.packing import LeftOut, PackOptions
    from trigpoint.datasets.packing import pack as pack_items
    from trigpoint.datasets.places import Places, parent
    from trigpoint.datasets.report import Report

    if target.suffix != ".rec":
        raise Invalid(f"the target {target} must end with .rec")
    places, complaints, report = Places(), Complaints(skip_bad), Report()
    if source.lower().endswith(".lst"):
        items = items_of_lst(source, root or parent(source), places, complaints, report.images)
    else:
        items = items_of_manifest(source, attribute, num_classes, places, complaints, report.images)
    chosen = shuffled(items, seed) if shuffle else items
    options = PackOptions(resize, quality, threads, label_width)
    with bar("packing", len(chosen) if isinstance(chosen, list) else None) as more:
        try:
            packed = pack_items(
                chosen, target, options, places, complaints, lambda: more(1), report=report, strict=strict
            )
        except LeftOut as problem:
            put_skipped(complaints)
            put_totals(problem.packed)
            raise
    put_skipped(complaints)
    note(f"{target}: {counted(packed.records, 'record')}; index in {target.with_suffix('.idx')}")
    put_totals(packed)


@recordio.command(short_help="Write images and labels of a .rec file.")
@click.argument("source", metavar="SOURCE.rec")
@click.argument("target", type=click.Path(path_type=Path), metavar="FOLDER")
@reports_errors
def unpack(source: str, target: Path) -> None:
    """Write each image of SOURCE.rec as a file below FOLDER, and their labels as a .lst."""
    from trigpoint.datasets.places import Places
    from trigpoint.datasets.unpacking import unpack as unpack_records

    with bar("unpacking") as more:
        count = unpack_records(source, target, Places(), lambda: more(1))
    note(f"{target}: {counted(count, 'image')} and their .lst")


@recordio.command("list", short_help="List the records of a .rec file.")
@click.argument("source", metavar="SOURCE.rec")
@click.option("-n", "--records", type=click.IntRange(1), help="How many [default: all].")
@reports_errors
def list_(source: str, records: int | None) -> None:
    """List the records: place, id, label, kind of image, its size and bytes."""
    from itertools import islice

    from trigpoint.datasets.places import Places
    from trigpoint.datasets.unpacking import facts_of, label_numbers

    for each in islice(facts_of(source, Places()), records):
        numbers = [f"{value:g}" for value in label_numbers(each.header)]
        label = " ".join(numbers[:12]) + (f" ... ({len(numbers)} numbers)" if len(numbers) > 12 else "")
        size = f"{each.size.width}x{each.size.height}" if each.size else "no image"
        put(
            f"{each.place}\tid {each.header.id}\t{each.kind[1:]}\t{size}\t{each.image_bytes} bytes\tlabel {label}"
        )
