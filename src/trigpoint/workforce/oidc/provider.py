"""The requests to an identity provider: the token endpoint, UserInfo and the signing keys."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import jwt

from trigpoint.language import translatable
from trigpoint.workforce.oidc.problems import ProviderUnavailable, SignInRefused
from trigpoint.workforce.people import OidcConfig

TIMEOUT_S = 10.0
MAX_ANSWER_BYTES = 512 * 1024
MAX_DETAIL_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the token endpoint returned for a code."""

    access_token: str
    id_token: str | None


class Provider:
    """The provider of one workforce, as its settings describe it. Thread-safe.

    TLS certificates are checked against the CAs of the system, or those of the file SSL_CERT_FILE.
    """

    def __init__(self, config: OidcConfig, client_secret: str) -> None:
        self._config = config
        self._secret = client_secret
        self._keys: jwt.PyJWKSet | None = None
        self._lock = threading.Lock()

    def exchange(self, code: str, verifier: str, redirect_uri: str) -> Tokens:
        """The tokens for a code.

        The client authenticates with HTTP Basic, which every provider must know, and with a form field if this is refused.
        Raises: SignInRefused: the provider refuses the code. ProviderUnavailable.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            "client_id": self._config.client_id,
        }
        basic = (quote_plus(self._config.client_id), quote_plus(self._secret))
        status, answer = self._request("POST", self._config.token_endpoint, data=form, auth=basic)
        if status in (400, 401) and answer.get("error") == "invalid_client":
            form["client_secret"] = self._secret
            status, answer = self._request("POST", self._config.token_endpoint, data=form)
        if status != 200:
            raise _refusal(status, answer)
        access, identity = answer.get("access_token"), answer.get("id_token")
        if not isinstance(access, str) or not isinstance(identity, str | None):
            raise ProviderUnavailable("the answer of the token endpoint has no access_token")
        if str(answer.get("token_type", "")).lower() != "bearer":
            raise ProviderUnavailable("the token_type of the token endpoint's answer is not Bearer")
        return Tokens(access, identity)

    def user_info(self, access_token: str) -> Mapping[str, Any]:
        """The claims of the UserInfo endpoint.

        Raises: ProviderUnavailable.
        """
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        status, answer = self._request("GET", self._config.user_info_endpoint, headers=headers)
        if status != 200:
            raise ProviderUnavailable(f"the UserInfo endpoint answered {status}: {_detail(answer)}")
        return answer

    def keys(self, *, fresh: bool = False) -> jwt.PyJWKSet:
        """The signing keys: those that were read before, or with `fresh` those of now.

        Raises: ProviderUnavailable.
        """
        with self._lock:
            if self._keys is None or fresh:
                status, answer = self._request("GET", self._config.jwks_uri)
                if status != 200:
                    raise ProviderUnavailable(f"JwksUri answered {status}")
                try:
                    self._keys = jwt.PyJWKSet.from_dict(answer)
                except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError) as problem:
                    raise ProviderUnavailable(f"JwksUri has no usable keys: {problem}") from None
            return self._keys

    def _request(self, method: str, url: str, **arguments: Any) -> tuple[int, dict[str, Any]]:
        """The status and the JSON object of the answer; {} if an error has none. Redirects are not followed."""
        import httpx  # not at the top: importing it is a large part of the server's start

        content = bytearray()
        try:
            with (
                httpx.Client(verify=ssl.create_default_context(), timeout=TIMEOUT_S) as client,
                client.stream(method, url, **arguments) as response,
            ):
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > MAX_ANSWER_BYTES:
                        raise ProviderUnavailable(f"{url} answered more than {MAX_ANSWER_BYTES} bytes")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
            raise ProviderUnavailable(f"{url}: {type(problem).__name__}: {problem}") from None
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            if response.status_code == 200:
                raise ProviderUnavailable(f"{url} did not answer with a JSON object")
            answer = {}
        return response.status_code, answer


def _refusal(status: int, answer: Mapping[str, Any]) -> SignInRefused:
    detail = f"the token endpoint answered {status}: {_detail(answer)}"
    if answer.get("error") == "invalid_grant":
        return SignInRefused(
            translatable("this sign-in was used before or took too long: begin again"), detail
        )
    return ProviderUnavailable(detail)


def _detail(answer: Mapping[str, Any]) -> str:
    said = f"{answer.get('error', '')} {answer.get('error_description', '')}"
    return " ".join("".join(c if c.isprintable() else " " for c in said).split())[:MAX_DETAIL_CHARACTERS]
