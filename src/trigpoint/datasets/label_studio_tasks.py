"""The tasks of Label Studio's full JSON: of each its image, and the results of the annotation that counts.

Decision: of several annotations of one task the one marked as ground truth counts, else the last that was not
cancelled: a review is written after the annotation that it reviews.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from trigpoint.datasets.image_files import EXTENSIONS
from trigpoint.datasets.json_source import items, members
from trigpoint.datasets.label_studio_regions import Result
from trigpoint.datasets.model import BadEntry

NO_IMAGE: Final = "task without an image"
_IMAGE_KEYS: Final = ("image", "img", "image_url", "url")


@dataclass(frozen=True, slots=True)
class Task:
    """One image: its place in the source, its URL, and the results of the annotation that counts.

    results: None when nobody annotated the task. others: how many results its other annotations have.
    """

    where: str
    url: str
    results: list[Result] | None
    others: int = 0


@dataclass(frozen=True, slots=True)
class _Annotation:
    where: str
    members: Mapping[str, Any]
    results: list[Any] = field(default_factory=list)


def is_full(task: Mapping[str, Any]) -> bool:
    """True for a task of the full JSON, false for a row of JSON-MIN."""
    return isinstance(task.get("data"), Mapping) or "annotations" in task or "completions" in task


def read_task(task: Mapping[str, Any], where: str) -> Task:
    """A task of the full JSON. Raises: BadEntry: names the member."""
    data = task["data"] if isinstance(task.get("data"), Mapping) else task
    url = data[image_key(data, where)]
    kept = [each for each in _annotations(task, where) if not each.members.get("was_cancelled")]
    if not kept:
        return Task(where, url, None)
    chosen = next((each for each in kept if each.members.get("ground_truth")), kept[-1])
    others = sum(len(each.results) for each in kept) - len(chosen.results)
    results = [_result(each, f"{chosen.where}: result[{k}]") for k, each in enumerate(chosen.results)]
    return Task(where, url, results, others)


def _annotations(task: Mapping[str, Any], where: str) -> list[_Annotation]:
    name = "completions" if "annotations" not in task else "annotations"
    found = []
    for k, each in enumerate(items(task, name, where, missing=True)):
        place = f"{where}: {name}[{k}]"
        annotation = members(each, place)
        found.append(_Annotation(place, annotation, items(annotation, "result", place)))
    return found


def _result(value: Any, where: str) -> Result:
    result = members(value, where)
    merged = {**result, **members(result.get("value", {}), where)}
    return Result(where, str(result.get("from_name", "")), str(result.get("type", "result")), merged)


def image_key(data: Mapping[str, Any], where: str) -> str:
    """The member with the URL of the image: one of the usual names, else the only one that looks like an image.

    Raises: BadEntry: there is none, or several.
    """
    usual = next((key for key in _IMAGE_KEYS if isinstance(data.get(key), str)), None)
    if usual is not None:
        return usual
    found = [key for key, value in data.items() if isinstance(value, str) and _is_image(value)]
    if len(found) > 1:
        raise BadEntry(where, f"the task has several images: {', '.join(found)}", "task with several images")
    if any(isinstance(data.get(key), list) for key in _IMAGE_KEYS):
        raise BadEntry(
            where, "data.image is a list; a task with one image is needed", "task with several images"
        )
    if not found:
        raise BadEntry(where, f"data.image is missing; the task has {_listed(data)}", NO_IMAGE)
    return found[0]


def _is_image(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    path = unquote(parts.query or parts.path) if "local-files" in parts.path else unquote(parts.path)
    return PurePosixPath(path).suffix.lower() in EXTENSIONS


def _listed(data: Mapping[str, Any]) -> str:
    return ", ".join(map(str, data))[:200] or "no data"
