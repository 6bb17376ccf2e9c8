"""What each task type learns with: its algorithm, the lines of its training, and the input of its transform jobs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from trigpoint.autolabel import box_settings, mask_settings
from trigpoint.core.errors import TrigpointError
from trigpoint.objects import ObjectStore
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.remote import RemoteUnavailable
from trigpoint.weights.installed import find

MOST_TEXT_BYTES = 1_000_000
FEWEST_LOOKED_AT = 50
IMAGE, JSON_LINES = "application/x-image", "application/jsonlines"
JSON = "application/json"
ANNOTATIONS = "application/json;annotation=1"
FEATURES_OF = "efficientnet-lite0"
"""The network that the learners of images need."""

FROM_SCRATCH: Final[Mapping[str, str]] = {
    "num_layers": "20",
    "image_shape": "3,64,64",
    "resize": "64",
    "epochs": "20",
    "mini_batch_size": "16",
    "learning_rate": "0.05",
    "augmentation_type": "crop",
}
"""Settings of image classification where no weights are installed: a small network that two cores train in minutes."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One input of a transform job, and which of the job's data objects its predictions are for, in order.

    `name` is the name of its folder. `content` is the file of lines, or the manifest of images.
    """

    name: str
    content: bytes
    indexes: tuple[int, ...]
    keys: tuple[str, ...] = ()
    """Images: the keys of the outputs, without `.out`."""


@dataclass(frozen=True, slots=True)
class Learner:
    """A way to learn one task type."""

    algorithm: str
    source: str
    """The attribute of the training's lines: source-ref or source."""
    settings: Mapping[str, str]
    content_type: str
    manifest: bool
    """Whether the transform's input is a manifest of files instead of a file of lines."""
    inputs: Callable[[str, Mapping[int, str]], list[Sent]]
    accept: str = JSON_LINES
    image: str = ""
    """A program of the requester's, which learns instead of the algorithm."""
    sized: Callable[[int, int, Sequence[Any]], Mapping[str, str]] = lambda _labels, _examples, _given: {}
    """The settings that depend on how many labels the job has, how many lines the training, and on all that people gave."""

    looks_often: bool = False
    """Whether a training has many epochs, and looks at its channel `validation` after each."""

    def validation_part(self, validation: list[str], examples: int) -> list[str]:
        """The lines of the channel `validation`.

        Decision: of a learner with many epochs a part of the validation set, spread over it, because otherwise most of the time
        of a training with few examples would be spent on it. The threshold always reads predictions for the whole set.
        """
        most = max(FEWEST_LOOKED_AT, examples // 4)
        if not self.looks_often or len(validation) <= most:
            return validation
        return [validation[place * len(validation) // most] for place in range(most)]

    def settings_for(self, labels: int, examples: int, given: Sequence[Any]) -> dict[str, str]:
        """The hyperparameters of a training on `examples` lines. given: what people gave, the validation set included."""
        return {
            "num_classes": str(labels),
            "num_training_samples": str(examples),
            **self.settings,
            **self.sized(labels, examples, given),
        }


def learner_of(task_type: str, weights_dir: Any) -> Learner:
    """The learner of a task type that has one."""
    if task_type == "TextMultiClass":
        return Learner("linear-text-classification", "source", {}, JSON_LINES, False, text_inputs)
    pretrained = find(FEATURES_OF, weights_dir) is not None
    of_images = partial(Learner, source="source-ref", content_type=IMAGE, manifest=True, inputs=image_inputs)
    if task_type == "BoundingBox":
        return of_images(
            algorithm="object-detection",
            settings=box_settings.PRETRAINED if pretrained else box_settings.FROM_SCRATCH,
            accept=ANNOTATIONS,
            sized=partial(box_settings.sized, pretrained=pretrained),
            looks_often=True,
        )
    if task_type == "SemanticSegmentation":
        return of_images(
            algorithm="light-segmentation",
            settings=mask_settings.PRETRAINED if pretrained else mask_settings.FROM_SCRATCH,
            accept=JSON,
            sized=partial(mask_settings.sized, pretrained=pretrained),
            looks_often=True,
        )
    if pretrained:
        return of_images(algorithm="linear-image-classification", settings={})
    return of_images(algorithm="image-classification", settings=FROM_SCRATCH)


def with_image(learner: Learner, image: str) -> Learner:
    """The learner with a program that learns instead of its algorithm, without the settings of this."""
    return replace(learner, image=image, settings={}, sized=lambda _labels, _examples, _given: {})


def source_of(objects: ObjectStore, learner: Learner, line: Mapping[str, Any]) -> str | None:
    """What the learner reads of a line: the URI of an image, or the text; None where the text cannot be read.

    Raises: RemoteUnavailable.
    """
    if learner.source == "source-ref":
        return str(line["source-ref"])
    if isinstance(line.get("source"), str):
        return str(line["source"])
    try:
        with objects.open_uri(str(line["source-ref"])) as file:
            return file.read(MOST_TEXT_BYTES).decode(errors="replace")
    except RemoteUnavailable:
        raise
    except (TrigpointError, OSError):
        return None


def text_inputs(name: str, sources: Mapping[int, str]) -> list[Sent]:
    """One file of JSON lines."""
    lines = (json.dumps({"id": index, "source": text}, ensure_ascii=False) for index, text in sources.items())
    return [Sent(name, "".join(f"{line}\n" for line in lines).encode(), tuple(sources))]


def image_inputs(name: str, sources: Mapping[int, str]) -> list[Sent]:
    """One manifest for each bucket. An image of several objects is sent once."""
    by_bucket: dict[str, dict[str, list[int]]] = {}
    for index, uri in sources.items():
        bucket, key = parse_s3_uri(uri)
        by_bucket.setdefault(bucket, {}).setdefault(key, []).append(index)
    sent = []
    for number, (bucket, of_key) in enumerate(sorted(by_bucket.items())):
        manifest = json.dumps([{"prefix": f"s3://{bucket}/"}, *of_key], ensure_ascii=False).encode()
        pairs = [(index, key.removeprefix("/")) for key, own in of_key.items() for index in own]
        folder = name if not number else f"{name}-{number + 1}"
        sent.append(Sent(folder, manifest, tuple(i for i, _ in pairs), tuple(k for _, k in pairs)))
    return sent
