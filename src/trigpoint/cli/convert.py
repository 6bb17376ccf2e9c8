"""`trigpoint convert ...`: labeled images of other tools into an augmented manifest, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from trigpoint.cli.convert_manifest import from_manifest
from trigpoint.cli.convert_writing import write_manifest, writes_manifest
from trigpoint.cli.options import reports_errors
from trigpoint.core.errors import Invalid, NotFound


@click.group()
def convert() -> None:
    """Turn labeled images of other tools into an augmented manifest, and back.

    The manifest is written as Ground Truth writes it, so that labeling and training jobs accept it:

    \b
      trigpoint convert voc BCCD --images-uri s3://cells/images --upload \\
        -o bccd.manifest
    """


@convert.command(short_help="Pascal VOC: Annotations/*.xml and JPEGImages/.")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--subset", metavar="NAME", help="Only the images of ImageSets/Main/NAME.txt, in its order.")
@writes_manifest
@reports_errors
def voc(source: Path, subset: str | None, **options: Any) -> None:
    """Pascal VOC: a folder with Annotations/*.xml and JPEGImages/."""
    _must_exist(source)
    from trigpoint.datasets.voc import read_voc
    from trigpoint.datasets.voc_files import images_of

    root = options["images"] or images_of(source)
    write_manifest(
        lambda complaints, _: read_voc(source, root, complaints, subset, options["exif"]), root, options
    )


@convert.command(short_help="COCO: the JSON file of the instances.")
@click.argument("source", type=click.Path(path_type=Path))
@writes_manifest
@reports_errors
def coco(source: Path, **options: Any) -> None:
    """COCO: the JSON file of the instances."""
    _must_exist(source)
    from trigpoint.datasets.coco import read_coco

    root = _image_folder(source, options)
    write_manifest(
        lambda complaints, _: read_coco(source, options["images"], complaints, options["exif"]), root, options
    )


@convert.command(short_help="YOLO: images/, labels/ and data.yaml.")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--subset", metavar="NAME", help="Only the images of a split, such as train, val or test.")
@writes_manifest
@reports_errors
def yolo(source: Path, subset: str | None, **options: Any) -> None:
    """YOLO: a folder with images/, labels/ and data.yaml or classes.txt."""
    _must_exist(source)
    from trigpoint.datasets.yolo import read_yolo
    from trigpoint.datasets.yolo_layout import images_of

    root = options["images"] or images_of(source)
    write_manifest(
        lambda complaints, names: read_yolo(
            source, options["images"], complaints, names, options["exif"], subset
        ),
        root,
        options,
    )


@convert.command(short_help="Tables: a .csv, or a .lst of im2rec.")
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="MEANING=NAME",
    help="The column of a meaning, like image=photo; meanings: image, class, class_id, x1, y1, x2, y2, "
    "x_center, y_center, box_width, box_height, width, height.",
)
@writes_manifest
@reports_errors
def csv(source: Path, columns: tuple[str, ...], **options: Any) -> None:
    """Tables: a .csv with one row per box or per image, or a .lst of im2rec.

    Columns are found by their names in the first row (filename, class, xmin, ymin, xmax, ymax and the like);
    without names, two columns are image and class, six are image, x1, y1, x2, y2, class.
    """
    _must_exist(source)
    from trigpoint.datasets.table import read_table

    root = options["images"] or source.parent
    chosen = dict(_pair(each) for each in columns)
    write_manifest(
        lambda complaints, names: read_table(source, root, complaints, chosen, names, options["exif"]),
        root,
        options,
    )


def _pair(text: str) -> tuple[str, str]:
    meaning, _, name = text.partition("=")
    if not meaning or not name:
        raise Invalid(f"--column {text}: MEANING=NAME is needed, like image=photo")
    return meaning.strip(), name.strip()


@convert.command(short_help="One folder per class: SOURCE/cat/1.jpg is a cat.")
@click.argument("source", type=click.Path(path_type=Path))
@writes_manifest
@reports_errors
def folder(source: Path, **options: Any) -> None:
    """One folder per class: SOURCE/cat/1.jpg is a cat."""
    _must_exist(source)
    from trigpoint.datasets.folder import read_folder

    if options["images"]:
        raise Invalid("--images has no effect here: the images are in SOURCE itself; remove it")
    if options["exif"]:
        raise Invalid("--exif has no effect here: classes do not depend on how a photo is turned; remove it")
    write_manifest(lambda complaints, names: read_folder(source), source, options)


@convert.command(short_help="Label Studio: its JSON export.")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--tag", metavar="NAME", help="Only the answers of this tag of the labeling template.")
@writes_manifest
@reports_errors
def labelstudio(source: Path, tag: str | None, **options: Any) -> None:
    """Label Studio: its export as JSON or JSON-MIN, with rectangles or choices."""
    _must_exist(source)
    from trigpoint.datasets.label_studio import read_label_studio

    root = _image_folder(source, options)
    write_manifest(
        lambda complaints, _: read_label_studio(source, options["images"], complaints, tag, options["exif"]),
        root,
        options,
    )


@convert.command(short_help="CVAT: its XML for images.")
@click.argument("source", type=click.Path(path_type=Path))
@writes_manifest
@reports_errors
def cvat(source: Path, **options: Any) -> None:
    """CVAT: its export as 'CVAT for images 1.1'; the XML file or its folder."""
    _must_exist(source)
    from trigpoint.datasets.cvat import read_cvat

    base = source if source.is_dir() else source.parent
    if options["images"] is None and (base / "images").is_dir():
        options["images"] = base / "images"
    root = options["images"] or base
    write_manifest(
        lambda complaints, _: read_cvat(source, options["images"], complaints, options["exif"]), root, options
    )


def _must_exist(source: Path) -> None:
    if not source.exists():
        raise NotFound(f"no file or folder {source}")


def _image_folder(source: Path, options: dict[str, Any]) -> Path:
    """The folder of the images that a file names: --images, or else the file's own folder."""
    if options["upload"] and options["images"] is None:
        raise Invalid("--upload needs --images FOLDER: the file does not name the folder of the images")
    chosen: Path | None = options["images"]
    return chosen or source.parent


convert.add_command(from_manifest)
