"""The image files of a folder: their sizes, and the file that a name refers to."""

from __future__ import annotations

from pathlib import Path

from trigpoint.core.errors import NotFound
from trigpoint.datasets.image_header import image_size
from trigpoint.datasets.places import Places
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
    """The images below a folder. Names are paths relative to it, with forward slashes."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise NotFound(f"there is no folder of images {root}; name it with --images")
        self.root = root
        self._places = Places()
        self._by_stem: dict[str, str] | None = None

    def find(self, name: str, stem: str | None = None) -> str | None:
        """The image with that relative name, or else the one with that stem, whatever its extension.

        A name that leads out of the folder finds nothing.
        """
        inside = not Path(name).is_absolute() and ".." not in Path(name).parts
        if name and inside and (self.root / name).is_file():
            return name
        return None if stem is None else self._stems().get(stem)

    def all(self) -> list[str]:
        """All images below the folder, sorted."""
        return sorted(
            path.relative_to(self.root).as_posix()
            for path in self.root.rglob("*")
            if path.suffix.lower() in EXTENSIONS and path.is_file()
        )

    def size(self, name: str) -> ImageSize:
        """The size of an image. Raises: Invalid: not an image. NotFound."""
        return image_size(self._places, str(self.root / name))

    def _stems(self) -> dict[str, str]:
        if self._by_stem is None:
            self._by_stem = {
                path.stem: path.name
                for path in sorted(self.root.iterdir(), reverse=True)
                if path.suffix.lower() in EXTENSIONS
            }
        return self._by_stem
