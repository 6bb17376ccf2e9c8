"""XML as S3 reads and writes it: small documents of named elements."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from trigpoint.objects.checksums import DigestingStream
from trigpoint.services.s3.checksums import AnnouncedDigests
from trigpoint.services.s3.contract import S3Request, S3Response
from trigpoint.wire.errors import AwsError

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
MAX_DOCUMENT_BYTES = 4 * 1024 * 1024
MAX_TAGS = 200_000
"""Tags and attributes of a document; 10,000 parts with two checksums each have 120,000. The parser lets no other thread run."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")

Content = str | Iterable[tuple[str, "Content"]]
"""An element's text, or its children in order: (name, content)."""


def xml_response(
    root: str, content: Content, status: int = 200, headers: dict[str, str] | None = None
) -> S3Response:
    """An answer whose body is the document."""
    return S3Response(status, {"Content-Type": "application/xml", **(headers or {})}, document(root, content))


def document(root: str, content: Content) -> bytes:
    """The document in UTF-8, with S3's namespace."""
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">'
    return f"{head}{''.join(_pieces(content))}</{root}>".encode()


def timestamp(at: datetime) -> str:
    """A time as S3 writes it in XML, to the millisecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def quoted(etag: str) -> str:
    """An ETag as headers and XML contain it."""
    return f'"{etag}"'


def flag(value: bool) -> str:
    return "true" if value else "false"


def read_document(request: S3Request, root: str, *, verified: bool = True) -> ElementTree.Element:
    """The request's body as an element named `root`, without namespaces.

    With `verified` the digests in the headers are the body's and are checked.
    Raises: AwsError: MalformedXML, when it is not such a document; document types are refused.
    """
    body = _read_body(request)
    if verified:
        announced = AnnouncedDigests(request)
        stream = DigestingStream([announced.algorithm] if announced.algorithm else [])
        stream.update(body)
        announced.verify(stream.digests())
    return _parsed(body, root)


def _parsed(body: bytes, root: str) -> ElementTree.Element:
    if body.count(b"<") + body.count(b"=") > MAX_TAGS:
        raise malformed(f"the document has more than {MAX_TAGS} tags and attributes")
    try:
        text = body.decode()
        if "<!DOCTYPE" in text:
            raise malformed("document types are not allowed")
        element = ElementTree.fromstring(text)
    except (ElementTree.ParseError, UnicodeDecodeError, ValueError) as problem:
        raise malformed(str(problem)) from None
    for inner in element.iter():
        inner.tag = inner.tag.rpartition("}")[2]
    if element.tag != root:
        raise malformed(f"the document is a {element.tag[:100]}, not a {root}")
    return element


def _read_body(request: S3Request) -> bytes:
    body = b""
    while piece := request.body.read(MAX_DOCUMENT_BYTES + 1 - len(body)):
        body += piece
        if len(body) > MAX_DOCUMENT_BYTES:
            raise malformed(f"the document has more than {MAX_DOCUMENT_BYTES} bytes")
    return body


def malformed(why: str) -> AwsError:
    return AwsError("MalformedXML", f"The XML you provided was not well-formed or did not validate: {why}.")


def required_text(element: ElementTree.Element, name: str) -> str:
    """The text of a child.

    Raises: AwsError: MalformedXML, when there is none.
    """
    text = element.findtext(name)
    if text is None:
        raise malformed(f"{element.tag} lacks {name}")
    return text


def read_tags(request: S3Request) -> list[tuple[str, str]]:
    """The (key, value) pairs of a Tagging document, in order."""
    return _tags(read_document(request, "Tagging"))


def tags_in(document: str) -> list[tuple[str, str]]:
    """The (key, value) pairs of a Tagging document that is a field of a form, in order.

    Raises: AwsError: MalformedXML.
    """
    return _tags(_parsed(document.encode(), "Tagging"))


def _tags(root: ElementTree.Element) -> list[tuple[str, str]]:
    return [(required_text(tag, "Key"), required_text(tag, "Value")) for tag in root.findall("TagSet/Tag")]


def tag_set(tags: Mapping[str, str]) -> Content:
    """The content of a TagSet."""
    return [("Tag", [("Key", name), ("Value", value)]) for name, value in sorted(tags.items())]


def _pieces(content: Content) -> Iterator[str]:
    if isinstance(content, str):
        yield _CONTROL.sub(lambda found: f"&#x{ord(found[0]):x};", escape(content))
        return
    for name, inner in content:
        yield f"<{name}>"
        yield from _pieces(inner)
        yield f"</{name}>"
