"""What the model servers of all image algorithms share: a request is one encoded image."""

from __future__ import annotations

import io
from collections.abc import Collection

from PIL import Image

from trigpoint.algorithms.common.serve import RequestRefused, media_type
from trigpoint.algorithms.images import UndecodableImage


def check_content_type(content_type: str, types: Collection[str]) -> None:
    """Raises: RequestRefused: the request is of none of the types."""
    # Decision: a request without a content type is read as an image
    sent, _ = media_type(content_type)
    if sent and sent not in types:
        raise RequestRefused(415, f"Content type {sent} is not supported; send one of {', '.join(types)}")


def undecodable(error: UndecodableImage) -> RequestRefused:
    """The refusal of a request whose body is no image."""
    return RequestRefused(400, f"The body is not an image that can be decoded: {error}")


def blank_png() -> bytes:
    """A small image, for the prediction that a server makes before the first request: it is slow."""
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PNG")
    return buffer.getvalue()
