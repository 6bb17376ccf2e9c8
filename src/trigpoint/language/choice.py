"""Which of our languages a browser asks for."""

from __future__ import annotations

from trigpoint.language.catalogues import LANGUAGES

MAX_CHARACTERS = 500


def accepted(header: str) -> str | None:
    """The language of an Accept-Language header that we have and that its reader likes best; None if there is none.

    `ko-KR` is Korean to us. Of languages that are liked equally, the first counts.
    """
    found: list[tuple[float, str]] = []
    for part in header[:MAX_CHARACTERS].split(","):
        tag, _, weight = part.partition(";")
        code = tag.strip().partition("-")[0].lower()
        if code in LANGUAGES:
            found.append((_quality(weight), code))
    liked = [each for each in found if each[0] > 0]
    return max(liked, key=lambda each: each[0])[1] if liked else None


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
