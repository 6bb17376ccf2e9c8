"""URLs with which a worker's browser reads the images of a task."""

from __future__ import annotations

from starlette.requests import Request

from trigpoint.server.web.base_url import base_url
from trigpoint.services.presign import SignUrl
from trigpoint.settings import Settings

VALID_S = 12 * 3600  # as long as a session


class ImageUrls:
    """Signs URLs for the host under which the visitor reaches the server."""

    def __init__(self, sign: SignUrl, settings: Settings) -> None:
        self._sign = sign
        self._settings = settings

    def base_url(self, request: Request) -> str:
        """The URL under which the visitor reaches the portal and the objects."""
        return base_url(self._settings, request)

    def signed(self, base_url: str, uri: str) -> str:
        """The URL under `base_url` of the object of an s3:// URI."""
        return self._sign(uri, base_url=base_url, expires_s=VALID_S)
