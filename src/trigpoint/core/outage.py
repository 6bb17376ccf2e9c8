"""Recognizes the errors whose cause is the server's disk or a limit of the system, not the request or the program."""

from __future__ import annotations

import errno

from trigpoint.core.errors import OutOfSpace, Unavailable

_FULL = {
    errno.ENOSPC: "the server's disk is full; the request was not carried out; free some space and try again",
    errno.EDQUOT: "the server's disk quota is used up; the request was not carried out; raise it and try again",
    errno.EFBIG: "the file would be larger than the server's file system or its limit (ulimit -f) allows",
}
_BROKEN = {
    errno.EROFS: "the server's disk is read-only at the moment; make it writable and try again",
    errno.EIO: "the server's disk reports read or write errors; check the disk",
    errno.EMFILE: "the server has too many open files; raise its limit (ulimit -n) and try again",
    errno.ENFILE: "the server's machine has too many open files; close some programs and try again",
    errno.ENOMEM: "the server's machine has too little free memory; try again later",
}


def outage_of(problem: BaseException) -> Unavailable | None:
    """The outage that an exception reports; None for any other exception."""
    if isinstance(problem, Unavailable):
        return problem
    if not isinstance(problem, OSError):
        return None
    if problem.errno in _FULL:
        return OutOfSpace(_FULL[problem.errno])
    if problem.errno in _BROKEN:
        return Unavailable(_BROKEN[problem.errno])
    return None


def details_of(problem: BaseException) -> str:
    """What an outage's exception says itself, on one line: for the log, since it may name a path."""
    cause = problem.__cause__ if isinstance(problem, Unavailable) and problem.__cause__ else problem
    cause = getattr(cause, "orig", None) or cause  # the driver's own error, without statement and parameters
    return f"{type(cause).__name__}: {' '.join(str(cause).split())}"
