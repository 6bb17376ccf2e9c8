"""The files of automated labeling, under the folder of the labeling job.

    training/<n>/data/train.manifest, validation.manifest
    training/<n>/model/<training job>/output/model.tar.gz
    inference/<n>/<validation or unlabeled>/...
    activelearning/<n>/validation/input.manifest, output.manifest, threshold.json
    activelearning/<n>/autolabel/input.manifest, auto_annotator_output.txt
    activelearning/<n>/selection/selection.manifest
    activelearning/audit.jsonl
    automated-labeling.json

Source: ground-truth.md 3.1, 5.6.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from trigpoint.labeling.model import Job
from trigpoint.labeling.outputs import root_uri
from trigpoint.objects import ObjectStore

JSON = "application/json"
_PIECE_CHARACTERS = 65_536


def training_uri(job: Job, number: int, *parts: str) -> str:
    return "/".join((root_uri(job.spec), "training", str(number), *parts))


def inference_uri(job: Job, number: int, *parts: str) -> str:
    return "/".join((root_uri(job.spec), "inference", str(number), *parts))


def learning_uri(job: Job, number: int, *parts: str) -> str:
    return "/".join((root_uri(job.spec), "activelearning", str(number), *parts))


def report_uri(job: Job) -> str:
    return f"{root_uri(job.spec)}/automated-labeling.json"


def audit_uri(job: Job) -> str:
    return "/".join((root_uri(job.spec), "activelearning", "audit.jsonl"))


def write_lines(objects: ObjectStore, uri: str, lines: Iterable[str]) -> None:
    """Writes a text file of lines."""
    objects.write_uri(uri, _pieces(lines), JSON)


def write_json(objects: ObjectStore, uri: str, value: Mapping[str, Any]) -> None:
    """Writes a file for people to read."""
    objects.write_uri(uri, json.dumps(value, ensure_ascii=False, indent=1).encode(), JSON)


def _pieces(lines: Iterable[str]) -> Iterator[bytes]:
    piece: list[str] = []
    size = 0
    for line in lines:
        piece += (line, "\n")
        size += len(line)
        if size > _PIECE_CHARACTERS:
            yield "".join(piece).encode()
            piece, size = [], 0
    yield "".join(piece).encode()
