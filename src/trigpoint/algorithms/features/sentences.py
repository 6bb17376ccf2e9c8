"""Sentence embeddings of texts: split into tokens, and put through a frozen network by onnxruntime.

Costs on one core: about 8 ms for each sentence that is new, 0.1 ms for one that was seen before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from trigpoint.algorithms.common.hardware import cores
from trigpoint.algorithms.features.cache import FeatureCache, Vector, key_of
from trigpoint.core.errors import Invalid

WIDTH = 384
MOST_TOKENS = 256
"""The rest of a longer text is not read; the network has learned with no more. Source: the model card."""

TOGETHER = 32
"""Texts in one call of the network, which are about equally long."""


class SentenceEmbedder:
    """A network that is ready to run. Not for several threads at once."""

    def __init__(self, network: bytes, tokenizer: bytes, cache: FeatureCache) -> None:
        """Raises: Invalid: the graph or the tokenizer cannot be used."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = cores()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._name = hashlib.sha256(network + tokenizer).hexdigest()
        self._cache = cache
        try:
            self._session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
            self._tokenizer = Tokenizer.from_buffer(tokenizer)
        except Exception as error:  # noqa: BLE001 - both libraries raise what their own code names
            raise Invalid(f"the network of the sentence embeddings cannot be run: {error}") from None
        self._tokenizer.enable_truncation(MOST_TOKENS)
        self._tokenizer.enable_padding()

    def __call__(self, texts: Sequence[str]) -> Any:
        """(N, WIDTH) float32, each row of length 1."""
        keys = [key_of(text.encode(errors="replace"), self._name) for text in texts]
        found: dict[bytes, Vector] = self._cache.get(keys)
        wanted = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        order = sorted(wanted, key=lambda key: len(wanted[key]))
        fresh: dict[bytes, Vector] = {}
        for start in range(0, len(order), TOGETHER):
            part = order[start : start + TOGETHER]
            fresh.update(zip(part, self._embedded([wanted[key] for key in part]), strict=True))
        self._cache.put(fresh)
        # in half precision, as they are kept: predictions must not depend on what was seen before
        found.update({key: each.astype(np.float16).astype(np.float32) for key, each in fresh.items()})
        return np.stack([found[key] for key in keys]) if keys else np.zeros((0, WIDTH), np.float32)

    def _embedded(self, texts: list[str]) -> Any:
        """The mean of the vectors of a text's tokens, scaled to length 1. Source: the model card."""
        encoded = self._tokenizer.encode_batch(texts)
        ids = np.array([each.ids for each in encoded], np.int64)
        mask = np.array([each.attention_mask for each in encoded], np.int64)
        sent = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        tokens = self._session.run(None, sent)[0]
        mean = (tokens * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9)
