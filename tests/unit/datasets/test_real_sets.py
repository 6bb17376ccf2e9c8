"""Published data sets, where they are available: the counts match those of their authors, and nothing is lost."""

from __future__ import annotations

import json
import os
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from helpers.labeled_sets import trigpoint


@pytest.fixture(scope="module")
def data() -> Path:
    named = os.environ.get("TRIGPOINT_SHARED_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[4] / "shared" / "data"
    if not (folder / "bccd").is_dir():
        pytest.skip("the folder of real sets, ../shared/data, is not next to this checkout")
    return folder


def test_the_blood_cells_are_counted_and_kept_in_a_round_trip(data: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "cells.manifest"
    assert trigpoint("convert", "voc", data / "bccd", "-o", manifest, "--attribute", "cells").exit_code == 0
    found = json.loads(trigpoint("manifest", "validate", manifest, "--check-images", "--json").stdout)
    assert (found["lines"], found["errors"]) == (364, 0)
    assert found["labels"]["cells"]["classes"] == {"RBC": 4155, "WBC": 372, "Platelets": 361}
    assert found["image_sizes"] == [{"width": 640, "height": 480, "images": 364}]
    flat = [each["why"] for each in found["problems"] if "training drops it" in each["why"]]
    assert len(flat) == 2
    trigpoint("convert", "manifest", manifest, "--to", "voc", "-o", tmp_path)
    for path in sorted((data / "bccd" / "Annotations").glob("*.xml")):
        assert objects(tmp_path / "Annotations" / path.name) == objects(path)


def objects(path: Path) -> list[dict[str, str | None]]:
    """The members of each object in a file of Pascal VOC; the pose is not part of a manifest."""
    return [
        {part.tag: part.text for part in each.iter() if not len(part) and part.tag != "pose"}
        for each in ET.parse(path).getroot().iter("object")
    ]


def test_the_raccoon_set_is_valid(data: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "m"
    trigpoint("convert", "voc", data / "raccoon", "-o", manifest)
    found = json.loads(trigpoint("manifest", "validate", manifest, "--decode", "--json").stdout)
    assert (found["lines"], found["errors"], found["labels"]["label"]["labels"]) == (200, 0, 217)


def test_hands_are_classified_by_their_folders(data: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "m"
    trigpoint("convert", "folder", data / "signdigits" / "Dataset", "-o", manifest)
    found = json.loads(trigpoint("manifest", "stats", manifest, "--json").stdout)
    assert (found["lines"], len(found["labels"]["label"]["classes"])) == (2062, 10)
    assert found["labels"]["label"]["class_ids"] == {str(digit): str(digit) for digit in range(10)}
