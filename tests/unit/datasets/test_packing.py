"""recordio pack, unpack and list keep images and labels."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from helpers.labeled_sets import draw, trigpoint, write_lines
from helpers.recordio import offsets_in
from trigpoint.datasets.packing import records_of
from trigpoint.datasets.places import Places
from trigpoint.datasets.unpacking import facts_of
from trigpoint.records.rec_file import read_rec_at
from trigpoint.records.recordio import unpack_detection_label, unpack_image

LIST = "5\t2\ta.jpg\n3\t0\tsub/b.png\n"
BOXES = {
    "image_size": [{"width": 60, "height": 40}],
    "annotations": [{"class_id": 1, "left": 15, "top": 10, "width": 30, "height": 20}],
}
META = {"type": "groundtruth/object-detection", "class-map": {"1": "dog"}}


@pytest.fixture
def images(tmp_path: Path) -> Path:
    draw(tmp_path / "a.jpg", (60, 40))
    draw(tmp_path / "sub" / "b.png", (90, 60))
    return tmp_path


def test_a_list_is_packed_with_the_bytes_of_the_files(images: Path) -> None:
    (images / "l.lst").write_text(LIST)
    result = trigpoint("recordio", "pack", images / "l.lst", images / "out" / "l.rec")
    assert result.exit_code == 0, result.stderr
    records = list(records_of(str(images / "out" / "l.rec"), Places()))
    assert [(header.id, header.label) for header, _ in records] == [(5, 2.0), (3, 0.0)]
    assert records[1][1] == (images / "sub" / "b.png").read_bytes()
    offsets = offsets_in((images / "out" / "l.idx").read_text())
    with (images / "out" / "l.rec").open("rb") as rec:
        assert unpack_image(read_rec_at(rec, offsets[3]))[1] == records[1][1]


def test_boxes_of_a_manifest_become_fractions(images: Path) -> None:
    lines = [
        {"source-ref": "a.jpg", "boxes": BOXES, "boxes-metadata": META},
        {"source-ref": "sub/b.png", "boxes": {**BOXES, "annotations": []}, "boxes-metadata": META},
    ]
    write_lines(images / "m.manifest", lines)
    assert trigpoint("recordio", "pack", images / "m.manifest", images / "m.rec").exit_code == 0
    (first, _), (second, _) = records_of(str(images / "m.rec"), Places())
    assert first.label == (2, 5, 1, 0.25, 0.25, 0.75, 0.75)
    assert isinstance(second.label, tuple)
    assert unpack_detection_label(second.label) == []


def test_labels_are_padded_to_a_width(images: Path) -> None:
    write_lines(images / "m.manifest", [{"source-ref": "a.jpg", "boxes": BOXES, "boxes-metadata": META}])
    trigpoint("recordio", "pack", images / "m.manifest", images / "m.rec", "--label-width", "12")
    ((header, _),) = records_of(str(images / "m.rec"), Places())
    assert header.label == (2, 5, 1, 0.25, 0.25, 0.75, 0.75, -1, -1, -1, -1, -1)
    result = trigpoint("recordio", "pack", images / "m.manifest", images / "n.rec", "--label-width", "6")
    assert (result.exit_code, (images / "n.rec").exists()) == (2, False)
    assert "m.manifest, line 1: the label has 7 numbers, more than --label-width 6" in result.stderr


def test_lists_of_classes_become_multi_hot_vectors(images: Path) -> None:
    meta = {"type": "groundtruth/image-classification-multilabel"}
    write_lines(images / "m.manifest", [{"source-ref": "a.jpg", "c": [2, 0], "c-metadata": meta}])
    result = trigpoint("recordio", "pack", images / "m.manifest", images / "m.rec")
    assert "line 1: the label is a list of classes; --classes N is needed" in result.stderr
    trigpoint("recordio", "pack", images / "m.manifest", images / "m.rec", "--classes", "4")
    ((header, _),) = records_of(str(images / "m.rec"), Places())
    assert header.label == (1, 0, 1, 0)


def test_resizing_gives_the_shorter_edge_the_requested_length(images: Path) -> None:
    (images / "l.lst").write_text(LIST)
    trigpoint("recordio", "pack", images / "l.lst", images / "l.rec", "--resize", "20", "--quality", "50")
    facts = list(facts_of(str(images / "l.rec"), Places()))
    assert [(each.size.width, each.size.height, each.kind) for each in facts if each.size] == [
        (30, 20, ".jpg"),
        (30, 20, ".jpg"),
    ]


def test_the_seed_determines_the_order_of_a_shuffle(images: Path) -> None:
    (images / "l.lst").write_text("".join(f"{k}\t{k}\ta.jpg\n" for k in range(30)))
    orders = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        trigpoint(
            "recordio",
            "pack",
            images / "l.lst",
            images / f"{name}.rec",
            "--shuffle",
            "--seed",
            str(seed),
            "--threads",
            "3",
        )
        orders.append([header.id for header, _ in records_of(str(images / f"{name}.rec"), Places())])
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == list(range(30)) != orders[0]


def test_an_unpacked_file_can_be_packed_to_the_same_bytes(images: Path) -> None:
    lines = [{"source-ref": name, "boxes": BOXES, "boxes-metadata": META} for name in ("a.jpg", "sub/b.png")]
    write_lines(images / "m.manifest", lines)
    trigpoint("recordio", "pack", images / "m.manifest", images / "m.rec")
    assert trigpoint("recordio", "unpack", images / "m.rec", images / "out").exit_code == 0
    assert (images / "out" / "m.lst").read_text().splitlines()[
        0
    ] == "0\t2\t5\t1\t0.25\t0.25\t0.75\t0.75\t00000000.jpg"
    trigpoint("recordio", "pack", images / "out" / "m.lst", images / "again.rec")
    assert (images / "again.rec").read_bytes() == (images / "m.rec").read_bytes()


def test_list_shows_each_record(images: Path) -> None:
    (images / "l.lst").write_text(LIST)
    trigpoint("recordio", "pack", images / "l.lst", images / "l.rec")
    shown = trigpoint("recordio", "list", images / "l.rec").stdout.splitlines()
    assert shown[1].startswith("1\tid 3\tpng\t90x60\t")
    assert shown[1].endswith("label 0")
    assert len(trigpoint("recordio", "list", images / "l.rec", "-n", "1").stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0\t1\tnone.jpg\n", "l.lst, index 0: no file"),
        ("0\t1\tbad.jpg\n", "bad.jpg is not an image"),
        ("0\t1\tcut.jpg\n", "cut.jpg is a broken image"),
        (
            "0\ta.jpg\n",
            "l.lst, line 1: index, label and path are needed, separated by tabs; this has 2 column(s)",
        ),
        ("0\tx\ta.jpg\n", "l.lst, line 1: column 2: 'x' is not a number"),
        ("0.5\t1\ta.jpg\n", "l.lst, line 1: column 1: the index must be a whole number from 0, not '0.5'"),
        ("0\t1\ta.jpg\n0\t1\ta.jpg\n", "l.lst, line 2: duplicate index 0; each image needs its own"),
    ],
)
def test_bad_rows_and_images_stop_the_packing_or_are_skipped(images: Path, text: str, said: str) -> None:
    (images / "bad.jpg").write_bytes(b"hello")
    whole = io.BytesIO()
    Image.effect_noise((300, 300), 50).save(whole, "JPEG")
    (images / "cut.jpg").write_bytes(whole.getvalue()[:5000])
    (images / "l.lst").write_text("7\t1\ta.jpg\n" + text if not text.startswith("0\t1\ta") else text)
    result = trigpoint("recordio", "pack", images / "l.lst", images / "l.rec")
    assert result.exit_code == 2
    assert said.replace("line 1", "line 2") in result.stderr.replace("line 1", "line 2")
    assert not list(images.glob("*.rec*"))
    result = trigpoint("recordio", "pack", images / "l.lst", images / "l.rec", "--skip-bad")
    assert result.exit_code == 0
    assert "1 entry skipped" in result.stderr
    assert [header.label for header, _ in records_of(str(images / "l.rec"), Places())] == [1.0]


def test_the_error_of_a_bad_rec_file_names_the_record(images: Path) -> None:
    (images / "x.rec").write_bytes(b"hello world!")
    for command in (["list"], ["unpack"]):
        result = trigpoint(
            "recordio", *command, images / "x.rec", *([images / "o"] if command == ["unpack"] else [])
        )
        assert result.exit_code == 2
        assert "x.rec, record 0: Invalid magic number" in result.stderr


def test_packing_ends_with_counts_and_strict_refuses_what_is_left_out(images: Path) -> None:
    outside = {"class_id": 1, "left": 90, "top": 0, "width": 5, "height": 5}
    lines: list[Any] = [
        {"source-ref": "a.jpg", "boxes": {**BOXES, "annotations": [*BOXES["annotations"], outside]}},
        {"source-ref": "a.jpg", "boxes-metadata": {"failure-reason": "expired"}},
        {"source-ref": "none.jpg", "boxes": BOXES},
        b"{",
    ]
    write_lines(images / "m.manifest", lines)
    arguments = ("recordio", "pack", images / "m.manifest", images / "m.rec", "--skip-bad")
    counts = [
        "images: read 4, converted 1, left out 3 (bad entry: 1, no label: 1, not a line of a manifest: 1)",
        "labels: read 3, converted 1, left out 2 (image left out: 1, no area inside the image: 1)",
    ]
    strict = trigpoint(*arguments, "--strict")
    assert strict.exit_code == 2 and strict.stderr.splitlines()[-3:-1] == counts
    assert not list(images.glob("m.rec*")) and not list(images.glob("m.idx*"))
    result = trigpoint(*arguments)
    assert result.exit_code == 0 and result.stderr.splitlines()[-2:] == counts
    assert "line 2: has no attribute 'boxes'; its labeling failed: expired" in result.stderr


def test_a_source_without_a_usable_image_is_an_error(images: Path) -> None:
    write_lines(images / "m.manifest", [{"source-ref": "none.jpg", "boxes": BOXES}])
    result = trigpoint("recordio", "pack", images / "m.manifest", images / "m.rec", "--skip-bad")
    assert result.exit_code == 2 and "no image that can be packed" in result.stderr
    assert "images: read 1, converted 0, left out 1" in result.stderr and not (images / "m.rec").exists()


def test_a_manifest_with_two_names_of_one_class_id_is_not_packed(images: Path) -> None:
    lines = [
        {"source-ref": "a.jpg", "boxes": BOXES, "boxes-metadata": {**META, "class-map": {"1": name}}}
        for name in ("dog", "dog", "cat")
    ]
    source = write_lines(images / "m.manifest", lines)
    result = trigpoint("recordio", "pack", source, images / "m.rec", "--skip-bad")
    said = f"class id 1 has two names: 1 is 'dog' ({source}, line 1), 1 is 'cat' ({source}, line 3)"
    assert result.exit_code == 2 and said in result.stderr and not (images / "m.rec").exists()
