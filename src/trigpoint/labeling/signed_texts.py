"""Links in the attribute `text` of elements that load a text, after a template has been rendered.

AWS documents the address of an object as the text of these elements, without `grant_read_access`. A browser can read only
a signed link. So addresses of objects are signed here. The elements load only links that are marked here, because
`text` may be data that somebody else wrote.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection, Iterator

from trigpoint.core.errors import TrigpointError

MARK = "signed-text"
"""The attribute of elements whose text is a link that was signed here."""
MOST_LINKS = 100
"""So many different objects are signed for one page. A task has one or two."""

_ELEMENTS = ("crowd-text-ranking", "crowd-question-answer-generation")
_RAW_ELEMENTS = ("script", "style", "textarea", "title")
"""Elements in which a browser takes tags for text."""

_BLANK = r"\t\n\f\r "
_OPENING = re.compile(rf"<!--|<([a-z][^{_BLANK}/>]*)", re.IGNORECASE)
_NAME = re.compile(rf"[{_BLANK}/]*([^{_BLANK}/>][^{_BLANK}/>=]*)")
_VALUE = re.compile(
    rf"(?<![{_BLANK}])[{_BLANK}]*=[{_BLANK}]*(?:\"([^\"]*)\"|'([^']*)'|([^{_BLANK}\"'>][^{_BLANK}>]*))"
)
_UNCLOSED = re.compile(rf"(?<![{_BLANK}])[{_BLANK}]*=[{_BLANK}]*[\"']")
_OBJECT = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^\x00-\x1f]{1,1024}")

Attribute = tuple[str, int, int, str]
"""The name in lower case, where it begins and where its value ends, and the value as a browser reads it."""


def with_signed_texts(page: str, sign: Callable[[str], str], links: Collection[str]) -> str:
    """The page with a signed link in place of each s3:// URI that is the whole `text` of such an element.

    Elements whose text is a link now get the attribute `signed-text`. A text that only begins like a URI, or
    names no object, stays as it is. Each character is looked at once.

    Args: links: what `grant_read_access` signed in this page.
    """
    if not any(name in page.lower() for name in _ELEMENTS):
        return page
    signed: dict[str, str] = {}
    parts, place = [], 0
    for begin, end, value in _texts(page):
        link = value if value in links else _link(value, sign, signed)
        if link is not None:
            parts += [page[place:begin], f'text="{html.escape(link)}" {MARK}']
            place = end
    return "".join([*parts, page[place:]])


def _link(value: str, sign: Callable[[str], str], signed: dict[str, str]) -> str | None:
    """Decision: as with grant_read_access, the requester may name an object of each bucket of this installation."""
    uri = value.strip(" \t\r\n\f")
    if _OBJECT.fullmatch(uri) is None or (uri not in signed and len(signed) >= MOST_LINKS):
        return None
    try:
        signed[uri] = signed.get(uri) or sign(uri)
    except TrigpointError:
        return None
    return signed[uri]


def _texts(page: str) -> Iterator[tuple[int, int, str]]:
    """Where the attribute `text` of each element begins and ends, and its value."""
    place = 0
    while found := _OPENING.search(page, place):
        name, place = (found[1] or "").lower(), found.end()
        if found[1] is None:
            place = page.find("-->", place)
        else:
            attributes, place = _attributes(page, place)
            text = next((each for each in attributes if each[0] == "text"), None)  # a browser takes the first
            if place >= 0 and name in _ELEMENTS and text is not None:
                yield text[1:]
            if place >= 0 and name in _RAW_ELEMENTS:
                closing = re.compile(f"</{name}", re.IGNORECASE).search(page, place)
                place = closing.start() if closing else -1
        if place < 0:
            return


def _attributes(page: str, place: int) -> tuple[list[Attribute], int]:
    """The attributes of the start tag, and the place after them; -1 if the page ends in the tag."""
    attributes: list[Attribute] = []
    while name := _NAME.match(page, place):
        place = name.end()
        value = _VALUE.match(page, place)
        if value is not None:
            place = value.end()
            text = next(group for group in value.groups() if group is not None)
            attributes.append((name[1].lower(), name.start(1), place, html.unescape(text)))
        elif _UNCLOSED.match(page, place):
            return [], -1
    return attributes, place
