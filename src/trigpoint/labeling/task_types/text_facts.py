"""The length of the text of a data object, after a check that there is something in it to label."""

from __future__ import annotations

import unicodedata

from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import DataObject, Facts, Job
from trigpoint.objects import ObjectStore

_UNSEEN_CATEGORIES = ("Cc", "Cf", "Zl", "Zp", "Zs")
"""Unicode's categories of control characters, format characters and separators, which leave nothing to see."""


def measure_text(objects: ObjectStore, job: Job, data_object: DataObject) -> Facts:
    """The length of the data object's text in Unicode code points: characters.

    Raises: Invalid: why the text cannot be labeled.
    """
    return {"characters": text_length(data_object.content["source"])}


def text_length_of(data_object: DataObject) -> int:
    """The length that was measured."""
    assert data_object.facts is not None, "an object is offered only after it was measured"
    length: int = data_object.facts["characters"]
    return length


def text_length(text: str) -> int:
    """The length of a text that can be labeled, in Unicode code points.

    Raises: Invalid: the text is empty, has nothing that a worker can see, or has half of a surrogate pair.
    """
    if not text:
        raise Invalid("the text in 'source' is empty; there is nothing to label")
    categories = [unicodedata.category(character) for character in text]
    if all(category in _UNSEEN_CATEGORIES for category in categories):
        raise Invalid(
            f"the text in 'source' has {len(text)} characters, all of them white space or invisible; there is nothing "
            "to label"
        )
    if "Cs" in categories:
        raise Invalid(
            f"the text in 'source' has half of a surrogate pair at character {categories.index('Cs')}, which is not a "
            "character; write both halves or neither"
        )
    return len(text)
