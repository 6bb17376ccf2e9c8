"""What a script learns about its training job: SM_ variables and arguments.

Source: training.md 4.4, after the public sagemaker-training-toolkit.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RESERVED = (
    "sagemaker_program",
    "sagemaker_submit_directory",
    "sagemaker_region",
    "sagemaker_job_name",
    "sagemaker_container_log_level",
    "sagemaker_enable_cloudwatch_metrics",
    "sagemaker_s3_output",
    "default_user_module_name",
    "_tuning_objective_metric",
)
"""Hyperparameters for the toolkit, which the script does not get."""

PREFIX = "sagemaker_"
DEFAULT_LOG_LEVEL = 20


@dataclass(frozen=True)
class TrainingEnvironment:
    """The job as the script sees it.

    program:         the script, relative to the code's folder
    hyperparameters: the script's own, decoded
    framework:       those for the toolkit of a framework, decoded
    variables:       SM_ variables by name
    arguments:       ``--name value`` for each hyperparameter
    """

    program: str
    hyperparameters: dict[str, Any]
    variables: dict[str, str]
    arguments: list[str]
    framework: dict[str, Any] = field(default_factory=dict)


def read(
    base: Path,
    *,
    hyperparameters: dict[str, Any] | None = None,
    channels: dict[str, Any] | None = None,
    resources: dict[str, Any] | None = None,
) -> TrainingEnvironment:
    """The environment in a folder that is laid out like /opt/ml. What is given is not read from its files."""
    config = base / "input" / "config"
    hyperparameters = hyperparameters or _load(config / "hyperparameters.json")
    given = {name: decoded(value) for name, value in hyperparameters.items()}
    channels = channels or _load(config / "inputdataconfig.json")
    resources = resources or _load(config / "resourceconfig.json")
    own = {
        name: value for name, value in given.items() if name not in RESERVED and not name.startswith(PREFIX)
    }
    framework = {
        name: value for name, value in given.items() if name not in RESERVED and name.startswith(PREFIX)
    }
    program = os.environ.get("SAGEMAKER_PROGRAM") or str(given.get("sagemaker_program") or "")
    arguments = to_arguments(own)
    values = _values(base, given, own, framework, channels, resources, program, arguments)
    variables = {name: encoded(value) for name, value in values.items()}
    variables["SM_TRAINING_ENV"] = encoded(_training_env(values, own, channels, resources))
    for name, value in own.items():
        variables[f"SM_HP_{_upper(name)}"] = encoded(value)
    for name in channels:
        variables[f"SM_CHANNEL_{_upper(name)}"] = str(base / "input" / "data" / name)
    return TrainingEnvironment(program, own, variables, arguments, framework)


def decoded(text: Any) -> Any:
    """A hyperparameter's value: JSON where it is JSON, else the text."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def encoded(value: Any) -> str:
    """A variable's text: strings as they are, nothing for None, else JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def to_arguments(hyperparameters: dict[str, Any]) -> list[str]:
    """``{"lr": 0.1, "n": "a b"}`` -> ``["--lr", "0.1", "--n", "a b"]``, by name. A name of one letter gets one dash."""
    found: list[str] = []
    for name in sorted(hyperparameters):
        value = hyperparameters[name]
        found += [
            f"-{name}" if len(name) == 1 else f"--{name}",
            value if isinstance(value, str) else str(value),
        ]
    return found


def _values(
    base: Path,
    given: dict[str, Any],
    own: dict[str, Any],
    framework: dict[str, Any],
    channels: dict[str, Any],
    resources: dict[str, Any],
    program: str,
    arguments: list[str],
) -> dict[str, Any]:
    groups = resources.get("instance_groups") or []
    group = resources.get("current_group_name", "homogeneousCluster")
    submitted = os.environ.get("SAGEMAKER_SUBMIT_DIRECTORY") or given.get("sagemaker_submit_directory")
    return {
        "SM_HOSTS": resources["hosts"],
        "SM_CURRENT_HOST": resources["current_host"],
        "SM_NETWORK_INTERFACE_NAME": resources.get("network_interface_name", "eth0"),
        "SM_HPS": own,
        "SM_USER_ARGS": arguments,
        "SM_FRAMEWORK_PARAMS": framework,
        "SM_RESOURCE_CONFIG": resources,
        "SM_INPUT_DATA_CONFIG": channels,
        "SM_CHANNELS": sorted(channels),
        "SM_MODEL_DIR": str(base / "model"),
        "SM_INPUT_DIR": str(base / "input"),
        "SM_INPUT_CONFIG_DIR": str(base / "input" / "config"),
        "SM_OUTPUT_DIR": str(base / "output"),
        "SM_OUTPUT_DATA_DIR": str(base / "output" / "data"),
        "SM_OUTPUT_INTERMEDIATE_DIR": str(base / "output" / "intermediate"),
        "SM_NUM_GPUS": gpus(),
        "SM_NUM_CPUS": os.cpu_count() or 1,
        "SM_NUM_NEURONS": 0,
        "SM_LOG_LEVEL": given.get("sagemaker_container_log_level", DEFAULT_LOG_LEVEL),
        "SM_MODULE_NAME": program[:-3] if program.endswith(".py") else program,
        "SM_MODULE_DIR": submitted or str(base / "code"),
        "SM_USER_ENTRY_POINT": program,
        "SM_FRAMEWORK_MODULE": os.environ.get("SAGEMAKER_TRAINING_MODULE"),
        "SM_CURRENT_INSTANCE_TYPE": resources.get("current_instance_type", "local"),
        "SM_CURRENT_INSTANCE_GROUP": group,
        "SM_CURRENT_INSTANCE_GROUP_HOSTS": next(
            (each["hosts"] for each in groups if each["instance_group_name"] == group), resources["hosts"]
        ),
        "SM_INSTANCE_GROUPS": [each["instance_group_name"] for each in groups],
        "SM_INSTANCE_GROUPS_DICT": {each["instance_group_name"]: each for each in groups},
        "SM_DISTRIBUTION_INSTANCE_GROUPS": given.get(
            "sagemaker_distribution_instance_groups", [group] if groups else []
        ),
        "SM_IS_HETERO": len(groups) > 1,
    }


def _training_env(
    values: dict[str, Any], own: dict[str, Any], channels: dict[str, Any], resources: dict[str, Any]
) -> dict[str, Any]:
    """The content of SM_TRAINING_ENV: most of it again, under the toolkit's own names."""
    names = (
        *(
            "current_host",
            "current_instance_group",
            "current_instance_type",
            "hosts",
            "input_config_dir",
            "input_dir",
        ),
        *(
            "is_hetero",
            "log_level",
            "model_dir",
            "module_dir",
            "module_name",
            "network_interface_name",
            "num_cpus",
        ),
        *(
            "num_gpus",
            "num_neurons",
            "output_data_dir",
            "output_dir",
            "output_intermediate_dir",
            "user_entry_point",
        ),
        *(
            "current_instance_group_hosts",
            "distribution_instance_groups",
            "instance_groups",
            "framework_module",
        ),
        *("instance_groups_dict",),
    )
    hosts = resources["hosts"]
    return {
        **{name: values[f"SM_{name.upper()}"] for name in names},
        "additional_framework_parameters": values["SM_FRAMEWORK_PARAMS"],
        "channel_input_dirs": {name: f"{values['SM_INPUT_DIR']}/data/{name}" for name in channels},
        "distribution_hosts": hosts,
        "hyperparameters": own,
        "input_data_config": channels,
        "is_master": resources["current_host"] == hosts[0],
        "job_name": os.environ.get("TRAINING_JOB_NAME", ""),
        "master_hostname": hosts[0],
        "resource_config": resources,
    }


def gpus() -> int:
    """How many GPUs of NVIDIA there are."""
    try:
        listed = subprocess.run(
            ["nvidia-smi", "--list-gpus"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return sum(line.startswith("GPU ") for line in listed.stdout.splitlines())


def _upper(name: str) -> str:
    return name.upper().replace("-", "_")


def _load(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found
