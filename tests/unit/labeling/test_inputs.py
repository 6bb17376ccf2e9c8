"""Input manifests and label category files: their content, and the errors of broken files."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest

from trigpoint.core.errors import Invalid, LimitExceeded
from trigpoint.labeling.inputs import InputLine, read_category_file, read_manifest
from trigpoint.labeling.task_types import TASK_TYPES
from trigpoint.labeling.task_types.bounding_box import BOUNDING_BOX
from trigpoint.labeling.task_types.contract import CategoryRules, DataKind

URI = "s3://lab/in.manifest"
GOOD = '{"source-ref": "s3://lab/a.png"}'


def read(content: str | bytes, label: str = "boxes", data: DataKind = DataKind.IMAGE) -> list[InputLine]:
    raw = content.encode() if isinstance(content, str) else content
    return list(read_manifest(io.BytesIO(raw), URI, label, replace(BOUNDING_BOX, data=data)))


@pytest.mark.parametrize(
    "content",
    [
        f"{GOOD}\n{GOOD}",
        f"{GOOD}\n{GOOD}\n",
        f"{GOOD}\r\n{GOOD}\r\n",
        f"\ufeff{GOOD}\n{GOOD}\n\n \r\n",
        f"{GOOD}\n{GOOD}\n\n\n",
    ],
)
def test_any_line_breaks_a_byte_order_mark_and_empty_last_lines_are_accepted(content: str) -> None:
    assert read(content) == [InputLine(0, GOOD, None), InputLine(1, GOOD, None)]


def test_lines_are_kept_without_change() -> None:
    odd = '{ "source-ref":"s3://lab/\\u00e4.png",  "n": 1.10, "z": {"b": 1, "a": 2}, "é": "ü" }'
    assert read(odd) == [InputLine(0, odd, None)]


def test_lines_that_already_have_the_label_are_carried() -> None:
    lines = [
        {"source-ref": "s3://lab/a.png", "boxes": {}, "boxes-metadata": {"human-annotated": "yes"}},
        {"source-ref": "s3://lab/a.png", "boxes": {}, "boxes-metadata": {"human-annotated": "no"}},
        {"source-ref": "s3://lab/a.png", "boxes": {}},
        {"source-ref": "s3://lab/a.png", "boxes-metadata": {"failure-reason": "x"}},
        {"source-ref": "s3://lab/a.png", "boxes": None},
    ]
    found = read("\n".join(map(json.dumps, lines)))
    assert [line.carried for line in found] == ["human", "machine", "human", None, None]


def test_a_label_of_another_type_is_an_error_and_does_not_pass_as_the_label_of_the_job() -> None:
    def line(kind: str) -> str:
        return json.dumps({"source-ref": "s3://lab/a.png", "boxes": {}, "boxes-metadata": {"type": kind}})

    cause = "'boxes' of the type 'groundtruth/label-verification', but .* another LabelAttributeName"
    with pytest.raises(Invalid, match=cause):
        read(line("groundtruth/label-verification"))
    for kind in ("groundtruth/object-detection", "groundtruth/custom", "groundTruth/custom", "of/mine"):
        assert read(line(kind))[0].carried == "human"
    other = io.BytesIO(line("groundtruth/text-span").encode())
    assert [each.carried for each in read_manifest(other, URI, "boxes", TASK_TYPES["PassThrough"])] == [
        "human"
    ]


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ('{"source-ref": "s3://lab/a.png"', "not valid JSON at column 32: Expecting ',' delimiter"),
        ("nonsense", "not valid JSON"),
        ('["s3://lab/a.png"]', "a JSON object is needed"),
        ('{"a": 1}', "neither 'source-ref' nor 'source'"),
        ('{"source": "x", "source-ref": "s3://lab/a.png"}', "both 'source' and 'source-ref'"),
        ('{"source": "text"}', "bounding box jobs need images"),
        ('{"source-ref": 7}', "must be a string, not 7"),
        ('{"source-ref": "file:///etc/passwd"}', "'file:///etc/passwd' is not the URI of an object"),
        ('{"source-ref": "s3://lab"}', "names a bucket"),
        ('{"source-ref": "s3://lab/a.png", "$x": 1}', r"key '\$x' begins with \$"),
        (
            '{"source-ref": "s3://lab/a.png", "source-ref": "s3://lab/b.png"}',
            "the name 'source-ref' occurs twice",
        ),
        ('{"source-ref": "s3://lab/a.png", "n": NaN}', "NaN is not a JSON number"),
        ('{"source-ref": "s3://lab/a.png", "n": [-1e999]}', "the number -1e999 is too large"),
        ('{"source-ref": "s3://lab/a.png", "n": %s}' % ("9" * 6_000), "a number has more than 4300 digits"),
        ('{"source-ref": "s3://lab/a.png", "n": "\\ud800"}', "half of a surrogate pair"),
        ("[" * 40_000, "nested too deeply"),
        ('{"source-ref": "s3://lab/a.png", "long": "%s"}' % ("x" * 20_001), "'long' has 20001 characters"),
        (
            '{"source-ref": "s3://lab/a.png", "a": [%s]}' % ("1, " * 40_000 + "1"),
            "more than 100000 characters",
        ),
        ("", "the line is empty"),
    ],
)
def test_a_broken_line_is_reported_with_file_line_and_cause(line: str, cause: str) -> None:
    with pytest.raises(Invalid, match=cause) as caught:
        read(f"{GOOD}\n{line}\n{GOOD}")
    assert caught.value.message.startswith(f"the input manifest {URI}, line 2:")


def test_a_line_that_is_not_utf_8_is_reported_with_the_byte() -> None:
    with pytest.raises(Invalid, match="line 1: not UTF-8 at byte 8"):
        read(b'{"sourc\xff": 1}')


def test_a_line_without_an_end_is_not_read_into_memory() -> None:
    class Endless(io.RawIOBase):
        def readline(self, size: int = -1, /) -> bytes:  # type: ignore[override]
            assert 0 < size < 500_000
            return b"x" * size

    with pytest.raises(Invalid, match="more than 100000 characters"):
        list(read_manifest(Endless(), URI, "boxes", BOUNDING_BOX))  # type: ignore[arg-type]


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff", "  \r\n"])
def test_an_empty_manifest_is_refused(content: str) -> None:
    with pytest.raises(Invalid, match=f"the input manifest {URI} is empty"):
        read(content)


def test_too_many_objects_are_refused() -> None:
    few = replace(BOUNDING_BOX, most_objects=2)

    def read_few(lines: int) -> list[InputLine]:
        return list(read_manifest(io.BytesIO(f"{GOOD}\n".encode() * lines), URI, "boxes", few))

    assert len(read_few(2)) == 2
    with pytest.raises(LimitExceeded, match=r"has more than 2 objects \(line 3\)"):
        read_few(3)


def test_segmentation_jobs_have_at_most_20000_objects_and_others_100000() -> None:
    smaller = {name for name, task_type in TASK_TYPES.items() if task_type.most_objects == 20_000}
    assert smaller == {"SemanticSegmentation", "AdjustmentSemanticSegmentation"}
    assert {TASK_TYPES[name].most_objects for name in TASK_TYPES.keys() - smaller} == {100_000}


# -- label category files

LABELS = "s3://lab/labels.json"
RULES = CategoryRules(minimum=1, maximum=50)


@pytest.mark.parametrize(
    "document",
    [
        {"document-version": "2018-11-28", "labels": [{"label": "cat"}, {"label": "dog"}]},
        {"labels": [{"label": "cat"}, {"label": "dog", "shortDisplayName": "d"}]},
    ],
)
def test_the_position_of_a_label_is_its_class_id(document: object) -> None:
    assert read_category_file(json.dumps(document).encode(), LABELS, RULES).labels == ("cat", "dog")
    assert read_category_file(b"\xef\xbb\xbf" + json.dumps(document).encode(), LABELS, RULES).labels == (
        "cat",
        "dog",
    )


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"{", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b"[]", "has no labels"),
        (b'{"labels": []}', "has no labels"),
        (b'{"labels": {"label": "cat"}}', "has no labels"),
        (
            b'{"labels": [{"name": "cat"}]}',
            "label 1: must be an object with the key \"label\".*has the keys 'name'",
        ),
        (b'{"labels": ["cat"]}', "label 1: must be an object"),
        (b'{"labels": [{"label": ""}]}', "label 1: .* not empty"),
        (b'{"labels": [{"label": 3}]}', "label 1: .* not 3"),
        (b'{"labels": [{"label": "cat"}, {"label": "cat"}]}', "label 2: duplicate label 'cat' .also label 1"),
        (json.dumps({"labels": [{"label": "x" * 257}]}).encode(), "257 characters"),
        (
            json.dumps({"labels": [{"label": str(i)} for i in range(51)]}).encode(),
            "51 labels; at most 50 are allowed",
        ),
        (b'{"labels": [{"label": "a\\u0000b"}]}', "not text"),
        (b'{"labels": [{"label": "a"}], "labels": [{"label": "b"}]}', "the name 'labels' occurs twice"),
        (b'{"labels": [{"label": "a"}], "x": NaN}', "NaN is not a JSON number"),
        (b'{"labels": [{"label": "a"}], "x": 1e999}', "the number 1e999 is too large"),
        (b'{"labels": [{"label": "a", "x": "\\ud800"}]}', "half of a surrogate pair"),
    ],
)
def test_a_broken_label_category_file_is_reported_with_its_cause(content: bytes, cause: str) -> None:
    with pytest.raises(Invalid, match=cause) as caught:
        read_category_file(content, LABELS, RULES)
    assert LABELS in caught.value.message


def test_the_task_type_determines_how_many_labels_are_needed() -> None:
    one = b'{"labels": [{"label": "cat"}]}'
    many = json.dumps({"labels": [{"label": str(i)} for i in range(51)]}).encode()
    assert len(read_category_file(many, LABELS, CategoryRules(minimum=2)).labels) == 51
    too_many = json.dumps({"labels": [{"label": str(i)} for i in range(10_001)]}).encode()
    with pytest.raises(Invalid, match="has 10001 labels; at most 10000 are allowed"):
        read_category_file(too_many, LABELS, CategoryRules(minimum=2))
    with pytest.raises(Invalid, match="has 1 label; at least 2 are needed"):
        read_category_file(one, LABELS, CategoryRules(minimum=2))


def test_the_task_type_determines_the_content_of_a_line() -> None:
    text = '{"source": "A text."}'
    assert read(text, data=DataKind.TEXT) == [InputLine(0, text, None)]
    assert read(f"{text}\n{GOOD}", data=DataKind.ANY) == [InputLine(0, text, None), InputLine(1, GOOD, None)]
    with pytest.raises(
        Invalid, match="line 1: has 'source-ref', which is a URI; bounding box jobs need text"
    ):
        read(GOOD, data=DataKind.TEXT)
    with pytest.raises(Invalid, match="line 1: 'source' must be a string, not 7"):
        read('{"source": 7}', data=DataKind.TEXT)
