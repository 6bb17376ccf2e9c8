"""Stands in for sagemaker-inference, see docs/own-code.md."""

from trigpoint_toolkit.errors import (
    BaseInferenceToolkitError,
    ClientError,
    GenericInferenceToolkitError,
    UnsupportedFormatError,
)

__all__ = [
    "BaseInferenceToolkitError",
    "ClientError",
    "GenericInferenceToolkitError",
    "UnsupportedFormatError",
]
