"""The catalogues: one .po file for each language other than English, whose texts are the keys."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

FOLDER = Path(__file__).parent / "locale"
ENGLISH = "en"
LANGUAGES: Mapping[str, str] = {"en": "English", "ko": "한국어"}
"""The languages by their codes, each by its own name, in the order in which people choose from them."""


def is_language(code: str | None) -> bool:
    """Whether there is a catalogue of this language."""
    return code in LANGUAGES


def catalogue_file(language: str) -> Path:
    """The file with the translations into a language other than English."""
    return FOLDER / language / "LC_MESSAGES" / "trigpoint.po"


@cache
def translations(language: str) -> NullTranslations:
    """The translations into a language, read at the first use. English needs none."""
    if language == ENGLISH:
        return NullTranslations()
    # Imported here, because a server whose people all read English need not wait for it.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with catalogue_file(language).open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
