"""Features of encoded images: decoded, resized, and put through a frozen network by onnxruntime.

Costs on one core: 8 ms for each image that is new, 0.1 ms for one that was seen before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnxruntime

from trigpoint.algorithms.common.hardware import cores
from trigpoint.algorithms.common.sources import InvalidSample
from trigpoint.algorithms.features.cache import FeatureCache, Vector, key_of
from trigpoint.algorithms.features.onnx_network import INPUT
from trigpoint.algorithms.image_classification.images import UndecodableImage, decode, pixels, squeeze
from trigpoint.core.errors import Invalid
from trigpoint.weights.installed import find

NETWORK = "efficientnet-lite0"
SIDE_PX = 224
TOGETHER = 16
"""Images in one call of the network."""


def pretrained_network() -> bytes | None:
    """The installed network as an ONNX graph; None where there is none.

    Raises: CustomerError: its file is damaged.
    """
    installed = find(NETWORK)
    if installed is None:
        return None
    from trigpoint.algorithms.common.backbones import make_backbone
    from trigpoint.algorithms.common.backbones.efficientnet_lite import EfficientNetLite0
    from trigpoint.algorithms.common.pretrained import load_pretrained
    from trigpoint.algorithms.features.onnx_network import onnx_features

    backbone = make_backbone(NETWORK, for_classes=True)
    assert isinstance(backbone, EfficientNetLite0)
    load_pretrained(backbone, installed)
    return onnx_features(backbone.eval(), SIDE_PX)


class Extractor:
    """A network that is ready to run. Not for several threads at once."""

    def __init__(self, network: bytes, cache: FeatureCache) -> None:
        """Raises: Invalid: the graph cannot be run."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = cores()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.network = network
        self._name = hashlib.sha256(network).hexdigest()
        self._cache = cache
        try:
            self._session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # noqa: BLE001 - onnxruntime raises what its C++ code names
            raise Invalid(f"the network of the features cannot be run: {error}") from None

    def features(self, images: Sequence[bytes]) -> list[Vector | str]:
        """(C,) float32 for each image, or why it has none."""
        keys = [key_of(image, self._name) for image in images]
        found: dict[bytes, Vector] = self._cache.get(keys)
        wanted = {key: image for key, image in zip(keys, images, strict=True) if key not in found}
        faults: dict[bytes, str] = {}
        fresh: dict[bytes, Vector] = {}
        for start in range(0, len(wanted), TOGETHER):
            decoded: dict[bytes, Any] = {}
            for key in list(wanted)[start : start + TOGETHER]:
                try:
                    decoded[key] = _decoded(wanted[key])
                except (UndecodableImage, InvalidSample) as error:
                    faults[key] = str(error)
            if decoded:
                made = self._session.run(None, {INPUT: np.stack(list(decoded.values()))})[0]
                fresh.update(zip(decoded, made, strict=True))
        self._cache.put(fresh)
        # in half precision, as they are kept: predictions must not depend on what was seen before
        found.update({key: each.astype(np.float16).astype(np.float32) for key, each in fresh.items()})
        return [found[key] if key in found else faults[key] for key in keys]


def _decoded(encoded: bytes) -> Any:
    """(SIDE_PX, SIDE_PX, 3) uint8, the whole image in this size."""
    return pixels(squeeze(decode(encoded, SIDE_PX), SIDE_PX, SIDE_PX), 3)
