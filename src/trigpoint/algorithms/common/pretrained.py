"""Reads files of pretrained weights, and puts them into networks.

A file comes from a stranger: only tensors are read, their number and sizes are bounded, and they must be of the network.
"""

from __future__ import annotations

import pickle
import re
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from trigpoint.algorithms.common.backbones import Backbone, Unfit, layout_of_weights, make_backbone
from trigpoint.algorithms.common.harness import CustomerError
from trigpoint.core.errors import Invalid
from trigpoint.weights import KNOWN, InstalledWeights
from trigpoint.weights.installed import MAX_WEIGHTS_BYTES

MAX_TENSORS = 10_000
MAX_NAME_CHARS = 200
_NO_TENSORS = "it is not a file of tensors as torch.save writes it"
_NUMBERS = (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64)
_FORBIDDEN = re.compile(r"GLOBAL ([\w.]+)")
"""What torch calls something in a pickle that is no tensor, such as an object of a training script."""

_WRAPPERS = ("state_dict", "model")
"""Names under which training scripts save the tensors, next to other things."""


def load_pretrained(backbone: Backbone, installed: InstalledWeights) -> None:
    """Puts installed weights into a network, after verifying their file.

    Raises: CustomerError: the file is damaged, or its weights are not of this network.
    """
    try:
        installed.verify()
        fill(backbone, read_tensors(installed.path))
    except Invalid as error:
        raise CustomerError(error.message) from None
    except Unfit as error:
        raise CustomerError(f"{installed.path}: the weights are not of {installed.name}: {error}") from None


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a .safetensors file, or of one that torch.save wrote, by name.

    Raises: Invalid: the file holds something else, too much, or numbers that are not finite.
    """
    if path.stat().st_size > MAX_WEIGHTS_BYTES:
        raise Invalid(f"{path}: it is larger than {MAX_WEIGHTS_BYTES} bytes")
    found = _unwrapped(_safetensors(path) if path.suffix == ".safetensors" else _torch_file(path))
    if not isinstance(found, Mapping) or not found or len(found) > MAX_TENSORS:
        raise Invalid(f"{path}: it must hold from 1 to {MAX_TENSORS} tensors by name")
    size_bytes = 0
    for name, tensor in found.items():
        if not _is_name(name) or not isinstance(tensor, Tensor) or not _is_plain(tensor):
            raise Invalid(
                f"{path}: its entry {str(name)[:100]!r} is not a tensor of plain numbers with a name"
            )
        size_bytes += tensor.numel() * tensor.element_size()
        if size_bytes > MAX_WEIGHTS_BYTES:  # a tensor may repeat few stored numbers
            raise Invalid(f"{path}: its tensors have more than {MAX_WEIGHTS_BYTES} bytes")
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise Invalid(f"{path}: its tensor {name[:100]!r} has numbers that are not finite")
    return {name.removeprefix("module."): tensor for name, tensor in found.items()}


def _is_name(name: object) -> bool:
    return isinstance(name, str) and name.isprintable() and len(name) <= MAX_NAME_CHARS


def _is_plain(tensor: Tensor) -> bool:
    """Whether a tensor holds its numbers one by one, in this memory, as trainings write them."""
    return tensor.layout is torch.strided and tensor.device.type == "cpu" and tensor.dtype in _NUMBERS


def fill(backbone: Backbone, published: Mapping[str, Tensor]) -> None:
    """Puts published weights into a network. Raises: Unfit: they are of another one."""
    state = backbone.from_published(published)
    if unfit := _misfits(backbone, state):
        raise Unfit(unfit[0])
    backbone.load_state_dict(state, strict=False)  # counters of batches may be missing


def recognize(published: Mapping[str, Tensor]) -> str:
    """The name of the network that the weights are of.

    Raises: Unfit: of none that is known (names the one that is nearest, and what differs).
    """
    nearest: tuple[int, str] | None = None
    for name in KNOWN:
        misfits = _misfits_of(name, published)
        if not misfits:
            return name
        if nearest is None or len(misfits) < nearest[0]:
            nearest = len(misfits), f"{name}, but {misfits[0]}"
    assert nearest is not None
    raise Unfit(f"they are of none of {', '.join(KNOWN)}. The nearest is {nearest[1]}")


def _misfits_of(name: str, published: Mapping[str, Tensor]) -> list[str]:
    with torch.device("meta"):
        backbone = make_backbone(name, layout_of_weights(name), for_classes=True)
    try:
        return _misfits(backbone, backbone.from_published(published))
    except Unfit as error:
        return [str(error)] * MAX_TENSORS


def _misfits(backbone: Backbone, state: Mapping[str, Tensor]) -> list[str]:
    """What keeps the tensors from being those of the network."""
    wanted = backbone.state_dict()
    found = [f"{name} has no place in the network" for name in state if name not in wanted]
    for name, tensor in wanted.items():
        if name not in state:
            if not name.endswith("num_batches_tracked"):
                found.append(f"{name} is missing")
        elif state[name].shape != tensor.shape:
            found.append(f"{name} has the shape {list(state[name].shape)} and must have {list(tensor.shape)}")
    return found


def _unwrapped(loaded: object) -> object:
    """The tensors in what a training script saved."""
    for key in _WRAPPERS:
        if isinstance(loaded, Mapping) and isinstance(loaded.get(key), Mapping):
            return loaded[key]
    return loaded


def _safetensors(path: Path) -> object:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except SafetensorError as error:
        raise Invalid(f"{path}: it is not a file of tensors: {error}") from None


def _torch_file(path: Path) -> object:
    try:
        if zipfile.is_zipfile(path):
            _check_members(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise Invalid(f"{path}: {_no_tensors(str(error))}") from None
    except (
        zipfile.BadZipFile,
        RuntimeError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        AssertionError,
        struct.error,
        OverflowError,
        EOFError,
        MemoryError,
    ) as error:  # what torch's reader raises on damaged bytes
        why = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise Invalid(f"{path}: {_NO_TENSORS}: {why}") from None


def _no_tensors(reason: str) -> str:
    """What is wrong with a pickle. torch's own message advises to run the file's code."""
    found = _FORBIDDEN.search(reason)
    if found is None:
        return f"{_NO_TENSORS}, nor is it called .safetensors"
    return (
        f"it holds {found[1][:100]}, and only tensors are read, never code or objects. Where you trust the file, save its "
        "tensors in a new one: torch.save(model.state_dict(), FILE)"
    )


def _check_members(path: Path) -> None:
    """Raises: Invalid: the archive unpacks to too much."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    if len(members) > 2 * MAX_TENSORS or sum(each.file_size for each in members) > MAX_WEIGHTS_BYTES:
        raise Invalid(f"{path}: it unpacks to more than {MAX_WEIGHTS_BYTES} bytes, or to too many tensors")
