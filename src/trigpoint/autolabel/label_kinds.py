"""The kinds of labels that have automated labeling, by task type."""

from __future__ import annotations

from trigpoint.autolabel.box_kind import BoxKind
from trigpoint.autolabel.class_kind import ClassKind
from trigpoint.autolabel.kinds import LabelKind
from trigpoint.autolabel.mask_kind import MaskKind
from trigpoint.labeling.model import Job
from trigpoint.objects import ObjectStore


def kind_of(job: Job, objects: ObjectStore) -> LabelKind:
    """The kind of a job's labels. Args: objects: where labels that are files are."""
    match job.task_type:
        case "BoundingBox":
            return BoxKind(job, objects)
        case "SemanticSegmentation":
            return MaskKind(job, objects)
    return ClassKind(job)
