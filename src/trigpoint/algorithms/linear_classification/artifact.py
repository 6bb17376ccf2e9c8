"""The model artifact of a linear classifier: a description, the head, and what makes features of the input.

    linear-classification.json    format, version, algorithm, number of classes, settings of the features
    head.npz                      weight, bias, classes; and mean and deviation of the features, or the weights of words
    network.onnx                  images: the frozen network
    words.json                    texts: the words and parts of words, in the order of the features
    sentences.onnx, tokenizer.json  texts: the frozen network of the sentence embeddings, if there was one

No file holds code: arrays are read without pickle, and the network is a graph of known operations.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from trigpoint.algorithms.common.harness import CustomerError
from trigpoint.algorithms.linear_classification.head import Array, Head

DESCRIPTION, ARRAYS, NETWORK, WORDS = "linear-classification.json", "head.npz", "network.onnx", "words.json"
ENCODER, TOKENIZER = "sentences.onnx", "tokenizer.json"
FORMAT, VERSION = "trigpoint-linear-classifier", 1
_HEAD_ARRAYS = ("weight", "bias", "classes")


@dataclass(frozen=True, slots=True)
class Artifact:
    """What is saved. `arrays`: of the features, by name. `files`: other files, by name."""

    algorithm: str
    head: Head
    arrays: Mapping[str, Array] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)


def save(folder: Path, artifact: Artifact) -> None:
    """Writes the artifact; its description last."""
    folder.mkdir(parents=True, exist_ok=True)
    head = artifact.head
    with (folder / ARRAYS).open("wb") as file:
        arrays: dict[str, Any] = {
            "weight": head.weight,
            "bias": head.bias,
            "classes": head.classes,
            **artifact.arrays,
        }
        np.savez(file, **arrays)
    for name, content in artifact.files.items():
        (folder / name).write_bytes(content)
    description = {
        "format": FORMAT,
        "version": VERSION,
        "algorithm": artifact.algorithm,
        "num_classes": head.num_classes,
    }
    (folder / DESCRIPTION).write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")


def load(folder: Path, algorithm: str, files: tuple[str, ...], optional: tuple[str, ...] = ()) -> Artifact:
    """The artifact in a folder.

    Args:   files: the names of the other files that it must have; optional: of those that it may have.
    Raises: CustomerError: it is incomplete, or another program or algorithm wrote it.
    """
    try:
        described = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        with np.load(folder / ARRAYS, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        wanted = (*files, *(name for name in optional if (folder / name).exists()))
        others = {name: (folder / name).read_bytes() for name in wanted}
    except OSError as error:
        raise CustomerError(f"the model artifact has no {Path(str(error.filename)).name}") from None
    except ValueError as error:
        raise CustomerError(f"a file of the model artifact is damaged: {error}") from None
    if not isinstance(described, dict) or (described.get("format"), described.get("version")) != (
        FORMAT,
        VERSION,
    ):
        raise CustomerError(f"{DESCRIPTION} was written by another program, or another version of this one")
    if described.get("algorithm") != algorithm:
        raise CustomerError(f"the model is of {described.get('algorithm')}, not of {algorithm}")
    if missing := [name for name in _HEAD_ARRAYS if name not in arrays]:
        raise CustomerError(f"{ARRAYS} has no {missing[0]}")
    head = Head(
        arrays.pop("weight"), arrays.pop("bias"), arrays.pop("classes"), int(described["num_classes"])
    )
    return Artifact(algorithm, head, arrays, others)


def tensors(arrays: Mapping[str, Any], *names: str) -> list[Array]:
    """The arrays of these names. Raises: CustomerError: one is missing."""
    for name in names:
        if name not in arrays:
            raise CustomerError(f"{ARRAYS} has no {name}")
    return [arrays[name] for name in names]
