"""`trigpoint manifest create|select`: input manifests from files, and subsets of manifests."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from trigpoint.cli.manifest_writing import seed_option, written_place
from trigpoint.cli.options import reports_errors, strict_option
from trigpoint.cli.progress import bar, counted, note
from trigpoint.core.errors import Invalid

if TYPE_CHECKING:
    from trigpoint.datasets.data_setup.report import SetupReport
    from trigpoint.datasets.data_setup.subset import Sample
    from trigpoint.datasets.query.parsing import Query

MOST_OBJECTS = 100_000
"""Of a labeling job."""

F = TypeVar("F", bound=Callable[..., Any])


def _chooses_lines(command: F) -> F:
    """Adds the options that choose lines."""
    where = click.option(
        "--where",
        metavar="QUERY",
        help="Only the lines that this query of S3 Select's SQL chooses, such as: \"source-ref\" LIKE '%cat%'",
    )
    sample = click.option("--sample", metavar="N|N%", help="Only so many lines of these, drawn at random.")
    return where(sample(seed_option(command)))


@click.command(short_help="Make an input manifest of the files under a prefix.")
@click.argument("place", metavar="PREFIX|FOLDER")
@click.option(
    "--type", "data_type", type=click.Choice(["image", "text", "csv"]), required=True, help="What is labeled."
)
@click.option(
    "--out",
    metavar="PLACE",
    help="The manifest, or the folder or prefix/ for it [default: dataset-<time>.manifest in PREFIX].",
)
@click.option("--images-uri", metavar="s3://BUCKET/PREFIX", help="For a folder: where jobs find its images.")
@click.option("--delimiter", default=",", show_default=True, help='csv: what separates columns, or "tab".')
@click.option(
    "--column", metavar="NAME|NUMBER", help="csv: the column with the text [default: the whole row]."
)
@click.option("--header", is_flag=True, help="csv: the first row has the names of the columns.")
@_chooses_lines
@strict_option
@reports_errors
def create(
    place: str,
    data_type: str,
    out: str | None,
    images_uri: str | None,
    delimiter: str,
    column: str | None,
    header: bool,
    where: str | None,
    sample: str | None,
    seed: int,
    strict: bool,
) -> None:
    """Make an input manifest for labeling jobs of the files under s3://BUCKET/PREFIX, or in a folder.

    image: one line for each .jpg, .jpeg and .png file. text: one for each line of the .txt files. csv: one for
    each row of the .csv files. What is left out is counted.
    """
    from trigpoint.datasets.data_setup.creating import (
        DataType,
        SetupOptions,
        check_found,
        manifest_name,
        setup_lines,
    )
    from trigpoint.datasets.data_setup.csv_rows import CsvOptions
    from trigpoint.datasets.data_setup.files import PlaceSource
    from trigpoint.datasets.data_setup.report import SetupReport
    from trigpoint.datasets.data_setup.subset import queried
    from trigpoint.datasets.places import Places, is_s3

    if is_s3(place) and images_uri is not None:
        raise Invalid("--images-uri is for images in a folder; those under a prefix already have URIs")
    if images_uri is not None and not is_s3(images_uri):
        raise Invalid(f"--images-uri {images_uri}: a URI like s3://bucket/prefix is needed")
    options = SetupOptions(DataType(data_type), CsvOptions(_delimiter(delimiter), column, header))
    query, drawn = _choices(where, sample, seed)
    places, report = Places(), SetupReport()
    target = _target(place, out, manifest_name(datetime.now(UTC)))
    source = PlaceSource(place, places, images_uri)
    with bar("reading") as more, tempfile.TemporaryFile() as made:
        lines = setup_lines(source, options, report, more)
        numbered = enumerate((line.rstrip(b"\n") for line in lines), start=1)
        _, written = _write(queried(numbered, query, target), drawn, made)
        check_found(report, place, options.data_type)
        _put_report(report)
        if strict and report.left_out:
            raise Invalid("--strict: something was left out, so nothing was written")
        _check_chosen(written, report.written, query)
        made.seek(0)
        with written_place(target, places) as file:
            shutil.copyfileobj(made, file)
    _put_written(target, written, report.written if query or drawn else None)
    if data_type == "image" and images_uri is None and not is_s3(place):
        note(
            "source-refs are local paths, which jobs cannot read; set --images-uri s3://bucket/prefix for jobs"
        )


@click.command(short_help="Take the lines that a query chooses, or some at random.")
@click.argument("manifest_place", metavar="MANIFEST")
@click.argument("target", metavar="TARGET")
@_chooses_lines
@reports_errors
def select(manifest_place: str, target: str, where: str | None, sample: str | None, seed: int) -> None:
    """Write the lines of a manifest that a query chooses, or some at random, to the file or object TARGET.

    Lines stay byte for byte and keep their order. With both options, lines are drawn of those that were chosen.

    \b
      trigpoint manifest select all.manifest rest.manifest \\
        --where '"my-label" IS MISSING LIMIT 500'
    """
    from trigpoint.datasets.cut import lines_of
    from trigpoint.datasets.data_setup.subset import queried
    from trigpoint.datasets.places import Places

    if where is None and sample is None:
        raise Invalid("give --where or --sample, or both")
    query, drawn = _choices(where, sample, seed)
    places, read = Places(), _Count()
    with bar("reading") as more, written_place(target, places) as file:
        lines = read.each(lines_of(manifest_place, places), more)
        _, written = _write(queried(lines, query, manifest_place), drawn, file)
        _check_chosen(written, read.count, query)
    is_all = query is None or query.limit is None
    _put_written(target, written, read.count if is_all else None)


class _Count:
    """Counts what passes."""

    count = 0

    def each(
        self, lines: Iterator[tuple[int, bytes]], more: Callable[[int], None]
    ) -> Iterator[tuple[int, bytes]]:
        for line in lines:
            self.count += 1
            more(1)
            yield line


def _choices(where: str | None, sample: str | None, seed: int) -> tuple[Query | None, Sample | None]:
    from trigpoint.datasets.data_setup.subset import parse_sample
    from trigpoint.datasets.query.parsing import parse_query

    try:
        query = None if where is None else parse_query(where)
    except Invalid as problem:
        raise Invalid(f"--where: {problem.message}") from None
    return query, None if sample is None else parse_sample(sample, seed)


def _write(lines: Iterator[bytes], drawn: Sample | None, file: Any) -> tuple[int, int]:
    from trigpoint.datasets.data_setup.subset import write_sample

    return write_sample((line + b"\n" for line in lines), drawn, file)


def _target(place: str, out: str | None, name: str) -> str:
    from trigpoint.datasets.places import is_s3, join

    if out is None:
        return join(place, name)
    is_folder = out.endswith("/") or (not is_s3(out) and Path(out).is_dir())
    return join(out, name) if is_folder else out


def _delimiter(text: str) -> str:
    delimiter = {"tab": "\t", "\\t": "\t"}.get(text, text)
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise Invalid(f"--delimiter {text!r} must be one character, or tab")
    return delimiter


def _check_chosen(written: int, total: int, query: Query | None) -> None:
    if not written and total:
        what = "the query chooses" if query is not None else "the sample has"
        raise Invalid(f"{what} none of {counted(total, 'line')}, so nothing was written")


def _put_report(report: SetupReport) -> None:
    for example in report.examples:
        note(f"left out {example}")
    note(report.summary())


def _put_written(target: str, written: int, total: int | None) -> None:
    note(f"{target}: {counted(written, 'line')}{'' if total is None else f' of {total:,}'}")
    if written > MOST_OBJECTS:
        note(f"a labeling job takes at most {MOST_OBJECTS:,} lines; take some with --sample or --where")
