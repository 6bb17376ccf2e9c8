"""The problems of a manifest are reported with file, line and attribute, and none of them ends the inspection."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers.labeled_sets import draw, trigpoint, write_lines
from helpers.peak_memory import needs_proc, run_measured
from trigpoint.core.errors import Invalid
from trigpoint.datasets.inspection import Inspection, Options, inspect
from trigpoint.datasets.places import Places
from trigpoint.records.manifest.lines import BadLine, scan_lines

GOOD = b'{"source-ref":"s3://b/1.jpg","class":1,"class-metadata":{"class-name":"cat","type":"groundtruth/image-classification"}}'
BOXES: dict[str, Any] = {
    "image_size": [{"width": 60, "height": 40, "depth": 3}],
    "annotations": [{"class_id": 0, "left": 1, "top": 2, "width": 3, "height": 4}],
}
CONVERTED = ", or convert it from its encoding, like: iconv -f windows-1252 -t utf-8 OLD > NEW"
UTF_16 = "the file is UTF-16; save it as UTF-8, like: iconv -f utf-16 -t utf-8 OLD > NEW"
META = {"objects": [{"confidence": 1}], "class-map": {"0": "cat"}, "type": "groundtruth/object-detection"}


def look(tmp_path: Path, data: bytes, **options: Any) -> Inspection:
    path = tmp_path / "m.manifest"
    path.write_bytes(data)
    return inspect(str(path), Options(**options), Places())


def reported(found: Inspection) -> list[str]:
    return [f"{each.severity}: {each}" for each in found.problems]


def mask(image: str, named: dict[str, str]) -> dict[str, Any]:
    colors = {key: {"class-name": name, "hex-color": "#ff0000"} for key, name in named.items()}
    metadata = {"internal-color-map": colors, "type": "groundtruth/semantic-segmentation"}
    return {"source-ref": f"s3://b/{image}.jpg", "m-ref": f"s3://b/{image}.png", "m-ref-metadata": metadata}


@pytest.mark.parametrize("named", [{}, {"1": "dog"}])
@pytest.mark.parametrize(
    ("label", "type_"),
    [(BOXES, "object-detection"), ([0], "image-classification-multilabel")],
)
def test_a_class_id_that_the_class_map_does_not_name_is_a_warning(
    tmp_path: Path, named: dict[str, str], label: Any, type_: str
) -> None:
    metadata = {"class-map": named, "type": f"groundtruth/{type_}"}
    line = json.dumps({"source-ref": "s3://b/1.jpg", "l": label, "l-metadata": metadata})
    assert "warning: line 1: attribute 'l': class-map has no name for class_id 0" in reported(
        look(tmp_path, line.encode())
    )


def test_a_name_that_occurs_twice_inside_a_label_is_a_warning(tmp_path: Path) -> None:
    label = json.dumps(BOXES).replace('"annotations"', '"annotations": [], "annotations"')
    line = f'{{"source-ref": "s3://b/1.jpg", "l": {label}, "l-metadata": {json.dumps(META)}}}'
    (said,) = reported(look(tmp_path, line.encode()))
    assert said.startswith("warning: line 1: the name 'annotations' occurs twice in an object (image_size, ")
    assert said.endswith("; the last value counts")


def test_a_number_of_masks_that_means_two_classes_is_a_warning(tmp_path: Path) -> None:
    lines = [mask("1", {"1": "cat"}), mask("2", {"1": "dog"}), mask("3", {"1": "cat", "2": "dog"})]
    assert reported(look(tmp_path, b"\n".join(json.dumps(each).encode() for each in lines))) == [
        "warning: attribute 'm-ref': internal-color-map: class id 1 has two names: 1 is 'cat' (line 1), "
        "1 is 'dog' (line 2); the masks of these lines mean different classes"
    ]
    assert reported(look(tmp_path, json.dumps(lines[0]).encode())) == []


def test_a_color_map_with_a_key_that_is_no_number_is_a_warning(tmp_path: Path) -> None:
    (said,) = reported(look(tmp_path, json.dumps(mask("1", {"cat": "1"})).encode()))
    assert said.startswith("warning: line 1: m-ref-metadata: internal-color-map")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"a" 1}', "line 2: not valid JSON at column 6: Expecting ':' delimiter"),
        (b"[1]", "line 2: a JSON object is needed, like {...}, not [1]"),
        (b'"text"', 'line 2: a JSON object is needed, like {...}, not "text"'),
        (b'{"source-ref":"s3://b/\xff"}', "line 2: not UTF-8 at byte 23; save the file as UTF-8" + CONVERTED),
        (b'{"a":"\0"}', "line 2: NUL byte at column 7; the file is damaged or not text"),
        (b"", "line 2: the line is empty; remove it, or put a JSON object there"),
        (b"   \r", "line 2: the line is empty; remove it, or put a JSON object there"),
        (b'{"a":1}', "line 2: has neither source-ref nor source, nor another -ref; it has 'a'"),
        (b"{}", "line 2: has neither source-ref nor source, nor another -ref; it has no attributes"),
        (
            b'{"source-ref":7}',
            "line 2: attribute 'source-ref': must be the URI of an object, like s3://bucket/key, not 7",
        ),
        (
            b'{"source-ref":"s3://bucket"}',
            "line 2: attribute 'source-ref': 's3://bucket' names no object; it must look like s3://bucket/key",
        ),
        (b'{"source":["x"]}', "line 2: attribute 'source': must be a text, not [\"x\"]"),
        (
            b'{"source-ref":"s3://b/k","class":"cat","class-metadata":{}}',
            "line 2: attribute 'class': class must be a number, not \"cat\"",
        ),
    ],
)
def test_a_bad_line_is_reported_and_the_next_lines_are_checked(
    tmp_path: Path, line: bytes, said: str
) -> None:
    found = look(tmp_path, GOOD + b"\n" + line + b"\n" + GOOD.replace(b"1.jpg", b"2.jpg") + b"\n")
    assert reported(found) == [f"error: {said}"]
    assert (found.lines, found.errors) == (3, 1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"annotations": 7}, "annotations must be a list of boxes, not 7"),
        ({"annotations": [{"class_id": 0}]}, "annotations[0].left must be a number, not null"),
        (
            {"annotations": [{**BOXES["annotations"][0], "width": "3"}]},
            'annotations[0].width must be a number, not "3"',
        ),
        (
            {"annotations": [{**BOXES["annotations"][0], "class_id": -1}]},
            "annotations[0].class_id must be an integer from 0, not -1",
        ),
        (
            {"image_size": [{"width": 0, "height": 4}]},
            "image_size[0] is 0 x 4; both must be at least 1 pixel",
        ),
        ({"image_size": {}}, "image_size must be a list of one object with width and height, not {}"),
    ],
)
def test_a_bad_box_label_is_reported_with_its_field(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    line = {"source-ref": "s3://b/k", "boxes": {**BOXES, **change}, "boxes-metadata": META}
    assert reported(look(tmp_path, json.dumps(line).encode())) == [
        f"error: line 1: attribute 'boxes': {said}"
    ]


@pytest.mark.parametrize(
    ("box", "said"),
    [
        ({"width": 0}, "annotations[0] is 0 x 4 pixels; training drops it"),
        ({"left": 59}, "annotations[0] reaches out of the image of 60 x 40 pixels"),
        ({"class_id": 3}, "class-map has no name for class_id 3"),
    ],
)
def test_an_unusual_box_is_a_warning(tmp_path: Path, box: dict[str, Any], said: str) -> None:
    label = {**BOXES, "annotations": [{**BOXES["annotations"][0], **box}]}
    line = {"source-ref": "s3://b/k", "boxes": label, "boxes-metadata": META}
    found = look(tmp_path, json.dumps(line).encode())
    assert reported(found) == [f"warning: line 1: attribute 'boxes': {said}"]
    assert found.errors == 0


def test_metadata_that_do_not_match_the_boxes_are_an_error(tmp_path: Path) -> None:
    line = {"source-ref": "s3://b/k", "boxes": BOXES, "boxes-metadata": {**META, "objects": []}}
    (said,) = reported(look(tmp_path, json.dumps(line).encode()))
    assert said == (
        "error: line 1: attribute 'boxes': boxes-metadata: objects has 0 entries, but there are 1 annotations"
    )


def test_a_missing_attribute_is_reported_with_the_closest_name(tmp_path: Path) -> None:
    found = look(
        tmp_path, GOOD.replace(b'"class"', b'"Class"') + b"\n" + GOOD, attributes=["source-ref", "class"]
    )
    assert (
        reported(found)[0]
        == "error: line 1: attribute 'class': is missing; names are case-sensitive, it has 'Class'"
    )


def test_duplicate_lines_and_keys_are_reported(tmp_path: Path) -> None:
    twice = GOOD.replace(b"{", b'{"n":1,"n":2,', 1).replace(b"s3://", b"s3://n/", 1)
    found = look(tmp_path, b"\n".join([GOOD, twice, GOOD, GOOD]))
    assert reported(found) == [
        "warning: line 2: attribute 'n': occurs twice in the line; the last value counts",
        "warning: line 3: has the same object as line 1",
        "warning: line 4: has the same object as line 3",
    ]
    assert found.duplicates == 2


def test_a_key_that_is_spelled_in_two_ways_is_a_duplicate(tmp_path: Path) -> None:
    found = look(tmp_path, rb'{"source-ref":"s3://b/9.jpg","n":1,"\u006e":2}')
    assert "attribute 'n': occurs twice" in reported(found)[0]


def test_crlf_and_a_byte_order_mark_are_accepted(tmp_path: Path) -> None:
    found = look(tmp_path, b"\xef\xbb\xbf" + GOOD + b"\r\n" + GOOD.replace(b"1.jpg", b"2.jpg") + b"\r\n\r\n")
    assert (found.problems, found.lines) == ([], 2)


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    assert reported(look(tmp_path, b"")) == ["error: the file is empty: it has no lines"]
    assert reported(look(tmp_path, b"\n\n")) == ["error: the file is empty: it has no lines"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (gzip.compress(GOOD), "the file is gzip data; decompress it first"),
        ("{}".encode("utf-16"), UTF_16),
        ('{"a": 1}'.encode("utf-16-le"), UTF_16),
        ('{"a": 1}'.encode("utf-16-be"), UTF_16),
        (b"PK\x03\x04", "the file is a zip archive, not an augmented manifest (JSON Lines in UTF-8)"),
        (b"\xff\xd8\xff\xe0", "the file is a JPEG image, not an augmented manifest (JSON Lines in UTF-8)"),
    ],
)
def test_a_file_of_another_format_is_reported_with_its_format(tmp_path: Path, data: bytes, said: str) -> None:
    found = look(tmp_path, data)
    assert reported(found) == [f"error: line 1: {said}"]


def test_a_line_of_ten_megabytes_is_reported_and_not_kept(tmp_path: Path) -> None:
    long = b'{"source-ref":"s3://b/k","x":"' + b"y" * 10_000_000 + b'"}'
    found = look(tmp_path, long + b"\n" + GOOD)
    assert reported(found) == [
        "error: line 1: longer than 8388608 bytes; an augmented manifest has one JSON object per line"
    ]
    assert found.lines == 2


def test_a_line_that_is_too_long_for_labeling_jobs_is_a_warning(tmp_path: Path) -> None:
    found = look(tmp_path, b'{"source-ref":"s3://b/k","x":"' + b"y" * 100_000 + b'"}')
    assert "labeling jobs accept 100000, training accepts more" in reported(found)[0]
    assert found.errors == 0


ENDLESS = """
from trigpoint.records.manifest.lines import scan_lines

class Endless:
    '''A file of a million lines that is not on the disk.'''

    lines = iter(range(1_000_000))

    def readline(self, limit):
        number = next(self.lines, None)
        return b"" if number is None else b'{"source-ref":"s3://b/%d.jpg"}\\n' % number

started()
print(sum(1 for _ in scan_lines(Endless())))
"""


@needs_proc
def test_a_million_lines_are_scanned_in_bounded_memory() -> None:
    ran = run_measured(ENDLESS)
    assert ran.lines == ["1000000"]
    assert ran.grown_kib < 10_000


def test_an_inspection_keeps_at_most_40_bytes_per_line(tmp_path: Path) -> None:
    path = tmp_path / "m"
    path.write_bytes(b"".join(b'{"source-ref":"s3://b/%d.jpg"}\n' % number for number in range(8_000)))
    inspect(str(path), Options(), Places())
    tracemalloc.start()
    try:
        inspect(str(path), Options(), Places())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_500_000 + 8_000 * 40


def test_only_some_problems_are_kept_but_all_are_counted(tmp_path: Path) -> None:
    found = look(tmp_path, b"{}\n" * 50 + b"x\n" * 50, keep=3)
    assert (found.errors, len([each for each in found.problems if each.severity == "error"])) == (100, 3)


# -- objects and images


@pytest.fixture
def images(tmp_path: Path) -> Path:
    draw(tmp_path / "good.jpg")
    draw(tmp_path / "other.png", (7, 5))
    (tmp_path / "text.jpg").write_bytes(b"hello")
    (tmp_path / "empty.jpg").write_bytes(b"")
    whole = draw(tmp_path / "cut.jpg", (600, 400)).read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "folder").mkdir()
    return tmp_path


def lines_of(names: list[str]) -> Iterator[dict[str, Any]]:
    for name in names:
        yield {"source-ref": name, "boxes": BOXES, "boxes-metadata": META}


def test_missing_and_broken_objects_are_reported_with_line_and_attribute(images: Path) -> None:
    names = ["good.jpg", "none.jpg", "text.jpg", "empty.jpg", "cut.jpg", "folder", "other.png"]
    path = write_lines(images / "m.manifest", list(lines_of(names)))
    found = inspect(str(path), Options(images="whole"), Places())
    errors = {each.line: each for each in found.problems if each.severity == "error"}
    assert {line: each.why.replace(str(images), "") for line, each in errors.items() if line != 5} == {
        2: "no file /none.jpg",
        3: "/text.jpg is not an image",
        4: "/empty.jpg is empty",
        6: "/folder is a folder; a file is needed",
    }
    assert "cut.jpg is a broken image" in errors[5].why
    assert {each.attribute for each in errors.values()} == {"source-ref"}
    warnings = [each.why for each in found.problems if each.line == 7]
    assert warnings == [
        "the image is 7 x 5, but the image_size of its label is 60 x 40; "
        "training resizes the boxes with the image"
    ]


def test_checking_only_objects_opens_no_image(images: Path) -> None:
    path = write_lines(images / "m.manifest", list(lines_of(["text.jpg", "none.jpg"])))
    found = inspect(str(path), Options(objects=True), Places())
    assert [each.line for each in found.problems if each.severity == "error"] == [2]
    assert (found.objects_checked, found.object_bytes) == (2, 5)


def test_an_object_of_500_megabytes_is_not_read_into_memory(tmp_path: Path) -> None:
    with (tmp_path / "huge.jpg").open("wb") as file:
        file.truncate(500 << 20)  # uses no disk space
    path = write_lines(tmp_path / "m.manifest", [{"source-ref": "huge.jpg"}])
    tracemalloc.start()
    try:
        found = inspect(str(path), Options(images="whole"), Places())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [each.why.partition(" has ")[2] for each in found.problems if each.severity == "error"] == [
        "500 MB; images of more than 256 MB are not read"
    ]
    assert peak < 5_000_000


def test_a_large_object_is_a_warning_when_images_are_not_opened(tmp_path: Path) -> None:
    with (tmp_path / "huge.jpg").open("wb") as file:
        file.truncate(500 << 20)
    path = write_lines(tmp_path / "m.manifest", [{"source-ref": "huge.jpg"}])
    found = inspect(str(path), Options(objects=True), Places())
    assert "warning: line 1: attribute 'source-ref': the object has 500 MB" in reported(found)


# -- the command


def test_validate_lists_all_problems_and_exits_with_code_1(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "m.manifest", [GOOD, b"{", b'{"x":1}'])
    result = trigpoint("manifest", "validate", path)
    assert result.exit_code == 1
    assert f"error   {path}, line 2: not valid JSON" in result.stdout
    assert f"error   {path}, line 3: has neither source-ref" in result.stdout
    assert "NOT valid: 2 errors, 0 warnings" in result.stdout


def test_validate_reports_a_valid_manifest_and_exits_with_code_0(tmp_path: Path) -> None:
    result = trigpoint(
        "manifest", "validate", write_lines(tmp_path / "m.manifest", [GOOD]), "--attributes", "class"
    )
    assert result.exit_code == 0
    assert "valid: 0 errors, 0 warnings" in result.stdout
    assert result.stderr == ""


def test_validate_can_print_json(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "m.manifest", [GOOD, b"{}"])
    result = trigpoint("manifest", "validate", path, "--json")
    answer = json.loads(result.stdout)
    assert answer["problems"] == [
        {
            "line": 2,
            "attribute": None,
            "severity": "error",
            "why": "has neither source-ref nor source, nor another -ref; it has no attributes",
        }
    ]
    assert answer["labels"]["class"]["classes"] == {"cat": 1}


@pytest.mark.parametrize("command", ["validate", "stats", "head", "split", "merge"])
def test_a_folder_or_a_missing_manifest_is_reported_on_one_line_with_exit_code_2(
    tmp_path: Path, command: str
) -> None:
    for place, said in ((tmp_path, "is a folder; a file is needed"), (tmp_path / "none", "no file")):
        result = trigpoint("manifest", command, place)
        assert result.exit_code == 2
        assert result.stderr.startswith("trigpoint: ")
        assert said in result.stderr
        assert result.stderr.count("\n") == 1


def test_the_tolerant_scanner_finds_the_same_lines_as_the_strict_one(tmp_path: Path) -> None:
    path = tmp_path / "m"
    path.write_bytes(b"\xef\xbb\xbf{}\r\n\n{ }\n\n\n")
    with path.open("rb") as stream:
        found = list(scan_lines(stream))
    assert [(number, raw) for number, raw in found if isinstance(raw, bytes)] == [(1, b"{}"), (3, b"{ }")]
    assert [number for number, raw in found if isinstance(raw, BadLine)] == [2]


def test_the_uri_of_a_bucket_or_a_prefix_is_refused_as_a_manifest() -> None:
    with pytest.raises(Invalid, match="s3://b is a bucket or a prefix; the URI of one object is needed"):
        Places().open("s3://b")
    with pytest.raises(Invalid, match="s3://b/p/ is a bucket or a prefix"):
        Places().open("s3://b/p/")
