"""Stands in for sagemaker-inference, see docs/own-code.md."""

from trigpoint_toolkit.encoding import parse_accept

__all__ = ["parse_accept"]
