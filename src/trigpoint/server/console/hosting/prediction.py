"""What an endpoint says about something that a person tries, as a page shows it."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trigpoint.core.errors import Invalid, NotFound, TrigpointError
from trigpoint.server.console.page import PageRequest
from trigpoint.training.labeled_data import LabeledData

MOST_BYTES = 6_291_456
"""Of a request to an endpoint, as in the API."""
MOST_ROWS = 200
COLOURS = 12
"""How many colours the style sheet has for boxes."""
SHOWN_CHARACTERS = 20_000
_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
    (b"BM", "image/bmp"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A class with its score, and for a box its corners in percent of the image: left, top, width, height."""

    class_name: str
    score: float
    box: tuple[float, float, float, float] | None = None
    colour: int = 0


@dataclass(frozen=True, slots=True)
class Prediction:
    """The answer. `image` is a data URL, "" if the browser could not show what was sent."""

    took_ms: float
    variant: str
    size_bytes: int
    found: Sequence[Found] = ()
    image: str = ""
    raw: str = ""
    name: str = ""

    @property
    def has_boxes(self) -> bool:
        return any(each.box is not None for each in self.found)


@dataclass(frozen=True, slots=True)
class Names:
    """The names of classes, as far as they are known."""

    by_id: Mapping[int, str] = field(default_factory=dict)

    def of(self, number: int) -> str:
        return self.by_id.get(number, f"class {number}")


def invoke(
    page: PageRequest, endpoint: str, body: bytes, content_type: str, names: Names, name: str = ""
) -> Prediction:
    """The endpoint's answer to a request of this person, and how long it took.

    Raises: Invalid: nothing was sent, or it is too large. TrigpointError: whatever InvokeEndpoint refuses.
    """
    if not body:
        raise Invalid("the file is empty; choose another one")
    if len(body) > MOST_BYTES:
        raise Invalid(f"the file has {len(body):,} bytes; an endpoint takes at most {MOST_BYTES:,}")
    begun = time.perf_counter()
    answer = page.ask(
        "sagemaker-runtime", "InvokeEndpoint", EndpointName=endpoint, Body=body, ContentType=content_type
    )
    took_ms = (time.perf_counter() - begun) * 1000
    raw = bytes(answer["Body"])
    kind = next((mime for start, mime in _SIGNATURES if body.startswith(start)), "")
    return Prediction(
        took_ms,
        answer.get("InvokedProductionVariant", ""),
        len(body),
        findings(raw, names),
        f"data:{kind};base64,{base64.b64encode(body).decode()}" if kind else "",
        raw[: SHOWN_CHARACTERS * 4].decode("utf-8", "replace")[:SHOWN_CHARACTERS],
        name,
    )


def findings(raw: bytes, names: Names) -> list[Found]:
    """Boxes or classes in an answer of a built-in algorithm, the best first; none in any other answer."""
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError):
        return []
    rows = answer.get("prediction") if isinstance(answer, dict) else answer
    if not isinstance(rows, list):
        return []
    try:
        found = (
            [_box(row, names) for row in rows]
            if rows and isinstance(rows[0], list)
            else _classes(rows, names)
        )
    except (TypeError, ValueError, OverflowError):
        return []
    return sorted(found, key=lambda each: -each.score)[:MOST_ROWS]


def _box(row: Any, names: Names) -> Found:
    number, score, *corners = [float(each) for each in row]
    left, top, right, bottom = [min(max(each, 0.0), 1.0) * 100 for each in corners]
    box = (left, top, max(0.0, right - left), max(0.0, bottom - top))
    return Found(names.of(int(number)), score, box, int(number) % COLOURS)


def _classes(rows: Sequence[Any], names: Names) -> list[Found]:
    return [
        Found(names.of(number), float(score), None, number % COLOURS) for number, score in enumerate(rows)
    ]


def names_of_endpoint(page: PageRequest, config_name: str, data: LabeledData) -> Names:
    """The names of the classes that the endpoint's first model knows, from the manifest that it has learned from.

    Decision: AWS's models carry no names. The artifact's place names the training job, whose channel `train` has the
    labels with their class map. Where one of them is gone, classes are shown by number.
    """
    try:
        config = page.ask("sagemaker", "DescribeEndpointConfig", EndpointConfigName=config_name)
        model = page.ask("sagemaker", "DescribeModel", ModelName=config["ProductionVariants"][0]["ModelName"])
        container = model.get("PrimaryContainer") or (model.get("Containers") or [{}])[0]
        job_name = _job_of(container.get("ModelDataUrl", ""))
        job = page.ask("sagemaker", "DescribeTrainingJob", TrainingJobName=job_name)
        return Names(_class_names(job, data))
    except (TrigpointError, NotFound, Invalid):
        return Names()


def _job_of(artifact: str) -> str:
    """The training job that wrote `.../<job>/output/model.tar.gz`. Raises: Invalid: the place is another one."""
    parts = artifact.rstrip("/").split("/")
    if len(parts) < 5 or parts[-2] != "output":
        raise Invalid(f"{artifact!r} is not the artifact of a training job")
    return parts[-3]


def _class_names(job: Mapping[str, Any], data: LabeledData) -> Mapping[int, str]:
    for channel in job.get("InputDataConfig") or ():
        source = channel["DataSource"].get("S3DataSource") or {}
        attributes: Sequence[str] = source.get("AttributeNames") or ()
        if channel["ChannelName"] == "train" and len(attributes) > 1:
            return data.class_names(source["S3Uri"], attributes[1])
    return {}
