"""Writes small objects into the server's S3 with one request each, which the instance signs itself.

Decision: not with botocore, which waits for `100 Continue` before it sends a body and takes half a second to load. Every output
of a transform job is such a write.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit
from xml.etree import ElementTree

import urllib3

from trigpoint.access.session_keys import SessionKeys
from trigpoint.objects.errors import RemoteUnavailable
from trigpoint.remote.errors import of_answer
from trigpoint.wire.sigv4 import Credential, encode, presigned_query

SIGNED_S: Final = 900
_TIMEOUT: Final = urllib3.Timeout(connect=3.0, read=60.0)
_CONNECTIONS: Final = 16


class SmallWrites:
    """Writes objects with the credentials of a job. Thread-safe; connections are kept."""

    def __init__(self, keys: SessionKeys, region: str) -> None:
        self._signer = Credential(
            keys.access_key_id, keys.secret_access_key, "", session_token=keys.session_token
        )
        self._region = region
        self._http = urllib3.PoolManager(timeout=_TIMEOUT, retries=False, maxsize=_CONNECTIONS)

    def put(self, server_url: str, bucket: str, key: str, body: bytes, content_type: str) -> None:
        """Writes the object; durable when this returns.

        Raises: RemoteUnavailable, without a code: the server does not answer. RemoteError: it refuses.
        """
        uri, base = f"s3://{bucket}/{key}", urlsplit(server_url)
        path = f"/{encode(bucket)}/{encode(key, safe='/')}"
        host = base.netloc.removesuffix({"http": ":80", "https": ":443"}[base.scheme])
        now = datetime.now(UTC)
        query = presigned_query("PUT", host, path, self._region, "s3", self._signer, SIGNED_S, now)
        url = f"{base.scheme}://{host}{path}?{query}"
        try:
            answer = self._http.request("PUT", url, body=body, headers={"Content-Type": content_type})
        except (urllib3.exceptions.HTTPError, OSError) as problem:
            said = getattr(problem, "reason", None) or type(problem).__name__
            raise RemoteUnavailable(f"{uri}: the store at {server_url} does not answer: {said}") from None
        if answer.status != 200:
            code, message = _refusal(answer.data)
            raise of_answer(uri, server_url, code, message, answer.status)


def _refusal(document: bytes) -> tuple[str, str]:
    """(code, message) of S3's error document."""
    try:
        root = ElementTree.fromstring(document)
    except ElementTree.ParseError:
        return "", ""
    return root.findtext("Code", ""), root.findtext("Message", "")
