"""What is a stage: an iterator that says where it stands and can be put there again.

Stages hand elements on in lists (`take`): at 50,000 elements a second a call for each would be the stream's
main cost.
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


class Stage(Protocol[Out_co]):
    """An iterator with a state.

    `get_state()` after k elements, given to `set_state()` of a fresh pipeline with the same parameters, makes
    that one go on with element k + 1: nothing is lost or repeated. `take(most)` gives the next elements, at
    least one and at most `most`, and an empty list at the end. `close()` lets go of files and of work in
    progress; nothing is pulled afterwards.

    Errors are raised in the place of the element that has them; the state then is the one before it, so that
    who goes on from there meets the error again, and never misses an element.
    """

    def __iter__(self) -> Iterator[Out_co]: ...

    def __next__(self) -> Out_co: ...

    def take(self, most: int) -> Sequence[Out_co]: ...

    def get_state(self) -> State: ...

    def set_state(self, state: State) -> None: ...

    def close(self) -> None: ...


class Taking(ABC, Generic[Out]):
    """Base of all stages: iteration by one, in terms of `take`."""

    def __iter__(self) -> Iterator[Out]:
        return self

    def __next__(self) -> Out:
        for element in self.take(1):
            return element
        raise StopIteration

    @abstractmethod
    def take(self, most: int) -> list[Out]: ...


class Through(Taking[Out], Generic[In, Out]):
    """Base of a stage without a state of its own, which makes one element out of each of its parent's."""

    def __init__(self, parent: Stage[In]) -> None:
        self._parent = parent

    @abstractmethod
    def _each(self, element: In) -> Out:
        """What comes out for one element; may raise TrigpointError."""

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
    """Passes over the next `count` elements, or as many as there are."""
    while count and (passed := stage.take(count)):
        count -= len(passed)
