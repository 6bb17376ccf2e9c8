"""URLs with which a worker's browser reads the images of a task."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request

from trigpoint.server.web.base_url import base_url
from trigpoint.services.presign import UrlSigners
from trigpoint.settings import Settings

VALID_S = 12 * 3600  # as long as a session


class ImageUrls:
    """Signs URLs for the host under which the visitor reaches the server."""

    def __init__(self, signers: UrlSigners, settings: Settings) -> None:
        self._signers = signers
        self._settings = settings

    def base_url(self, request: Request) -> str:
        """The URL under which the visitor reaches the portal and the objects."""
        return base_url(self._settings, request)

    def signer(self, base_url: str, source_ip: str | None = None) -> Callable[[str], str]:
        """Makes the URL under `base_url` of the object of an s3:// URI.

        With `source_ip` it can be read from that address only.
        """
        return self._signers(base_url=base_url, expires_s=VALID_S, source_ip=source_ip)
