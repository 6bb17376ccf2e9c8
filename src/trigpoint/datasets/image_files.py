"""The image files of a folder: their headers, and the file that a name refers to."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path, PurePosixPath

from trigpoint.core.errors import Invalid, NotFound
from trigpoint.datasets.image_header import ImageHeader, image_header
from trigpoint.datasets.path_matching import PathIndex
from trigpoint.datasets.places import Places
from trigpoint.datasets.set_files import files_below, is_hidden
from trigpoint.records.labels.image_size import ImageSize

EXTENSIONS = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".gif", ".tif", ".tiff")
CONTENT_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".bmp": "image/bmp",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}


def content_type(name: str) -> str:
    return CONTENT_TYPES.get(Path(name).suffix.lower(), "application/octet-stream")


class ImageFolder:
    """The images below a folder, without hidden files. Names are paths relative to it, with forward slashes."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise NotFound(f"there is no folder of images {root}; name it with --images")
        self.root = root
        self._places = Places()
        self._header: tuple[str, ImageHeader] | None = None

    def has(self, name: str) -> bool:
        """True for the relative name of a file below the folder that is not hidden."""
        inside = not Path(name).is_absolute() and ".." not in Path(name).parts
        try:
            return bool(name) and inside and not is_hidden(name) and (self.root / name).is_file()
        except OSError:  # such as a name that is too long for the file system
            return False

    def find(self, name: str, stem: str | None = None) -> str | None:
        """The image that a name from any computer means, or else the one with that stem, whatever its extension.

        The name may be a longer path than the image's below the root, or a shorter one: the longest path that
        fits counts (`path_matching`). The stem may have folders too.
        Raises: Invalid: several images fit equally well.
        """
        if found := self.fitting(name):
            return self._only(name, found)
        return self._only(stem, self.of_stem(stem)) if stem else None

    def fitting(self, name: str) -> list[str]:
        """The images that fit a name best, several if they fit equally well."""
        return [PurePosixPath(name).as_posix()] if self.has(name) else self._by_name.best(name)

    def of_stem(self, stem: str) -> list[str]:
        """The images that fit a name without extension best."""
        return self._by_stem.best(stem)

    def _only(self, name: str, found: list[str]) -> str | None:
        if len(found) > 1:
            raise Invalid(
                f"{name} fits {len(found)} images in {self.root}, such as {found[0]} and {found[1]}; "
                "name its folder too"
            )
        return found[0] if found else None

    def all(self) -> list[str]:
        """All images below the folder, sorted."""
        return [name for name in self._files if PurePosixPath(name).suffix.lower() in EXTENSIONS]

    def others(self) -> list[str]:
        """All files below the folder that have no extension of an image, sorted. Hidden files are none of them."""
        return [name for name in self._files if PurePosixPath(name).suffix.lower() not in EXTENSIONS]

    @cached_property
    def _files(self) -> list[str]:
        return files_below(self.root)

    @cached_property
    def _by_name(self) -> PathIndex:
        return PathIndex((name, name) for name in self._files)

    @cached_property
    def _by_stem(self) -> PathIndex:
        return PathIndex((name, str(PurePosixPath(name).with_suffix(""))) for name in self.all())

    def header(self, name: str) -> ImageHeader:
        """Size and EXIF orientation of an image. Raises: Invalid: not an image. NotFound."""
        if self._header is None or self._header[0] != name:  # readers ask twice for the same image
            self._header = name, image_header(self._places, str(self.root / name))
        return self._header[1]

    def size(self, name: str) -> ImageSize:
        """The size of an image. Raises: Invalid: not an image. NotFound."""
        return self.header(name).size
