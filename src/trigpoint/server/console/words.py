"""Words of the API as people read them: statuses and task types."""

from __future__ import annotations

from trigpoint.core.errors import Invalid
from trigpoint.labeling.functions.workflow import workflow_of
from trigpoint.language import Text, gettext, translatable

_STATUSES: dict[str, tuple[Text, str]] = {
    "Initializing": (translatable("Starting"), "busy"),
    "InProgress": (translatable("In progress"), "busy"),
    "Completed": (translatable("Completed"), "good"),
    "Failed": (translatable("Failed"), "bad"),
    "Stopping": (translatable("Stopping"), "busy"),
    "Stopped": (translatable("Stopped"), "idle"),
    "Creating": (translatable("Creating"), "busy"),
    "Updating": (translatable("Updating"), "busy"),
    "SystemUpdating": (translatable("Updating"), "busy"),
    "RollingBack": (translatable("Rolling back"), "busy"),
    "InService": (translatable("In service"), "good"),
    "OutOfService": (translatable("Out of service"), "bad"),
    "Deleting": (translatable("Deleting"), "busy"),
    "Starting": (translatable("Starting"), "busy"),
    "Downloading": (translatable("Downloading"), "busy"),
    "Training": (translatable("Training"), "busy"),
    "Uploading": (translatable("Uploading"), "busy"),
    "Interrupted": (translatable("Interrupted"), "idle"),
    "Restarting": (translatable("Restarting"), "busy"),
    "MaxRuntimeExceeded": (translatable("Time is up"), "bad"),
    "MaxWaitTimeExceeded": (translatable("Time is up"), "bad"),
    "active": (translatable("Active"), "good"),
    "invited": (translatable("Invited"), "busy"),
    "disabled": (translatable("Disabled"), "idle"),
}

_TASK_TYPES: dict[str, Text] = {
    "BoundingBox": translatable("Bounding boxes"),
    "AdjustmentBoundingBox": translatable("Bounding boxes, adjustment"),
    "VerificationBoundingBox": translatable("Bounding boxes, verification"),
    "ImageMultiClass": translatable("Image classification"),
    "ImageMultiClassMultiLabel": translatable("Image classification, several labels"),
    "SemanticSegmentation": translatable("Semantic segmentation"),
    "AdjustmentSemanticSegmentation": translatable("Semantic segmentation, adjustment"),
    "VerificationSemanticSegmentation": translatable("Semantic segmentation, verification"),
    "TextMultiClass": translatable("Text classification"),
    "TextMultiClassMultiLabel": translatable("Text classification, several labels"),
    "NamedEntityRecognition": translatable("Named entities"),
}
_CUSTOM = translatable("Custom")


def status_word(status: str) -> str:
    """The status in the language of the reader; as it is if the API has a new one."""
    found = _STATUSES.get(status)
    return status if found is None else gettext(found[0])


def too_many_chosen(most: int) -> str:
    """That a form names more objects than it can."""
    return gettext("more than %(most)d objects are selected; select fewer", most=most)


def status_kind(status: str) -> str:
    """good, bad, busy or idle: which colour and sign the status has."""
    found = _STATUSES.get(status)
    return "idle" if found is None else found[1]


def task_type_word(pre_arn: str | None, consolidation_arn: str | None) -> str:
    """The kind of task that both functions of a labeling job make."""
    try:
        name = workflow_of(pre_arn, consolidation_arn).task_type.name
    except Invalid:  # a job of an earlier version, whose type is not served any more
        return gettext(_CUSTOM)
    return type_word(name)


def type_word(name: str) -> str:
    """A task type by its name."""
    return gettext(_TASK_TYPES.get(name, _CUSTOM))
