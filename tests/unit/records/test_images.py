"""Every reader of images makes the same pixels of them, reads the same header, and refuses the same files."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from trigpoint.algorithms.images import UndecodableImage, decode_rgb
from trigpoint.core.errors import Invalid
from trigpoint.datasets.model import Complaints
from trigpoint.datasets.pack_items import PackedItem
from trigpoint.datasets.packing import PackOptions, pack, records_of
from trigpoint.datasets.places import Places
from trigpoint.loaders.pixels import decode
from trigpoint.records.images.head import read_head
from trigpoint.records.images.opening import UnreadableImage

SIZE = (64, 32)
RAMP = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (32, 1))
COLOURS = np.dstack([RAMP, RAMP[:, ::-1], np.full_like(RAMP, 90)])
DEEP = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (32, 1))


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def grey(pixels: np.ndarray[Any, Any] = RAMP) -> np.ndarray[Any, Any]:
    return np.dstack([pixels] * 3)


def palette() -> Image.Image:
    image = Image.fromarray(RAMP).convert("P")
    image.putpalette([value for k in range(256) for value in (k, 255 - k, 90)])
    image.putdata(RAMP.ravel().tolist())
    return image


def with_alpha(mode: str) -> Image.Image:
    image = Image.fromarray(RAMP if mode == "LA" else COLOURS).convert(mode)
    image.putalpha(Image.fromarray(RAMP[:, ::-1]))
    return image


CMYK = Image.merge(
    "CMYK", [Image.fromarray(band) for band in (255 - RAMP, RAMP, np.full_like(RAMP, 165), RAMP * 0)]
)
WHITE_LEFT = Image.fromarray(np.where(RAMP < 128, 255, 0).astype(np.uint8)).convert("1")

KINDS: dict[str, tuple[bytes, np.ndarray[Any, Any]]] = {
    "16-bit grey PNG": (encoded(Image.fromarray(DEEP), "PNG"), grey(DEEP >> 8)),
    "16-bit grey TIFF": (encoded(Image.fromarray(DEEP), "TIFF"), grey(DEEP >> 8)),
    "16-bit grey PGM": (encoded(Image.fromarray(DEEP), "PPM"), grey(DEEP >> 8)),
    "big-endian 16-bit TIFF": (encoded(Image.fromarray(DEEP.astype(">u2")), "TIFF"), grey(DEEP >> 8)),
    "32-bit integer TIFF": (encoded(Image.fromarray(DEEP.astype(np.int32) * 2 - 1000), "TIFF"), grey(np.clip(DEEP.astype(np.int32) * 2 - 1000, 0, 65535) >> 8)),
    "floating point TIFF": (encoded(Image.fromarray(RAMP.astype(np.float32) / 51 - 2), "TIFF"), grey()),
    "grey PNG": (encoded(Image.fromarray(RAMP), "PNG"), grey()),
    "1-bit PNG": (encoded(WHITE_LEFT, "PNG"), grey(np.where(RAMP < 128, 255, 0))),
    "palette PNG": (encoded(palette(), "PNG"), COLOURS),
    "palette PNG with a transparent colour": (encoded(palette(), "PNG", transparency=3), COLOURS),
    "palette PNG with an alpha per colour": (encoded(palette(), "PNG", transparency=bytes(range(256))), COLOURS),
    "grey PNG with a transparent value": (encoded(Image.fromarray(RAMP), "PNG", transparency=7), grey()),
    "RGB PNG with a transparent colour": (encoded(Image.fromarray(COLOURS), "PNG", transparency=(0, 255, 90)), COLOURS),
    "grey PNG with alpha": (encoded(with_alpha("LA"), "PNG"), grey()),
    "RGBA PNG": (encoded(with_alpha("RGBA"), "PNG"), COLOURS),
    "RGBA WebP": (encoded(with_alpha("RGBA"), "WEBP", lossless=True, exact=True), COLOURS),
    "CMYK TIFF": (encoded(CMYK, "TIFF"), COLOURS),
    "CMYK JPEG with Adobe's inverted values": (encoded(CMYK, "JPEG", quality=100), COLOURS),
    "grey JPEG": (encoded(Image.fromarray(RAMP), "JPEG", quality=100), grey()),
    "RGB JPEG": (encoded(Image.fromarray(COLOURS), "JPEG", quality=100, subsampling=0), COLOURS),
    "BMP": (encoded(Image.fromarray(COLOURS), "BMP"), COLOURS),
    "the first picture of an animation": (
        encoded(Image.fromarray(RAMP), "GIF", save_all=True, append_images=[Image.fromarray(255 - RAMP)]),
        grey(),
    ),
}  # fmt: skip


def by_training(data: bytes, _folder: Path) -> np.ndarray[Any, Any]:
    image, size = decode_rgb(data)
    assert size == SIZE
    return np.asarray(image)


def by_stream(data: bytes, _folder: Path) -> np.ndarray[Any, Any]:
    size, pixels = decode(data, (32, 64), reduced=True)
    assert size == SIZE[::-1]
    return pixels


def packed(data: bytes, folder: Path, options: PackOptions) -> bytes:
    (folder / "picture").write_bytes(data)
    item = PackedItem("here", 0, str(folder / "picture"), 1.0)
    pack([item], folder / "one.rec", options, Places(), Complaints(skip=False))
    return next(records_of(str(folder / "one.rec"), Places()))[1]


def by_packing(data: bytes, folder: Path) -> np.ndarray[Any, Any]:
    return by_training(packed(data, folder, PackOptions()), folder)


def by_packing_resized(data: bytes, folder: Path) -> np.ndarray[Any, Any]:
    return by_training(packed(data, folder, PackOptions(resize=32, quality=95)), folder)


READERS: dict[str, tuple[Callable[[bytes, Path], np.ndarray[Any, Any]], int]] = {
    "training": (by_training, 3),
    "trigpoint.stream": (by_stream, 3),
    "recordio pack": (by_packing, 3),
    "recordio pack --resize": (by_packing_resized, 40),  # JPEG blurs the colours at edges
}


@pytest.mark.parametrize(("read", "tolerance"), READERS.values(), ids=READERS.keys())
@pytest.mark.parametrize(("data", "pixels"), KINDS.values(), ids=KINDS.keys())
def test_every_reader_gives_the_same_pixels_of_every_kind_of_image(
    data: bytes,
    pixels: np.ndarray[Any, Any],
    read: Callable[[bytes, Path], np.ndarray[Any, Any]],
    tolerance: int,
    tmp_path: Path,
) -> None:
    difference = np.abs(read(data, tmp_path).astype(int) - pixels.astype(int))
    assert difference.max() <= tolerance and difference.mean() <= 3


@pytest.mark.parametrize("read", [read for read, _ in READERS.values()], ids=READERS.keys())
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>404</html>",
        KINDS["RGB JPEG"][0][:400],
        KINDS["RGBA PNG"][0][:90],
        encoded(Image.fromarray(np.full((4, 4), np.nan, np.float32)), "TIFF"),
        encoded(Image.new("1", (10_001, 10_000)), "PNG"),
        encoded(Image.new("RGB", (9, 9)), "ICO"),
    ],
    ids=["empty", "text", "cut JPEG", "cut PNG", "no numbers", "too many pixels", "a rare format"],
)
def test_every_reader_refuses_the_same_files_with_a_reason(
    data: bytes, read: Callable[[bytes, Path], np.ndarray[Any, Any]], tmp_path: Path
) -> None:
    with pytest.raises((UndecodableImage, Invalid), match=r"\w"):
        read(data, tmp_path)


def test_a_jpeg_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    small = KINDS["RGB JPEG"][0]
    place = small.index(b"\xff\xc0") + 5
    huge = small[:place] + (20_000).to_bytes(2) * 2 + small[place + 4 :]
    with pytest.raises(UnreadableImage, match="100 million"):
        decode(huge, (32, 64), reduced=True)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_header_has_the_stored_size_and_the_orientation(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(Image.fromarray(COLOURS), kind, exif=exif)
    head = read_head(data)
    assert (head.size.width, head.size.height, head.orientation) == (*SIZE, orientation)
    assert np.asarray(decode_rgb(data)[0]).shape == (32, 64, 3)


def test_the_size_of_a_turned_tiff_is_that_of_the_pixels_that_pillow_gives() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(Image.fromarray(COLOURS), "TIFF", exif=exif)
    head, (image, size) = read_head(data), decode_rgb(data)
    assert (head.size.width, head.size.height) == image.size == size and head.orientation == 1


@pytest.mark.parametrize("value", [0, 9, 3000])
def test_an_orientation_that_does_not_exist_is_none(value: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = value
    assert read_head(encoded(Image.fromarray(COLOURS), "JPEG", exif=exif)).orientation == 1


def test_damaged_exif_data_do_not_make_an_image_unreadable() -> None:
    data = encoded(Image.fromarray(COLOURS), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert read_head(data).orientation == 1
