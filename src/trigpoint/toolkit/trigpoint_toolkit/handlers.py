"""The functions of a model: those of people's inference script, and defaults for those that it does not have.

Source: training.md 8.4, after the public sagemaker-inference-toolkit and the containers of PyTorch and scikit-learn.
"""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .default_handlers import decoded_tensor, has_torch, load_torchscript, predicted
from .encoding import ANY, JSON, TEXTS, encoded, media_type
from .http_front import ModelReply, RequestRefused
from .script_context import ScriptContext


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
        self._input = given["input_fn"] or decoded_tensor
        self._predict = given["predict_fn"] or predicted
        self._output = given["output_fn"] or encoded
        load = getattr(module, "model_fn", None)
        if load is None and not has_torch():
            raise RuntimeError(f"{program} has no model_fn(model_dir), which loads the model")
        self._context = ScriptContext(self._model_dir)
        self._model = self._called(load or load_torchscript, self._model_dir)

    def __call__(self, body: bytes, content_type: str, accept: str) -> ModelReply:
        """Raises: RequestRefused: the body cannot be read, or the reply cannot be written, in the wanted type."""
        kind = media_type(content_type) or JSON
        wanted = (
            os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", JSON)
            if accept.strip() in ("", ANY)
            else accept
        )
        self._context.headers = {"content-type": content_type, "accept": wanted}
        data: Any = body
        if kind in TEXTS:
            try:
                data = body.decode()
            except UnicodeDecodeError:
                raise RequestRefused(400, f"The body is not {kind} in UTF-8") from None
        if self._transform is not None:
            result = self._called(self._transform, self._model, data, kind, wanted)
        else:
            prediction = self._called(self._predict, self._called(self._input, data, kind), self._model)
            result = self._called(self._output, prediction, wanted)
        return _reply(result, wanted)

    def _called(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """The function's result; newer scripts take a context as a last argument."""
        try:
            takes = inspect.signature(function).parameters.values()
        except (TypeError, ValueError):
            return function(*arguments)
        places = [each for each in takes if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
        required = [each for each in places if each.default is each.empty]
        wants_context = len(required) == len(arguments) + 1 or (
            len(places) == len(arguments) + 1 and places[-1].name == "context"
        )
        return function(*arguments, self._context) if wants_context else function(*arguments)


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


def _reply(result: Any, wanted: str) -> ModelReply:
    kind = wanted.split(",")[0].partition(";")[0].strip()
    if isinstance(result, tuple) and len(result) == 2:
        result, kind = result[0], str(result[1])
    elif hasattr(result, "get_data") and hasattr(result, "mimetype"):  # a response, as old scripts return it
        status = int(getattr(result, "status_code", 200))
        if status >= 400:
            raise RequestRefused(status, bytes(result.get_data()).decode(errors="replace"))
        result, kind = result.get_data(), result.mimetype
    if isinstance(result, str):
        result = result.encode()
    if not isinstance(result, (bytes, bytearray, memoryview)):
        raise TypeError(f"the script returned {type(result).__name__}, and a reply must be bytes or text")
    return ModelReply(bytes(result), kind)
