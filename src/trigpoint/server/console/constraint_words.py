"""The rules of the API that a value breaks, as people read them at a field."""

from __future__ import annotations

import re

from trigpoint.language import gettext

_VIOLATION = re.compile(
    r"Value (?P<value>null|'.*') at '[^']*' failed to satisfy constraint: (?P<rule>Member must .*)", re.DOTALL
)
_SIZE = re.compile(r"Member must have (length|value) (less|greater) than or equal to ([-\d.]+)")
_VALUES = re.compile(r"Member must satisfy enum value set: \[(.*)\]", re.DOTALL)


def plain_rule(message: str) -> str:
    """What is wrong with a value, without the member's path; the message as it is if it has another form."""
    found = _VIOLATION.fullmatch(message)
    if found is None:
        return message
    value, rule = found["value"], found["rule"]
    if value == "null":
        return gettext("is required")
    if size := _SIZE.fullmatch(rule):
        return _size_rule(size[1], size[2], size[3])
    if values := _VALUES.fullmatch(rule):
        return gettext("must be one of: %(values)s", values=values[1])
    if "regular expression" in rule:
        return gettext("%(value)s does not have the form that is asked for", value=value)
    return message


def _size_rule(what: str, than: str, bound: str) -> str:
    if what == "length":
        if (than, bound) == ("greater", "1"):
            return gettext("is required")
        if than == "less":
            return gettext("must have at most %(count)s characters", count=bound)
        return gettext("must have at least %(count)s characters", count=bound)
    if than == "less":
        return gettext("must be at most %(bound)s", bound=bound)
    return gettext("must be at least %(bound)s", bound=bound)
