"""Stands in for sagemaker-inference, see docs/own-code.md."""

from trigpoint_toolkit.default_handlers import DefaultInferenceHandler

__all__ = ["DefaultInferenceHandler"]
