"""Names and values as text, one pair per line: name=value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from trigpoint.language import gettext


def read_pairs(text: str) -> dict[str, str]:
    """The pairs in their order. Blank lines are passed over; blanks around names and values are dropped.

    Raises: ValueError: a line has no `=`, or a name occurs twice (a message for people).
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, sign, value = (part.strip() for part in line.partition("="))
        if not sign or not name:
            raise ValueError(gettext("line %(number)d must look like name=value", number=number))
        if name in found:
            raise ValueError(gettext("line %(number)d has the name %(name)s again", number=number, name=name))
        found[name] = value
    return found


def read_tags(text: str) -> list[dict[str, str]]:
    """The pairs as tags of a request. Raises: ValueError: as `read_pairs`."""
    return [{"Key": key, "Value": value} for key, value in read_pairs(text).items()]


def write_tags(tags: Iterable[Mapping[str, str]]) -> str:
    return write_pairs({each["Key"]: each["Value"] for each in tags})


def write_pairs(pairs: Mapping[str, str]) -> str:
    return "\n".join(f"{name}={value}" for name, value in pairs.items())
