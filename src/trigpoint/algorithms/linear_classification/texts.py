"""Entry points of the linear classifier of texts: words, parts of words and sentence embeddings, and logistic regression.

Costs on one core: about 15 s for the regression on 2,000 sentences and 50 classes. A prediction takes 0.1 ms, and 8 ms for
each sentence whose embedding is new.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from trigpoint.algorithms.common.harness import Container, CustomerError, logger
from trigpoint.builtin import ALGORITHMS, JSON_LINES_TYPE, TEXT_TYPE

if TYPE_CHECKING:
    from trigpoint.algorithms.common.serve import Handler

NAME: Final = "linear-text-classification"
STRENGTHS: Final = (3.0, 30.0)
MOST_CHARACTERS: Final = 10_000
"""The rest of a longer text is not read."""


def train(container: Container) -> None:
    """Trains a classifier and writes its model artifact.

    Raises: CustomerError: settings or data that cannot be trained with.
    """
    from trigpoint.algorithms.linear_classification import artifact
    from trigpoint.algorithms.linear_classification.head import fit
    from trigpoint.algorithms.linear_classification.text_features import TextFeatures
    from trigpoint.algorithms.linear_classification.training import configure, log_accuracy, read_examples
    from trigpoint.core.errors import Invalid

    setting = configure(container, ALGORITHMS[NAME])
    examples = read_examples(setting, "train", _decoded)
    texts = [content.text for content in examples.contents]
    try:
        made = TextFeatures.learned(texts)
    except Invalid as error:
        raise CustomerError(error.message) from None
    features = made(texts)
    logger.info("%d examples with %d features", *features.shape)
    head = fit(features, examples.labels, setting.num_classes, STRENGTHS)
    log_accuracy("train", head, features, examples.labels)
    if "validation" in setting.sources:
        held = read_examples(setting, "validation", _decoded)
        log_accuracy("validation", head, made([each.text for each in held.contents]), held.labels)
    arrays, files = made.saved()
    artifact.save(container.model_dir, artifact.Artifact(NAME, head, arrays, files))


class _Text:
    """A text that was decoded; not a str, which would be a fault."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def _decoded(contents: Sequence[bytes]) -> list[_Text | str]:
    return [_one(content) for content in contents]


def _one(content: bytes) -> _Text | str:
    try:
        return _Text(content.decode()[:MOST_CHARACTERS])
    except UnicodeDecodeError as error:
        return f"it is not UTF-8: {error}"


def load_handler(model_dir: Path) -> Handler:
    """The handler of prediction requests for the model in the directory.

    A request is one text, or JSON lines with `source`, of which each gets a line.

    Raises: CustomerError: the artifact is incomplete or was written by another program.
    """
    from trigpoint.algorithms.common.class_replies import JSON, JSON_LINES, negotiate, text_of
    from trigpoint.algorithms.common.serve import ModelReply, RequestRefused, media_type
    from trigpoint.algorithms.linear_classification import artifact
    from trigpoint.algorithms.linear_classification.text_features import TextFeatures
    from trigpoint.core.errors import Invalid

    encoder = (artifact.ENCODER, artifact.TOKENIZER)
    saved = artifact.load(model_dir, NAME, (artifact.WORDS,), encoder)
    try:
        features = TextFeatures.of_saved(saved.arrays, saved.files)
    except Invalid as error:
        raise CustomerError(error.message) from None
    except (ValueError, KeyError, TypeError) as error:
        raise CustomerError(f"{artifact.WORDS} does not fit {artifact.ARRAYS}: {error}") from None

    def reply(body: bytes, content_type: str, accept: str) -> ModelReply:
        sent, _ = media_type(content_type)
        if sent not in ALGORITHMS[NAME].request_types and sent:
            raise RequestRefused(
                415, f"Content type {sent} is not supported; send {TEXT_TYPE} or {JSON_LINES_TYPE}"
            )
        try:
            lines = sent == JSON_LINES_TYPE
            texts = _sources(body) if lines else [body.decode()[:MOST_CHARACTERS]]
        except (ValueError, KeyError, TypeError) as error:
            raise RequestRefused(400, f"The body cannot be read: {error}") from None
        wanted = JSON_LINES if lines else negotiate(accept)
        found = saved.head.probabilities(features(texts)) if texts else ()
        answers = [text_of(each, as_list=wanted == JSON) for each in found]
        return ModelReply("".join(f"{each}\n" for each in answers).encode(), wanted)

    return reply


def _sources(body: bytes) -> list[str]:
    texts = []
    for line in body.splitlines():
        if line.strip():
            source = json.loads(line)["source"]
            if not isinstance(source, str):
                raise ValueError("source must be a text")
            texts.append(source[:MOST_CHARACTERS])
    return texts
