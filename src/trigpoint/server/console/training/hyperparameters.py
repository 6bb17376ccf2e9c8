"""Hyperparameters as fields of a form: from the schema of the algorithm, with what each is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trigpoint.builtin import Algorithm
from trigpoint.core.errors import Invalid
from trigpoint.hyperparameters import (
    Flag,
    Hyperparameter,
    Maybe,
    OneOf,
    Real,
    Whole,
    WholeOf,
    is_true,
    read_hyperparameters,
    rule,
)
from trigpoint.language import Text, gettext, translatable
from trigpoint.server.console.forms import Field, Form

PREFIX = "hp_"
COMMON = (
    "num_classes",
    "num_training_samples",
    "epochs",
    "mini_batch_size",
    "learning_rate",
    "image_shape",
    "base_network",
    "num_layers",
    "use_pretrained_model",
    "multi_label",
)
"""Shown first, in this order; the others are folded."""

_HELP: Mapping[str, Text] = {
    "num_classes": translatable("How many classes the labels have"),
    "num_training_samples": translatable("How many examples the channel train has"),
    "base_network": translatable("The network that reads the image"),
    "use_pretrained_model": translatable("Begin with weights that know everyday pictures, if installed"),
    "epochs": translatable("How often the training sees all examples"),
    "mini_batch_size": translatable("Examples per step; less needs less memory"),
    "learning_rate": translatable("The size of a step; halve it if the loss jumps"),
    "num_layers": translatable("Depth of the ResNet; the small ones are for small images"),
    "multi_label": translatable("An image can have several classes"),
    "lr_scheduler_step": translatable("Epochs at which the learning rate becomes smaller"),
    "lr_scheduler_factor": translatable("What the learning rate is multiplied by at these epochs"),
    "optimizer": translatable("The method that changes the weights"),
    "momentum": translatable("How much a step keeps the direction of those before it"),
    "weight_decay": translatable("How strongly large weights are pulled towards 0"),
    "overlap_threshold": translatable("The overlap from which an anchor counts as the object"),
    "nms_threshold": translatable("The overlap from which the weaker of two boxes is dropped"),
    "nms_topk": translatable("How many boxes are compared for overlap"),
    "label_width": translatable("Room for the boxes of one image: 5 numbers for each, and 2 more"),
    "freeze_layer_pattern": translatable("Layers whose names begin with this expression do not learn"),
    "early_stopping": translatable("End when the validation no longer improves"),
    "early_stopping_min_epochs": translatable("Epochs before the training may end early"),
    "early_stopping_patience": translatable("Epochs without improvement that are waited for"),
    "early_stopping_tolerance": translatable("The least improvement that counts"),
    "kv_store": translatable("How several instances exchange gradients"),
    "beta_1": translatable("Decay of Adam's first moment"),
    "beta_2": translatable("Decay of Adam's second moment"),
    "eps": translatable("Keeps Adam and RMSProp from dividing by 0"),
    "gamma": translatable("Decay of RMSProp's mean"),
    "augmentation_type": translatable("How pictures are varied: cut out, also coloured, also turned"),
    "resize": translatable("The shorter side of a picture, before a part is cut out"),
    "use_weighted_loss": translatable("Rare classes count more; only with several classes per image"),
    "precision_dtype": translatable("Arithmetic of the network; float16 needs a GPU to be faster"),
    "top_k": translatable("Also report whether the class is among the first k"),
    "checkpoint_frequency": translatable("Every how many epochs the model is kept"),
}
_IMAGE_SHAPE = {
    "light-segmentation": translatable("Pixels of each side to which pictures are scaled"),
    "object-detection": translatable("Pixels of each side to which pictures are scaled"),
    "image-classification": translatable("Channels, height and width to which pictures are scaled"),
}


def hyperparameter_fields(algorithm: Algorithm) -> list[Field]:
    """One field for each, the common ones first."""
    order = {name: place for place, name in enumerate(COMMON)}
    ranked = sorted(algorithm.hyperparameters, key=lambda each: order.get(each.name, len(order)))
    return [_field(each, algorithm.name) for each in ranked]


def split_common(fields: Sequence[Field]) -> tuple[list[str], list[str]]:
    """The names of the fields that are always shown, and of those that are folded."""
    names = [each.name for each in fields]
    return (
        [each for each in names if each.removeprefix(PREFIX) in COMMON],
        [each for each in names if each.removeprefix(PREFIX) not in COMMON],
    )


def as_typed(algorithm: Algorithm, given: Mapping[str, str]) -> dict[str, str]:
    """The values of a job as the form shows them."""
    found = {}
    for each in algorithm.hyperparameters:
        if each.name in given:
            text = given[each.name]
            found[PREFIX + each.name] = str(is_true(text)) if isinstance(each.kind, Flag) else text
    return found


def checked(algorithm: Algorithm, form: Form) -> dict[str, str]:
    """The hyperparameters that differ from their defaults, or have none. What is wrong becomes problems of the form."""
    found = {}
    for each in algorithm.hyperparameters:
        text = form.values[PREFIX + each.name]
        try:
            read_hyperparameters((each,), algorithm.title, {each.name: text})
        except Invalid as problem:
            form.problems[PREFIX + each.name] = _shortened(problem.message, each.name)
        if text not in ("", _default(each)):
            found[each.name] = text
    return found


def _field(each: Hyperparameter, algorithm: str) -> Field:
    about = _IMAGE_SHAPE.get(algorithm) if each.name == "image_shape" else _HELP.get(each.name)
    kind, attributes, options = _control(each)
    return Field(
        PREFIX + each.name,
        each.name,
        "" if about is None else gettext(about),
        kind=kind,
        required=each.default is None,
        options=options,
        default=_default(each),
        attributes=attributes,
    )


def _control(each: Hyperparameter) -> tuple[str, dict[str, str], list[tuple[str, str, str]]]:
    """Kind, attributes and options of the field."""
    match each.kind:
        case Whole(minimum) | Maybe(Whole(minimum)):
            return "number", {"min": str(minimum), "step": "1", "inputmode": "numeric"}, []
        case OneOf(choices):
            return "select", {}, [(choice, choice, "") for choice in choices]
        case WholeOf(numbers):
            return "select", {}, [(str(number), str(number), "") for number in sorted(numbers)]
        case Maybe(OneOf(choices)):
            return "select", {}, [("", gettext("None"), ""), *((choice, choice, "") for choice in choices)]
        case Flag():
            return "select", {}, [("True", gettext("Yes"), ""), ("False", gettext("No"), "")]
        case Real():
            return "text", {"inputmode": "decimal", "title": rule(each.kind), "autocomplete": "off"}, []
        case _:
            return "text", {"title": rule(each.kind), "autocomplete": "off", "spellcheck": "false"}, []


def _default(each: Hyperparameter) -> str:
    default = each.default or ""
    return str(is_true(default)) if isinstance(each.kind, Flag) else default


def _shortened(message: str, name: str) -> str:
    return message.removeprefix(f"Error when validating hyperparameters: {name}:").strip()
