"""Bad input: the errors of every reader, with file, line and attribute, and the memory that it takes.

The readers are: records; batches of images, for numpy and for torch; a training job's Pipe channel; and
`trigpoint manifest validate`. tests/flows/test_bad_input_training.py tests the errors of jobs,
test_faulty_stores.py tests stores that fail.
"""

from __future__ import annotations

import gzip
import json
import warnings
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from helpers.labeled_sets import trigpoint
from helpers.peak_memory import needs_proc, run_measured
from helpers.photos import photo
from trigpoint.core.errors import Invalid, NotFound, TrigpointError
from trigpoint.stream import AugmentedManifest, ImageBatches, Objects, SkippedImage, StreamError, TorchImages
from trigpoint.streaming.stage import close_files
from trigpoint.training.channels import DataError, PipeSource
from trigpoint.training.model import Channel

ATTRIBUTES = ["source-ref", "boxes"]
BOXES = '{"annotations":[{"class_id":0,"left":1,"top":2,"width":3,"height":4}]}'
BOM = b"\xef\xbb\xbf"


def line(image: str = "1.jpg", boxes: str = BOXES) -> bytes:
    return f'{{"source-ref":"SET/{image}","boxes":{boxes}}}\n'.encode()


GOOD = line("0.jpg")


@dataclass(frozen=True)
class Case:
    """A manifest, in which SET is the folder of the objects, and the error of each reader.

    A text is the error after the name of the manifest; MANIFEST and SET are replaced in it. A number is the
    count of records that are read without an error. `images` and `validate` default to `records`.
    """

    manifest: bytes | None
    records: str | int
    pipe: str | int
    images: str | int | None = None
    validate: str | None = None
    objects: dict[str, bytes | int] = field(default_factory=dict)

    def said(self, way: str) -> str | int:
        if way in ("images", "torch"):
            return self.records if self.images is None else self.images
        if way == "validate" and self.validate is not None:
            return self.validate
        return self.pipe if way == "pipe" else self.records


NO_URI = "must be the URI of an object, like s3://bucket/key, not"

CASES = {
    "broken JSON": Case(GOOD + b'{"source-ref": \n', ", line 2: not valid JSON at column 16: Expecting value", "line 2: not valid JSON at column 16: Expecting value"),
    "no JSON object": Case(GOOD + b"[1]\n", ", line 2: a JSON object is needed, like {...}, not [1]", "line 2: a JSON object is needed, like {...}, not [1]"),
    "not UTF-8": Case(GOOD + line("\xff.jpg").decode().encode("latin-1"), ", line 2: not UTF-8 at byte ", "line 2: not UTF-8 at byte "),
    "an empty line": Case(GOOD + b"\n" + GOOD, ", line 2: the line is empty; remove it, or put a JSON object there", "line 2: the line is empty; remove it, or put a JSON object there"),
    "a missing attribute": Case(GOOD + b'{"source-ref":"SET/1.jpg"}\n', ", line 2: has no attribute 'boxes'; it has 'source-ref'", "line 2: has no attribute 'boxes'; it has 'source-ref'", validate=", line 2: attribute 'boxes': is missing; it has 'source-ref'"),
    "another case": Case(GOOD + line().replace(b"boxes", b"Boxes"), ", line 2: has no attribute 'boxes'; names are case-sensitive, it has 'Boxes'", "line 2: has no attribute 'boxes'; names are case-sensitive, it has 'Boxes'", validate=", line 2: attribute 'boxes': is missing; names are case-sensitive, it has 'Boxes'"),
    "a number for a URI": Case(GOOD + b'{"source-ref":7,"boxes":{}}\n', ", line 2: attribute 'source-ref' must be the URI or path of an object, not 7", f"line 2: attribute 'source-ref' {NO_URI} 7", validate=f", line 2: attribute 'source-ref': {NO_URI} 7"),
    "a bucket for a URI": Case(GOOD + b'{"source-ref":"s3://b","boxes":{}}\n', ", line 2: attribute 'source-ref': 's3://b' names no object; it must look like s3://bucket/key", "line 2: attribute 'source-ref': cannot read s3://b: no object s3://b", validate=", line 2: attribute 'source-ref': 's3://b' names no object; it must look like s3://bucket/key"),
    "a NUL in a name": Case(GOOD + line("\\u0000"), ", line 2: attribute 'source-ref': 'SET/\\x00' cannot be the path of a file: it holds a NUL byte or is too long", "line 2: attribute 'source-ref': cannot read SET/\x00: no object SET/\x00", validate=", line 2: attribute 'source-ref': no file SET/"),
    "boxes that are none": Case(GOOD + line(boxes='"nonsense"'), 2, 2, images=", line 2, attribute 'boxes': no bounding boxes; it needs `annotations` with left, top, width and height", validate=", line 2: attribute 'boxes': must be an object, as on the lines with boxes, not "),
    "half a box": Case(GOOD + line(boxes='{"annotations":[{"left":1}]}'), 2, 2, images=", line 2, attribute 'boxes': no bounding boxes; it needs `annotations` with left, top, width and height", validate=", line 2: attribute 'boxes': "),
    "a missing object": Case(GOOD + line("none.jpg"), ", line 2, attribute 'source-ref': cannot read SET/none.jpg: there is no file SET/none.jpg", "line 2: attribute 'source-ref': cannot read SET/none.jpg: no object SET/none.jpg", validate=", line 2: attribute 'source-ref': no file SET/none.jpg"),
    "a folder for an object": Case(GOOD + line("folder"), ", line 2, attribute 'source-ref': cannot read SET/folder: SET/folder is a folder, not a file", "line 2: attribute 'source-ref': cannot read SET/folder: no object SET/folder", validate=", line 2: attribute 'source-ref': SET/folder is a folder; a file is needed"),
    "a truncated image": Case(GOOD + line(), 2, 2, images=", line 2, attribute 'source-ref': not a readable image: its 400 bytes are damaged or truncated: ", validate=", line 2: attribute 'source-ref': SET/1.jpg is a broken image", objects={"1.jpg": photo(1)[:400]}),
    "no image": Case(GOOD + line(), 2, 2, images=", line 2, attribute 'source-ref': not a readable image: its 18 bytes begin with b'<html>40', which is not a known image format", validate=", line 2: attribute 'source-ref': SET/1.jpg is not an image", objects={"1.jpg": b"<html>404</html>\r\n"}),
    "an empty object": Case(GOOD + line(), 2, 2, images=", line 2, attribute 'source-ref': not a readable image: the object is empty", validate=", line 2: attribute 'source-ref': SET/1.jpg is empty", objects={"1.jpg": b""}),
    "500 MB": Case(GOOD + line(), ", line 2, attribute 'source-ref': the object has 500,000,000 bytes, more than are read into memory; to read it, set largest_bytes=500000000", 2, validate=", line 2: attribute 'source-ref': SET/1.jpg has 476 MB; images of more than 256 MB are not read", objects={"1.jpg": 500_000_000}),
    "duplicate lines": Case(GOOD + GOOD, 2, 2, validate=", line 2: has the same object as line 1"),
    "an attribute twice": Case(GOOD + line().replace(b"}\n", b',"boxes":{"annotations":[]}}\n', 1), 2, 2, validate=", line 2: attribute 'boxes': occurs twice in the line; the last value counts"),
    "CRLF": Case(GOOD.replace(b"\n", b"\r\n") * 2, 2, 2, validate=""),
    "CR": Case(GOOD.replace(b"\n", b"\r") * 2, ", line 1: the lines end with CR only; save the file with LF or CRLF", "line 1: the lines end with CR only; save the file with LF or CRLF"),
    "a byte order mark": Case(BOM + GOOD + line(), 2, 2, validate=""),
    "UTF-16": Case(GOOD.decode().encode("utf-16"), ", line 1: the file is UTF-16; save it as UTF-8", "line 1: the file is UTF-16; save it as UTF-8"),
    "one JSON document": Case(json.dumps([json.loads(GOOD)], indent=1).encode(), ", line 1: not valid JSON at column 2: Expecting value; each line must hold one whole JSON object", "line 1: not valid JSON at column 2: Expecting value; each line must hold one whole JSON object"),
    "a list of objects": Case(b'[{"prefix": "s3://b/"}, "1.jpg"]', ", line 1: the file is a ManifestFile, which lists objects without labels, not an augmented manifest (JSON Lines in UTF-8)", "line 1: the file is a ManifestFile, which lists objects without labels, not an augmented manifest (JSON Lines in UTF-8)"),
    "an image": Case(photo(1), ", line 1: the file is a JPEG image, not an augmented manifest (JSON Lines in UTF-8)", "line 1: the file is a JPEG image, not an augmented manifest (JSON Lines in UTF-8)"),
    "half a gzip file": Case(gzip.compress(GOOD)[:-9], ", line 2: the manifest is not a whole gzip file: ", "line 2: the manifest is not a whole gzip file: ", validate=", line 1: the file is gzip data; decompress it first"),
    "9 MB in a line": Case(GOOD + line(boxes='"' + "x" * 9_000_000 + '"'), ", line 2: longer than 8388608 bytes; an augmented manifest has one JSON object per line", "line 2: longer than 8388608 bytes; an augmented manifest has one JSON object per line", validate=", line 2: longer than 8388608 bytes"),
    "an empty file": Case(b"", ": the manifest is empty: it has no lines", 0, validate=": the file is empty: it has no lines"),
    "a folder": Case(None, " is a folder; give the path of the manifest in it", "no object MANIFEST (channel train, MANIFEST)", validate=" is a folder; a file is needed"),
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """A case laid out in a folder; `place` is the prefix of its objects' names."""

    manifest: Path
    photos: Path
    place: str

    def reader(self) -> AugmentedManifest:
        return AugmentedManifest(self.manifest, ATTRIBUTES)

    def expected(self, text: str) -> str:
        return text.replace("SET", self.place).replace("MANIFEST", str(self.manifest))

    def open(self, uri: str) -> BinaryIO:
        """Opens objects as an object store does, without folders."""
        try:
            return open(uri.replace(self.place, str(self.photos)), "rb")  # noqa: PTH123  # pathlib refuses NUL
        except (OSError, ValueError):
            raise NotFound(f"no object {uri}") from None


def lay_out(case: Case, folder: Path, place: str | None = None) -> World:
    world = World(folder / "set.manifest", folder / "photos", place or str(folder / "photos"))
    (world.photos / "folder").mkdir(parents=True)
    for name, content in ({"0.jpg": photo(0), "1.jpg": photo(1)} | case.objects).items():
        with (world.photos / name).open("wb") as file:
            if isinstance(content, int):
                file.truncate(content)  # uses no disk space
            else:
                file.write(content)
    if case.manifest is None:
        world.manifest.mkdir()
    else:
        world.manifest.write_bytes(case.manifest.replace(b"SET", world.place.encode()))
    return world


def read_records(world: World) -> int:
    return sum(1 for _ in world.reader())


def read_images(world: World) -> int:
    return sum(len(batch["images"]) for batch in ImageBatches(world.reader(), size=8, boxes=["boxes"]))


def read_tensors(world: World) -> int:
    return sum(len(batch["images"]) for batch in TorchImages(world.reader(), size=8, boxes=["boxes"]))


WAYS: dict[str, Callable[[World], int]] = {
    "records": read_records,
    "images": read_images,
    "torch": read_tensors,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", CASES)
def test_the_error_of_a_reader_names_file_line_and_attribute(tmp_path: Path, name: str, way: str) -> None:
    world, expected = lay_out(CASES[name], tmp_path), CASES[name].said(way)
    if isinstance(expected, int):
        assert WAYS[way](world) == expected
        return
    with pytest.raises(StreamError) as failure:
        WAYS[way](world)
    assert str(failure.value).startswith(str(world.manifest) + world.expected(expected))
    assert "\n" not in str(failure.value) and "object at 0x" not in str(failure.value)
    assert len(str(failure.value)) < 600
    number = expected.partition("line ")[2][:1]
    assert failure.value.line == (int(number) if number.isdigit() else None)


@pytest.mark.parametrize("name", CASES)
def test_the_error_of_a_pipe_channel_names_file_line_and_attribute(tmp_path: Path, name: str) -> None:
    world, expected = lay_out(CASES[name], tmp_path, "s3://set"), CASES[name].said("pipe")
    if isinstance(expected, int):
        assert read_channel(world) == expected
        return
    with pytest.raises(DataError) as failure:
        read_channel(world)
    said = failure.value.message
    if expected.startswith("line"):
        assert said.startswith(f"Unable to parse augmented manifest {world.expected(expected)}"), said
        assert said.endswith(f" (manifest {world.manifest}, channel train)"), said
    else:
        assert said == world.expected(expected)
    assert "\n" not in said and "object at 0x" not in said


def read_channel(world: World) -> int:
    """The number of records in an epoch. Raises: DataError."""
    channel = Channel(
        "train", "AugmentedManifestFile", str(world.manifest), "Pipe", attributes=tuple(ATTRIBUTES)
    )
    source = PipeSource(channel, world.open, lambda _: [])
    with closing(source), closing(source.open_epoch(0)) as rows:
        try:
            count = 0
            for _, parts in rows:
                close_files(parts)
                count += 1
        except TrigpointError as error:
            raise source.explain(error) from error
    return count


@pytest.mark.parametrize("name", CASES)
def test_the_errors_of_validate_name_file_line_and_attribute(tmp_path: Path, name: str) -> None:
    world, expected = lay_out(CASES[name], tmp_path), CASES[name].said("validate")
    result = trigpoint(
        "manifest", "validate", world.manifest, "--attributes", ",".join(ATTRIBUTES), "--decode"
    )
    shown = result.stdout + result.stderr
    assert "Traceback" not in shown
    if not expected:
        assert result.exit_code == 0 and " error" not in shown.replace("0 errors", ""), shown
    assert str(world.manifest) + world.expected(str(expected)) in shown


# -- skipped images


@pytest.fixture
def spoilt(tmp_path: Path) -> AugmentedManifest:
    """Twenty photos, of which 3, 4, 5 and 11 are broken and 14 has no boxes."""
    lines = [line(f"{number}.jpg", f'{{"n":{number},"annotations":[]}}') for number in range(20)]
    lines[14] = line("14.jpg", '{"n":14}')
    objects: dict[str, bytes | int] = {f"{number}.jpg": photo(number) for number in range(20)}
    objects |= {f"{number}.jpg": photo(number)[:200] for number in (3, 4, 5, 11)}
    return lay_out(Case(b"".join(lines), 20, 20, objects=objects), tmp_path).reader()


def numbers(batches: Any) -> list[list[int]]:
    return [[boxes["n"] for boxes in batch["boxes"]] for batch in batches]


@pytest.mark.parametrize("kind", [ImageBatches, TorchImages])
def test_broken_images_can_be_skipped_and_the_others_stay_in_their_batches(
    spoilt: AugmentedManifest, kind: Any
) -> None:
    batches = kind(spoilt, size=8, batch_size=3, boxes=["boxes"], on_error="skip")
    with pytest.warns(SkippedImage) as told:
        found = list(batches)
    assert numbers(found) == [[0, 1, 2], [6, 7, 8], [9, 10], [12, 13], [15, 16, 17], [18, 19]]
    assert [len(batch["images"]) for batch in found] == [3, 3, 2, 2, 3, 2]
    assert [len(batch["sizes"]) for batch in found] == [3, 3, 2, 2, 3, 2]
    assert batches.skipped == 5
    texts = [str(each.message) for each in told]
    assert [text.partition("line ")[2].partition(",")[0] for text in texts] == ["4", "5", "6", "12", "15"]
    assert "set.manifest, line 12, attribute 'source-ref': not a readable image" in texts[3]
    assert "line 15, attribute 'boxes': no bounding boxes" in texts[4]


def test_skipped_images_change_neither_shards_nor_states(spoilt: AugmentedManifest) -> None:
    spoilt.shuffle_seed = 4
    options: dict[str, Any] = {"size": 8, "batch_size": 2, "boxes": ["boxes"], "on_error": "skip"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkippedImage)
        parts = [numbers(ImageBatches(spoilt.split(rank, 3), **options)) for rank in range(3)]
        whole = list(ImageBatches(spoilt.split(0, 1), **options))
        for stop, batch in enumerate(whole, start=1):
            fresh = ImageBatches(spoilt.split(0, 1), **options)
            fresh.load_state_dict(json.loads(json.dumps(batch["state"])))
            assert numbers(fresh) == numbers(whole[stop:])
    kept = set(range(20)) - {3, 4, 5, 11, 14}
    assert sorted(number for part in parts for batch in part for number in batch) == sorted(kept)


def test_missing_objects_are_never_skipped(tmp_path: Path) -> None:
    world = lay_out(CASES["a missing object"], tmp_path)
    with pytest.raises(StreamError, match=r"line 2, attribute 'source-ref': cannot read"):
        list(ImageBatches(world.reader(), on_error="skip"))
    with pytest.raises(Invalid, match="on_error is 'ignore'; it must be 'raise' or 'skip'"):
        ImageBatches(world.reader(), on_error="ignore")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["images", "sizes", "state"])
def test_attributes_that_batches_would_overwrite_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Invalid, match=f"the attribute '{name}' has a name that batches use"):
        ImageBatches(AugmentedManifest(tmp_path / "m", ["source-ref", name]))
    with pytest.raises(Invalid, match="boxes= names 'b', which the reader does not read: source-ref"):
        ImageBatches(AugmentedManifest(tmp_path / "m", ["source-ref"]), boxes=["b"])


# -- lists of objects


def test_an_object_of_a_list_is_named_by_its_position(tmp_path: Path) -> None:
    (tmp_path / "list").write_text('[{"prefix": "s3://b/"}, "1", "gone"]')
    (tmp_path / "1").write_bytes(b"one")
    listed = Objects(tmp_path / "list", manifest_file=True, local={"s3://b/": tmp_path})
    with pytest.raises(StreamError, match=r"list, entry 3: cannot read .*gone: there is no file") as failure:
        list(listed)
    assert failure.value.line == 2
    with pytest.raises(StreamError, match=r"empty: there are no objects$"):
        (tmp_path / "empty").mkdir()
        list(Objects(tmp_path / "empty"))
    with pytest.raises(StreamError, match=r"^there is no folder .*/nowhere$"):
        list(Objects(tmp_path / "nowhere"))


# -- memory


@needs_proc
def test_an_object_of_500_megabytes_is_read_only_on_request_and_only_once(
    tmp_path: Path,
) -> None:
    world = lay_out(CASES["500 MB"], tmp_path)
    script = f"""
from trigpoint.stream import AugmentedManifest, StreamError
try:
    for record in AugmentedManifest({str(world.manifest)!r}, ["source-ref"]%s): print(len(record["source-ref"]))
except StreamError as error: print(error.line)
"""
    refused = run_measured(script % "")
    assert refused.lines[1:] == ["2"] and refused.peak_kib < 100 << 10
    meant = run_measured(script % ", largest_bytes=500_000_000")
    assert meant.lines[1:] == ["500000000"] and meant.peak_kib < (500 + 100) << 10


@needs_proc
def test_a_manifest_of_a_million_lines_needs_memory_only_for_its_index(tmp_path: Path) -> None:
    """The index has 8 bytes per line, 16 when it is shuffled; the 140 MB of the manifest stay on disk."""
    (tmp_path / "1.jpg").write_bytes(photo(1))
    text = b'{"source-ref":"1.jpg","class":1,"class-metadata":{"class-name":"%s"}}\n' % (b"x" * 70)
    (tmp_path / "m").write_bytes(text * 1_000_000)
    script = f"""
from trigpoint.stream import AugmentedManifest
reader = AugmentedManifest({str(tmp_path / "m")!r}, ["source-ref", "class"], shuffle_seed=%s)
print(len(reader), next(iter(reader))["class"])
"""
    for seed in (None, 1):
        ran = run_measured(script % seed)
        assert ran.lines == ["1000000 1"] and ran.peak_kib < 90 << 10
