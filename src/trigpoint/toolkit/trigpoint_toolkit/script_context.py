"""What newer inference scripts take as a last argument: where the model is, its GPU, and headers of the request."""

from __future__ import annotations

from typing import Any

from . import training_environment


class ScriptContext:
    """The context of a model. `headers` are those of the request that is answered, by name in lower case."""

    def __init__(self, model_dir: str) -> None:
        gpu_id = 0 if training_environment.gpus() else None
        self.system_properties: dict[str, Any] = {"model_dir": model_dir, "gpu_id": gpu_id}
        self.manifest: dict[str, Any] = {}
        self.headers: dict[str, str] = {}

    def get_request_header(self, place: int, name: str) -> str | None:
        """A header of the request; of all headers, Content-Type and Accept reach the script."""
        return self.headers.get(name.lower())
