"""Parts of SageMaker's toolkits that scripts import together with others and do not use."""

from __future__ import annotations

from typing import NoReturn


class NotProvided:
    """A module that can be imported, and says so when something of it is used."""

    def __init__(self, name: str, distribution: str) -> None:
        self._text = f"{name}.{{}} is not provided here; write {distribution} into requirements.txt to install the original"

    def __getattr__(self, attribute: str) -> NoReturn:
        raise AttributeError(self._text.format(attribute))
