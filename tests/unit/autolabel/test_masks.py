"""Masks in automated labeling: how good they are, how good they are expected to be, and the labels that they become."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from trigpoint.autolabel import mask_settings
from trigpoint.autolabel.kinds import Prediction
from trigpoint.autolabel.mask_kind import MaskKind, mask_iou
from trigpoint.core.errors import Invalid, NotFound
from trigpoint.labeling.task_types.contract import LabelFile
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.labels.masks import write_color_map, write_mask

LABELS = ("road", "tree")


class Files(dict[str, bytes]):
    """An object store that only reads."""

    def read_uri(self, uri: str) -> bytes:
        if uri not in self:
            raise NotFound(f"there is no {uri}")
        return self[uri]


def kind(files: Files) -> MaskKind:
    job = SimpleNamespace(labels=LABELS, spec=SimpleNamespace(label_attribute="m-ref"))
    return MaskKind(cast(Any, job), cast(Any, files))


def png(numbers: np.ndarray[Any, Any]) -> bytes:
    height, width = numbers.shape
    return write_mask(numbers.astype(np.uint8).tobytes(), ImageSize(width, height, 1))


def reply(numbers: np.ndarray[Any, Any], expected_iou: float, **changed: object) -> bytes:
    share = float((numbers == 1).mean())
    road = {"class_id": 1, "share": share, "expected_share": share, "expected_iou": expected_iou}
    mask = base64.b64encode(png(numbers)).decode()
    return json.dumps({"confidence": 0.9, "classes": [road], "mask": mask} | changed).encode()


def test_the_mean_iou_is_of_the_classes_that_occur_without_the_background() -> None:
    found, drawn = np.array([[0, 1], [1, 1]]), np.array([[0, 1], [1, 2]])
    assert mask_iou(found, drawn, 2) == pytest.approx((2 / 3 + 0) / 2)
    assert mask_iou(drawn, drawn, 2) == mask_iou(found * 0, found * 0, 2) == 1.0
    assert mask_iou(found[:1], drawn, 2) == 0.0


def test_masks_that_the_model_doubts_are_less_sure_and_become_labels() -> None:
    rng = np.random.default_rng(1)
    files, found, given = Files(), {}, {}
    masks = kind(files)
    for k in range(60):
        drawn = np.zeros((8, 8))
        drawn[2:6, 2:6] = 1
        bad = drawn.copy()
        is_bad = rng.random() < 0.5
        if is_bad:
            bad[2:5] = 0
        files[f"drawn{k}"], files[f"reply{k}"] = png(drawn), reply(bad, 0.3 if is_bad else 0.95)
        given[k], found[k] = f"drawn{k}", masks.read(files[f"reply{k}"], f"reply{k}")
    del files["drawn5"]  # it cannot be measured
    judged = masks.judge({**found, 100: found[0]}, given)
    assert judged.quality.keys() == given.keys() - {5}
    for k, quality in judged.quality.items():
        assert quality in (0.25, 1.0)
        assert judged.predictions[k].confidence == pytest.approx(quality, abs=0.15)
    assert judged.predictions[100].confidence == pytest.approx(judged.quality[0], abs=0.15)
    label = masks.label(judged.predictions[7])
    assert label.value == LabelFile(
        base64.b64decode(json.loads(files["reply7"])["mask"]), ".png", "image/png"
    )
    shown = label.metadata["internal-color-map"]
    assert [each["class-name"] for each in shown.values()] == ["BACKGROUND", *LABELS]
    assert shown["1"]["confidence"] == round(judged.predictions[7].confidence, 5)
    line = {"m-ref": "s3://b/x.png", "m-ref-metadata": label.metadata}
    assert masks.given(line) == masks.training_value("s3://b/x.png") == "s3://b/x.png"
    assert masks.given({**line, "m-ref-metadata": write_color_map(["tree", "road"], 1)}) is None
    assert masks.given({"m-ref": "s3://b/x.png"}) is None


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"[]",
        b"{}",
        b'{"prediction": [0.5, 0.5]}',
        reply(np.ones((2, 2)), float("nan")),
        reply(np.ones((2, 2)), 0.5, mask=3),
        reply(
            np.ones((2, 2)),
            0.5,
            classes=[{"class_id": 3, "share": 0, "expected_share": 0, "expected_iou": 0}],
        ),
    ],
)
def test_a_reply_of_another_model_or_of_one_that_diverged_is_refused(wrong: bytes) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        kind(Files()).read(wrong, "")


def test_a_mask_that_is_gone_or_of_other_classes_is_no_label() -> None:
    files = Files(gone=reply(np.ones((2, 2)), 1), other=reply(np.full((2, 2), 9), 1))
    masks = kind(files)
    found = {name: masks.read(files[name], name) for name in ("gone", "other")}
    del files["gone"]
    for name in found:
        with pytest.raises(Invalid, match=name):
            masks.label(Prediction(found[name], 0.9))
    assert masks.read(b'{"prediction": [], "error": "damaged"}', "") is None
    assert masks.judge({}, {1: "x"}).predictions == {}


def test_the_background_is_a_class_of_the_training() -> None:
    assert mask_settings.sized(3, 100, [], pretrained=True)["num_classes"] == "4"
