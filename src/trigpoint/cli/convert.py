"""`trigpoint convert ...`: labeled images of other tools into an augmented manifest, and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from trigpoint.cli.manifest import put_lines
from trigpoint.cli.options import reports_errors
from trigpoint.cli.progress import bar, counted, note
from trigpoint.core.errors import Invalid, NotFound

if TYPE_CHECKING:
    from trigpoint.datasets.model import Complaints, LabeledSet

_SHOWN = 10

F = TypeVar("F", bound=Callable[..., Any])


@click.group()
def convert() -> None:
    """Turn labeled images of other tools into an augmented manifest, and back.

    The manifest is written as Ground Truth writes it, so that labeling jobs and training take it:

    \b
      trigpoint convert voc BCCD --images-uri s3://cells/images --upload \\
        -o bccd.manifest
    """


def _to_manifest(command: F) -> F:
    """The options that all commands share that write a manifest."""
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
            help="The folder of the images, where it is not found by itself.",
        ),
        click.option(
            "--images-uri",
            metavar="s3://BUCKET/PREFIX",
            help="Where the images lie for the jobs; source-ref is this and the image's path "
            "[default: the local path, which only local tools can read].",
        ),
        click.option("--upload", is_flag=True, help="Copy the images to --images-uri as well."),
        click.option(
            "--attribute",
            default="label",
            show_default=True,
            help="The label attribute; beside it stands -metadata.",
        ),
        click.option("--job-name", help="The job-name in the metadata [default: the attribute's name]."),
        click.option(
            "--classes",
            metavar="NAMES",
            help="Class names in the order of their ids, with commas, or a file with one a line "
            "[default: the source's own order, or else sorted].",
        ),
        click.option(
            "--skip-bad",
            is_flag=True,
            help="Leave out what cannot be used, and count it, instead of stopping.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _names(classes: str | None) -> list[str] | None:
    if classes is None:
        return None
    path = Path(classes)
    texts = path.read_text().splitlines() if path.is_file() else classes.split(",")
    return [text.strip() for text in texts if text.strip()]


def _write(
    read: Callable[[Complaints, Sequence[str] | None], LabeledSet], root: Path, options: dict[str, Any]
) -> None:
    """Reads the set, uploads its images if wished, and writes the manifest; then tells what was done."""
    from trigpoint.datasets.conversion import manifest_lines, write_lines
    from trigpoint.datasets.conversion import upload as upload_images
    from trigpoint.datasets.ground_truth import Attribute
    from trigpoint.datasets.model import Complaints
    from trigpoint.datasets.places import Places

    attribute = Attribute(
        options["attribute"], options["job_name"] or options["attribute"], datetime.now(UTC)
    )
    complaints = Complaints(options["skip_bad"])
    names = _names(options["classes"])
    with bar("reading"):
        labeled = read(complaints, names)
    _choose_classes(labeled, names)
    images_at: str | None = options["images_uri"]
    if images_at is not None and not images_at.startswith(("s3://", "https://")):
        raise Invalid(f"--images-uri {images_at}: a URI like s3://bucket/prefix is needed")
    if options["upload"]:
        with bar("uploading", len(labeled.images)) as more:
            count = upload_images(labeled, root, images_at or "", Places(), lambda: more(1))
        note(f"{counted(count, 'image')} copied to {images_at}")
    lines = list(write_lines(manifest_lines(labeled, attribute, images_at or _local(root))))
    put_lines(iter(lines), options["output"])
    put_skipped(complaints)
    _tell(labeled, options["output"])
    if images_at is None:
        note(
            "source-refs are local paths, which jobs cannot read; give --images-uri s3://bucket/prefix for them"
        )


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


def _tell(labeled: LabeledSet, output: Path | None) -> None:
    counts = [counted(len(labeled.images), "image"), counted(len(labeled.class_names), "class", "classes")]
    if any(image.boxes is not None for image in labeled.images):
        counts.insert(1, counted(sum(len(image.boxes or ()) for image in labeled.images), "box", "boxes"))
    note(f"{output or 'standard output'}: {', '.join(counts)}")
    shown = ", ".join(f"{number} {name}" for number, name in enumerate(labeled.class_names[:20]))
    note(f"classes: {shown}{', ...' if len(labeled.class_names) > 20 else ''}")
    for each in labeled.notes:
        note(f"note: {each}")


def put_skipped(complaints: Complaints) -> None:
    """Tells what was left out."""
    for problem in complaints.skipped[:_SHOWN]:
        note(f"skipped {problem.message}")
    if len(complaints.skipped) > _SHOWN:
        note(f"        and {len(complaints.skipped) - _SHOWN:,} more")
    if complaints.skipped:
        note(f"{counted(len(complaints.skipped), 'entry', 'entries')} skipped")


@convert.command(short_help="Pascal VOC: Annotations/*.xml and JPEGImages/.")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--subset", metavar="NAME", help="Only the images of ImageSets/Main/NAME.txt, in its order.")
@_to_manifest
@reports_errors
def voc(source: Path, subset: str | None, **options: Any) -> None:
    """Pascal VOC: a folder with Annotations/*.xml and JPEGImages/."""
    _must_exist(source)
    from trigpoint.datasets.voc import images_of, read_voc

    root = options["images"] or images_of(source)
    _write(lambda complaints, _: read_voc(source, root, complaints, subset), root, options)


@convert.command(short_help="COCO: the JSON file of the instances.")
@click.argument("source", type=click.Path(path_type=Path))
@_to_manifest
@reports_errors
def coco(source: Path, **options: Any) -> None:
    """COCO: the JSON file of the instances."""
    _must_exist(source)
    from trigpoint.datasets.coco import read_coco

    root = _beside(source, options)
    _write(lambda complaints, _: read_coco(source, options["images"], complaints), root, options)


@convert.command(short_help="YOLO: images/, labels/ and data.yaml.")
@click.argument("source", type=click.Path(path_type=Path))
@_to_manifest
@reports_errors
def yolo(source: Path, **options: Any) -> None:
    """YOLO: a folder with images/, labels/ and data.yaml or classes.txt."""
    _must_exist(source)
    from trigpoint.datasets.yolo import images_of, read_yolo

    root = options["images"] or images_of(source)
    _write(lambda complaints, names: read_yolo(source, options["images"], complaints, names), root, options)


@convert.command(short_help="Tables: a .csv, or a .lst of im2rec.")
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="MEANING=NAME",
    help="Which column is meant, like image=photo; meanings: image, class, x1, y1, x2, y2, box_width, box_height.",
)
@_to_manifest
@reports_errors
def csv(source: Path, columns: tuple[str, ...], **options: Any) -> None:
    """Tables: a .csv with a row a box or an image, or a .lst of im2rec.

    Columns are known by their names in the first row (filename, class, xmin, ymin, xmax, ymax and the like);
    without names, two columns are image and class, six are image, x1, y1, x2, y2, class.
    """
    _must_exist(source)
    from trigpoint.datasets.table import read_table

    root = options["images"] or source.parent
    chosen = dict(_pair(each) for each in columns)
    _write(lambda complaints, names: read_table(source, root, complaints, chosen, names), root, options)


def _pair(text: str) -> tuple[str, str]:
    meaning, _, name = text.partition("=")
    if not meaning or not name:
        raise Invalid(f"--column {text}: MEANING=NAME is needed, like image=photo")
    return meaning.strip(), name.strip()


@convert.command(short_help="A folder a class: SOURCE/cat/1.jpg is a cat.")
@click.argument("source", type=click.Path(path_type=Path))
@_to_manifest
@reports_errors
def folder(source: Path, **options: Any) -> None:
    """A folder a class: SOURCE/cat/1.jpg is a cat."""
    _must_exist(source)
    from trigpoint.datasets.folder import read_folder

    if options["images"]:
        raise Invalid("--images has no meaning here: the images lie in SOURCE itself")
    _write(lambda complaints, names: read_folder(source), source, options)


@convert.command(short_help="Label Studio: its JSON export.")
@click.argument("source", type=click.Path(path_type=Path))
@_to_manifest
@reports_errors
def labelstudio(source: Path, **options: Any) -> None:
    """Label Studio: its export as JSON or JSON-MIN, with rectangles or choices."""
    _must_exist(source)
    from trigpoint.datasets.label_studio import read_label_studio

    root = _beside(source, options)
    _write(lambda complaints, _: read_label_studio(source, options["images"], complaints), root, options)


@convert.command(short_help="CVAT: its XML for images.")
@click.argument("source", type=click.Path(path_type=Path))
@_to_manifest
@reports_errors
def cvat(source: Path, **options: Any) -> None:
    """CVAT: its export as 'CVAT for images 1.1'; the XML file or the folder that holds it."""
    _must_exist(source)
    from trigpoint.datasets.cvat import read_cvat

    base = source if source.is_dir() else source.parent
    if options["images"] is None and (base / "images").is_dir():
        options["images"] = base / "images"
    root = options["images"] or base
    _write(lambda complaints, _: read_cvat(source, options["images"], complaints), root, options)


def _must_exist(source: Path) -> None:
    if not source.exists():
        raise NotFound(f"there is no {source}")


def _beside(source: Path, options: dict[str, Any]) -> Path:
    """Where the images lie that a file names: --images, or else the file's own folder."""
    if options["upload"] and options["images"] is None:
        raise Invalid("--upload needs --images FOLDER: the file does not say where the images lie")
    chosen: Path | None = options["images"]
    return chosen or source.parent


@convert.command("manifest", short_help="A manifest into Pascal VOC, COCO or YOLO.")
@click.argument("source", metavar="MANIFEST")
@click.option(
    "--to", "target_format", type=click.Choice(["voc", "coco", "yolo"]), required=True, help="The format."
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="The folder (coco: the JSON file)."
)
@click.option("--attribute", help="The label attribute [default: the only one].")
@click.option("--prefix", help="What is cut off source-refs to make paths [default: what all share].")
@click.option(
    "--classes", metavar="NAMES", help="Names of the class ids, where the manifest's class-map has none."
)
@click.option(
    "--skip-bad", is_flag=True, help="Leave out what cannot be used, and count it, instead of stopping."
)
@reports_errors
def from_manifest(
    source: str,
    target_format: str,
    output: Path,
    attribute: str | None,
    prefix: str | None,
    classes: str | None,
    skip_bad: bool,
) -> None:
    """An augmented manifest with boxes into Pascal VOC, COCO or YOLO. Images are not copied."""
    from trigpoint.datasets.conversion import Reading, read_manifest
    from trigpoint.datasets.model import Complaints
    from trigpoint.datasets.places import Places

    complaints = Complaints(skip_bad)
    names = _names(classes)
    with bar("reading"):
        labeled = read_manifest(
            source, Reading(attribute, prefix, names=tuple(names or ())), Places(), complaints
        )
    if not labeled.images:
        raise Invalid(f"{source} has no images with this label")
    if any(image.boxes is None for image in labeled.images):
        raise Invalid(f"{source}: the label is a classification; {target_format} is written of boxes only")
    _export(labeled, target_format, output)
    put_skipped(complaints)
    _tell(labeled, output)


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
