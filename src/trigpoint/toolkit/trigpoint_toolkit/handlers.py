"""The functions of a model: those of people's inference script, and defaults for those that it does not have.

Source: training.md 8.4, after the public sagemaker-inference-toolkit and the containers of PyTorch and scikit-learn.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .http_front import ModelReply, RequestRefused

JSON, CSV, NPY, NPZ = "application/json", "text/csv", "application/x-npy", "application/x-npz"
TEXTS = (JSON, CSV, "text/plain")
ENCODED = (JSON, CSV, NPY)
ANY = ("", "*/*")
LONGEST_MESSAGE = 300


class ModelFunctions:
    """Loads a model and answers requests with it.

    Raises: RuntimeError: the script cannot be used as it is; says what to change.
    """

    def __init__(self, program: str, code: Path, model: Path) -> None:
        self._model_dir = str(model)
        module = _imported(program, code)
        given = {
            name: getattr(module, name, None)
            for name in ("transform_fn", "input_fn", "predict_fn", "output_fn")
        }
        self._transform = given.pop("transform_fn")
        if self._transform is not None and any(given.values()):
            both = " and ".join(name for name, found in given.items() if found)
            raise RuntimeError(
                f"{program} has transform_fn and {both}; transform_fn replaces the others, so keep one kind"
            )
        self._input = given["input_fn"] or _decoded_tensor
        self._predict = given["predict_fn"] or _predicted
        self._output = given["output_fn"] or encoded
        load = getattr(module, "model_fn", None)
        if load is None and _torch() is None:
            raise RuntimeError(f"{program} has no model_fn(model_dir), which loads the model")
        self._model = _called(load or _load_torchscript, self._model_dir)

    def __call__(self, body: bytes, content_type: str, accept: str) -> ModelReply:
        """Raises: RequestRefused: the body cannot be read, or the reply cannot be written, in the wanted type."""
        kind = content_type.partition(";")[0].strip().lower() or JSON
        wanted = (
            os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", JSON) if accept.strip() in ANY else accept
        )
        data: Any = body
        if kind in TEXTS:
            try:
                data = body.decode()
            except UnicodeDecodeError:
                raise RequestRefused(400, f"The body is not {kind} in UTF-8") from None
        if self._transform is not None:
            result = _called(self._transform, self._model, data, kind, wanted)
        else:
            prediction = _called(self._predict, _called(self._input, data, kind), self._model)
            result = _called(self._output, prediction, wanted)
        return _reply(result, wanted)


def _imported(program: str, code: Path) -> Any:
    """The module of the inference script; None where there is none and none was asked for."""
    path = code / program
    if not path.is_file():
        if os.environ.get("SAGEMAKER_PROGRAM"):
            found = (
                ", ".join(sorted(each.name for each in code.iterdir())[:10]) if code.is_dir() else "nothing"
            )
            raise RuntimeError(f"the script {program!r} is not in the code, which has: {found or 'nothing'}")
        return None
    sys.path.insert(0, str(code))
    os.chdir(code)
    return importlib.import_module(program[:-3].replace("/", ".") if program.endswith(".py") else program)


def _called(function: Callable[..., Any], *arguments: Any) -> Any:
    """The function's result; newer scripts take a context as a last argument."""
    try:
        takes = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return function(*arguments)
    places = [each for each in takes if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    required = [each for each in places if each.default is each.empty]
    return function(*arguments, None) if len(required) == len(arguments) + 1 else function(*arguments)


def _reply(result: Any, wanted: str) -> ModelReply:
    kind = wanted.split(",")[0].partition(";")[0].strip()
    if isinstance(result, tuple) and len(result) == 2:
        result, kind = result[0], str(result[1])
    elif hasattr(result, "get_data") and hasattr(
        result, "mimetype"
    ):  # a response of Flask, as old scripts return
        result, kind = result.get_data(), result.mimetype
    if isinstance(result, str):
        result = result.encode()
    if not isinstance(result, (bytes, bytearray, memoryview)):
        raise TypeError(f"the script returned {type(result).__name__}, and a reply must be bytes or text")
    return ModelReply(bytes(result), kind)


# -- the defaults


def _torch() -> Any:
    return importlib.import_module("torch") if importlib.util.find_spec("torch") else None


def _load_torchscript(model_dir: str) -> Any:
    """The one TorchScript file of the folder. It holds a program, so it is loaded only here, in the room."""
    torch = _torch()
    files = sorted([*Path(model_dir).glob("*.pt"), *Path(model_dir).glob("*.pth")])
    files = [each for each in files if each.name == "model.pt"] or files
    if len(files) != 1:
        raise RuntimeError(
            f"the model has {len(files)} .pt or .pth files and no script with model_fn(model_dir); the default loads the "
            "only one, as TorchScript"
        )
    return torch.jit.load(str(files[0]), map_location=_device()).eval()


def _device() -> Any:
    torch = _torch()
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def decode(data: Any, kind: str) -> Any:
    """A numpy array of a body.

    Raises: RequestRefused: the type is not one of JSON, CSV, NPY, NPZ, or the body is not of it.
    """
    import numpy

    try:
        if kind == JSON:
            return numpy.array(json.loads(data))
        if kind == CSV:
            return numpy.genfromtxt(io.StringIO(data), delimiter=",")
        if kind == NPY:
            return numpy.load(io.BytesIO(data), allow_pickle=False)
        if kind == NPZ:
            arrays = numpy.load(io.BytesIO(data), allow_pickle=False)
            return arrays[arrays.files[0]]
    except Exception as problem:  # noqa: BLE001 - whatever a stranger's bytes make a decoder raise
        raise RequestRefused(400, f"The body is not {kind}: {str(problem)[:LONGEST_MESSAGE]}") from None
    raise RequestRefused(
        415, f"Content type {kind} is not supported by this model; it has no input_fn for it"
    )


def _decoded_tensor(data: Any, kind: str) -> Any:
    array = decode(data, kind)
    torch = _torch() if "torch" in sys.modules else None
    if torch is None:
        return array.astype("float32") if kind in TEXTS else array
    tensor = torch.as_tensor(array, dtype=torch.float32) if kind in TEXTS else torch.from_numpy(array)
    return tensor.to(_device())


def _predicted(data: Any, model: Any) -> Any:
    torch = _torch() if "torch" in sys.modules else None
    if torch is None or not isinstance(model, torch.nn.Module):
        return model.predict(data)
    with torch.no_grad():
        return model.to(_device()).eval()(data)


def encoded(prediction: Any, accept: str) -> Any:
    """The prediction in the first of the accepted types that is known, with the type.

    Raises: RequestRefused: none is.
    """
    import numpy

    if hasattr(prediction, "detach"):
        prediction = prediction.detach().cpu().numpy()
    kinds = [each.partition(";")[0].strip().lower() for each in accept.split(",")]
    kind = next((JSON if each in ANY else each for each in kinds if each in (*ENCODED, *ANY)), None)
    if kind == JSON:
        return json.dumps(prediction, default=_plain), kind
    if kind == CSV:
        rows = numpy.atleast_1d(numpy.array(prediction))
        text = io.StringIO()
        numpy.savetxt(text, rows.reshape(len(rows), -1), delimiter=",", fmt="%s")
        return text.getvalue(), kind
    if kind == NPY:
        buffer = io.BytesIO()
        numpy.save(buffer, numpy.array(prediction), allow_pickle=False)
        return buffer.getvalue(), kind
    raise RequestRefused(406, f"Accept {accept} is not supported by this model; it has no output_fn for it")


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON; write an output_fn")
