"""Groups of instances that work on one job: what is known of each member, and the next step of the group.

All members are started. When all have ended, the group is at its end. When one fails, the others are stopped,
and the group keeps the reason of the first failure. Everything here is pure; the owner of a group starts, stops
and watches processes, and stores the group in its own row.

    group = new_group(3)                          algo-1, algo-2, algo-3
    group.step()                                  START: give every member a handle, store it, start it
    group = group.started({1: "a", 2: "b", 3: "c"})
    group.step()                                  WAIT
    group = group.ended(2, MemberResult("failed", "no data"))
    group.step()                                  STOP: stop the processes of group.running
    group = group.ended(1, MemberResult("stopped")).ended(3, MemberResult("stopped"))
    group.step(), group.failure                   END, MemberResult("failed", "no data")
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal


@dataclass(frozen=True, slots=True)
class MemberResult:
    """How a member ended; `reason` says why it failed or was stopped."""

    ending: Literal["done", "failed", "stopped"]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One instance of a group.

    number:     from 1, for the life of the group
    handle:     the runner's handle of its process; None until it is started
    log_offset: how far its log has been read
    result:     how it ended; None before
    """

    number: int
    handle: str | None = None
    log_offset: int = 0
    result: MemberResult | None = None

    @property
    def host(self) -> str:
        """Source: training.md 4.3, the host names of a training cluster."""
        return host_name(self.number)

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self.handle is not None and self.result is None


class GroupStep(Enum):
    """What the owner of a group does next."""

    START = "start"  # start the members that have no handle
    WAIT = "wait"
    STOP = "stop"  # stop the members that run
    END = "end"  # no member runs, and none will be started


@dataclass(frozen=True, slots=True)
class Group:
    """The members, by number from 1."""

    members: tuple[Member, ...]

    @property
    def failed(self) -> Member | None:
        """The member that failed first; later failures are stored as "stopped", see `ended`."""
        return next((each for each in self.members if each.result and each.result.ending == "failed"), None)

    @property
    def failure(self) -> MemberResult | None:
        """The result of the member that failed first."""
        return self.failed.result if self.failed else None

    @property
    def running(self) -> tuple[Member, ...]:
        return tuple(member for member in self.members if member.is_running)

    def step(self, *, stop_requested: bool = False) -> GroupStep:
        """What to do now. A group that fails or is asked to stop starts no further members."""
        if stop_requested or self.failure:
            return GroupStep.STOP if self.running else GroupStep.END
        if any(member.handle is None and member.result is None for member in self.members):
            return GroupStep.START
        return GroupStep.WAIT if self.running else GroupStep.END

    def started(self, handles: Mapping[int, str]) -> Group:
        """The group with these handles, by member number."""
        return self._each(lambda member: replace(member, handle=handles.get(member.number, member.handle)))

    def read(self, offsets: Mapping[int, int]) -> Group:
        """The group with these log offsets, by member number."""
        return self._each(
            lambda member: replace(member, log_offset=offsets.get(member.number, member.log_offset))
        )

    def ended(self, number: int, result: MemberResult) -> Group:
        """The group in which this member has ended.

        A member keeps its first result. In a group with a failure, a further failure is stored as "stopped": its
        process was stopped, or lost the members that it worked with.
        """
        if result.ending == "failed" and self.failure:
            result = MemberResult("stopped")
        return self._each(
            lambda member: (
                replace(member, result=result) if member.number == number and not member.result else member
            )
        )

    def _each(self, change: Callable[[Member], Member]) -> Group:
        return Group(tuple(map(change, self.members)))


def new_group(size: int) -> Group:
    """A group with no member started."""
    return Group(tuple(Member(number) for number in range(1, size + 1)))


def host_name(number: int) -> str:
    """The host name of a member, as the algorithm sees it."""
    return f"algo-{number}"
