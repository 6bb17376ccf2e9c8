"""Errors that people's scripts raise and catch by the names of SageMaker's toolkits; the model server answers with them."""

from __future__ import annotations

from typing import Any

from .http_front import RequestRefused


class ClientError(RequestRefused):
    """A request that cannot be read: the reply has status 400 and this message."""

    def __init__(self, message: str = "The request cannot be read") -> None:
        super().__init__(400, message)


class UnsupportedFormatError(RequestRefused):
    """A content type that is not supported, in a request (status 415) or in its Accept header (406)."""

    def __init__(self, content_type: Any, *, status: int = 415) -> None:
        header = "Accept" if status == 406 else "Content type"
        function = "output_fn" if status == 406 else "input_fn"
        super().__init__(
            status, f"{header} {content_type} is not supported by this model; it has no {function} for it"
        )


class BaseInferenceToolkitError(RequestRefused):
    """An error with a status for the reply."""

    def __init__(self, status_code: int, message: str, phrase: str = "") -> None:
        super().__init__(int(status_code), str(message))
        self.status_code, self.phrase = int(status_code), phrase or str(message)


class GenericInferenceToolkitError(BaseInferenceToolkitError):
    """An error with a status, and a message if one is known."""

    def __init__(self, status_code: int, message: str | None = None, phrase: str | None = None) -> None:
        super().__init__(status_code, message or "Invalid Request", phrase or "")
