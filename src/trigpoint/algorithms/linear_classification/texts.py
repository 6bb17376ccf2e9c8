"""Entry points of the linear classifier of texts: weights of words and of parts of words, and logistic regression.

Costs on one core: about 15 s for the regression on 2,000 sentences and 50 classes. A prediction takes 0.1 ms.
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
    from trigpoint.algorithms.linear_classification.training import configure, log_accuracy, read_examples
    from trigpoint.algorithms.linear_classification.words import WordFeatures

    setting = configure(container, ALGORITHMS[NAME])
    examples = read_examples(setting, "train", _decoded)
    texts = [content.text for content in examples.contents]
    words = WordFeatures.learned(texts)
    features = words(texts)
    logger.info("%d examples with %d features", *features.shape)
    head = fit(features, examples.labels, setting.num_classes, STRENGTHS)
    log_accuracy("train", head, features, examples.labels)
    if "validation" in setting.sources:
        held = read_examples(setting, "validation", _decoded)
        log_accuracy("validation", head, words([each.text for each in held.contents]), held.labels)
    arrays, document = words.saved()
    content = json.dumps(document, ensure_ascii=False).encode()
    artifact.save(container.model_dir, artifact.Artifact(NAME, head, arrays, {artifact.WORDS: content}))


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
    from trigpoint.algorithms.linear_classification.words import WordFeatures

    saved = artifact.load(model_dir, NAME, (artifact.WORDS,))
    try:
        words = WordFeatures.of_saved(saved.arrays, json.loads(saved.files[artifact.WORDS]))
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
        found = saved.head.probabilities(words(texts)) if texts else ()
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
