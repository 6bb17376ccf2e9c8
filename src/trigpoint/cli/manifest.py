"""`trigpoint manifest ...`: show, check, split and merge augmented manifests."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

import click

from trigpoint.cli.inspection_text import as_json, summary_lines
from trigpoint.cli.options import reports_errors
from trigpoint.cli.progress import bar, counted, note, put
from trigpoint.core.errors import Invalid

if TYPE_CHECKING:
    from trigpoint.datasets.inspection import Inspection, Options

json_option = click.option("--json", "in_json", is_flag=True, help="Print JSON, for scripts.")
seed_option = click.option(
    "--seed", type=int, default=0, show_default=True, help="The same seed gives the same choice."
)
output_option = click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The file to write [default: standard output]."
)


@click.group()
def manifest() -> None:
    """Show, check, split and merge augmented manifests (JSON Lines).

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
    help="Also check each line as a training job of this algorithm does: object-detection.",
)
@click.option(
    "--num-classes", type=click.IntRange(1), help="The job's num_classes; class ids must be below it."
)
@click.option(
    "--label-width", type=click.IntRange(1), help="The job's label_width [default: the algorithm's]."
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
    if algorithm is None and (num_classes or label_width):
        raise Invalid("--num-classes and --label-width need --for-training ALGORITHM")

    def options_for(place: str) -> Options:
        return (
            options
            if algorithm is None
            else _for_training(place, options, algorithm, num_classes, label_width)
        )

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
    manifest_place: str, options: Options, algorithm: str, num_classes: int | None, label_width: int | None
) -> Options:
    """The options with the rules of a training job that reads the manifest."""
    from trigpoint.datasets.places import Places
    from trigpoint.datasets.training_rules import training_rules

    rules = training_rules(
        algorithm, manifest_place, tuple(options.attributes), num_classes, label_width, Places()
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


@manifest.command(short_help="Split the lines into parts.")
@click.argument("manifest_place", metavar="MANIFEST")
@click.option(
    "--parts",
    default="train=0.8,validation=0.2",
    show_default=True,
    help="Names and shares of the parts; a part becomes NAME.manifest.",
)
@click.option("--stratify", metavar="ATTRIBUTE", help="Divide the classes of this label evenly.")
@seed_option
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path(), help="The folder [default: here]."
)
@reports_errors
def split(manifest_place: str, parts: str, stratify: str | None, seed: int, output: Path) -> None:
    """Split the lines into parts at random; the lines of a part keep their order.

    With --stratify, lines whose labels name the same classes are shared out together, so that rare classes
    reach every part.
    """
    from trigpoint.datasets.cut import choose_parts, lines_of, stratum_of
    from trigpoint.datasets.places import Places

    shares, places = _shares(parts), Places()
    strata = [
        stratum_of(raw, number, stratify, manifest_place) if stratify else ""
        for number, raw in lines_of(manifest_place, places)
    ]
    if stratify and strata and not any(strata):
        raise Invalid(
            f"{manifest_place}: no line has the attribute {stratify!r}, by which it should be split"
        )
    chosen = choose_parts(strata, list(shares.values()), seed)
    output.mkdir(parents=True, exist_ok=True)
    targets = [output / f"{name}.manifest" for name in shares]
    if any(target.resolve() == Path(manifest_place).resolve() for target in targets):
        raise Invalid(f"{manifest_place} would be overwritten; choose another --output folder or part name")
    with ExitStack() as files:
        opened = [files.enter_context(_aside(target)) for target in targets]
        for part, (_, raw) in zip(chosen, lines_of(manifest_place, places), strict=True):
            opened[part].write(raw + b"\n")
    for part, target in enumerate(targets):
        put(f"{target}: {counted(chosen.count(part), 'line')}")


class _aside:  # noqa: N801  # used like a function
    """A temporary file that replaces the target when everything succeeded."""

    def __init__(self, target: Path) -> None:
        self._target, self._part = target, target.with_name(target.name + ".part")

    def __enter__(self) -> BinaryIO:
        self._file = self._part.open("wb")
        return self._file

    def __exit__(self, kind: object, *_error: object) -> None:
        self._file.close()
        if kind is None:
            self._part.replace(self._target)
        else:
            self._part.unlink()


def _shares(text: str) -> dict[str, float]:
    shares: dict[str, float] = {}
    for each in text.split(","):
        name, _, share = (side.strip() for side in each.partition("="))
        try:
            value = float(share)
        except ValueError:
            value = 0.0
        if not name or "/" in name or not 0 < value < 1e9:
            raise Invalid(f"--parts: {each!r} must be NAME=SHARE, like train=0.8; shares are numbers above 0")
        if name in shares:
            raise Invalid(f"--parts: duplicate name {name!r}")
        shares[name] = value
    return shares


@manifest.command(short_help="Take some lines at random.")
@click.argument("manifest_place", metavar="MANIFEST")
@click.option("-n", "--lines", type=click.IntRange(1), required=True, help="How many lines.")
@seed_option
@output_option
@reports_errors
def sample(manifest_place: str, lines: int, seed: int, output: Path | None) -> None:
    """Take some lines at random; they keep their order."""
    from trigpoint.datasets.cut import choose_sample, lines_of
    from trigpoint.datasets.places import Places

    places = Places()
    total = sum(1 for _ in lines_of(manifest_place, places))
    chosen = choose_sample(total, lines, seed)
    if lines > total:
        note(f"trigpoint: {manifest_place} has {total:,} lines only; all were taken")
    kept = (raw + b"\n" for place, (_, raw) in enumerate(lines_of(manifest_place, places)) if place in chosen)
    put_lines(kept, output, [manifest_place])


@manifest.command()
@click.argument("manifests", nargs=-1, required=True, metavar="MANIFEST...")
@click.option(
    "--key",
    default="source-ref",
    show_default=True,
    help="Lines with the same value of this attribute are joined.",
)
@click.option("--prefer", type=click.Choice(["first", "last"]), help="Which value to keep when two differ.")
@output_option
@reports_errors
def merge(
    manifests: tuple[str, ...], key: str, prefer: Literal["first", "last"] | None, output: Path | None
) -> None:
    """Merge manifests: one line per image, with all its labels.

    Classes are merged by name. Where the class maps of a label disagree about the ids, its labels get common
    ids, and each change is reported.

    Two different values for one attribute of an image are a conflict: all are listed, and nothing is written
    (exit code 1), unless --prefer settles them.
    """
    from trigpoint.datasets.merge import merge as merge_manifests
    from trigpoint.datasets.merge import merged_bytes
    from trigpoint.datasets.places import Places

    merged = merge_manifests(manifests, key, Places(), prefer)
    for conflict in merged.conflicts[:20]:
        note(f"conflict {conflict}")
    if len(merged.conflicts) > 20:
        note(f"         and {len(merged.conflicts) - 20:,} more conflicts")
    if merged.conflicts and prefer is None:
        note(
            f"trigpoint: {counted(len(merged.conflicts), 'conflict')}; nothing was written. Choose the value with --prefer first or last"
        )
        sys.exit(1)
    put_lines(merged_bytes(merged), output, manifests)
    for each in merged.notes:
        note(f"note: {each}")
    note(
        f"{counted(len(merged.lines), 'line')}, {merged.joined:,} joined with an earlier one, {counted(len(merged.conflicts), 'conflict')}"
    )


def put_lines(lines: Iterator[bytes], output: Path | None, sources: Iterable[str] = ()) -> None:
    """Writes lines to the file, under a temporary name first, or to standard output; a source may be the target."""
    if output is None:
        try:
            for line in lines:
                sys.stdout.buffer.write(line)
            sys.stdout.flush()
        except BrokenPipeError:  # the reader has seen enough, like head
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    if output.is_dir():
        raise Invalid(f"{output} is a folder; -o needs the name of a file")
    output.parent.mkdir(parents=True, exist_ok=True)
    with _aside(output) as file:
        file.writelines(lines)
