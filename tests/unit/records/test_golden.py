"""RecordIO files are byte-equal to those of Apache MXNet; MXNet wrote the golden files."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path
from types import ModuleType

import pytest

from helpers.recordio import offsets_in
from trigpoint.core.errors import Invalid
from trigpoint.records.rec_file import RecWriter, read_rec, read_rec_at
from trigpoint.records.recordio import ImageHeader, NotRecordIO, pack_image, unpack_image

GOLDEN = Path(__file__).parent / "golden"


def payloads() -> ModuleType:
    spec = importlib.util.spec_from_file_location("golden_payloads", GOLDEN / "payloads.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_our_rec_and_idx_files_are_byte_equal_to_mxnets() -> None:
    rec, index = io.BytesIO(), io.BytesIO()
    writer = RecWriter(rec, index)
    for key, payload in enumerate(payloads().hostile()):
        writer.write(key * 3, payload)
    assert rec.getvalue() == (GOLDEN / "hostile.rec").read_bytes()
    assert index.getvalue() == (GOLDEN / "hostile.idx").read_bytes()


def test_files_of_mxnet_are_read() -> None:
    with (GOLDEN / "hostile.rec").open("rb") as rec:
        assert list(read_rec(rec)) == payloads().hostile()


def test_each_record_is_found_by_its_offset_in_the_index() -> None:
    offsets = offsets_in((GOLDEN / "hostile.idx").read_text())
    expected = payloads().hostile()
    with (GOLDEN / "hostile.rec").open("rb") as rec:
        for key in reversed(offsets):
            assert read_rec_at(rec, offsets[key]) == expected[key // 3]


def test_our_image_records_are_byte_equal_to_mxnets() -> None:
    made = payloads()
    rec = io.BytesIO()
    writer = RecWriter(rec)
    for number, label in enumerate(made.LABELS):
        header = ImageHeader(tuple(label) if isinstance(label, list) else label, 7 + number, number % 2)
        writer.write(number, pack_image(header, made.image(number)))
    assert rec.getvalue() == (GOLDEN / "images.rec").read_bytes()


def test_image_records_written_by_mxnet_are_read() -> None:
    made = payloads()
    with (GOLDEN / "images.rec").open("rb") as rec:
        found = [unpack_image(payload) for payload in read_rec(rec)]
    assert [image for _, image in found] == [made.image(n) for n in range(len(found))]
    assert [header.id for header, _ in found] == list(range(7, 7 + len(found)))
    assert found[1][0].label == 3.0
    assert found[5][0].label == (0.0, 1.0, 1.0)


def test_an_offset_where_no_record_begins_is_refused() -> None:
    with (GOLDEN / "hostile.rec").open("rb") as rec:
        with pytest.raises(NotRecordIO, match="Invalid magic number"):
            read_rec_at(rec, 4)
        with pytest.raises(Invalid, match="the file ends before byte 9999999"):
            read_rec_at(rec, 9_999_999)
