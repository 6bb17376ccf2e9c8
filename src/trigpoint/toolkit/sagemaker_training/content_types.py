"""Stands in for sagemaker-training, see docs/own-code.md."""

from trigpoint_toolkit.encoding import ANY, CSV, JSON, NPY, NPZ, OCTET_STREAM, UTF8_TYPES

__all__ = ["ANY", "CSV", "JSON", "NPY", "NPZ", "OCTET_STREAM", "UTF8_TYPES"]
