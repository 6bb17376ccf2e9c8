"""The code that a request names: sourcedir.tar.gz of the SDKs, unpacked like any archive of a stranger."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, Final

from trigpoint.core.archive import ArchiveLimits, unpack
from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.remote import RemoteUnavailable

LIMITS: Final = ArchiveLimits(2 * 2**30, 20_000)
"""Decision: what the code itself may unpack to; data belong into channels."""

PROGRAM, SUBMIT_DIRECTORY = "sagemaker_program", "sagemaker_submit_directory"


def decoded(value: str) -> str:
    """A hyperparameter's text: the SDKs encode values as JSON, others may not."""
    try:
        found = json.loads(value)
    except ValueError:
        return value
    return found if isinstance(found, str) else value


def named(what: str, hyperparameters: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """`sagemaker_program` or `sagemaker_submit_directory` of a request; "" if it has none.

    Source: training.md 4.4, both may also be variables of the environment.
    """
    return environment.get(what.upper()) or decoded(hyperparameters.get(what, ""))


def fetch_source(uri: str, folder: Path, open_uri: Callable[[str], BinaryIO]) -> None:
    """Unpacks the archive into the folder.

    Raises: Invalid: it is missing, no archive, too large, or has a member that cannot be unpacked.
    """
    try:
        with open_uri(uri) as file:
            aside = folder.with_name(f"{folder.name}.part")
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir(parents=True)
            unpack(file, aside, LIMITS)
    except RemoteUnavailable:
        raise
    except Invalid as error:
        raise Invalid(f"The code in {uri} cannot be unpacked: {error.message}") from error
    except TrigpointError as error:
        raise Invalid(f"The code in {uri} cannot be read: {error.message}") from error
    shutil.rmtree(folder, ignore_errors=True)
    aside.rename(folder)
