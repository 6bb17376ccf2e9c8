"""Stands in for sagemaker-pytorch-inference, see docs/own-code.md."""

from trigpoint_toolkit.default_handlers import DefaultPytorchInferenceHandler

__all__ = ["DefaultPytorchInferenceHandler"]
