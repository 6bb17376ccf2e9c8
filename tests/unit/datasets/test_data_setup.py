"""Data setup: files become an input manifest, and subsets of manifests."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from click.testing import Result

from helpers.labeled_sets import read_lines, trigpoint
from trigpoint.datasets.data_setup.creating import DataType, SetupOptions, setup_lines
from trigpoint.datasets.data_setup.files import SourceFile
from trigpoint.datasets.data_setup.report import SetupReport
from trigpoint.datasets.data_setup.subset import Sample, drawn, parse_sample
from trigpoint.datasets.data_setup.text_lines import LONGEST_LINE_BYTES


def create(folder: Path, data_type: str, *options: str) -> tuple[Result, list[dict[str, Any]]]:
    """The command's result, and the lines that it wrote."""
    out = folder.parent / "out.manifest"
    result = trigpoint("manifest", "create", folder, "--type", data_type, "--out", out, *options)
    return result, read_lines(out) if out.exists() else []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir()
    return made


def put(folder: Path, **files: bytes | str) -> None:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def test_images_become_references_in_the_order_of_their_names(folder: Path) -> None:
    put(folder, b_DOT_jpg="x", a__z_DOT_PNG="x", a_DOT_jpeg="x", **{"ä_DOT_jpg": "x", "a-b_DOT_png": "x"})
    result, lines = create(folder, "image", "--images-uri", "s3://bkt/p/")
    assert result.exit_code == 0, result.stderr
    names = ["a-b.png", "a.jpeg", "a/z.PNG", "b.jpg", "ä.jpg"]
    assert lines == [{"source-ref": f"s3://bkt/p/{name}"} for name in names]
    assert "read 5 files, wrote 5 lines, left out 0" in result.stderr


def test_what_is_left_out_is_counted_with_its_reason(folder: Path) -> None:
    put(
        folder,
        a_DOT_jpg="x",
        empty_DOT_jpg="",
        notes_DOT_txt="x",
        _DOT_hidden_DOT_jpg="x",
        _DOT_git__a_DOT_jpg="x",
        Thumbs_DOT_db="x",
    )
    put(folder, **{"dataset-260131T120000_DOT_manifest": "x"})
    with (folder / "huge.png").open("wb") as file:
        file.truncate(40_000_001)
    result, lines = create(folder, "image")
    assert len(lines) == 1 and lines[0]["source-ref"] == str(folder / "a.jpg")
    assert "read 1 files, wrote 1 lines, left out 7 (hidden or system file: 3" in result.stderr
    for reason in (
        "empty file: 1",
        "not .jpg or .jpeg or .png: 1",
        "earlier manifest of data setup: 1",
        "image of more than 40 MB: 1",
    ):
        assert reason in result.stderr
    assert "source-refs are local paths" in result.stderr


def test_strict_writes_nothing_when_something_was_left_out(folder: Path) -> None:
    put(folder, a_DOT_jpg="x", notes_DOT_txt="x")
    result, lines = create(folder, "image", "--strict")
    assert (result.exit_code, lines) == (2, [])
    assert "left out 1 (not .jpg or .jpeg or .png: 1)" in result.stderr
    assert "--strict: something was left out, so nothing was written" in result.stderr


def test_a_folder_with_nothing_to_label_is_an_error(folder: Path) -> None:
    result, _ = create(folder, "image")
    assert result.exit_code == 2 and "there are no files at all" in result.stderr
    put(folder, notes_DOT_txt="x")
    result, _ = create(folder, "image")
    assert "nothing for a manifest of the type image (.jpg, .jpeg, .png): read 0 files" in result.stderr
    result = trigpoint("manifest", "create", folder / "gone", "--type", "image")
    assert result.exit_code == 2 and "gone is no folder" in result.stderr
    assert not (folder / "gone").exists()


def test_the_manifest_goes_into_the_folder_and_is_left_out_the_next_time(folder: Path) -> None:
    put(folder, a_DOT_txt="one\ntwo")
    for _ in range(2):
        assert trigpoint("manifest", "create", folder, "--type", "text").exit_code == 0
        made = sorted(folder.glob("dataset-*.manifest"))
        assert read_lines(made[-1]) == [{"source": "one"}, {"source": "two"}]


def test_links_do_not_lead_in_circles(folder: Path) -> None:
    put(folder, a__a_DOT_jpg="x")
    (folder / "a" / "loop").symlink_to(folder)
    (folder / "broken.jpg").symlink_to(folder / "gone")
    result, lines = create(folder, "image")
    assert result.exit_code == 0 and len(lines) == 1


def test_each_line_of_a_text_file_becomes_a_text(folder: Path) -> None:
    put(
        folder,
        a_DOT_txt='\ufeffone\r\n\n  \ntwo "quoted" \\ \u2028 three\nüb\u00e9r \U0001f600',
        b_DOT_txt="\tfour ",
        c_DOT_csv="no",
    )
    result, lines = create(folder, "text")
    assert [line["source"] for line in lines] == [
        "one",
        'two "quoted" \\ \u2028 three',
        "übér \U0001f600",
        "\tfour ",
    ]
    assert "read 2 files, wrote 4 lines, left out 3 (empty line: 2, not .txt: 1)" in result.stderr


def test_texts_that_are_too_long_are_named(folder: Path) -> None:
    put(
        folder,
        a_DOT_txt="\n".join(
            ["x" * 20_000, "y" * 20_001, "z" * (LONGEST_LINE_BYTES + 5), "\x01" * 19_000, "end"]
        ),
    )
    result, lines = create(folder, "text")
    assert [len(line["source"]) for line in lines] == [20_000, 3]
    assert "left out a.txt, line 2: the text has 20,001 characters; at most 20,000" in result.stderr
    assert "left out a.txt, line 3: the text has more than 1 MiB" in result.stderr
    assert "text of more than 20,000 characters: 3" in result.stderr


@pytest.mark.parametrize("data_type", ["text", "csv"])
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (
            b"one\ntw\xe4o\n",
            "line 2, byte 7: 0xe4 is not UTF-8; convert the file, like: iconv -f windows-1252",
        ),
        ("one".encode("utf-16"), "line 1, byte 1: the file is UTF-16"),
        (b"one\n\x00", "line 2, byte 5: a NUL byte"),
    ],
)
def test_a_byte_that_is_not_text_is_reported_with_its_place(
    folder: Path, data_type: str, content: bytes, problem: str
) -> None:
    suffix = {"text": "txt", "csv": "csv"}[data_type]
    (folder / f"bad.{suffix}").write_bytes(content)
    result, lines = create(folder, data_type)
    assert (result.exit_code, lines) == (2, [])
    assert f"bad.{suffix}, {problem}" in result.stderr


ROWS = '\ufeffid,text\r\n1,"one, with ""quotes"""\r\n2,"two\nlines"\r\n\r\n3\r\n4,\r\n5,five\r\n'


def test_rows_become_texts_of_one_column(folder: Path) -> None:
    put(folder, a_DOT_csv=ROWS)
    for options in (("--column", "text"), ("--column", "2", "--header")):
        result, lines = create(folder, "csv", *options)
        assert [line["source"] for line in lines] == ['one, with "quotes"', "two\nlines", "five"]
        assert "a.csv, line 6: the row has 1 columns, but column 2 is wanted" in result.stderr
        for reason in ("empty row: 1", "row without the column: 1", "empty field: 1"):
            assert reason in result.stderr


def test_rows_become_texts_as_they_are_written(folder: Path) -> None:
    put(folder, a_DOT_csv=ROWS, b_DOT_csv='"a single ""field"""\nplain\n')
    _, lines = create(folder, "csv")
    assert [line["source"] for line in lines] == [
        "id,text",
        '1,"one, with ""quotes"""',
        '2,"two\nlines"',
        "3",
        "4,",
        "5,five",
        'a single "field"',
        "plain",
    ]


def test_other_delimiters_are_read(folder: Path) -> None:
    put(folder, a_DOT_csv="x\ta, b\ny\tc")
    _, lines = create(folder, "csv", "--delimiter", "tab", "--column", "2")
    assert [line["source"] for line in lines] == ["a, b", "c"]
    result, _ = create(folder, "csv", "--delimiter", "::")
    assert result.exit_code == 2 and "must be one character, or tab" in result.stderr


@pytest.mark.parametrize(
    ("content", "options", "problem"),
    [
        ('a\n"open\n' + "b\n" * 10, (), "a.csv, line 2: the row has a quote that is not closed"),
        ('a\n"open\n' + "b\n" * 200_000, (), "a.csv, line 2: the row has a quote that is not closed"),
        ('a\n"b" c\n', (), "a.csv, line 2: not valid CSV"),
        ("a,b\n", ("--column", "c"), "a.csv: the first row has no column 'c', but 'a', 'b'"),
        ("a,a\n", ("--column", "a"), "a.csv: the first row has several columns 'a'"),
        ("a,b\n", ("--column", "0"), "the column 0 must be a number from 1"),
        ("x" * (LONGEST_LINE_BYTES + 1), (), "a.csv, line 1: longer than 1 MiB"),
    ],
)
def test_a_csv_file_that_cannot_be_read_is_reported_with_its_line(
    folder: Path, content: str, options: tuple[str, ...], problem: str
) -> None:
    put(folder, a_DOT_csv=content)
    result, lines = create(folder, "csv", *options)
    assert (result.exit_code, lines) == (2, []) and problem in result.stderr


def test_a_query_and_a_sample_choose_lines_of_a_new_manifest(folder: Path) -> None:
    for number in range(100):
        put(folder, **{f"{'cat' if number % 2 else 'dog'}{number:03}_DOT_jpg": "x"})
    result, lines = create(folder, "image", "--where", "\"source-ref\" like '%cat%'", "--sample", "10%")
    assert len(lines) == 5 and all("cat" in line["source-ref"] for line in lines)
    assert "out.manifest: 5 lines of 100" in result.stderr
    again = create(folder, "image", "--where", "\"source-ref\" like '%cat%'", "--sample", "10%")[1]
    other = create(folder, "image", "--where", "\"source-ref\" like '%cat%'", "--sample", "5", "--seed", "1")[
        1
    ]
    assert again == lines != other and len(other) == 5


def select(tmp_path: Path, lines: list[bytes], *options: str) -> tuple[Result, list[bytes]]:
    (tmp_path / "all.manifest").write_bytes(b"\n".join(lines))
    out = tmp_path / "some.manifest"
    result = trigpoint("manifest", "select", tmp_path / "all.manifest", out, *options)
    return result, out.read_bytes().splitlines() if out.exists() else []


LINES = [
    b'{"source":"a", "n":1.0}',
    b'{ "source":"b","n": 2, "label": 1 }',
    b'{"source":"c\\u00e4","n":3}',
    b'{"source":"d","n":4e0}',
]


def test_chosen_lines_stay_byte_for_byte(tmp_path: Path) -> None:
    result, lines = select(
        tmp_path, LINES, "--where", "select * from s3object[*] s where s.label is missing limit 2"
    )
    assert (result.exit_code, lines) == (0, [LINES[0], LINES[2]])
    result, lines = select(tmp_path, LINES, "--where", "n >= 2 and n < 4")
    assert lines == LINES[1:3] and "some.manifest: 2 lines of 4" in result.stderr


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ((), "give --where or --sample, or both"),
        (("--where", "n = 9"), "the query chooses none of 4 lines, so nothing was written"),
        (("--where", "n = "), "--where: the query, position 4: expected a name or a value"),
        (("--sample", "0"), "must have at least one line"),
        (("--sample", "0%"), "must be more than 0% and at most 100%"),
        (("--sample", "101%"), "must be more than 0% and at most 100%"),
        (("--sample", "-1"), "must be a number of lines, like 500, or a share, like 10%"),
        (("--sample", "some"), "must be a number of lines, like 500, or a share, like 10%"),
    ],
)
def test_a_choice_of_nothing_is_an_error(tmp_path: Path, options: tuple[str, ...], problem: str) -> None:
    result, lines = select(tmp_path, LINES, *options)
    assert (result.exit_code, lines) == (2, []) and problem in result.stderr


def test_a_broken_line_is_reported_with_its_number(tmp_path: Path) -> None:
    result, lines = select(tmp_path, [LINES[0], b"{"], "--where", "n = 1")
    assert (result.exit_code, lines) == (2, []) and "all.manifest, line 2: not valid JSON" in result.stderr


def test_the_source_may_be_the_target(tmp_path: Path) -> None:
    path = tmp_path / "all.manifest"
    path.write_bytes(b"\n".join(LINES))
    assert trigpoint("manifest", "select", path, path, "--where", "n = 1").exit_code == 0
    assert path.read_bytes() == LINES[0] + b"\n"


def test_each_line_is_as_likely_as_the_others() -> None:
    counts = Counter(
        place
        for seed in range(2_000)
        for place, is_drawn in enumerate(drawn(10, Sample(count=3, seed=seed)))
        if is_drawn
    )
    assert sum(counts.values()) == 6_000
    assert all(500 < counts[place] < 700 for place in range(10))


@pytest.mark.parametrize(
    ("text", "total", "size"),
    [("3", 10, 3), ("30", 10, 10), ("25%", 10, 2), ("0.1%", 10, 1), ("100 %", 10, 10), ("50%", 0, 0)],
)
def test_the_size_of_a_sample(text: str, total: int, size: int) -> None:
    assert sum(drawn(total, parse_sample(text))) == size


class Many:
    """More files than fit into memory."""

    def files(self) -> Iterator[SourceFile]:
        return (SourceFile(f"{k}.txt", f"s3://b/{k}.txt", 4) for k in range(10**12))

    def open(self, file: SourceFile) -> BinaryIO:
        return BytesIO(f"{file.name}\n".encode())


def test_lines_are_made_while_files_are_listed() -> None:
    report = SetupReport()
    lines = setup_lines(Many(), SetupOptions(DataType.TEXT), report)
    assert [json.loads(next(lines))["source"] for _ in range(3)] == ["0.txt", "1.txt", "2.txt"]
    assert report.read == 3


def test_a_name_that_is_not_utf_8_is_left_out() -> None:
    class Odd(Many):
        def files(self) -> Iterator[SourceFile]:
            return iter([SourceFile("\udce4.jpg", "/x/\udce4.jpg", 4)])

    report = SetupReport()
    assert list(setup_lines(Odd(), SetupOptions(DataType.IMAGE), report)) == []
    assert report.left_out == {"name that is not UTF-8": 1}
