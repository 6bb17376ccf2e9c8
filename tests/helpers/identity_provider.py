"""A small OpenID Connect provider with real keys, signatures and TLS, which can also misbehave."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlencode, urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from helpers.tls import server_context

CLIENT_ID = "labels+portal"
CLIENT_SECRET = "s3cret/with:signs%"

Claims = dict[str, Any]


@dataclass
class Account:
    """Somebody who has an account at the provider."""

    sub: str
    name: str
    groups: list[str] | str
    email: str = ""
    more: Claims = field(default_factory=dict)

    def claims(self) -> Claims:
        return {
            "sub": self.sub,
            "sagemaker:sub": self.sub,
            "sagemaker-client_id": CLIENT_ID,
            "sagemaker:name": self.name,
            "sagemaker:groups": self.groups,
            **({"email": self.email, "email_verified": True} if self.email else {}),
            **self.more,
        }


class IdentityProvider:
    """Everybody who comes to its page is signed in as `account`, without a question.

    `opaque` access tokens are no JWTs. `change_id_token` and `change_access_token` change the claims before they are
    signed; `sign` replaces the signature. `basic` is whether the client may authenticate with HTTP Basic.
    """

    def __init__(self) -> None:
        self.url = ""
        self.reset()

    def reset(self) -> None:
        """Behaves well again, with new keys and without a memory."""
        self.account: Account | None = None
        self.opaque = False
        self.basic = True
        self.down = False
        self.change_id_token: Callable[[Claims], Claims] = lambda claims: claims
        self.change_access_token: Callable[[Claims], Claims] = lambda claims: claims
        self.sign: Callable[[Claims], str] = self.signed
        self.requests: list[str] = []
        self._codes: dict[str, tuple[dict[str, str], Account]] = {}
        self._opaque: dict[str, Account] = {}
        self.rotate()

    def rotate(self) -> None:
        """Replaces the signing key."""
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._kid = secrets.token_hex(4)

    def config(self, **more: Any) -> dict[str, Any]:
        """The OidcConfig of a workforce that uses it."""
        return {
            "ClientId": CLIENT_ID,
            "ClientSecret": CLIENT_SECRET,
            "Issuer": self.url,
            "AuthorizationEndpoint": f"{self.url}/authorize",
            "TokenEndpoint": f"{self.url}/token",
            "UserInfoEndpoint": f"{self.url}/userinfo",
            "LogoutEndpoint": f"{self.url}/logout",
            "JwksUri": f"{self.url}/jwks",
            **more,
        }

    def signed(self, claims: Claims, key: rsa.RSAPrivateKey | None = None) -> str:
        """A JWT of the claims, signed with the provider's key or another one."""
        return jwt.encode(claims, key or self._key, algorithm="RS256", headers={"kid": self._kid})

    # -- endpoints: each returns status, headers and body

    def authorize(self, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        wanted = {"response_type": "code", "client_id": CLIENT_ID, "code_challenge_method": "S256"}
        if any(query.get(name) != value for name, value in wanted.items()) or "openid" not in query["scope"]:
            return 400, {}, b"bad request"
        if self.account is None:
            answer = {"error": "access_denied", "error_description": "no <account>", "state": query["state"]}
        else:
            code = secrets.token_urlsafe(16)
            self._codes[code] = (query, self.account)
            answer = {"code": code, "state": query["state"], "iss": self.url}
        return 302, {"Location": f"{query['redirect_uri']}?{urlencode(answer)}"}, b""

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, str], bytes]:
        if not self._is_client(form, authorization):
            return _json(401, {"error": "invalid_client"})
        asked, account = self._codes.pop(form.get("code", ""), (None, None))
        if asked is None or account is None:
            return _json(400, {"error": "invalid_grant", "error_description": "unknown code"})
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return _json(400, {"error": "invalid_grant", "error_description": "verifier or redirect_uri"})
        now = int(time.time())
        times = {"iss": self.url, "iat": now, "exp": now + 300}
        identity = {"sub": account.sub, "aud": CLIENT_ID, "nonce": asked["nonce"], **times}
        answer: Claims = {"token_type": "Bearer", "expires_in": 300}
        changed = self.change_id_token(identity)
        if changed:
            answer["id_token"] = self.sign(changed)
        if self.opaque:
            answer["access_token"] = secrets.token_urlsafe(20)
            self._opaque[answer["access_token"]] = account
        else:
            answer["access_token"] = self.signed(self.change_access_token({**account.claims(), **times}))
        return _json(200, answer)

    def userinfo(self, authorization: str) -> tuple[int, dict[str, str], bytes]:
        account = self._opaque.get(authorization.removeprefix("Bearer "))
        if account is None:
            return _json(401, {"error": "invalid_token"})
        return _json(200, self.change_access_token(account.claims()))

    def jwks(self) -> tuple[int, dict[str, str], bytes]:
        public = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return _json(200, {"keys": [{**public, "kid": self._kid, "use": "sig", "alg": "RS256"}]})

    def _is_client(self, form: dict[str, str], authorization: str) -> bool:
        if "client_secret" in form:
            return (form.get("client_id"), form["client_secret"]) == (CLIENT_ID, CLIENT_SECRET)
        if not self.basic or not authorization.startswith("Basic "):
            return False
        user, _, password = base64.b64decode(authorization[6:]).decode().partition(":")
        return (unquote_plus(user), unquote_plus(password)) == (CLIENT_ID, CLIENT_SECRET)


def browse(url: str, ca_file: Path) -> str:
    """What a browser does at the provider: opens its page, and returns the address to which this leads."""
    with httpx.Client(verify=ssl.create_default_context(cafile=str(ca_file)), trust_env=False) as browser:
        response = browser.get(url)
    assert response.status_code == 302, response.text
    return response.headers["location"]


@contextmanager
def running_provider(folder: Path) -> Iterator[tuple[IdentityProvider, Path]]:
    """The provider on 127.0.0.1 over TLS, and the file of the CA that its clients must trust."""
    provider = IdentityProvider()
    context, ca_file = server_context(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    provider.url = f"https://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield provider, ca_file
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(provider: IdentityProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            provider.requests.append(parts.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            match parts.path:
                case "/authorize":
                    self._answer(*provider.authorize(query))
                case "/userinfo":
                    self._answer(*provider.userinfo(self.headers.get("Authorization", "")))
                case "/jwks":
                    self._answer(*provider.jwks())
                case _:
                    self._answer(404, {}, b"")

        def do_POST(self) -> None:
            provider.requests.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if provider.down:
                self._answer(503, {}, b"maintenance")
                return
            self._answer(*provider.token(dict(parse_qsl(body)), self.headers.get("Authorization", "")))

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def _json(status: int, value: Claims) -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": "application/json"}, json.dumps(value).encode()
