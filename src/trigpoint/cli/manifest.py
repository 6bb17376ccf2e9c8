"""`trigpoint manifest ...`: make, show, check, split and merge augmented manifests."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from trigpoint.cli.inspection_text import as_json, summary_lines
from trigpoint.cli.manifest_create import create, select
from trigpoint.cli.manifest_parts import merge, sample, split
from trigpoint.cli.options import reports_errors
from trigpoint.cli.progress import bar, counted, note, put
from trigpoint.core.errors import Invalid

if TYPE_CHECKING:
    from trigpoint.datasets.inspection import Inspection, Options
    from trigpoint.records.labels.classification_rules import LabelFormat

json_option = click.option("--json", "in_json", is_flag=True, help="Print JSON, for scripts.")


@click.group()
def manifest() -> None:
    """Make, show, check, split and merge augmented manifests (JSON Lines).

    A MANIFEST is a file, or s3://bucket/key in the store that AWS_ENDPOINT_URL and the other AWS_* variables
    name; eval "$(trigpoint env)" sets them for this server.
    """


@manifest.command(short_help="List the problems, and summarize the contents.")
@click.argument("manifests", nargs=-1, required=True, metavar="MANIFEST...")
@click.option("--attributes", help="Attributes that every line must have, separated by commas.")
@click.option("--check-objects", is_flag=True, help="Check that the objects of -ref attributes exist.")
@click.option(
    "--check-images",
    is_flag=True,
    help="Also read the headers of the images, and compare their sizes with the labels.",
)
@click.option("--decode", is_flag=True, help="Also decode the images, which finds truncated ones.")
@click.option(
    "--for-training",
    "algorithm",
    metavar="ALGORITHM",
    help="Also check each line as a training job of this algorithm does: object-detection, image-classification.",
)
@click.option(
    "--num-classes", type=click.IntRange(1), help="The job's num_classes; class ids must be below it."
)
@click.option(
    "--label-width", type=click.IntRange(1), help="The job's label_width [default: the algorithm's]."
)
@click.option(
    "--multi-label",
    type=click.Choice(["multi-hot", "class-id"]),
    help="The images have several classes each, in the job's label-format [default: one class].",
)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="How many errors, and how many warnings, are listed.",
)
@json_option
@reports_errors
def validate(
    manifests: tuple[str, ...],
    attributes: str | None,
    check_objects: bool,
    check_images: bool,
    decode: bool,
    algorithm: str | None,
    num_classes: int | None,
    label_width: int | None,
    multi_label: LabelFormat | None,
    limit: int,
    in_json: bool,
) -> None:
    """List the problems, with line and attribute, and summarize the contents.

    Exit code: 0 when there are no errors, 1 when there are errors, 2 when it cannot be read. With --for-training
    everything that the job would refuse is an error. The attributes are those of --attributes, image first, or
    source-ref and the only label.
    """
    from trigpoint.datasets.inspection import Options

    required = tuple(name.strip() for name in (attributes or "").split(",") if name.strip())
    images: Literal["no", "size", "whole"] = "whole" if decode else "size" if check_images else "no"
    options = Options(required, check_objects, images, limit)
    if algorithm is None and (num_classes or label_width or multi_label):
        raise Invalid("--num-classes, --label-width and --multi-label need --for-training ALGORITHM")

    def options_for(place: str) -> Options:
        if algorithm is None:
            return options
        return _for_training(place, options, algorithm, (num_classes, label_width, multi_label))

    found = _inspected(manifests, options_for)
    if in_json:
        _put_json([as_json(each) for each in found])
    else:
        for each in found:
            _put_validation(each)
    sys.exit(1 if any(each.errors for each in found) else 0)


def _put_validation(found: Inspection) -> None:
    for problem in found.problems:
        mark = "error  " if problem.severity == "error" else "warning"
        put(f"{mark} {found.manifest}, {problem}" if problem.line else f"{mark} {found.manifest}: {problem}")
    if (more := found.errors + found.warnings - len(found.problems)) > 0:
        put(f"        and {more:,} more problems; raise --limit to see them")
    for line in summary_lines(found):
        put(line)
    said = (
        "NOT valid"
        if found.errors
        else "valid, but not for training"
        if found.refused_by_training
        else "valid"
    )
    put(f"{said}: {counted(found.errors, 'error')}, {counted(found.warnings, 'warning')}")


def _for_training(
    manifest_place: str,
    options: Options,
    algorithm: str,
    limits: tuple[int | None, int | None, LabelFormat | None],
) -> Options:
    """The options with the rules of a training job that reads the manifest."""
    from trigpoint.datasets.places import Places
    from trigpoint.datasets.training_rules import LabelLimits, training_rules

    rules = training_rules(
        algorithm, manifest_place, tuple(options.attributes), LabelLimits(*limits), Places()
    )
    return replace(options, attributes=(rules.image, rules.label), training=rules)


@manifest.command(short_help="Summarize the contents.")
@click.argument("manifests", nargs=-1, required=True, metavar="MANIFEST...")
@json_option
@reports_errors
def stats(manifests: tuple[str, ...], in_json: bool) -> None:
    """Summarize the contents: lines, labels per class, image sizes, jobs that made the labels."""
    from trigpoint.datasets.inspection import Options

    options = Options(keep=1)
    found = _inspected(manifests, lambda _: options)
    if in_json:
        _put_json([{k: v for k, v in as_json(each).items() if k != "problems"} for each in found])
        return
    for each in found:
        for line in summary_lines(each):
            put(line)
        if each.errors:
            note(
                f"trigpoint: {each.manifest} has {counted(each.errors, 'error')}; `trigpoint manifest validate` lists them"
            )


def _inspected(manifests: Iterable[str], options_for: Callable[[str], Options]) -> list[Inspection]:
    from trigpoint.datasets.inspection import inspect
    from trigpoint.datasets.places import Places

    places = Places()
    found = []
    for each in manifests:
        with bar(each, _size(each), is_bytes=True) as more:
            found.append(inspect(each, options_for(each), places, more))
    return found


def _size(manifest_place: str) -> int | None:
    path = Path(manifest_place)
    return path.stat().st_size if path.is_file() else None


def _put_json(found: list[dict[str, object]]) -> None:
    put(json.dumps(found[0] if len(found) == 1 else found, indent=2, ensure_ascii=False))


@manifest.command()
@click.argument("manifest_place", metavar="MANIFEST")
@click.option("-n", "--lines", type=click.IntRange(1), default=5, show_default=True, help="How many lines.")
@click.option("--json", "in_json", is_flag=True, help="Print the lines as they are.")
@reports_errors
def head(manifest_place: str, lines: int, in_json: bool) -> None:
    """Show the first lines, one attribute per row."""
    from itertools import islice

    from trigpoint.datasets.cut import lines_of
    from trigpoint.datasets.places import Places
    from trigpoint.records.manifest.lines import BadLine
    from trigpoint.records.manifest.parsing import parse_line

    for number, raw in islice(lines_of(manifest_place, Places()), lines):
        if in_json:
            click.echo(raw)
            continue
        try:
            line = parse_line(raw, number)
        except BadLine as problem:
            raise Invalid(f"{manifest_place}, {problem.message}") from None
        put(f"line {number}")
        width = max(map(len, line), default=0)
        for name, value in line.items():
            put(f"  {name:<{width}}  {_short(value)}")


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 160 else text[:157] + "..."


for command in (create, select, split, sample, merge):
    manifest.add_command(command)
