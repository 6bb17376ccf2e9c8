"""Stands in for sagemaker-containers, see docs/own-code.md."""

from trigpoint_toolkit import encoding as content_types
from trigpoint_toolkit import encoding as encoders
from trigpoint_toolkit import errors
from trigpoint_toolkit import script_environment as env
from trigpoint_toolkit import script_response as worker
from trigpoint_toolkit.not_provided import NotProvided
from trigpoint_toolkit.script_environment import training_env

modules = NotProvided("modules", "sagemaker-containers")
transformer = NotProvided("transformer", "sagemaker-containers")
server = NotProvided("server", "sagemaker-containers")

__all__ = [
    "content_types",
    "encoders",
    "env",
    "errors",
    "modules",
    "server",
    "training_env",
    "transformer",
    "worker",
]
