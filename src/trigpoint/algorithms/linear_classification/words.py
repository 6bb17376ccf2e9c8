"""Features of texts: how often words, pairs of words, and parts of words are in them, weighted by how rare they are.

Source: TF-IDF with sublinear counts, as scikit-learn computes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from trigpoint.algorithms.linear_classification.head import Array

MOST_FEATURES = 30_000
"""Of each kind; the most frequent are kept."""

KINDS: Mapping[str, Mapping[str, Any]] = {
    "words": {"analyzer": "word", "ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b"},
    "parts": {"analyzer": "char_wb", "ngram_range": (2, 4)},
}


class WordFeatures:
    """The features of one training."""

    def __init__(self, parts: Mapping[str, TfidfVectorizer]) -> None:
        self._parts = parts

    @classmethod
    def learned(cls, texts: Sequence[str]) -> WordFeatures:
        """The features that tell these texts apart. Raises: ValueError: they have no word."""
        return cls({name: _vectorizer(kind).fit(texts) for name, kind in KINDS.items()})

    def __call__(self, texts: Sequence[str]) -> Any:
        """(N, C) sparse float32."""
        return sparse.hstack([part.transform(texts) for part in self._parts.values()]).tocsr()

    def saved(self) -> tuple[dict[str, Array], dict[str, list[str]]]:
        """The weights of the features, and what they are, in the same order."""
        names = {name: list(part.get_feature_names_out()) for name, part in self._parts.items()}
        return {name: part.idf_ for name, part in self._parts.items()}, names

    @classmethod
    def of_saved(cls, arrays: Mapping[str, Array], document: Mapping[str, Sequence[str]]) -> WordFeatures:
        """What `saved` gave. Raises: ValueError, KeyError, TypeError: the two do not fit each other."""
        parts = {}
        for name, kind in KINDS.items():
            part = _vectorizer(kind, {text: k for k, text in enumerate(document[name])})
            part.idf_ = np.asarray(arrays[name], dtype=np.float64)
            parts[name] = part
        return cls(parts)


def _vectorizer(kind: Mapping[str, Any], vocabulary: Mapping[str, int] | None = None) -> TfidfVectorizer:
    return TfidfVectorizer(
        **kind, sublinear_tf=True, max_features=MOST_FEATURES, vocabulary=vocabulary, dtype=np.float32
    )
