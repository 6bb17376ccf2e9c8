"""Stands in for sagemaker-containers, see docs/own-code.md."""

from trigpoint_toolkit.script_environment import training_env

__all__ = ["training_env"]
