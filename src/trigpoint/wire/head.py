"""The head of a request before anything is interpreted: method, raw target, headers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote


@dataclass(frozen=True)
class RequestHead:
    """The head of an HTTP request as it arrived: nothing decoded, nothing normalised.

    `path` and `query` are percent-encoded as sent (non-ASCII bytes as Latin-1); `headers` have lower-case
    names, in order, repeated ones included.
    """

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]

    @cached_property
    def header_map(self) -> dict[str, str]:
        """Header values by lower-case name; repeated headers joined with commas."""
        joined: dict[str, str] = {}
        for name, value in self.headers:
            joined[name] = f"{joined[name]},{value}" if name in joined else value
        return joined

    @cached_property
    def query_pairs(self) -> tuple[tuple[str, str], ...]:
        """The query's names and values, percent-encoded as sent; a flag has the value ""."""
        pairs = (pair.partition("=") for pair in self.query.split("&") if pair)
        return tuple((name, value) for name, _, value in pairs)

    @cached_property
    def query_map(self) -> dict[str, str]:
        """The query's decoded values by decoded name; the last of repeated names counts.

        A plus sign is a blank, as in HTML forms and S3; bytes that are not UTF-8 become lone
        surrogates.
        """
        return {_decode(name): _decode(value) for name, value in self.query_pairs}

    def header(self, name: str) -> str | None:
        """The value of a header by its lower-case name."""
        return self.header_map.get(name)

    @property
    def content_type(self) -> str:
        """The media type of the body, lower-case, without parameters."""
        return (self.header("content-type") or "").split(";")[0].strip().lower()


def _decode(text: str) -> str:
    return unquote(text.replace("+", " "), errors="surrogateescape")
