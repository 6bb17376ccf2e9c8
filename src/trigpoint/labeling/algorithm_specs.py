"""The rules of automated labeling in CreateLabelingJob, and how many objects it needs."""

from __future__ import annotations

from collections.abc import Mapping
from math import nan
from typing import Final

from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import JobSpec

FEWEST_OBJECTS: Final = 1_250
"""Source: ground-truth.md 5.1."""

ALGORITHM_OF: Final[Mapping[str, str]] = {
    "ImageMultiClass": "image-classification",
    "TextMultiClass": "text-classification",
    "BoundingBox": "object-detection",
    "SemanticSegmentation": "semantic-segmentation",
}
"""The name at the end of the algorithm's ARN, by task type. Source: ground-truth.md 2.4."""


LEAST_AUDIT_SHARE: Final = 0.001
"""Less says nothing: of 1,000 labels of the machine, one would be checked."""


def audit_share_of(written: str | None) -> float | None:
    """The share in the tag trigpoint:audit-share; None without the tag.

    Raises: Invalid: it is not a number from LEAST_AUDIT_SHARE to 1.
    """
    if written is None:
        return None
    try:
        share = float(written)
    except ValueError:
        share = nan
    if not LEAST_AUDIT_SHARE <= share <= 1:
        raise Invalid(
            f"tag trigpoint:audit-share: {written[:50]!r} is not a share; write a number from {LEAST_AUDIT_SHARE} to 1, "
            "such as 0.05 for 5 of 100 labels of the machine"
        )
    return share


def check_algorithms(spec: JobSpec, task_type: str) -> None:
    """Checks LabelingJobAlgorithmsConfig.

    Raises: Invalid: the task type has no automated labeling, the algorithm is of another, or known labels are used, too.
    """
    arn = spec.algorithm_arn
    if arn is None:
        _check_tags(spec)
        return
    named, wanted = arn.rpartition("/")[2], ALGORITHM_OF.get(task_type)
    if wanted is None:
        raise Invalid(
            f"LabelingJobAlgorithmsConfig: automated labeling of {task_type} jobs does not exist; leave it out, or choose "
            f"{' or '.join(ALGORITHM_OF)}"
        )
    if named != wanted:
        raise Invalid(
            f"LabelingJobAlgorithmSpecificationArn {arn!r} is for {named!r}; {task_type} jobs need .../{wanted}"
        )
    if spec.gold_attribute is not None:
        raise Invalid(
            "tag trigpoint:gold-attribute: known labels cannot be mixed into a job with automated labeling; leave out "
            "the tag or LabelingJobAlgorithmsConfig"
        )
    if not spec.label_categories_uri:
        raise Invalid("LabelCategoryConfigS3Uri is missing; automated labeling needs the classes")


def _check_tags(spec: JobSpec) -> None:
    """Refuses the tags that have no effect without automated labeling."""
    for tag, value in (("audit-share", spec.audit_share), ("learner-image", spec.learner_image)):
        if value is not None:
            raise Invalid(
                f"tag trigpoint:{tag}: the job has no automated labeling; leave out the tag, or add "
                "LabelingJobAlgorithmsConfig"
            )


def check_enough_objects(spec: JobSpec, count: int) -> None:
    """Raises: Invalid: there are too few objects for automated labeling."""
    if spec.algorithm_arn is not None and count < FEWEST_OBJECTS:
        raise Invalid(
            f"the input manifest {spec.manifest_uri} has {count} objects; automated labeling needs at least "
            f"{FEWEST_OBJECTS}. Leave out LabelingJobAlgorithmsConfig, or add objects"
        )
