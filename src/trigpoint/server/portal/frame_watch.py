"""A script at the beginning of each frame, which reports to the task page what has arrived.

A page cannot see whether the document of a frame was loaded, or is the browser's own page of an error. So the document
reports itself, and whether the script with the elements could be loaded.
"""

from __future__ import annotations

import re

_SCRIPT = """<script>(() => {
const say = type => parent.postMessage({source: "trigpoint", type}, "*");
say("document");
addEventListener("error", ({target}) => {
if (target.localName === "script" && target.src.includes("/static/crowd-html-elements")) say("broken");
}, true);
document.currentScript.remove();
})();</script>"""
_DOCTYPE = re.compile(r"<!doctype[^>]*>", re.IGNORECASE)
_BLANKS = re.compile(r"\s*")


def with_watch(html: str) -> str:
    """The HTML with the script as its first element, after a document type."""
    place = _start(html)
    doctype = _DOCTYPE.match(html, place)
    end = doctype.end() if doctype else 0
    return f"{html[:end]}{_SCRIPT}{html[end:]}"


def _start(html: str) -> int:
    """The place of what follows the blanks and comments at the beginning."""
    place = 0
    while True:
        blanks = _BLANKS.match(html, place)
        place = blanks.end() if blanks else place
        end = html.find("-->", place + 4) if html.startswith("<!--", place) else -1
        if end < 0:
            return place
        place = end + 3
