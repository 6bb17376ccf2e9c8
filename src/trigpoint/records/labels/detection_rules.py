"""What object detection asks of a label, apart from its form: class ids in range, and not too many boxes.

A training job checks it when it reads the label, `trigpoint manifest validate --for-training` before.
"""

from __future__ import annotations

from collections.abc import Iterable

from trigpoint.core.errors import Invalid


def check_classes(class_ids: Iterable[int], num_classes: int) -> None:
    """Raises: Invalid: a class id that the model does not have."""
    for class_id in class_ids:
        if not 0 <= class_id < num_classes:
            raise Invalid(f"Label {class_id} is out of range, num_classes is {num_classes}")


def most_boxes(label_width: int) -> int:
    """How many objects fit into a label of this width: each takes five numbers, the header two."""
    return (label_width - 2) // 5


def check_count(boxes: int, most: int) -> None:
    """Raises: Invalid: an image has more boxes inside than a label has room for."""
    if boxes > most:
        raise Invalid(
            "Invalid parameter value 'label_width'. Please ensure that the value of parameter 'label_width' "
            f"is at least {boxes * 5 + 2}: an image has {boxes} objects of 5 numbers each, "
            "and 2 more are needed"
        )
