"""What a page of another origin may see of S3's replies, and the reply to a browser that asks beforehand."""

from __future__ import annotations

from dataclasses import replace

from trigpoint.server.http import HttpReply
from trigpoint.services.s3.contract import S3Service
from trigpoint.wire.head import RequestHead

# Pages inside the sandboxed task frame read images from here: their origin is opaque; no cookie is involved.
ANY_ORIGIN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def asks_to_read(service: S3Service, head: RequestHead, bucket: str) -> bool:
    """Whether a browser asks this before a GET, and the bucket lets every page read."""
    method, origin = head.header("access-control-request-method") or "", head.header("origin") or ""
    return method in ("GET", "HEAD") and service.cors_headers(bucket, method, origin) is None


def preflight(head: RequestHead) -> HttpReply:
    """The reply to a browser that asks whether it may read."""
    asked = head.header("access-control-request-headers")
    return HttpReply(
        200,
        {
            **ANY_ORIGIN,
            "Access-Control-Allow-Methods": "GET, HEAD",
            "Access-Control-Allow-Headers": asked or "*",
            "Access-Control-Max-Age": "3000",
            "Vary": "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
            "Content-Length": "0",
        },
    )


def for_page(service: S3Service, head: RequestHead, bucket: str, reply: HttpReply) -> HttpReply:
    """The reply with the headers that the bucket's CORS rules grant to the page that asks, if a page asks."""
    origin = head.header("origin") if head.method != "OPTIONS" else None
    granted = service.cors_headers(bucket, head.method, origin) if origin else None
    if granted is None:
        return reply
    kept = {name: value for name, value in reply.headers.items() if not name.startswith("Access-Control-")}
    return replace(reply, headers={**kept, **granted})
