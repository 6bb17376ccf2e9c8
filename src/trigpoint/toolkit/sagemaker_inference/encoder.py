"""Stands in for sagemaker-inference, see docs/own-code.md."""

from trigpoint_toolkit.encoding import ENCODED, encode

SUPPORTED_CONTENT_TYPES = set(ENCODED)

__all__ = ["SUPPORTED_CONTENT_TYPES", "encode"]
