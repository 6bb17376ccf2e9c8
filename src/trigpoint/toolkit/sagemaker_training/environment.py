"""Stands in for sagemaker-training, see docs/own-code.md."""

from trigpoint_toolkit.script_environment import TrainingEnv as Environment
from trigpoint_toolkit.script_environment import (
    channel_path,
    code_dir,
    input_config_dir,
    input_dir,
    model_dir,
    num_cpus,
    num_gpus,
    output_data_dir,
    output_dir,
    output_intermediate_dir,
    read_hyperparameters,
    read_input_data_config,
    read_resource_config,
)

__all__ = [
    "Environment",
    "channel_path",
    "code_dir",
    "input_config_dir",
    "input_dir",
    "model_dir",
    "num_cpus",
    "num_gpus",
    "output_data_dir",
    "output_dir",
    "output_intermediate_dir",
    "read_hyperparameters",
    "read_input_data_config",
    "read_resource_config",
]
