"""Whatever a file of another tool holds, reading it gives a set or an error for a person, and the counts add up."""

from __future__ import annotations

import json
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.labeled_sets import check_counts, draw
from trigpoint.datasets.coco import read_coco
from trigpoint.datasets.cvat import read_cvat
from trigpoint.datasets.voc import read_voc

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.sampled_from(
        [1e400, -1.5, 2.0, 10**400, "", "1", "1.0", "a.jpg", r"x\a.jpg", "../a.jpg", "\ud800", "b" * 300]
    ),
    st.lists(st.integers(-1, 9), max_size=4),
    st.just({}),
    st.just({"rotation": 30, "occluded": True}),
)


def mostly(usual: Any, odd: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 15).flatmap(lambda dice: odd if dice == 0 else st.just(usual))


def entry(**usual: Any) -> st.SearchStrategy[Any]:
    """An object with the usual members, of which some are odd; rarely something else."""
    return st.integers(0, 15).flatmap(
        lambda dice: (
            ODD
            if dice == 0
            else st.fixed_dictionaries({name: mostly(value, ODD) for name, value in usual.items()})
        )
    )


COCO = st.fixed_dictionaries(
    {
        "images": st.lists(entry(id=1, file_name="a.jpg", width=60, height=40), max_size=3),
        "annotations": st.lists(
            entry(
                id=1,
                image_id=1,
                category_id=1,
                bbox=[1, 2, 3, 4],
                iscrowd=0,
                segmentation=[[1, 2, 3, 4]],
                attributes={},
            ),
            max_size=4,
        ),
        "categories": st.lists(entry(id=1, name="dog"), max_size=2),
    }
)


TEXTS = st.sampled_from(["", "0", "2", "60", "a.jpg", "nan", "-1", "1e9", "x" * 300])


def element(
    tag: str, usual: dict[str, str], *inside: st.SearchStrategy[ET.Element], text: str = ""
) -> st.SearchStrategy[ET.Element]:
    """An element with the usual attributes and text, of which some are odd, and any number of those inside it."""
    attributes = st.fixed_dictionaries({name: mostly(value, TEXTS) for name, value in usual.items()})
    children = st.lists(st.one_of(*inside), max_size=4) if inside else st.just([])
    return st.builds(
        _element,
        mostly(tag, st.sampled_from(["polygon", "image"])),
        attributes,
        children,
        mostly(text, TEXTS),
    )


def _element(tag: str, attributes: dict[str, str], inside: list[ET.Element], text: str) -> ET.Element:
    made = ET.Element(tag, attributes)
    made.text = text
    made.extend(inside)
    return made


BOX = element("box", {"label": "dog", "xtl": "1", "ytl": "2", "xbr": "4", "ybr": "6", "rotation": "30"})
CVAT = element(
    "annotations",
    {},
    element(
        "image", {"name": "a.jpg", "width": "60", "height": "40"}, BOX, BOX, element("tag", {"label": "dog"})
    ),
)


def group(tag: str, *inside: st.SearchStrategy[ET.Element]) -> st.SearchStrategy[ET.Element]:
    """An element with one of each inside it, but for odd ones."""
    return st.tuples(*inside).map(lambda found: _element(tag, {}, list(found), ""))


def texts(**usual: str) -> list[st.SearchStrategy[ET.Element]]:
    return [element(name, {}, text=value) for name, value in usual.items()]


BNDBOX = group("bndbox", *texts(xmin="1", ymin="2", xmax="4", ymax="6"))
OBJECT = group("object", *texts(name="dog"), BNDBOX)
VOC = group(
    "annotation", *texts(filename="a.jpg"), group("size", *texts(width="60", height="40")), OBJECT, OBJECT
)


@settings(max_examples=150)
@given(COCO, st.booleans())
def test_any_coco_file_gives_a_set_or_an_error(content: Any, with_images: bool) -> None:
    with tempfile.TemporaryDirectory() as place:
        draw(Path(place) / "a.jpg")
        path = Path(place) / "c.json"
        path.write_text(json.dumps(content))
        check_counts(
            lambda folder, complaints: read_coco(path, folder if with_images else None, complaints),
            Path(place),
        )


@settings(max_examples=150)
@given(CVAT, st.booleans())
def test_any_cvat_file_gives_a_set_or_an_error(root: ET.Element, with_images: bool) -> None:
    with tempfile.TemporaryDirectory() as place:
        draw(Path(place) / "a.jpg")
        (Path(place) / "annotations.xml").write_bytes(ET.tostring(root))
        check_counts(
            lambda folder, complaints: read_cvat(folder, folder if with_images else None, complaints),
            Path(place),
        )


@settings(max_examples=150)
@given(VOC)
def test_any_voc_file_gives_a_set_or_an_error(root: ET.Element) -> None:
    with tempfile.TemporaryDirectory() as place:
        draw(Path(place) / "a.jpg")
        (Path(place) / "a.xml").write_bytes(ET.tostring(root))
        check_counts(lambda folder, complaints: read_voc(folder, None, complaints), Path(place))
