"""Stands in for sagemaker-inference, see docs/own-code.md."""

from trigpoint_toolkit.script_environment import ServingEnv as Environment
from trigpoint_toolkit.script_environment import base_dir, code_dir, model_dir

__all__ = ["Environment", "base_dir", "code_dir", "model_dir"]
