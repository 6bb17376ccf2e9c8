"""The masks that verification and adjustment jobs review: which of them workers are shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from helpers.labeling import png
from helpers.labeling_records import a_data_object, a_job, a_spec
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Invalid, NotFound
from trigpoint.db import Database
from trigpoint.labeling.model import DataObject
from trigpoint.labeling.task_types import TASK_TYPES
from trigpoint.objects import ObjectStore
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.labels.masks import SEMANTIC_SEGMENTATION, write_color_map, write_mask
from trigpoint.settings import Settings

JOB = a_job(spec=a_spec(label_attribute="check"))
REVIEWS = ["VerificationSemanticSegmentation", "AdjustmentSemanticSegmentation"]
SIZE = ImageSize(4, 3, 3)
METADATA = {**write_color_map(("road", "car"), 0), "type": SEMANTIC_SEGMENTATION}
ROAD = METADATA["internal-color-map"]["1"]


@pytest.fixture
def objects(sqlite_database: Database, settings: Settings, clock: FakeClock) -> ObjectStore:
    found = ObjectStore(sqlite_database, settings.objects_dir, clock)
    found.create_bucket("lab")
    found.write_uri("s3://lab/image.png", png((4, 3)))
    found.write_uri("s3://lab/mask.png", write_mask(b"\x00\x01\x02\x02" * 3, SIZE))
    found.write_uri("s3://lab/third.png", write_mask(b"\x00\x01\x02\x03" * 3, SIZE))
    found.write_uri("s3://lab/wide.png", write_mask(b"\x00\x01\x02\x02" * 3, ImageSize(6, 2, 3)))
    found.write_uri("s3://lab/text.png", b"no picture")
    return found


def reviewing(mask: Any = "s3://lab/mask.png", metadata: Any = METADATA) -> DataObject:
    line = {"source-ref": "s3://lab/image.png", "mask-ref": mask, "mask-ref-metadata": metadata}
    return a_data_object(line=json.dumps(line))


@pytest.mark.parametrize("name", REVIEWS)
def test_a_mask_of_the_images_size_in_the_colours_of_its_classes_is_shown(
    objects: ObjectStore, name: str
) -> None:
    task_type = TASK_TYPES[name]
    assert task_type.measure(objects, JOB, reviewing()) == {"width": 4, "height": 3, "depth": 3}
    assert task_type.task_input(JOB, reviewing())["reviewed"] == {
        "attribute": "mask-ref",
        "labels": ["road", "car"],
        "labelMappings": {"road": {"color": "#2ca02c"}, "car": {"color": "#1f77b4"}},
        "src": "s3://lab/mask.png",
    }


@pytest.mark.parametrize("name", REVIEWS)
@pytest.mark.parametrize(
    ("data_object", "reason"),
    [
        (reviewing(7), "'mask-ref', cannot be read: it must be the URI of a mask"),
        (reviewing("mask.png"), "'mask-ref', cannot be read: "),
        (reviewing("s3://lab"), "'s3://lab' names a bucket, not an object"),
        (reviewing("s3://lab/none.png"), "'mask-ref', cannot be read: "),
        (reviewing("s3://lab/text.png"), "s3://lab/text.png"),
        (reviewing("s3://lab/wide.png"), "s3://lab/wide.png has 6 x 2 pixels, but the image has 4 x 3"),
        (reviewing("s3://lab/third.png"), "s3://lab/third.png: the pixel at x 3, y 0 has the colour #"),
        (reviewing(metadata={"type": SEMANTIC_SEGMENTATION}), "internal-color-map is missing"),
        (
            reviewing(metadata={**METADATA, "internal-color-map": {"1": ROAD, "2": ROAD}}),
            "two classes have the name 'road' or the colour",
        ),
    ],
)
def test_another_mask_is_refused_with_the_reason(
    objects: ObjectStore, name: str, data_object: DataObject, reason: str
) -> None:
    with pytest.raises((Invalid, NotFound)) as caught:
        TASK_TYPES[name].measure(objects, JOB, data_object)
    assert reason in caught.value.message


@pytest.mark.parametrize("name", REVIEWS)
def test_a_line_whose_mask_cannot_be_shown_has_none_in_its_task_input(name: str) -> None:
    for mask in (7, "mask.png", "s3://lab"):
        assert TASK_TYPES[name].task_input(JOB, reviewing(mask))["reviewed"] is None
