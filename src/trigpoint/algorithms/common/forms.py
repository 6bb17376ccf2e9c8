"""Finds the form of input of each data channel, from the registry's list of the algorithm's forms.

The algorithm sees neither S3DataType nor AttributeNames. Input mode, record wrapper and content type decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from trigpoint.algorithms.common.harness import ChannelConfig, Container, CustomerError, logger
from trigpoint.algorithms.common.record_files import files_below
from trigpoint.algorithms.common.sources import ExampleSource, MakeSource, NoExamples
from trigpoint.builtin import DATA_CHANNELS, MODEL_CHANNEL, Algorithm, InputForm, LabelChannel

MODEL_TYPES = ("", "application/x-sagemaker-model", "application/x-tar", "application/gzip")


def open_sources(
    container: Container, algorithm: Algorithm, makers: Mapping[InputForm, MakeSource]
) -> dict[str, ExampleSource]:
    """The sources of the data channels that the job has.

    Args:   makers: what opens a channel in each of the algorithm's forms.
    Raises: CustomerError: `train` or a label channel is missing, a channel is not one of the algorithm's, or mode,
            wrapper and content type of a channel are none of its forms (names the channel and the field).
    """
    channels = container.channels
    if "train" not in channels:
        given = f"; it has {', '.join(map(repr, channels))}" if channels else ""
        raise CustomerError(f"The channel 'train' is missing from InputDataConfig{given}")
    forms: dict[str, InputForm] = {
        name: _form(channels[name], algorithm) for name in DATA_CHANNELS if name in channels
    }
    for name, form in forms.items():
        if form.labels is not None:
            _check_labels(container, channels[name], form.labels)
    _refuse_unread(container, algorithm, forms)
    sources: dict[str, ExampleSource] = {}
    for name, form in forms.items():
        mode = channels[name].input_mode.lower()
        folder = container.channel_folder(name)
        logger.info("The channel '%s' is in %s input mode under %s.", name, mode, folder)
        if container.is_sharded(name) and mode != "pipe" and next(files_below(folder), None) is None:
            logger.warning(
                "Channel '%s' has no object for this instance: it has fewer objects than instances.", name
            )
            sources[name] = NoExamples(name)
            continue
        sources[name] = makers[form](container, channels[name])
    if "validation" not in channels:
        logger.warning(
            "The channel 'validation' is not given: no %s is computed, the last model is kept.",
            algorithm.objective.partition(":")[2],
        )
    return sources


def _form(channel: ChannelConfig, algorithm: Algorithm) -> InputForm:
    """The form of the channel. Raises: CustomerError."""
    kind, given = channel.media_type, f"Channel '{channel.name}' has"
    readable = [form for form in algorithm.forms if kind in form.content_types]
    if kind and not readable:
        raise CustomerError(
            f"{given} content type {channel.content_type}, which {algorithm.title} does not read; set ContentType "
            f"to {_types(algorithm.forms)}"
        )
    in_mode = [form for form in algorithm.forms if _has_mode(form, channel)]
    for form in in_mode:
        if form in readable:
            return form
    if kind == "":
        raise CustomerError(
            f"{given} no content type; in {channel.input_mode} input mode ContentType must be {_types(in_mode)}"
        )
    wrapper = "" if channel.record_wrapper == "None" else f" with RecordWrapperType {channel.record_wrapper}"
    raise CustomerError(
        f"{given} content type {channel.content_type} in {channel.input_mode} input mode"
        f"{wrapper or ' without RecordWrapperType'}; {algorithm.title} reads this type as "
        f"{' or '.join(map(_described, readable))}"
    )


def _has_mode(form: InputForm, channel: ChannelConfig) -> bool:
    wrapper = form.record_wrapper
    return channel.input_mode.lower() in (mode.lower() for mode in form.modes) and (
        wrapper is None or wrapper.lower() == channel.record_wrapper.lower()
    )


def _types(forms: Iterable[InputForm]) -> str:
    """The content types of the forms, each with the names of its forms."""
    names: dict[str, list[str]] = {}
    for form in forms:
        for kind in form.content_types:
            if kind:
                names.setdefault(kind, []).append(form.name)
    return " or ".join(f"{kind} ({', '.join(by)})" for kind, by in names.items())


def _described(form: InputForm) -> str:
    wrapper = f" and RecordWrapperType {form.record_wrapper}" if form.record_wrapper else ""
    return f"{form.name} with InputMode {' or '.join(form.modes)}{wrapper}"


def _check_labels(container: Container, data: ChannelConfig, labels: LabelChannel) -> None:
    name = data.name + labels.suffix
    channel = container.channels.get(name)
    if channel is None:
        raise CustomerError(
            f"The channel '{name}' is missing from InputDataConfig: the files of channel '{data.name}' "
            f"(content type {data.content_type}) need a channel with {labels.holds} for each of them"
        )
    if channel.input_mode.lower() == "pipe":
        raise CustomerError(f"Channel '{name}' has input mode Pipe; set its InputMode to File or FastFile")
    if channel.media_type not in (data.media_type, *labels.content_types):
        raise CustomerError(
            f"Channel '{name}' has content type {channel.content_type}; set ContentType to that of channel "
            f"'{data.name}', {data.content_type}"
        )


def _refuse_unread(container: Container, algorithm: Algorithm, forms: Mapping[str, InputForm]) -> None:
    """Refuses channels that nothing would be read from: a misspelt name must not cost a night of training."""
    suffixes = {form.labels.suffix for form in algorithm.forms if form.labels is not None}
    read = {name + form.labels.suffix for name, form in forms.items() if form.labels is not None} | set(forms)
    model = {MODEL_CHANNEL} if algorithm.takes_model else set()
    for name, channel in container.channels.items():
        if name in model and channel.media_type not in MODEL_TYPES:
            raise CustomerError(
                f"Channel '{name}' has content type {channel.content_type}; set ContentType to {MODEL_TYPES[1]}"
            )
        if name in read | model:
            continue
        data = next((each for each in forms for suffix in suffixes if name == each + suffix), None)
        if data is not None:
            with_labels = [
                form for form in algorithm.forms if form.labels and name == data + form.labels.suffix
            ]
            raise CustomerError(
                f"Channel '{name}' would not be read: channel '{data}' has content type "
                f"{container.channels[data].content_type or 'none'}, whose labels come with the data; "
                f"remove '{name}', or set ContentType of '{data}' to {_types(with_labels)}"
            )
        known = [
            *DATA_CHANNELS,
            *(each + suffix for suffix in sorted(suffixes) for each in DATA_CHANNELS),
            *model,
        ]
        raise CustomerError(f"Channel '{name}' is not a channel of {algorithm.title}: {', '.join(known)}")
