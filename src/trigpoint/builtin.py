"""The registry of built-in algorithms: everything that code outside an algorithm's own package knows about it.

To add an algorithm, write its package in `trigpoint.algorithms` and add one entry to `ALGORITHMS`. Services, training,
hosting, compute, the child process and docs/built-in-algorithms.md read the entry. Nothing here imports torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from trigpoint.hyperparameters import (
    EpochList,
    Flag,
    Hyperparameter,
    ImageShape,
    Maybe,
    OneOf,
    Pattern,
    Real,
    Schema,
    Whole,
    WholeOf,
)

DATA_CHANNELS: Final = ("train", "validation")
"""The channels that hold examples. `train` is required."""

MODEL_CHANNEL: Final = "model"
"""The channel that holds the model of an earlier training."""

RECORDIO: Final = "application/x-recordio"
IMAGE_TYPES: Final = ("image/jpeg", "image/png", "application/x-image")
TEXT_TYPE: Final = "text/plain"
JSON_LINES_TYPE: Final = "application/jsonlines"


@dataclass(frozen=True, slots=True)
class LabelChannel:
    """The channel that holds the labels of a data channel's files."""

    suffix: str
    """The channel's name is the data channel's name plus this suffix."""

    holds: str
    """What it has for each file, for messages."""

    content_types: tuple[str, ...]
    """Content types accepted in addition to those of the data channel; "" when none is given."""


@dataclass(frozen=True, slots=True)
class InputForm:
    """One way to give a data channel its examples, with the fields of the channel in this form.

    The algorithm sees neither S3DataType nor AttributeNames, so it recognizes the form by these fields.
    """

    name: str
    modes: tuple[str, ...]
    content_types: tuple[str, ...]
    """"" when none is given."""

    record_wrapper: str | None = None
    """RecordWrapperType; None where it is not looked at."""

    labels: LabelChannel | None = None
    """None where the labels come with the examples."""


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One built-in algorithm."""

    name: str
    title: str
    """The name in sentences: "object detection"."""

    image_name: str
    """The image's name in AWS's registries; also accepted without a registry."""

    module: str | None
    """Module that the child process loads, see `algorithms.common.contract`; None: it cannot be run yet."""

    hyperparameters: Schema = ()

    leftovers: tuple[str, ...] = ()
    """Names that public notebooks send and AWS's algorithm does not read; ignored."""

    metrics: Mapping[str, str] = field(default_factory=dict)
    """Regular expression of each metric in the log; group 1 is the value."""

    objective: str = ""
    """The metric that decides which model is kept; higher is better."""

    forms: tuple[InputForm, ...] = ()
    """How its data channels may be given."""

    attributes: tuple[str, ...] = ()
    """Examples of the AttributeNames of an augmented manifest, one for each attribute that is read, in order."""

    takes_model: bool = False
    """Whether a training may start from the model of an earlier one."""

    request_types: tuple[str, ...] = ()
    """Content types of the requests that its models answer; empty when its models cannot be hosted."""

    @property
    def is_hosted(self) -> bool:
        """Whether its models can be served."""
        return bool(self.request_types)


AUGMENTED_MANIFEST: Final = InputForm(
    "augmented manifest", ("Pipe",), ("", RECORDIO, *IMAGE_TYPES), record_wrapper="RecordIO"
)
RECORD_PIPE: Final = InputForm("piped .rec files", ("Pipe",), ("", RECORDIO), record_wrapper="None")
RECORD_FILE: Final = InputForm("one .rec file", ("File", "FastFile"), (RECORDIO,))
JSON_ANNOTATIONS: Final = LabelChannel(
    # Decision: the guide asks for the images' content type here; what the files really are is accepted, too
    "_annotation",
    "a JSON annotation",
    ("", *IMAGE_TYPES, "application/json"),
)
IMAGES_WITH_JSON: Final = InputForm(
    "image files with JSON annotations", ("File", "FastFile"), IMAGE_TYPES, labels=JSON_ANNOTATIONS
)
LST_FILE: Final = LabelChannel(
    # Decision: the guide asks for application/x-image on all four channels; what the file really is is accepted, too
    "_lst",
    "a line in a .lst file",
    ("", *IMAGE_TYPES, "text/plain", "text/tab-separated-values"),
)
IMAGES_WITH_LST: Final = InputForm(
    "image files with a .lst file", ("File", "FastFile"), IMAGE_TYPES, labels=LST_FILE
)

_ABOVE_0: Final = Real(0, 1, low_open=True)
_INSIDE_0_1: Final = Real(0, 1, low_open=True, high_open=True)
_EARLY_STOPPING: Final = (
    Hyperparameter("early_stopping", Flag(), "False"),
    Hyperparameter("early_stopping_min_epochs", Whole(1), "10"),
    Hyperparameter("early_stopping_patience", Whole(1), "5"),
    Hyperparameter("early_stopping_tolerance", Real(0, 1), "0.0"),
)
_DETECTION_LINE: Final = r"#quality_metric: host=\S+, epoch=\S+, "

LARGEST_SIDE: Final = 4096
MOST_CLASSES: Final = 100_000
"""Decision: several times the largest public sets. More would take all memory before the first batch."""

_OBJECT_DETECTION = Algorithm(
    name="object-detection",
    title="object detection",
    image_name="object-detection",
    module="trigpoint.algorithms.object_detection.entry",
    # Source: training.md 6.1; resnet-10, efficientnet-lite0 and nms_topk are not documented on AWS
    hyperparameters=(
        Hyperparameter("num_classes", Whole(1, MOST_CLASSES), None),
        Hyperparameter("num_training_samples", Whole(1), None),
        Hyperparameter(
            "base_network", OneOf(("vgg-16", "resnet-50", "resnet-10", "efficientnet-lite0")), "vgg-16"
        ),
        Hyperparameter("use_pretrained_model", Flag(), "1"),
        Hyperparameter("image_shape", Whole(300, LARGEST_SIDE), "300"),
        Hyperparameter("epochs", Whole(1), "30"),
        Hyperparameter("mini_batch_size", Whole(1), "32"),
        Hyperparameter("learning_rate", _ABOVE_0, "0.001"),
        Hyperparameter("lr_scheduler_step", EpochList(), ""),
        Hyperparameter("lr_scheduler_factor", _INSIDE_0_1, "0.1"),
        Hyperparameter("optimizer", OneOf(("sgd", "adam", "rmsprop", "adadelta")), "sgd"),
        Hyperparameter("momentum", _ABOVE_0, "0.9"),
        Hyperparameter("weight_decay", _INSIDE_0_1, "0.0005"),
        Hyperparameter("overlap_threshold", _ABOVE_0, "0.5"),
        Hyperparameter("nms_threshold", _ABOVE_0, "0.45"),
        Hyperparameter("nms_topk", Whole(1), "400"),
        Hyperparameter("label_width", Whole(1), "350"),
        Hyperparameter("freeze_layer_pattern", Pattern(), ""),
        *_EARLY_STOPPING,
        Hyperparameter("kv_store", OneOf(("device", "dist_sync", "dist_async")), "device"),
    ),
    # Source: training.md 6.8
    metrics={
        "validation:mAP": _DETECTION_LINE + r"validation mAP <score>=\((\S+)\)",
        "train:smooth_l1": _DETECTION_LINE + r"batch=\S+ train smooth_l1 <loss>=(\S+)",
        "train:cross_entropy": _DETECTION_LINE + r"batch=\S+ train cross_entropy <loss>=(\S+)",
        "train:progress": r"#progress_metric: host=\S+, completed (\S+) %",
        "train:throughput": r"#throughput_metric: host=\S+, train throughput=(\S+) records/second",
    },
    objective="validation:mAP",
    # Source: training.md 6.2
    forms=(AUGMENTED_MANIFEST, RECORD_PIPE, RECORD_FILE, IMAGES_WITH_JSON),
    attributes=("source-ref", "bounding-box"),
    takes_model=True,
    request_types=IMAGE_TYPES,
)

_0_TO_1: Final = Real(0, 1)
_BELOW_1: Final = Real(0, 1, high_open=True)
"""Decision: AWS's tables include 1, with which adam divides by 0."""

_IMAGE_CLASSIFICATION = Algorithm(
    name="image-classification",
    title="image classification",
    image_name="image-classification",
    module="trigpoint.algorithms.image_classification.entry",
    # Source: training.md 7.1; base_network is not documented on AWS
    hyperparameters=(
        Hyperparameter("num_classes", Whole(1, MOST_CLASSES), None),
        Hyperparameter("num_training_samples", Whole(1), None),
        Hyperparameter("num_layers", WholeOf((18, 34, 50, 101, 152, 200, 20, 32, 44, 56, 110)), "152"),
        # Decision: the name that object detection has; num_layers is of the ResNet and has no effect with another network
        Hyperparameter("base_network", OneOf(("resnet", "efficientnet-lite0")), "resnet"),
        Hyperparameter("image_shape", ImageShape(LARGEST_SIDE), "3,224,224"),
        Hyperparameter("use_pretrained_model", Flag(), "0"),
        Hyperparameter("mini_batch_size", Whole(1), "32"),
        Hyperparameter("epochs", Whole(1), "30"),
        Hyperparameter("learning_rate", _0_TO_1, "0.1"),
        Hyperparameter("lr_scheduler_step", EpochList(), ""),
        Hyperparameter("lr_scheduler_factor", _0_TO_1, "0.1"),
        Hyperparameter("optimizer", OneOf(("sgd", "adam", "rmsprop", "nag")), "sgd"),
        Hyperparameter("momentum", _0_TO_1, "0.9"),
        Hyperparameter("weight_decay", _0_TO_1, "0.0001"),
        Hyperparameter("beta_1", _BELOW_1, "0.9"),
        Hyperparameter("beta_2", _BELOW_1, "0.999"),
        Hyperparameter("eps", _0_TO_1, "1e-8"),
        Hyperparameter("gamma", _0_TO_1, "0.9"),
        Hyperparameter("augmentation_type", Maybe(OneOf(("crop", "crop_color", "crop_color_transform"))), ""),
        Hyperparameter("resize", Maybe(Whole(1)), ""),
        Hyperparameter("multi_label", Flag(), "0"),
        Hyperparameter("use_weighted_loss", Flag(), "0"),
        Hyperparameter("precision_dtype", OneOf(("float32", "float16")), "float32"),
        Hyperparameter("top_k", Maybe(Whole(2)), ""),
        Hyperparameter("checkpoint_frequency", Maybe(Whole(1)), ""),
        *_EARLY_STOPPING,
        Hyperparameter("kv_store", Maybe(OneOf(("dist_sync", "dist_async"))), ""),
    ),
    leftovers=("model_prefix", "lr_scheduler"),
    # Source: training.md 7.5
    metrics={
        "train:accuracy": r"Epoch\[\d+\] Train-accuracy=(\S+)",
        "validation:accuracy": r"Epoch\[\d+\] Validation-accuracy=(\S+)",
    },
    objective="validation:accuracy",
    # Source: training.md 7.2
    forms=(AUGMENTED_MANIFEST, RECORD_PIPE, RECORD_FILE, IMAGES_WITH_LST),
    attributes=("source-ref", "class"),
    takes_model=True,
    request_types=IMAGE_TYPES,
)

# The learners of automated labeling. Decision: names of our own, because AWS does not document its learners.
_LINEAR_SETTINGS: Final = (
    Hyperparameter("num_classes", Whole(1, MOST_CLASSES), None),
    Hyperparameter("num_training_samples", Whole(1), None),
)
_LINEAR_IMAGES = Algorithm(
    name="linear-image-classification",
    title="linear image classification",
    image_name="linear-image-classification",
    module="trigpoint.algorithms.linear_classification.images",
    hyperparameters=_LINEAR_SETTINGS,
    metrics=_IMAGE_CLASSIFICATION.metrics,
    objective="validation:accuracy",
    forms=(AUGMENTED_MANIFEST,),
    attributes=("source-ref", "class"),
    request_types=IMAGE_TYPES,
)
_LINEAR_TEXTS = Algorithm(
    name="linear-text-classification",
    title="linear text classification",
    image_name="linear-text-classification",
    module="trigpoint.algorithms.linear_classification.texts",
    hyperparameters=_LINEAR_SETTINGS,
    metrics=_IMAGE_CLASSIFICATION.metrics,
    objective="validation:accuracy",
    forms=(AUGMENTED_MANIFEST,),
    attributes=("source", "class"),
    request_types=(TEXT_TYPE, JSON_LINES_TYPE),
)

_LIGHT_SEGMENTATION = Algorithm(
    name="light-segmentation",
    title="light segmentation",
    image_name="light-segmentation",
    module="trigpoint.algorithms.light_segmentation.entry",
    hyperparameters=(
        # as in AWS's semantic segmentation, the background is one of the classes
        Hyperparameter("num_classes", Whole(2, 256), None),
        Hyperparameter("num_training_samples", Whole(1), None),
        Hyperparameter("base_network", OneOf(("efficientnet-lite0",)), "efficientnet-lite0"),
        Hyperparameter("use_pretrained_model", Flag(), "1"),
        Hyperparameter("image_shape", Whole(64, 1024), "256"),
        Hyperparameter("epochs", Whole(1), "15"),
        Hyperparameter("mini_batch_size", Whole(1), "8"),
        Hyperparameter("learning_rate", _ABOVE_0, "0.002"),
        Hyperparameter("lr_scheduler_step", EpochList(), ""),
        Hyperparameter("lr_scheduler_factor", _INSIDE_0_1, "0.1"),
        *_EARLY_STOPPING,
    ),
    metrics={
        "validation:mIOU": _DETECTION_LINE + r"validation mIOU <score>=\((\S+)\)",
        "train:loss": _DETECTION_LINE + r"train loss <loss>=\((\S+)\)",
        "train:progress": r"#progress_metric: host=\S+, completed (\S+) %",
        "train:throughput": r"#throughput_metric: host=\S+, train throughput=(\S+) records/second",
    },
    objective="validation:mIOU",
    forms=(AUGMENTED_MANIFEST,),
    attributes=("source-ref", "mask-ref"),
    request_types=IMAGE_TYPES,
)

ALGORITHMS: Final[Mapping[str, Algorithm]] = {
    each.name: each
    for each in (_OBJECT_DETECTION, _IMAGE_CLASSIFICATION, _LINEAR_IMAGES, _LINEAR_TEXTS, _LIGHT_SEGMENTATION)
}
TRAINABLE: Final = tuple(each.name for each in ALGORITHMS.values() if each.module is not None)
HOSTED: Final = tuple(each.name for each in ALGORITHMS.values() if each.is_hosted)
