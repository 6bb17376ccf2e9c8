"""`trigpoint manifest split|sample|merge`: parts of manifests, and several made one."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

import click

from trigpoint.cli.manifest_writing import aside, output_option, put_lines, seed_option
from trigpoint.cli.options import reports_errors
from trigpoint.cli.progress import counted, note, put
from trigpoint.core.errors import Invalid


@click.command(short_help="Split the lines into parts.")
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
        opened = [files.enter_context(aside(target)) for target in targets]
        for part, (_, raw) in zip(chosen, lines_of(manifest_place, places), strict=True):
            opened[part].write(raw + b"\n")
    for part, target in enumerate(targets):
        put(f"{target}: {counted(chosen.count(part), 'line')}")


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


@click.command(short_help="Take some lines at random.")
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


@click.command()
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
