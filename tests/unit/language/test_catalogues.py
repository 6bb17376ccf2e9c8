"""Every text that people see is translated into every language."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from jinja2 import Environment, PackageLoader

from trigpoint.language.catalogues import ENGLISH, LANGUAGES, catalogue_file

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools"))
from catalogues import extracted, untranslated  # noqa: E402

OTHERS = [language for language in LANGUAGES if language != ENGLISH]
PLACE = re.compile(r"%\(\w+\)[sdr]")
TAG = re.compile(r"<[^>]*>")
SHOWN_ATTRIBUTE = re.compile(r'\b(?:aria-label|title|placeholder|alt)="([^"]*)"')
# A name, and an example of an address.
ALLOWED = ("Trigpoint", "name@example.com", "boto3")


def _read(language: str) -> Catalog:
    with catalogue_file(language).open("rb") as file:
        return read_po(file, locale=language)


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_of_the_server_is_translated_and_every_translation_is_used(language: str) -> None:
    catalogue = _read(language)
    wanted = {message.id for message in extracted() if message.id}
    found = {message.id for message in catalogue if message.id}
    assert found == wanted, "run python tools/catalogues.py and translate what is empty"
    assert untranslated(catalogue) == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_places_for_values_of_its_text(language: str) -> None:
    for message in _read(language):
        english = _forms(message.id)
        forms = _forms(message.string) if message.id else []
        wanted = {place for text in english for place in PLACE.findall(text)}
        for form in forms:
            assert set(PLACE.findall(form)) == wanted, f"{english[0]!r} is translated as {form!r}"
            assert sorted(TAG.findall(form)) == sorted(TAG.findall(english[0])), f"tags of {form!r}"


def _forms(texts: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [texts or ""] if isinstance(texts, str | None) else list(texts)


def test_pages_have_no_text_that_cannot_be_translated() -> None:
    plain = [text for file in _pages() for text in _plain_texts(file)]
    assert plain == [], "write _('...') instead"


def _pages() -> list[Path]:
    return sorted((ROOT / "src/trigpoint/server").rglob("templates/*.html"))


def _plain_texts(page: Path) -> list[str]:
    """Texts and shown attributes that are in no `{{ _() }}`."""
    environment = Environment(loader=PackageLoader("trigpoint.server.web"), extensions=["jinja2.ext.i18n"])
    source = re.sub(r"{% block body_class %}.*?{% endblock %}", "", page.read_text())
    tokens = environment.lex(source)
    html = "".join(value if kind == "data" else "\0" for _, kind, value in tokens)
    html = re.sub(r"<(script|style|code)\b.*?</\1>", "", html, flags=re.S)
    shown = [*re.split(r"[\0\n]", TAG.sub("\n", html)), *SHOWN_ATTRIBUTE.findall(html)]
    texts = (text.replace("\0", "").strip() for text in shown)
    return [
        f"{page.name}: {text}"
        for text in texts
        if re.search(r"[^\W\d_]{2}", text) and text.strip("· ") not in ALLOWED
    ]
