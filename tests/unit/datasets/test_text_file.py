"""Text files are read as UTF-8 in one way; other encodings are errors that say where and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.labeled_sets import draw, read_lines, trigpoint
from trigpoint.core.errors import NotFound
from trigpoint.datasets.model import BadEntry
from trigpoint.datasets.places import Places
from trigpoint.datasets.text_file import decode_text, lines_of, read_place, read_text, read_xml_text

NO_LINE_ENDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0\ufeff"))


@given(st.lists(NO_LINE_ENDS), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_lines_are_the_same_with_every_line_end_and_byte_order_mark(
    lines: list[str], end: str, mark: bool
) -> None:
    data = (b"\xef\xbb\xbf" if mark else b"") + "".join(line + end for line in lines).encode()
    assert lines_of(decode_text(data, "a.txt")) == lines


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"ab\ncd\xe9e\n", "a b.txt, line 2, byte 6: 0xe9 is not UTF-8; save the file as UTF-8, or convert"),
        (b"ab\r\n\r\n\x80", "line 3, byte 7: 0x80"),
        (b"ab\r\r\xff", "line 3, byte 5: 0xff"),
        ("\ufeffcafé\n".encode("utf-16-le"), "line 1, byte 1: the file is UTF-16, not UTF-8"),
        ("\ufeffcafé\n".encode("utf-16-be"), "iconv -f utf-16 -t utf-8 'a b.txt' > 'a b.txt.utf8'"),
        ("0 .5 .5 1 1\n".encode("utf-16-le"), "line 1, byte 2: the file is UTF-16.*iconv -f utf-16le"),
        ("0 .5 .5 1 1\n".encode("utf-16-be"), "line 1, byte 1: the file is UTF-16.*iconv -f utf-16be"),
        (b"road\ncar\0\n", "line 2, byte 9: a NUL byte"),
        (b"\xed\xa0\x80", "byte 1: 0xed is not UTF-8"),
    ],
)
def test_another_encoding_is_reported_with_line_and_byte(data: bytes, said: str) -> None:
    with pytest.raises(BadEntry, match=said):
        decode_text(data, "a b.txt")


def test_a_file_that_is_too_large_or_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"x" * 9)
    assert read_text(tmp_path / "a.txt", 9) == "x" * 9
    with pytest.raises(BadEntry, match=r"a\.txt: larger than 0 MB"):
        read_text(tmp_path / "a.txt", 8)
    with pytest.raises(BadEntry, match=r"a\.txt: larger than 0 MB"):
        read_place(str(tmp_path / "a.txt"), Places(), 8)
    with pytest.raises(BadEntry, match="cannot be read: Is a directory"):
        read_text(tmp_path)
    with pytest.raises(NotFound, match="no file"):
        read_place(str(tmp_path / "b.txt"), Places())


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "windows-1252", "utf-8", "UTF-8"])
def test_an_xml_file_may_declare_its_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.xml").write_bytes(f'<?xml version="1.0" encoding="{encoding}"?><a>é</a>'.encode(encoding))
    assert read_xml_text(tmp_path / "a.xml").endswith("<a>é</a>")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'<?xml version="1.0"?><a>\xe9</a>', "byte 25: 0xe9 is not UTF-8"),
        (b'<?xml version="1.0" encoding="ascii"?><a>\xe9</a>', "0xe9 is not the declared encoding ascii"),
        (b'<?xml version="1.0" encoding="punycode"?><a/>', "declared encoding 'punycode' is not known"),
        (b'<?xml version="1.0" encoding="no-such"?><a/>', "declared encoding 'no-such' is not known"),
        ('<?xml version="1.0" encoding="utf-16"?><a/>'.encode("utf-16"), "the file is UTF-16"),
    ],
)
def test_xml_in_another_encoding_than_declared_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "a.xml").write_bytes(data)
    with pytest.raises(BadEntry, match=said):
        read_xml_text(tmp_path / "a.xml")


def test_xml_that_was_converted_to_utf8_may_still_declare_utf16(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text('<?xml version="1.0" encoding="utf-16"?><a>é</a>', "utf-8")
    assert read_xml_text(tmp_path / "a.xml").endswith("<a>é</a>")


# -- every command that reads a text file

Command = tuple[str, ...]


def _yolo(folder: Path) -> None:
    draw(folder / "images" / "1.png", (100, 100))
    (folder / "labels").mkdir()


def _yolo_labels(folder: Path) -> tuple[Path, str, Command]:
    _yolo(folder)
    (folder / "classes.txt").write_text("rue é\nroad\n")
    return folder / "labels/1.txt", "1 0.5 0.5 0.2 0.4\n", ("convert", "yolo", str(folder))


def _yolo_classes(folder: Path) -> tuple[Path, str, Command]:
    _yolo(folder)
    (folder / "labels" / "1.txt").write_text("1 0.5 0.5 0.2 0.4\n")
    return folder / "classes.txt", "rue\nroad\n", ("convert", "yolo", str(folder))


def _yolo_yaml(folder: Path) -> tuple[Path, str, Command]:
    _, _, command = _yolo_classes(folder)
    return folder / "data.yaml", "nc: 2\nnames:\n  0: rue\n  1: road\n", command


def _yolo_option(folder: Path) -> tuple[Path, str, Command]:
    _, text, command = _yolo_classes(folder)
    return folder / "names.txt", text, (*command, "--classes", str(folder / "names.txt"))


def _table(folder: Path) -> tuple[Path, str, Command]:
    draw(folder / "1.png", (100, 100))
    text = "filename,class,xmin,ymin,xmax,ymax\n1.png,road,40,30,60,70\n"
    return folder / "t.csv", text, ("convert", "csv", str(folder / "t.csv"))


def _list(folder: Path) -> tuple[Path, str, Command]:
    draw(folder / "1.png", (100, 100))
    (folder / "names.txt").write_text("rue\nroad\n")
    command = ("convert", "csv", str(folder / "t.lst"), "--classes", str(folder / "names.txt"))
    return folder / "t.lst", "0\t2\t5\t1\t0.4\t0.3\t0.6\t0.7\t1.png\n", command


_XML = """<annotation><filename>1.png</filename>
<object><name>road</name><bndbox><xmin>40</xmin><ymin>30</ymin><xmax>60</xmax><ymax>70</ymax></bndbox></object>
</annotation>
"""


def _voc(folder: Path) -> tuple[Path, str, Command]:
    draw(folder / "JPEGImages" / "1.png", (100, 100))
    return folder / "Annotations/1.xml", _XML, ("convert", "voc", str(folder))


def _voc_list(folder: Path) -> tuple[Path, str, Command]:
    path, text, command = _voc(folder)
    path.parent.mkdir()
    path.write_text(text)
    return folder / "ImageSets/Main/train.txt", "1\n", (*command, "--subset", "train")


def _coco(folder: Path) -> tuple[Path, str, Command]:
    content = {
        "images": [{"id": 1, "file_name": "1.png", "width": 100, "height": 100}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [40, 30, 20, 40]}],
        "categories": [{"id": 1, "name": "road"}],
    }
    return (
        folder / "c.json",
        json.dumps(content, indent=1) + "\n",
        ("convert", "coco", str(folder / "c.json")),
    )


_CVAT = """<annotations><meta><task><labels><label><name>road</name></label></labels></task></meta>
<image id="0" name="1.png" width="100" height="100"><box label="road" xtl="40" ytl="30" xbr="60" ybr="70"/></image>
</annotations>
"""


def _cvat(folder: Path) -> tuple[Path, str, Command]:
    return folder / "annotations.xml", _CVAT, ("convert", "cvat", str(folder))


def _label_studio(folder: Path) -> tuple[Path, str, Command]:
    value = {"x": 40, "y": 30, "width": 20, "height": 40, "rectanglelabels": ["road"]}
    region = {"original_width": 100, "original_height": 100, "type": "rectanglelabels", "value": value}
    content = [{"data": {"image": "/data/upload/1.png"}, "annotations": [{"result": [region]}]}]
    return (
        folder / "ls.json",
        json.dumps(content, indent=1) + "\n",
        ("convert", "labelstudio", str(folder / "ls.json")),
    )


SOURCES: dict[str, Callable[[Path], tuple[Path, str, Command]]] = {
    "YOLO labels": _yolo_labels,
    "YOLO classes.txt": _yolo_classes,
    "YOLO data.yaml": _yolo_yaml,
    "--classes FILE": _yolo_option,
    "table": _table,
    ".lst": _list,
    "VOC XML": _voc,
    "VOC list": _voc_list,
    "COCO": _coco,
    "CVAT": _cvat,
    "Label Studio": _label_studio,
}


def _converted(path: Path, data: bytes, command: Command, output: Path) -> list[tuple[float, ...]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    result = trigpoint(*command, "-o", output)
    assert result.exit_code == 0, result.stderr
    (line,) = read_lines(output)
    assert set(line["label-metadata"]["class-map"].values()) == {"road"}
    return [
        tuple(round(each[side], 6) for side in ("left", "top", "width", "height"))
        for each in line["label"]["annotations"]
    ]


@pytest.mark.parametrize("kind", SOURCES)
def test_each_command_reads_a_byte_order_mark_and_every_line_end(tmp_path: Path, kind: str) -> None:
    path, text, command = SOURCES[kind](tmp_path)
    for end in ("\n", "\r\n", "\r"):
        for mark in ("", "\ufeff"):
            data = (mark + text.replace("\n", end)).encode()
            assert _converted(path, data, command, tmp_path / "m") == [(40, 30, 20, 40)], (end, mark)


@pytest.mark.parametrize("kind", SOURCES)
def test_each_command_refuses_other_encodings_and_names_the_byte(tmp_path: Path, kind: str) -> None:
    path, text, command = SOURCES[kind](tmp_path)
    path.parent.mkdir(parents=True, exist_ok=True)
    data = text.encode()
    for broken in (text.encode("utf-16"), data[:-1] + b"\xe9\n", data[:-1] + b"\0\n"):
        path.write_bytes(broken)
        result = trigpoint(*command, "-o", tmp_path / "m")
        assert result.exit_code == 2, (broken, result.stderr)
        assert f"{path}, line " in result.stderr
        assert ", byte " in result.stderr
        assert "iconv -f " in result.stderr
        assert result.stderr.count("\n") == 1
    assert not (tmp_path / "m").exists()


def test_packing_reads_a_list_in_the_same_way(tmp_path: Path) -> None:
    draw(tmp_path / "1.png")
    path = tmp_path / "a.lst"
    for end in ("\n", "\r\n", "\r"):
        path.write_bytes(f"\ufeff0\t1\t1.png{end}1\t2\t1.png{end}".encode())
        result = trigpoint("recordio", "pack", path, tmp_path / "a.rec")
        assert "2 records" in result.stderr, result.stderr
    path.write_bytes(b"0\t1\t1.png\n1\t2\tcaf\xe9.png\n")
    result = trigpoint("recordio", "pack", path, tmp_path / "a.rec")
    assert (result.exit_code, f"{path}, line 2, byte 18: 0xe9 is not UTF-8" in result.stderr) == (2, True)
