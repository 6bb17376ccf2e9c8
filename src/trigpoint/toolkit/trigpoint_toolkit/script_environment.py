"""The job, or the model server, as objects: what scripts ask SageMaker's toolkits for.

Source: training.md 4.4, after the documentation of the environments of sagemaker-containers, sagemaker-training and
sagemaker-inference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from . import training_environment

base_dir = os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")
input_dir, input_config_dir = f"{base_dir}/input", f"{base_dir}/input/config"
model_dir, code_dir = f"{base_dir}/model", f"{base_dir}/code"
output_dir, output_data_dir = f"{base_dir}/output", f"{base_dir}/output/data"
output_intermediate_dir = f"{base_dir}/output/intermediate"


class TrainingEnv:
    """The training job: an attribute for each entry of SM_TRAINING_ENV, such as `hyperparameters`, `channel_input_dirs`,
    `hosts`, `current_host`, `is_master`, `num_gpus` and `model_dir`.

    What is not given is read from the files in /opt/ml/input/config.
    """

    def __init__(
        self,
        resource_config: dict[str, Any] | None = None,
        input_data_config: dict[str, Any] | None = None,
        hyperparameters: dict[str, Any] | None = None,
    ) -> None:
        found = training_environment.read(
            Path(base_dir),
            resources=resource_config,
            channels=input_data_config,
            hyperparameters=hyperparameters,
        )
        self._arguments, self._variables = found.arguments, found.variables
        vars(self).update(json.loads(found.variables["SM_TRAINING_ENV"]))

    def to_cmd_args(self) -> list[str]:
        """The arguments of the script."""
        return list(self._arguments)

    def to_env_vars(self) -> dict[str, str]:
        """The SM_ variables of the script."""
        return dict(self._variables)


class ServingEnv:
    """The model server that runs the script."""

    def __init__(self) -> None:
        program = os.environ.get("SAGEMAKER_PROGRAM") or "inference.py"
        self.base_dir, self.model_dir = base_dir, model_dir
        self.module_dir = code_dir if Path(code_dir).is_dir() else f"{model_dir}/code"
        self.code_dir = self.module_dir
        self.module_name = program[:-3] if program.endswith(".py") else program
        self.user_entry_point = program
        self.default_accept = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "application/json")
        self.http_port = self.inference_http_port = os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080")
        self.log_level = training_environment.DEFAULT_LOG_LEVEL
        self.num_gpus, self.num_cpus = num_gpus(), num_cpus()


def training_env(
    resource_config: dict[str, Any] | None = None,
    input_data_config: dict[str, Any] | None = None,
    hyperparameters: dict[str, Any] | None = None,
) -> TrainingEnv:
    """The training job."""
    return TrainingEnv(resource_config, input_data_config, hyperparameters)


def num_gpus() -> int:
    """How many GPUs of NVIDIA there are."""
    return training_environment.gpus()


def num_cpus() -> int:
    """How many cores the machine has."""
    return os.cpu_count() or 1


def channel_path(channel: str) -> str:
    """The folder of a channel's files."""
    return f"{input_dir}/data/{channel}"


def read_hyperparameters() -> dict[str, Any]:
    """All hyperparameters of the request, decoded."""
    return {name: training_environment.decoded(value) for name, value in _config("hyperparameters").items()}


def read_resource_config() -> dict[str, Any]:
    """The hosts and groups of the job."""
    return _config("resourceconfig")


def read_input_data_config() -> dict[str, Any]:
    """The channels of the job."""
    return _config("inputdataconfig")


def _config(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(input_config_dir, f"{name}.json").read_text())
    return found
