"""Stages: iterators that report their position and can be set to it again.

Stages pass elements on in lists (`take`): at 50,000 elements per second, one call per element would be the main
cost of the stream.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Generic, NamedTuple, Protocol, TypeVar

from trigpoint.core.errors import TrigpointError

In = TypeVar("In")
Out = TypeVar("Out")
Out_co = TypeVar("Out_co", covariant=True)

State = Mapping[str, Any]
"""The position of a pipeline: small, JSON-serializable, valid for a pipeline built with the same parameters."""


class Large(NamedTuple):
    """An object that is too big to be held in memory: read from `file`, `size_bytes` from its beginning."""

    file: BinaryIO
    size_bytes: int


Part = bytes | Large
"""The content of one attribute, or of one object."""

Row = tuple[int, list[Part]]
"""One element after `fetch`: its number from 1 in the source, and its parts in order."""


def close_files(parts: Sequence[Part]) -> None:
    """Closes the files of the large parts."""
    for part in parts:
        if isinstance(part, Large):
            part.file.close()


class Stage(Protocol[Out_co]):
    """An iterator with a state.

    `get_state()` after k elements, given to `set_state()` of a fresh pipeline with the same parameters, makes
    that one continue with element k + 1: nothing is lost or repeated. `take(most)` gives the next elements, at
    least one and at most `most`, and an empty list at the end. `close()` closes files and ends work in progress;
    nothing is pulled afterwards.

    Errors are raised in the place of the element that has them. The state then is the one before that element:
    a reader that continues from there gets the error again, and never misses an element.
    """

    def __iter__(self) -> Iterator[Out_co]: ...

    def __next__(self) -> Out_co: ...

    def take(self, most: int) -> Sequence[Out_co]: ...

    def get_state(self) -> State: ...

    def set_state(self, state: State) -> None: ...

    def close(self) -> None: ...


class Taking(ABC, Generic[Out]):
    """Base of all stages: iteration in terms of `take`."""

    def __iter__(self) -> Iterator[Out]:
        return self

    def __next__(self) -> Out:
        for element in self.take(1):
            return element
        raise StopIteration

    @abstractmethod
    def take(self, most: int) -> list[Out]: ...


class Through(Taking[Out], Generic[In, Out]):
    """Base of a stage without a state of its own, which makes one element from each element of its parent."""

    def __init__(self, parent: Stage[In]) -> None:
        self._parent = parent

    @abstractmethod
    def _each(self, element: In) -> Out:
        """The result for one element; may raise TrigpointError."""

    def take(self, most: int) -> list[Out]:
        before = self._parent.get_state()
        done: list[Out] = []
        try:
            for element in self._parent.take(most):
                done.append(self._each(element))  # those before an error must not be lost
        except TrigpointError:
            self._parent.set_state(before)
            skip(self._parent, len(done))
            if not done:
                raise
        return done

    def get_state(self) -> State:
        return self._parent.get_state()

    def set_state(self, state: State) -> None:
        self._parent.set_state(state)

    def close(self) -> None:
        self._parent.close()


def skip(stage: Stage[Any], count: int) -> None:
    """Skips the next `count` elements, or as many as there are."""
    while count and (passed := stage.take(count)):
        count -= len(passed)
