"""The e-mail addresses in a text that somebody pasted: lines, lists, or a table with names."""

from __future__ import annotations

import re

from trigpoint.core.smtp_url import is_mail_address
from trigpoint.language import gettext

MOST_CHARACTERS = 100_000
_BETWEEN = re.compile(r"[\s,;<>()\"]+")
_HEADING = re.compile(r"e-?mail", re.IGNORECASE)


def addresses_in(text: str) -> list[str]:
    """The addresses in order, each once. Names next to an address, and a heading such as `name,email`, are left out.

    Raises: ValueError: a line has no address, or one that is not an address; names the line, for people.
    """
    found: dict[str, None] = {}
    for number, line in enumerate(text[:MOST_CHARACTERS].splitlines(), 1):
        given = [part for part in _BETWEEN.split(line) if "@" in part]
        if not given and line.strip(" ,;\t") and not (number == 1 and _HEADING.search(line)):
            raise ValueError(
                gettext("Line %(number)d has no e-mail address: %(text)s", number=number, text=line[:80])
            )
        for address in given:
            if not is_mail_address(address):
                raise ValueError(
                    gettext(
                        "Line %(number)d: %(text)s is not an e-mail address",
                        number=number,
                        text=address[:80],
                    )
                )
            found[address] = None
    return list(found)
