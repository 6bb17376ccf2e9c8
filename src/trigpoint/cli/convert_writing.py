"""What all commands of `trigpoint convert` share: their options, and how they write and report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from trigpoint.cli.manifest_writing import put_lines
from trigpoint.cli.options import skip_bad_option, strict_option
from trigpoint.cli.progress import bar, counted, note
from trigpoint.core.errors import Invalid, NotFound

if TYPE_CHECKING:
    from trigpoint.datasets.model import Complaints, LabeledSet
    from trigpoint.datasets.packing import Packed

_SHOWN = 10

F = TypeVar("F", bound=Callable[..., Any])


def writes_manifest(command: F) -> F:
    """Adds the options of all commands that write a manifest."""
    options = (
        click.option(
            "-o",
            "--output",
            type=click.Path(path_type=Path),
            help="The manifest to write [default: standard output].",
        ),
        click.option(
            "--images",
            type=click.Path(path_type=Path, file_okay=False),
            help="The folder of the images, if it is not the usual one of the format.",
        ),
        click.option(
            "--images-uri",
            metavar="s3://BUCKET/PREFIX",
            help="Where jobs find the images; source-ref is this and the image's path "
            "[default: the local path, which only local tools can read].",
        ),
        click.option("--upload", is_flag=True, help="Also copy the images to --images-uri."),
        click.option(
            "--attribute",
            default="label",
            show_default=True,
            help="The label attribute; its metadata are in <name>-metadata.",
        ),
        click.option("--job-name", help="The job-name in the metadata [default: the attribute's name]."),
        click.option(
            "--classes",
            metavar="NAMES",
            help="Class names in the order of their ids, separated by commas, or a file with one per line "
            "[default: the source's own order, or else sorted].",
        ),
        skip_bad_option,
        strict_option,
        click.option(
            "--exif",
            type=click.Choice(["shown", "stored"]),
            help="What the boxes of photos with an EXIF orientation are on, where their size does not tell: "
            "the photo as viewers show it, or as it is stored.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def read_names(classes: str | None) -> list[str] | None:
    """The class names of --classes: those in the file of that name, or else the texts between the commas.

    Raises: NotFound: no such file. Invalid: a name is empty or occurs twice.
    """
    if classes is None:
        return None
    from trigpoint.datasets.model import ids_of

    names = _listed_names(classes)
    try:
        ids_of(names)
    except Invalid as problem:
        raise Invalid(f"--classes: {problem.message}") from None
    return names


def _listed_names(classes: str) -> list[str]:
    from trigpoint.datasets.class_files import LIST_SUFFIXES, YAML_SUFFIXES, read_class_file

    path = Path(classes)
    if path.is_file():
        return read_class_file(path)
    if path.suffix.lower() in (*LIST_SUFFIXES, *YAML_SUFFIXES):
        raise NotFound(f"--classes {classes}: no such file")
    return [text.strip() for text in classes.rstrip(", ").split(",")]


def write_manifest(
    read: Callable[[Complaints, Sequence[str] | None], LabeledSet], root: Path, options: dict[str, Any]
) -> None:
    """Reads the set, uploads its images if requested, writes the manifest, and reports what was done."""
    from trigpoint.datasets.conversion import manifest_lines, write_lines
    from trigpoint.datasets.conversion import upload as upload_images
    from trigpoint.datasets.ground_truth import Attribute
    from trigpoint.datasets.model import Complaints
    from trigpoint.datasets.places import Places, is_uri
    from trigpoint.datasets.settling import require_labels, require_pixels, settle

    attribute = Attribute(
        options["attribute"], options["job_name"] or options["attribute"], datetime.now(UTC)
    )
    complaints = Complaints(options["skip_bad"])
    names = read_names(options["classes"])
    with bar("reading"):
        labeled = read(complaints, names)
    settle(labeled, complaints)
    put_skipped(complaints)
    require_labels(labeled, complaints, str(click.get_current_context().params.get("source", root)))
    require_pixels(labeled)
    if options["strict"]:
        refuse_left_out(labeled)
    _choose_classes(labeled, names)
    images_at: str | None = options["images_uri"]
    if images_at is not None and not is_uri(images_at):
        raise Invalid(f"--images-uri {images_at}: a URI like s3://bucket/prefix is needed")
    if options["upload"]:
        with bar("uploading", len(labeled.images)) as more:
            count = upload_images(labeled, root, images_at or "", Places(), lambda: more(1))
        note(f"{counted(count, 'image')} copied to {images_at}")
    lines = list(write_lines(manifest_lines(labeled, attribute, images_at or _local(root))))
    put_lines(iter(lines), options["output"])
    put_summary(labeled, options["output"])
    if images_at is None:
        note(
            "source-refs are local paths, which jobs cannot read; set --images-uri s3://bucket/prefix for jobs"
        )
    put_totals(labeled)


def _local(root: Path) -> str:
    return str(root.absolute())


def _choose_classes(labeled: LabeledSet, names: Sequence[str] | None) -> None:
    from trigpoint.datasets.model import names_in

    if names is None:
        return
    missing = [name for name in names_in(labeled.images) if name not in names]
    if missing:
        raise Invalid(f"--classes lacks {', '.join(map(repr, missing))[:200]}, which the source has")
    labeled.class_names = list(names)


def put_summary(labeled: LabeledSet, output: Path | None) -> None:
    counts = [counted(len(labeled.images), "image"), counted(len(labeled.class_names), "class", "classes")]
    if any(image.boxes is not None for image in labeled.images):
        counts.insert(1, counted(sum(len(image.boxes or ()) for image in labeled.images), "box", "boxes"))
    note(f"{output or 'standard output'}: {', '.join(counts)}")
    shown = ", ".join(f"{number} {name}" for number, name in enumerate(labeled.class_names[:20]))
    note(f"classes: {shown}{', ...' if len(labeled.class_names) > 20 else ''}")
    for each in labeled.notes:
        note(f"note: {each}")


def put_skipped(complaints: Complaints) -> None:
    """Reports the entries that were left out."""
    for problem in complaints.skipped[:_SHOWN]:
        note(f"skipped {problem.message}")
    if len(complaints.skipped) > _SHOWN:
        note(f"        and {len(complaints.skipped) - _SHOWN:,} more")
    if complaints.skipped:
        note(f"{counted(len(complaints.skipped), 'entry', 'entries')} skipped")


def put_totals(result: LabeledSet | Packed) -> None:
    """Reports how many images and labels were read, converted and left out: the last lines of a conversion."""
    for total in result.totals():
        note(str(total))


def refuse_left_out(labeled: LabeledSet) -> None:
    """Raises: Invalid: something was left out."""
    if any(total.count_left_out for total in labeled.totals()):
        put_totals(labeled)
        raise Invalid("--strict: entries were left out, so nothing was written")
