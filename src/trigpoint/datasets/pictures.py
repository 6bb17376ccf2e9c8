"""The images that the entries of a source mean: found by name, and compared with what the entry says of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

from trigpoint.core.errors import Invalid
from trigpoint.datasets.image_files import ImageFolder
from trigpoint.datasets.model import BadEntry, LabeledImage
from trigpoint.datasets.places import is_uri
from trigpoint.datasets.stored_pixels import Frame, frame_of, on_stored_pixels, undecided
from trigpoint.records.labels.image_size import ImageSize

NO_IMAGE = "no such image"
OTHER_SIZE = "other size than the image"
SEVERAL_IMAGES = "several images fit"
UNKNOWN_FRAME = "EXIF orientation, and no --exif"


class Pictures:
    """Finds images and puts boxes on their stored pixels.

    With a folder, every image must be in it. Without one, only the names count; images that are at their
    name below `near`, where the source is, are compared all the same.
    """

    def __init__(self, folder: Path | None, near: Path, frame: Frame | None = None) -> None:
        self.must_exist = folder is not None
        self.folder = ImageFolder(folder or near)
        self._frame = frame
        self._unseen = 0

    def find(self, name: str, where: str, stem: str | None = None) -> str:
        """The image's name in the folder, or the name with forward slashes where there is no folder.

        stem: the name without extension of an image to take when there is none with that name.
        where: the place of the name in the source, for errors.
        Raises: BadEntry: no such image, or several.
        """
        if is_uri(name):
            return name
        if not self.must_exist:
            return _relative(name, where)
        try:
            found = self.folder.find(name, stem)
        except Invalid as problem:
            raise BadEntry(where, problem.message, SEVERAL_IMAGES) from None
        if found is None:
            raise BadEntry(where, f"there is no image {name} in {self.folder.root}", NO_IMAGE)
        return found

    def placed(self, image: LabeledImage) -> LabeledImage:
        """The image with the size of its stored pixels and its boxes on them.

        `image.size` is the size in the source, None for unknown; it must be known where the image cannot be read.
        Raises: BadEntry: another size; an EXIF orientation that may or may not have been applied. Invalid: no image.
        """
        if not self.is_readable(image.image):
            self._unseen += 1
            if image.size is None:
                raise BadEntry(
                    image.where, "width and height are missing; name the folder of the images with --images"
                )
            return image
        header = self.folder.header(image.image)
        where = f"{image.where}: {image.image}"
        try:
            frame = frame_of(image.size, header, self._frame, image.boxes or ())
        except Invalid as problem:
            raise BadEntry(where, problem.message, OTHER_SIZE) from None
        if frame is None and image.boxes:
            raise BadEntry(where, undecided(header).message, UNKNOWN_FRAME)
        boxes = on_stored_pixels(image.boxes or (), header) if frame == "shown" else image.boxes
        return replace(image, size=header.size, boxes=None if image.boxes is None else boxes)

    def size_of_fractions(self, name: str, where: str) -> ImageSize:
        """The size of which the fractions in a label are parts; the boxes are those of `placed` with this size.

        Raises: BadEntry: the photo has an EXIF orientation, and no frame was chosen. Invalid: no image.
        """
        header = self.folder.header(name)
        frame = frame_of(None, header, self._frame)
        if frame is None:
            raise BadEntry(f"{where}: {name}", undecided(header).message, UNKNOWN_FRAME)
        return header.size if frame == "stored" else header.shown

    def notes(self) -> list[str]:
        """What a person should know about images that were not found, where they need not exist."""
        if not self._unseen:
            return []
        return [
            f"images that are not in {self.folder.root}, so that their sizes were not compared with the labels "
            f"(--images names their folder): {self._unseen}"
        ]

    def is_readable(self, name: str) -> bool:
        """True for a name that is that of a file, or must be."""
        return not is_uri(name) and (self.must_exist or self.folder.has(name))


def _relative(name: str, where: str) -> str:
    """The name with forward slashes. An absolute path stays absolute."""
    path = PurePosixPath(name.replace("\\", "/"))
    if not path.name or ".." in path.parts or path.parts[0][1:2] == ":" or "://" in name:
        raise BadEntry(
            where,
            f"{name} is not below the folder of the source; name the folder of the images with --images",
            NO_IMAGE,
        )
    return str(path)
