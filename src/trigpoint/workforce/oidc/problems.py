"""Why a sign-in at an identity provider did not succeed."""

from __future__ import annotations

from trigpoint.core.errors import Denied
from trigpoint.language import translatable


class SignInRefused(Denied):
    """The message is for the person at the browser; `detail` is for the log and has no token."""

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail or message


class ProviderUnavailable(SignInRefused):
    """The identity provider does not answer, or not as it should."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            translatable(
                "the sign-in provider of your organization does not answer as it should: try again in a few minutes, "
                "and tell the person who runs this portal if it stays so"
            ),
            detail,
        )


class TokenRefused(SignInRefused):
    """The provider's answer does not prove who signed in."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            translatable(
                "the answer of your organization's sign-in provider could not be verified: begin again, and tell the "
                "person who runs this portal if it stays so"
            ),
            detail,
        )
