"""What runs for an image that is not one of the built-in algorithms'."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class OwnProgram:
    """The program of a job or of a model.

    kind:       script: people's script, run by our counterpart of SageMaker's toolkits
                command: a program of this machine that follows the container contract
                container: the image itself, run by docker or podman
    image:      the URI, as it was requested
    framework:  the distribution that the image is made for, such as torch; "" if it is not known
    version:    the version of it that the image's tag names; "" if none
    command:    of a registered program
    python:     the folder of the Python environment that it runs in; "" for that of the server
    isolated:   whether it must not reach any network
    entrypoint: ContainerEntrypoint of the request
    arguments:  ContainerArguments of the request
    metrics:    MetricDefinitions of the request: regular expression by name
    disk_gb:    how much it may write; 0 for the default
    """

    kind: Literal["script", "command", "container"]
    image: str
    framework: str = ""
    version: str = ""
    command: tuple[str, ...] = ()
    python: str = ""
    isolated: bool = False
    entrypoint: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    metrics: Mapping[str, str] = field(default_factory=dict)
    disk_gb: int = 0
