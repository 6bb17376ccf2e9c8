"""What is a stage: an iterator that says where it stands and can be put there again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Generic, NamedTuple, Protocol, TypeVar

Out = TypeVar("Out", covariant=True)

State = Mapping[str, Any]
"""Where a pipeline stands: small, JSON-serializable, valid for a pipeline built with the same parameters."""


class Large(NamedTuple):
    """An object that is too big to be held in memory: read from `file`, `size_bytes` from its beginning."""

    file: BinaryIO
    size_bytes: int


Part = bytes | Large
"""The content of one attribute, or of one object."""

Row = tuple[int, list[Part]]
"""One element behind `fetch`: its number from 1 in the source, and its parts in order."""


def close_files(parts: Sequence[Part]) -> None:
    """Closes the files of the large parts."""
    for part in parts:
        if isinstance(part, Large):
            part.file.close()


class Stage(Protocol[Out]):
    """An iterator with a state.

    `get_state()` after k elements, given to `set_state()` of a fresh pipeline with the same parameters, makes
    that one go on with element k + 1: nothing is lost or repeated. `close()` lets go of files and of work in
    progress; nothing is pulled afterwards. Errors are raised in the place of the element that has them.
    """

    def __iter__(self) -> Iterator[Out]: ...

    def __next__(self) -> Out: ...

    def get_state(self) -> State: ...

    def set_state(self, state: State) -> None: ...

    def close(self) -> None: ...


class Through(Generic[Out]):
    """Base of a stage without a state of its own: it delegates to its parent."""

    def __init__(self, parent: Stage[Any]) -> None:
        self._parent = parent

    def __iter__(self) -> Iterator[Out]:
        return self  # type: ignore[return-value]  # subclasses have __next__

    def get_state(self) -> State:
        return self._parent.get_state()

    def set_state(self, state: State) -> None:
        self._parent.set_state(state)

    def close(self) -> None:
        self._parent.close()
