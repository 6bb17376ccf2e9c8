"""The replies of all classifiers: {"prediction": [probability of each class]}, or a bare list.

Source: training.md 7.7.
"""

from __future__ import annotations

import json
import os
from typing import Any

from trigpoint.algorithms.common.serve import RequestRefused, media_type

JSON, JSON_LINES = "application/json", "application/jsonlines"
_DIGITS = 7  # of a float32


def is_batch() -> bool:
    """Whether the server works for a transform job."""
    return os.environ.get("SAGEMAKER_BATCH") == "true"


def negotiate(accept: str) -> str:
    """The content type that the client wants. Raises: RequestRefused: a type that is not supported."""
    for choice in (accept or "*/*").split(","):
        wanted, _ = media_type(choice)
        if wanted == JSON_LINES:
            return JSON_LINES
        if wanted in (JSON, "application/*", "*/*", ""):
            return JSON
    raise RequestRefused(406, f"Accept {accept} is not supported; ask for {JSON} or {JSON_LINES}")


def text_of(probabilities: Any, *, as_list: bool) -> str:
    """One prediction as JSON, without line break: a bare list for an endpoint's client that asks for JSON."""
    rounded = [float(f"{value:.{_DIGITS}g}") for value in probabilities.tolist()]
    return json.dumps(rounded if as_list and not is_batch() else {"prediction": rounded})


def unusable(why: str) -> str | None:
    """The answer in a transform job to an input that cannot be read; None where the request is refused instead.

    Decision: one damaged file among thousands must not fail the whole job.
    """
    return json.dumps({"prediction": [], "error": why}) if is_batch() else None
