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

    def signed(self, request: Request, uri: str) -> str:
        """The URL of the object of an s3:// URI."""
        return self._sign(uri, base_url=base_url(self._settings, request), expires_s=VALID_S)
