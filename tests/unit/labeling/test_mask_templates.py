"""The templates for masks show the image, the labels and the mask that is adjusted, whatever these are called."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from helpers.labeling_records import a_data_object, a_job, a_spec
from helpers.task_templates import shared_templates
from trigpoint.labeling.task_types.segmentation_adjustment import SEGMENTATION_ADJUSTMENT
from trigpoint.labeling.task_types.semantic_segmentation import SEMANTIC_SEGMENTATION
from trigpoint.records.labels.masks import write_color_map

LABELS = ('it\'s "so" <b>', "a & b &amp; \\ }}", "\u05d0 🙂")
IMAGE = "s3://b/a'b.png"
LINE = {
    "source-ref": IMAGE,
    "streets-ref": "s3://b/mask 1.png",
    "streets-ref-metadata": {**write_color_map(LABELS, 0.5), "type": "groundtruth/semantic-segmentation"},
}
TEMPLATES = [
    (task_type, template)
    for task_type in (SEMANTIC_SEGMENTATION, SEGMENTATION_ADJUSTMENT)
    for template in (task_type.template, task_type.documented_template)
]
ADJUSTED = TEMPLATES[2:]


class Page(HTMLParser):
    """The attributes of each element."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: dict[str, dict[str, str | None]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] = dict(attrs)


def shown(task_type: Any, template: str, line: dict[str, Any]) -> dict[str, str | None]:
    job = a_job(task_type=task_type.name, labels=LABELS, spec=a_spec(label_attribute="second-ref"))
    task_input = task_type.task_input(job, a_data_object(line=json.dumps(line)))
    page = Page(shared_templates().render(template, task_input, "https://signed/{}".format))
    assert "short-instructions" in page.elements and "full-instructions" in page.elements
    return page.elements["crowd-semantic-segmentation"]


@pytest.mark.parametrize(("task_type", "template"), TEMPLATES)
def test_templates_show_image_and_labels_exactly(task_type: Any, template: str) -> None:
    element = shown(task_type, template, LINE)
    assert element["src"] == f"https://signed/{IMAGE}"
    assert json.loads(element["labels"] or "") == list(LABELS)


@pytest.mark.parametrize(("task_type", "template"), ADJUSTED)
def test_the_mask_is_shown_with_the_colour_of_each_class(task_type: Any, template: str) -> None:
    # a comma before a closing brace is allowed there
    initial = re.sub(r",\s*}", "}", shown(task_type, template, LINE)["initial-value"] or "")
    assert json.loads(initial) == {
        "src": "https://signed/s3://b/mask 1.png",
        "labelMappings": {
            LABELS[0]: {"color": "#2ca02c"},
            LABELS[1]: {"color": "#1f77b4"},
            LABELS[2]: {"color": "#ff7f0e"},
        },
    }


@pytest.mark.parametrize(("task_type", "template"), ADJUSTED)
def test_a_first_line_without_a_mask_does_not_break_the_template(task_type: Any, template: str) -> None:
    assert shown(task_type, template, {"source-ref": IMAGE})["initial-value"]
