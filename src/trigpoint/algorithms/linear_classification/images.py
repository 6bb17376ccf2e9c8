"""Entry points of the linear classifier of images: features of a frozen pretrained network, and logistic regression.

Costs on one core: 8 ms for each new image, and about 5 s for the regression on 1,000 images. A prediction takes 8 ms, or
0.1 ms for an image that a training has seen.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from trigpoint.algorithms.common.harness import Container, CustomerError, logger
from trigpoint.builtin import ALGORITHMS

if TYPE_CHECKING:
    from trigpoint.algorithms.common.serve import Handler
    from trigpoint.algorithms.features.extractor import Extractor

NAME: Final = "linear-image-classification"
STRENGTHS: Final = (3e-4, 3e-3, 3e-2)
"""Of features with deviation 1."""


def train(container: Container) -> None:
    """Trains a classifier and writes its model artifact.

    Raises: CustomerError: settings or data that cannot be trained with, or no pretrained weights are installed.
    """
    import numpy as np

    from trigpoint.algorithms.features.cache import FeatureCache
    from trigpoint.algorithms.features.extractor import NETWORK, Extractor, pretrained_network
    from trigpoint.algorithms.linear_classification import artifact
    from trigpoint.algorithms.linear_classification.head import fit
    from trigpoint.algorithms.linear_classification.training import configure, log_accuracy, read_examples
    from trigpoint.weights.wanted import missing

    setting = configure(container, ALGORITHMS[NAME])
    network = pretrained_network()
    if network is None:
        raise CustomerError(missing(NETWORK).replace("; training from scratch", ""))
    extractor = Extractor(network, FeatureCache.of_environment())
    examples = read_examples(setting, "train", extractor.features)
    features = np.stack(examples.contents)
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-3
    logger.info("%d examples with %d features", *features.shape)
    head = fit((features - mean) / scale, examples.labels, setting.num_classes, STRENGTHS)
    log_accuracy("train", head, (features - mean) / scale, examples.labels)
    if "validation" in setting.sources:
        held = read_examples(setting, "validation", extractor.features)
        log_accuracy("validation", head, (np.stack(held.contents) - mean) / scale, held.labels)
    arrays = {"mean": mean, "scale": scale}
    made = artifact.Artifact(NAME, head, arrays, {artifact.NETWORK: network})
    artifact.save(container.model_dir, made)


def load_handler(model_dir: Path) -> Handler:
    """The handler of prediction requests for the model in the directory; it has made one prediction already.

    Raises: CustomerError: the artifact is incomplete or was written by another program.
    """
    from trigpoint.algorithms.common.class_replies import JSON, negotiate, text_of, unusable
    from trigpoint.algorithms.common.image_requests import blank_png, check_content_type
    from trigpoint.algorithms.common.serve import ModelReply, RequestRefused
    from trigpoint.algorithms.features.cache import FeatureCache
    from trigpoint.algorithms.features.extractor import Extractor
    from trigpoint.algorithms.linear_classification import artifact
    from trigpoint.core.errors import Invalid

    saved = artifact.load(model_dir, NAME, (artifact.NETWORK,))
    mean, scale = artifact.tensors(saved.arrays, "mean", "scale")
    try:
        extractor: Extractor = Extractor(saved.files[artifact.NETWORK], FeatureCache.of_environment())
    except Invalid as error:
        raise CustomerError(error.message) from None

    def predict(image: bytes) -> Any:
        found = extractor.features([image])[0]
        return (
            found if isinstance(found, str) else saved.head.probabilities(((found - mean) / scale)[None])[0]
        )

    predict(blank_png())

    def reply(body: bytes, content_type: str, accept: str) -> ModelReply:
        wanted = negotiate(accept)
        check_content_type(content_type, ALGORITHMS[NAME].request_types)
        found = predict(body)
        if isinstance(found, str):
            if (answer := unusable(found)) is None:
                raise RequestRefused(400, f"The body is not an image that can be decoded: {found}")
            return ModelReply(answer.encode(), wanted)
        return ModelReply(text_of(found, as_list=wanted == JSON).encode(), wanted)

    return reply
