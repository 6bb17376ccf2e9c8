"""Texts in the language of the person who will read them.

An English text is its own key. Values are named: `gettext("Not %(name)s?", name=...)`. Code that does not know who reads
a message makes it with `translatable`, which is the English text until `translated` finds its translation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from trigpoint.language.catalogues import ENGLISH, translations

_current: ContextVar[str] = ContextVar("language", default=ENGLISH)


def current() -> str:
    """The code of the language in use."""
    return _current.get()


def set_current(language: str) -> None:
    """Sets the language of the rest of this request, and of the threads that it starts."""
    _current.set(language)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Uses a language within the block."""
    token = _current.set(language)
    try:
        yield
    finally:
        _current.reset(token)


def lookup(message: str) -> str:
    """The text in the language in use, with its places for values."""
    return translations(current()).gettext(message)


def lookup_plural(singular: str, plural: str, num: int) -> str:
    """The text in the form that the number needs, with its places for values."""
    return translations(current()).ngettext(singular, plural, num)


def gettext(message: str, **values: Any) -> str:
    """The text in the language in use."""
    return lookup(message) % values if values else lookup(message)


def ngettext(singular: str, plural: str, num: int, **values: Any) -> str:
    """The text in the form that the number needs. The number is the value `num`."""
    return lookup_plural(singular, plural, num) % {"num": num, **values}


class Text(str):
    """An English text that can be translated later, because it knows what it was made from."""

    message: str
    values: Mapping[str, Any]


def translatable(message: str, **values: Any) -> Text:
    """The English text."""
    made = Text(message % values if values else message)
    made.message = message
    made.values = values
    return made


def translated(message: str) -> str:
    """A message in the language in use. Those that were not made with `translatable` stay as they are."""
    if not isinstance(message, Text):
        return message
    values = {name: translated(v) if isinstance(v, Text) else v for name, v in message.values.items()}
    return gettext(message.message, **values)
