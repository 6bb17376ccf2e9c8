"""CloudWatch filter patterns: which log events they select.

Supported is the syntax for unstructured text: `word word` (all of them), `"a phrase"`, `?one ?of ?these`,
`-without` and `%regular expression%`. Terms are case-sensitive. Patterns for JSON (`{ ... }`) and for
columns (`[ ... ]`) are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import re2

from trigpoint.core.errors import Invalid

_TERM = re.compile(r'([?-]?)(?:"((?:[^"\\]|\\.)*)"|%((?:[^%\\]|\\.)*)%|([^\s"%]\S*))(?:\s+|$)')

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False

Test = Callable[[str], bool]


def matcher(pattern: str | None) -> Callable[[str], bool]:
    """A test that is true for messages that match the pattern; an empty pattern matches all.

    Raises: Invalid: the pattern cannot be read.
    """
    required: list[Test] = []
    optional: list[Test] = []
    forbidden: list[Test] = []
    lists = {"": required, "?": optional, "-": forbidden}
    text = (pattern or "").strip()
    if text[:1] in ("{", "["):
        raise Invalid(
            f"The filter pattern {text!r} is one for JSON or columns; only patterns for text are served."
        )
    place = 0
    while place < len(text):
        term = _TERM.match(text, place)
        if term is None:
            raise Invalid(f"Invalid filter pattern {text!r}: cannot read it from {text[place:]!r} on.")
        lists[term[1]].append(_test(term, text))
        place = term.end()

    def matches(message: str) -> bool:
        return (
            all(test(message) for test in required)
            and (not optional or bool(required) or any(test(message) for test in optional))
            and not any(test(message) for test in forbidden)
        )

    return matches


def _test(term: re.Match[str], text: str) -> Test:
    _, phrase, expression, word = term.groups()
    if expression is None:
        wanted = word if phrase is None else re.sub(r"\\(.)", r"\1", phrase)
        return lambda message: wanted in message
    try:
        # Python's own expressions can take exponential time, with the expressions of clients on any log.
        compiled = re2.compile(expression, _OPTIONS)
    except re2.error as error:
        why = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else error
        raise Invalid(
            f"Invalid filter pattern {text!r}: {expression!r} is no regular expression ({why})."
        ) from None
    return lambda message: compiled.search(message) is not None
