"""YOLO: one text file per image, one box per line: class, centre x, centre y, width, height, as fractions of the image.

The labels are in labels/ next to images/ under the same relative name, or next to the images themselves. The class
names are in data.yaml (`names`), classes.txt or obj.names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from trigpoint.core.errors import Invalid, NotFound
from trigpoint.datasets.image_files import ImageFolder
from trigpoint.datasets.model import BadEntry, Complaints, LabeledImage, LabeledSet
from trigpoint.datasets.text_file import read_lines, read_text
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize

_NAME_FILES = ("data.yaml", "data.yml", "dataset.yaml", "classes.txt", "obj.names", "labels/classes.txt")


def read_yolo(
    source: Path, images: Path | None, complaints: Complaints, names: Sequence[str] | None = None
) -> LabeledSet:
    """The set of a folder; an image without a label file has no boxes, as in YOLO.

    Raises: NotFound: no class names, or no images. BadEntry: by way of `complaints`.
    """
    class_names = list(names) if names else read_names(source)
    root = images or images_of(source)
    folder = ImageFolder(root)
    labels = source / "labels" if (source / "labels").is_dir() else source if images else root
    found = []
    for name in folder.all():
        path = labels / Path(name).with_suffix(".txt")
        try:
            found.append(_image(name, path, folder, class_names))
        except Invalid as problem:
            complaints.add(problem if isinstance(problem, BadEntry) else BadEntry(str(path), problem.message))
    if not found and not complaints.skipped:
        hint = "" if images else "; name the folder of the images with --images"
        raise NotFound(f"{root} has no images{hint}")
    return LabeledSet(found, class_names)


def images_of(source: Path) -> Path:
    """The folder of a set's images, by convention."""
    return source / "images" if (source / "images").is_dir() else source


def _image(name: str, path: Path, folder: ImageFolder, class_names: Sequence[str]) -> LabeledImage:
    size = folder.size(name)
    lines = read_lines(path) if path.is_file() else []
    boxes = [
        _box(line, f"{path}, line {number}", size, class_names)
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    return LabeledImage(str(path), name, size, tuple(boxes))


def _box(line: str, where: str, size: ImageSize, class_names: Sequence[str]) -> Box:
    fields = line.split()
    if len(fields) not in (5, 6):
        what = "a polygon; only boxes are converted" if len(fields) > 6 and len(fields) % 2 else "wrong"
        raise BadEntry(where, f"class, x, y, width and height are needed; {len(fields)} numbers are {what}")
    try:
        values = [float(field) for field in fields]
    except ValueError as problem:
        raise BadEntry(where, str(problem)) from None
    class_id, x, y, width, height = values[:5]
    if not class_id.is_integer() or not 0 <= class_id < len(class_names):
        raise BadEntry(where, f"class {fields[0]} is not among the {len(class_names)} classes")
    if not all(-1 <= value <= 2 for value in (x, y, width, height)) or width < 0 or height < 0:
        raise BadEntry(
            where, f"x, y, width and height must be fractions of the image, not {' '.join(fields[1:5])}"
        )
    return Box(
        class_names[int(class_id)],
        (x - width / 2) * size.width,
        (y - height / 2) * size.height,
        width * size.width,
        height * size.height,
        values[5] if len(values) == 6 else 1.0,
    )


def read_names(source: Path) -> list[str]:
    """The class names of a folder, in the order of their ids.

    Raises: NotFound: no file has them. Invalid: `names` cannot be parsed.
    """
    for name in _NAME_FILES:
        path = source / name
        if path.is_file():
            text = read_text(path)
            return _names_of_yaml(text, path) if path.suffix in (".yaml", ".yml") else _lines(text)
    raise NotFound(
        f"{source} has no data.yaml, classes.txt or obj.names with the class names; name them with --classes"
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


_KEY = re.compile(r"^names[ \t]*:[ \t]*", re.MULTILINE)
_QUOTED = r'"(?:\\.|[^"\\])*"|\'(?:\'\'|[^\'])*\''
_ENTRY = re.compile(rf"^\s*(?:-\s+|(\d+)\s*:\s+)({_QUOTED}|.+?)\s*(?:\s#.*)?$")
_INLINE = re.compile(rf"(?:(\d+)\s*:\s*)?({_QUOTED}|[^,\[\]{{}}\s](?:[^,\[\]{{}}\n]*[^,\[\]{{}}\s])?)")


def _names_of_yaml(text: str, path: Path) -> list[str]:
    """`names` in every form that data.yaml uses: [a, b], {0: a}, a list of lines, lines of `id: name`."""
    found = _KEY.search(text)
    if found is None:
        raise Invalid(f"{path}: has no names")
    rest = text[found.end() :]
    entries = _inline(rest) if rest[:1] in ("[", "{") else _block(rest)
    names = {int(number) if number else k: _unquoted(name, path) for k, (number, name) in enumerate(entries)}
    if sorted(names) != list(range(len(entries))):
        raise Invalid(f"{path}: names must be a list, or go from 0 to the last class without a gap")
    return [names[each] for each in sorted(names)]


def _block(rest: str) -> list[tuple[str, str]]:
    """(id or "", name) of the indented lines that follow."""
    first, *lines = rest.splitlines() or [""]
    if first.partition("#")[0].strip():
        return []
    entries = []
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        entry = _ENTRY.match(line)
        if entry is None:
            break
        entries.append((entry[1] or "", entry[2]))
    return entries


def _inline(rest: str) -> list[tuple[str, str]]:
    """(id or "", name) of the entries in brackets or braces."""
    close = "]" if rest[0] == "[" else "}"
    entries: list[tuple[str, str]] = []
    place = 1
    while place < len(rest) and rest[place] != close:
        entry = _INLINE.match(rest, place)
        if entry is None:
            place += 1
        else:
            entries.append((entry[1] or "", entry[2]) if close == "}" else ("", entry[0]))
            place = entry.end()
    return entries


def _unquoted(text: str, path: Path) -> str:
    if text.startswith('"'):
        try:
            return str(json.loads(text))
        except ValueError:
            raise Invalid(f"{path}: names: {text[:60]} cannot be parsed") from None
    return text[1:-1].replace("''", "'") if text.startswith("'") else text


def write_yolo(images: Iterable[LabeledImage], class_names: Sequence[str], target: Path) -> Iterator[Path]:
    """Writes labels/<name>.txt for each image, and data.yaml; yields each path. Images are not copied.

    Raises: Invalid: an image without boxes or size, or two images with one name.
    """
    ids = {name: number for number, name in enumerate(class_names)}
    written: dict[Path, str] = {}
    for image in images:
        if image.boxes is None or image.size is None:
            raise Invalid(f"{image.where}: YOLO needs boxes and the size of the image")
        path = target / "labels" / Path(image.image).with_suffix(".txt")
        if path in written:
            raise Invalid(f"{image.where}: the name {path.name} was taken by {written[path]}")
        written[path] = image.where
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(_line(box, image.size, ids) for box in image.boxes))
        yield path
    names = "".join(
        f"  {number}: {json.dumps(name, ensure_ascii=False)}\n" for number, name in enumerate(class_names)
    )
    block = f"\n{names}" if names else " []\n"
    target.mkdir(parents=True, exist_ok=True)
    (target / "data.yaml").write_text(f"path: .\ntrain: images\nval: images\nnames:{block}")


def _line(box: Box, size: ImageSize, ids: dict[str, int]) -> str:
    numbers = (
        (box.left + box.width / 2) / size.width,
        (box.top + box.height / 2) / size.height,
        box.width / size.width,
        box.height / size.height,
    )
    return f"{ids[box.class_name]} " + " ".join(f"{value:.12g}" for value in numbers) + "\n"
