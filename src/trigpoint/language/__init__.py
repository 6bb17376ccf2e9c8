"""The languages of pages and mails: gettext catalogues, and the language that is in use at the moment."""

from trigpoint.language.catalogues import ENGLISH, LANGUAGES, is_language
from trigpoint.language.choice import accepted
from trigpoint.language.texts import (
    Text,
    current,
    gettext,
    lookup,
    lookup_plural,
    ngettext,
    set_current,
    speaking,
    translatable,
    translated,
)

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "Text",
    "accepted",
    "current",
    "gettext",
    "is_language",
    "lookup",
    "lookup_plural",
    "ngettext",
    "set_current",
    "speaking",
    "translatable",
    "translated",
]
