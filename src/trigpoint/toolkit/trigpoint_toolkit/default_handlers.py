"""What a model does where people's inference script has no function for it, also by the names of SageMaker's toolkits.

Source: training.md 8.4, after the public sagemaker-inference-toolkit and the containers of PyTorch and scikit-learn.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import Any

from .encoding import CSV, JSON, NPY, TEXTS, decode, encode, encoded, media_type
from .script_response import Response


def has_torch() -> bool:
    """Whether PyTorch can be imported."""
    return importlib.util.find_spec("torch") is not None


def load_torchscript(model_dir: str) -> Any:
    """The one TorchScript file of the folder. It holds a program, so it is loaded only here, in the room."""
    files = sorted([*Path(model_dir).glob("*.pt"), *Path(model_dir).glob("*.pth")])
    files = [each for each in files if each.name == "model.pt"] or files
    if len(files) != 1:
        raise RuntimeError(
            f"the model has {len(files)} .pt or .pth files and no script with model_fn(model_dir); the default loads the "
            "only one, as TorchScript"
        )
    return importlib.import_module("torch").jit.load(str(files[0]), map_location=_device()).eval()


def decoded_tensor(data: Any, content_type: str) -> Any:
    """A body as a tensor where the script uses PyTorch, else as an array."""
    array = decode(data, content_type)
    torch = sys.modules.get("torch")
    is_text = media_type(content_type) in TEXTS
    if torch is None:
        return array.astype("float32") if is_text else array
    tensor = torch.as_tensor(array, dtype=torch.float32) if is_text else torch.from_numpy(array)
    return tensor.to(_device())


def predicted(data: Any, model: Any) -> Any:
    """What a PyTorch module returns for the data, or what another model's `predict` does."""
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(model, torch.nn.Module):
        return model.predict(data)
    with torch.no_grad():
        return model.to(_device()).eval()(data)


def _device() -> Any:
    torch = importlib.import_module("torch")
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


class DefaultInferenceHandler:
    """The base of handlers: arrays in and out, a model and predictions only in classes derived from it."""

    def default_model_fn(self, model_dir: str, context: Any = None) -> Any:
        raise NotImplementedError("write a model_fn(model_dir), which loads the model")

    def default_input_fn(self, input_data: Any, content_type: str, context: Any = None) -> Any:
        return decode(input_data, content_type)

    def default_predict_fn(self, data: Any, model: Any, context: Any = None) -> Any:
        raise NotImplementedError("write a predict_fn(data, model), which predicts with the model")

    def default_output_fn(self, prediction: Any, accept: str, context: Any = None) -> Any:
        return encoded(prediction, accept)[0]


class DefaultPytorchInferenceHandler(DefaultInferenceHandler):
    """The handler of PyTorch's images: a TorchScript model, tensors in and out."""

    VALID_CONTENT_TYPES = (JSON, CSV, NPY)

    def default_model_fn(self, model_dir: str, context: Any = None) -> Any:
        return load_torchscript(model_dir)

    def default_input_fn(self, input_data: Any, content_type: str, context: Any = None) -> Any:
        importlib.import_module("torch")
        return decoded_tensor(input_data, content_type)

    def default_predict_fn(self, data: Any, model: Any, context: Any = None) -> Any:
        return predicted(data, model)


# The functions of scikit-learn's images.


def sklearn_model_fn(model_dir: str) -> Any:
    raise NotImplementedError("write a model_fn(model_dir), which loads the model")


def sklearn_input_fn(input_data: Any, content_type: str) -> Any:
    array = decode(input_data, content_type)
    return array.astype("float32") if media_type(content_type) in TEXTS else array


def sklearn_predict_fn(input_data: Any, model: Any) -> Any:
    return model.predict(input_data)


def sklearn_output_fn(prediction: Any, accept: str) -> Response:
    return Response(encode(prediction, accept), mimetype=accept)
