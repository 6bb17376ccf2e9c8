"""Instructions that a person wrote in HTML, made safe for a task template.

They become part of a Liquid template, so braces are written as entities. Images of the object store are signed when the
template is rendered.
"""

from __future__ import annotations

import html
import re
from typing import Final

import nh3

from trigpoint.core.errors import Invalid

_TAGS: Final = {
    *(
        "p",
        "br",
        "hr",
        "h2",
        "h3",
        "h4",
        "ul",
        "ol",
        "li",
        "blockquote",
        "pre",
        "div",
        "figure",
        "figcaption",
    ),
    *("b", "strong", "i", "em", "u", "s", "mark", "code", "kbd", "sub", "sup", "span", "a", "img"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_PICTURE: Final = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+")
_OBJECT: Final = re.compile(r'src="(s3://[^"]*)"')
_EMPTY: Final = re.compile(r"<(p|ul|ol|h[234])>\s*</\1>")


def safe_html(text: str) -> str:
    """The HTML with nothing but formatting, links and images. Scripts, styles and forms are left out."""
    cleaned = nh3.clean(
        text,
        tags=_TAGS,
        attributes={"a": {"href", "title"}, "img": {"src", "alt", "width"}, "td": {"colspan", "rowspan"}},
        attribute_filter=_attribute,
        url_schemes={"https", "http", "mailto", "s3", "data"},
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return _EMPTY.sub("", cleaned).strip()


def liquid_html(text: str) -> str:
    """Safe HTML as a part of a Liquid template, in which it means the same.

    Raises: Invalid: the address of an image has a character that Liquid cannot write.
    """
    braces = safe_html(text).replace("{", "&#123;").replace("}", "&#125;")
    return _OBJECT.sub(lambda found: f'src="{{{{ {_quoted(found[1])} | grant_read_access }}}}"', braces)


def _quoted(uri: str) -> str:
    """The URI as a text of Liquid, which has no escapes."""
    plain = html.unescape(uri)
    quote = next((each for each in ("'", '"') if each not in plain), None)
    if quote is None or "{" in plain or "}" in plain:
        raise Invalid(
            f"the image {plain} has braces or both kinds of quotes in its name; copy it to another key"
        )
    return f"{quote}{plain}{quote}"


def _attribute(tag: str, name: str, value: str) -> str | None:
    scheme = value.partition(":")[0].strip().lower()
    if name == "src":
        return value if scheme in ("https", "s3") or _PICTURE.fullmatch(value) else None
    if name == "href":
        return value if scheme in ("https", "http", "mailto") else None
    return value
