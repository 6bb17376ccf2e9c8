"""The templates for choosing classes show the object, the labels and what is verified, whatever they contain."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from helpers.labeling_records import a_data_object, a_job, a_spec
from helpers.task_templates import shared_templates
from trigpoint.labeling.task_types.box_verification import BOX_VERIFICATION
from trigpoint.labeling.task_types.contract import DataKind, TaskType
from trigpoint.labeling.task_types.image_classification import IMAGE_CLASSIFICATION
from trigpoint.labeling.task_types.image_classification_multi_label import IMAGE_CLASSIFICATION_MULTI_LABEL
from trigpoint.labeling.task_types.segmentation_verification import SEGMENTATION_VERIFICATION
from trigpoint.labeling.task_types.text_classification import TEXT_CLASSIFICATION
from trigpoint.labeling.task_types.text_classification_multi_label import TEXT_CLASSIFICATION_MULTI_LABEL

CLASSIFICATION = (
    IMAGE_CLASSIFICATION,
    IMAGE_CLASSIFICATION_MULTI_LABEL,
    TEXT_CLASSIFICATION,
    TEXT_CLASSIFICATION_MULTI_LABEL,
)
LABELS = ('it\'s "so" <b>', "a & b &amp; \\ }}", "\u05d0 🙂")
TEXT = "  <script>alert(1)</script> & 'x'\n\n\u05d0\u05d1 🙂 </classification-target>"


class Page(HTMLParser):
    """The attributes of each element, and the text inside the classification-target."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: dict[str, dict[str, str | None]] = {}
        self.target = ""
        self._in_target = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] = dict(attrs)
        self._in_target = self._in_target or tag == "classification-target"

    def handle_endtag(self, tag: str) -> None:
        self._in_target = self._in_target and tag != "classification-target"

    def handle_data(self, data: str) -> None:
        self.target += data if self._in_target else ""


def page(task_type: TaskType[Any], template: str, line: dict[str, Any]) -> Page:
    job = a_job(task_type=task_type.name, labels=LABELS, spec=a_spec(label_attribute="check"))
    task_input = task_type.task_input(job, a_data_object(line=json.dumps(line)))
    return Page(shared_templates().render(template, task_input, "https://signed/{}".format))


def relaxed(text: str | None) -> Any:
    """JSON that may have a comma before a closing bracket, as the elements read it."""
    return json.loads(re.sub(r",\s*([\]}])", r"\1", text or ""))


@pytest.mark.parametrize("task_type", CLASSIFICATION, ids=lambda task_type: task_type.name)
def test_templates_show_object_and_labels_exactly(task_type: TaskType[Any]) -> None:
    for template in (task_type.template, task_type.documented_template):
        if task_type.data is DataKind.TEXT:
            shown = page(task_type, template, {"source": TEXT})
            assert shown.target.strip() == TEXT.strip()
            assert "pre-wrap" in (shown.elements["classification-target"]["style"] or "")
        else:
            shown = page(task_type, template, {"source-ref": "s3://b/a'b.png"})
            assert shown.elements[task_type.element]["src"] == "https://signed/s3://b/a'b.png"
        assert json.loads(shown.elements[task_type.element]["categories"] or "") == list(LABELS)
        assert "short-instructions" in shown.elements and "full-instructions" in shown.elements


def test_our_text_templates_keep_the_white_space_of_the_text() -> None:
    for task_type in (TEXT_CLASSIFICATION, TEXT_CLASSIFICATION_MULTI_LABEL):
        assert page(task_type, task_type.template, {"source": TEXT}).target == TEXT


def test_box_verification_shows_the_boxes_of_the_reviewed_label() -> None:
    line = {
        "source-ref": "s3://b/a.png",
        "boxes": {
            "image_size": [{"width": 64, "height": 48, "depth": 3}],
            "annotations": [
                {"class_id": 1, "left": 2.5, "top": 3, "width": 8, "height": 6},
                {"class_id": 0, "left": 0, "top": 0, "width": 4, "height": 4},
            ],
        },
        "boxes-metadata": {
            "type": "groundtruth/object-detection",
            "objects": [{"confidence": 0.9}, {"confidence": 0.8}],
            "class-map": {"0": LABELS[0], "1": LABELS[2]},
        },
    }
    for template in (BOX_VERIFICATION.template, BOX_VERIFICATION.documented_template):
        element = page(BOX_VERIFICATION, template, line).elements["crowd-image-classifier"]
        overlay = relaxed(element["overlay"])["boundingBox"]
        assert sorted(overlay["labels"]) == sorted([LABELS[0], LABELS[2]])
        assert overlay["value"] == [
            {"label": LABELS[2], "left": 2.5, "top": 3, "width": 8, "height": 6},
            {"label": LABELS[0], "left": 0, "top": 0, "width": 4, "height": 4},
        ]
        assert json.loads(element["categories"] or "") == list(LABELS)


def test_segmentation_verification_shows_the_mask_and_the_colours_of_its_classes() -> None:
    line = {
        "source-ref": "s3://b/a.png",
        "mask-ref": "s3://b/it's a mask.png",
        "mask-ref-metadata": {
            "type": "groundtruth/semantic-segmentation",
            "internal-color-map": {
                "0": {"class-name": "BACKGROUND", "hex-color": "#ffffff", "confidence": 0.9},
                "1": {"class-name": LABELS[0], "hex-color": "#2ca02c", "confidence": 0.9},
                "2": {"class-name": LABELS[2], "hex-color": "#1f77b4", "confidence": 0.9},
            },
        },
    }
    for template in (SEGMENTATION_VERIFICATION.template, SEGMENTATION_VERIFICATION.documented_template):
        element = page(SEGMENTATION_VERIFICATION, template, line).elements["crowd-image-classifier"]
        assert relaxed(element["overlay"])["semanticSegmentation"] == {
            "labels": [LABELS[0], LABELS[2]],
            "labelMappings": {LABELS[0]: {"color": "#2ca02c"}, LABELS[2]: {"color": "#1f77b4"}},
            "src": "https://signed/s3://b/it's a mask.png",
        }
