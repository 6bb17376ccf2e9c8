"""Whatever labels of YOLO, a table or Label Studio hold, reading gives a set or an error, and the counts add up."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.labeled_sets import check_counts, draw
from trigpoint.datasets.label_studio import read_label_studio
from trigpoint.datasets.model import Complaints, LabeledSet
from trigpoint.datasets.table import read_table
from trigpoint.datasets.yolo import read_yolo

ODD = st.sampled_from(
    [None, True, 0, -1, 1.5, 1e308, 10**400, "", "a", "\ud800", "http://[", [], {}, ["cat"], {"choices": 5}]
)
CELLS = st.sampled_from(
    ["a.jpg", "b.jpg", "z.jpg", "", "cat", "1", "1.5", "-1", "nan", "1e400", "0.2", "40", '"', "|", "\u2028"]
)


def mostly(usual: Any) -> st.SearchStrategy[Any]:
    return st.integers(0, 19).flatmap(lambda dice: ODD if dice == 0 else st.just(usual))


def entry(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 19).flatmap(lambda dice: ODD if dice == 0 else st.fixed_dictionaries(members))


SIDES = {name: mostly(value) for name, value in {"x": 1, "y": 2, "width": 3, "height": 4}.items()}
SIZE = {"original_width": mostly(60), "original_height": mostly(40)}
VALUE = entry(**SIDES, rotation=mostly(0), rectanglelabels=mostly(["dog"]))
CHOICE = entry(choices=mostly(["cat"]))
RESULT = entry(id=mostly("r"), type=mostly("rectanglelabels"), value=st.one_of(VALUE, CHOICE), **SIZE)
ANNOTATION = entry(
    result=st.lists(RESULT, max_size=3), ground_truth=mostly(False), was_cancelled=mostly(False)
)
URL = st.sampled_from(["/data/upload/1/a.jpg", "/data/local-files/?d=b.jpg", "c.jpg"])
TASK = entry(data=entry(image=URL), annotations=st.lists(ANNOTATION, max_size=2))
ROW = entry(
    id=st.integers(1, 2), image=URL, label=st.lists(entry(**SIDES, **SIZE, rectanglelabels=mostly(["dog"])))
)
FIRST = st.sampled_from(
    ["image,label", "image,label,xmin,ymin,xmax,ymax", "image,class_name,class_id", "a.jpg,cat"]
)


def check(read: Callable[[Path, Complaints], LabeledSet], files: dict[str, str]) -> None:
    """Reads a folder with these files and two images, and checks the counts."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name in ("a.jpg", "b.jpg"):
            draw(folder / name)
        for name, text in files.items():
            (folder / name).write_text(text, "utf-8", newline="")
        check_counts(read, folder)


@settings(max_examples=80)
@given(st.lists(st.one_of(TASK, ROW), max_size=3), st.booleans())
def test_any_export_of_label_studio_gives_a_set_or_an_error(tasks: list[Any], with_images: bool) -> None:
    check(
        lambda folder, complaints: read_label_studio(
            folder / "ls.json", folder if with_images else None, complaints
        ),
        {"ls.json": json.dumps(tasks)},
    )


@settings(max_examples=80)
@given(FIRST, st.lists(st.lists(CELLS, min_size=1, max_size=6), max_size=4))
def test_any_table_gives_a_set_or_an_error(first: str, rows: list[list[str]]) -> None:
    width = first.count(",") + 1
    lines = [first, *(",".join([*row, *[""] * (width - len(row))]) for row in rows)]
    check(
        lambda folder, complaints: read_table(folder / "t.csv", None, complaints), {"t.csv": "\n".join(lines)}
    )


@settings(max_examples=80)
@given(
    st.lists(
        st.lists(st.sampled_from(["0", "1", "1.5", "0.5", "-1", "nan", "x", "1e400"]), max_size=7), max_size=4
    )
)
def test_any_label_file_gives_a_set_or_an_error(lines: list[list[str]]) -> None:
    text = "\n".join(map(" ".join, lines)) + "\n0 0.5 0.5 0.5 0.5\n"
    files = {"a.txt": text, "orphan.txt": text, "data.yaml": "names: [cat, dog]\n"}
    check(lambda folder, complaints: read_yolo(folder, None, complaints), files)
