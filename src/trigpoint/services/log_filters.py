"""CloudWatch filter patterns: which log events they select.

Supported is the syntax for unstructured text: `word word` (all of them), `"a phrase"`, `?one ?of ?these`,
`-without` and `%regular expression%`. Terms are case-sensitive. Patterns for JSON (`{ ... }`) and for
columns (`[ ... ]`) are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from trigpoint.core.errors import Invalid

_TERM = re.compile(r'([?-]?)(?:"((?:[^"\\]|\\.)*)"|%((?:[^%\\]|\\.)*)%|([^\s"%]\S*))(?:\s+|$)')


def matcher(pattern: str | None) -> Callable[[str], bool]:
    """A test that is true for messages that match the pattern; an empty pattern matches all.

    Raises: Invalid: the pattern cannot be read.
    """
    required: list[re.Pattern[str]] = []
    optional: list[re.Pattern[str]] = []
    forbidden: list[re.Pattern[str]] = []
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
        lists[term[1]].append(_compiled(term, text))
        place = term.end()

    def matches(message: str) -> bool:
        return (
            all(each.search(message) for each in required)
            and (not optional or bool(required) or any(each.search(message) for each in optional))
            and not any(each.search(message) for each in forbidden)
        )

    return matches


def _compiled(term: re.Match[str], text: str) -> re.Pattern[str]:
    _, phrase, expression, word = term.groups()
    if expression is None:
        return re.compile(re.escape(word if phrase is None else re.sub(r"\\(.)", r"\1", phrase)))
    try:
        return re.compile(expression)
    except re.error as error:
        raise Invalid(
            f"Invalid filter pattern {text!r}: {expression!r} is no regular expression ({error})."
        ) from None
