"""What an image URI stands for, and the programs that the operator registered for some."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Final

from trigpoint.compute.framework_images import framework_image
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid, LimitExceeded, NotFound
from trigpoint.db import Database
from trigpoint.own_code import store
from trigpoint.own_code.containers import engine
from trigpoint.own_code.model import OwnProgram
from trigpoint.own_code.pythons import base_python
from trigpoint.own_code.store import RegisteredImage

MOST_IMAGES: Final = 1000
_URI: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9./:@_-]{0,254}")


class Images:
    """The registered images, and what any other image stands for."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, uri: str, command: str, python: str) -> RegisteredImage:
        """Registers a program or an environment; replaces what was registered for the same URI.

        Raises: Invalid: neither is given, or one of them does not exist. LimitExceeded.
        """
        if not _URI.fullmatch(uri):
            raise Invalid(f"{uri!r} is not the URI of an image; give one such as my-team/forest:1")
        try:
            words = tuple(shlex.split(command))
        except ValueError as problem:
            raise Invalid(f"--command {command!r} cannot be read: {problem}") from None
        if not words and not python:
            raise Invalid(
                "give --command, the program that runs for the image, or --python, the environment of scripts"
            )
        if words and not Path(words[0]).is_absolute() and not python:
            raise Invalid(f"--command begins with {words[0]!r}; give the full path of the program")
        if words and Path(words[0]).is_absolute() and not Path(words[0]).is_file():
            raise Invalid(f"--command begins with {words[0]!r}, and there is no such file")
        folder = str(Path(python).expanduser().absolute()) if python else ""
        base_python(folder)
        image = RegisteredImage(uri, words, folder, self._clock.now())
        with self._database.write() as connection:
            if len(store.every(connection, MOST_IMAGES)) >= MOST_IMAGES:
                raise LimitExceeded(f"{MOST_IMAGES} images are registered; remove one first")
            store.put(connection, image)
        return image

    def remove(self, uri: str) -> None:
        """Raises: NotFound: no such image is registered."""
        with self._database.write() as connection:
            if not store.remove(connection, uri):
                raise NotFound(f"no image {uri!r} is registered; `trigpoint image list` shows those that are")

    def list(self) -> list[RegisteredImage]:
        """All registered images, by URI."""
        with self._database.read() as connection:
            return store.every(connection, MOST_IMAGES)

    def program(self, uri: str) -> OwnProgram | None:
        """What runs for the image; None if nothing does.

        Decision: what the operator registered comes before the images of frameworks, and those before containers.
        """
        framework = framework_image(uri)
        distribution, version = (framework.distribution, framework.version) if framework else ("", "")
        if registered := self._registered(uri):
            return OwnProgram(
                "command" if registered.command else "script",
                uri,
                distribution,
                version,
                command=registered.command,
                python=registered.python,
            )
        if framework is not None:
            return OwnProgram("script", uri, distribution, version)
        return OwnProgram("container", uri) if _URI.fullmatch(uri) and engine() else None

    def runs_alone(self, uri: str) -> bool:
        """Whether a program runs for the image that needs no script with it."""
        found = self.program(uri)
        return found is not None and found.kind != "script"

    def _registered(self, uri: str) -> RegisteredImage | None:
        """The image registered for this URI, or for all tags of it."""
        repository, colon, tag = uri.rpartition(":")
        with self._database.read() as connection:
            found = store.find(connection, uri)
            if found is None and colon and "/" not in tag:
                found = store.find(connection, repository)
            return found


def program_folder(own: OwnProgram) -> tuple[str, ...]:
    """The folder of a registered program, which it may read: files that it needs lie next to it."""
    if not own.command or not Path(own.command[0]).is_absolute():
        return ()
    return tuple(dict.fromkeys(str(Path(word).parent) for word in own.command if Path(word).is_file()))
