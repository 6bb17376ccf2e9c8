"""Known labels of jobs for masks: the file is read when the object is measured, and kept small with its facts."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from trigpoint.core.errors import Invalid
from trigpoint.labeling.consolidation.packed_masks import PackedMask, enlarged, reduced
from trigpoint.labeling.model import DataObject, Facts, Job
from trigpoint.labeling.task_types import reviewed_masks
from trigpoint.labeling.task_types.contract import Label
from trigpoint.labeling.task_types.image_facts import image_size_of_facts, measure_image
from trigpoint.labeling.task_types.mask_files import MaskFile, mask_file, read_mask_file
from trigpoint.labeling.task_types.mask_pixels import read_colored_mask
from trigpoint.objects import ObjectStore
from trigpoint.records.labels.attributes import metadata_of

KNOWN_SIDE: Final = 512
"""The longest side of the mask that is kept. What workers see of things shows in it; outlines teach nothing."""

_FACT: Final = "known_mask"


def known_label(job: Job, line: Mapping[str, Any], attribute: str) -> Label:
    """The label in the attribute of a line. Whether the file can be read shows when the object is measured."""
    mask = _known_file(job, line, attribute)
    return Label(mask.uri, metadata_of(line, attribute))


def measure(objects: ObjectStore, job: Job, data_object: DataObject) -> Facts:
    """Size and channels of the image, and the known mask if there is one.

    Raises: Invalid, NotFound: why the object cannot be labeled.
    """
    return _with_known_mask(objects, job, data_object, measure_image(objects, job, data_object))


def measure_reviewed(objects: ObjectStore, job: Job, data_object: DataObject) -> Facts:
    """As `measure`, after a check of the mask that is reviewed."""
    return _with_known_mask(objects, job, data_object, reviewed_masks.measure(objects, job, data_object))


def known_mask(data_object: DataObject) -> PackedMask | None:
    """The known mask that was kept, in the size of the image; None if there is none."""
    facts = data_object.facts or {}
    kept = facts.get(_FACT)
    if kept is None:
        return None
    pixels = np.frombuffer(zlib.decompress(base64.b64decode(kept["pixels"])), np.uint8)
    size = image_size_of_facts(facts)
    return enlarged(pixels.reshape(kept["height"], kept["width"]), size.width, size.height)


def _with_known_mask(objects: ObjectStore, job: Job, data_object: DataObject, facts: Facts) -> Facts:
    attribute, line = job.spec.gold_attribute, data_object.content
    if attribute is None or line.get(attribute) is None:
        return facts
    mask, size = _known_file(job, line, attribute), image_size_of_facts(facts)
    numbers = {color: job.labels.index(name) + 1 for name, color in mask.colors.items()}
    png = read_mask_file(objects, mask, _where(attribute))
    small = reduced(read_colored_mask(png, size, numbers, f"{_where(attribute)}: {mask.uri}"), KNOWN_SIDE)
    height, width = small.shape
    pixels = base64.b64encode(zlib.compress(small.tobytes())).decode()
    return {**facts, _FACT: {"width": width, "height": height, "pixels": pixels}}


def _known_file(job: Job, line: Mapping[str, Any], attribute: str) -> MaskFile:
    mask = mask_file(attribute, line.get(attribute), metadata_of(line, attribute), _where(attribute))
    for name in mask.colors:
        if name not in job.labels:
            raise Invalid(f"{_where(attribute)}: the job has no label {name[:80]!r}")
    return mask


def _where(attribute: str) -> str:
    return f"the known label {attribute!r} cannot be used"
