"""Stands in for sagemaker-inference, see docs/own-code.md."""

from trigpoint_toolkit.encoding import CSV, JSON, NPY, NPZ, decode

SUPPORTED_CONTENT_TYPES = {JSON, CSV, NPY, NPZ}

__all__ = ["SUPPORTED_CONTENT_TYPES", "decode"]
