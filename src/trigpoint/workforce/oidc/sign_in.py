"""A sign-in at the workforce's identity provider, from the first redirect to the worker."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid
from trigpoint.core.ids import random_token
from trigpoint.db import Database
from trigpoint.language import translatable
from trigpoint.workforce.oidc.claims import person_in
from trigpoint.workforce.oidc.members import ConsoleGroups, admit
from trigpoint.workforce.oidc.problems import SignInRefused
from trigpoint.workforce.oidc.provider import Provider
from trigpoint.workforce.oidc.tokens import claims_of
from trigpoint.workforce.people import OidcConfig, Worker
from trigpoint.workforce.workforces import Sealer, Workforces

REDIRECT_PATH = "/oauth2/idpresponse"
TIME_LIMIT_S = 600.0
"""From the first redirect to the return of the browser."""
DEFAULT_SCOPE = "openid"
MAX_CODE_CHARACTERS = 4096

log = logging.getLogger(__name__)

_AGAIN = translatable(
    "this sign-in was begun in another browser, was finished before, or took longer than ten minutes: begin again"
)


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that has begun: where to send the browser, and what it must bring back.

    `sealed` is encrypted and belongs into a cookie of this browser. `state` is also in the URL.
    """

    url: str
    state: str
    sealed: str


class OidcSignIn:
    """Sign-ins at the identity provider of the workforce. Thread-safe."""

    def __init__(
        self,
        db: Database,
        workforces: Workforces,
        sealer: Sealer,
        clock: Clock,
        console_groups: ConsoleGroups = (),
    ) -> None:
        self._db = db
        self._workforces = workforces
        self._sealer = sealer
        self._clock = clock
        self._console_groups = console_groups
        self._known: tuple[OidcConfig, str, Provider] | None = None
        self._lock = threading.Lock()

    def config(self) -> OidcConfig | None:
        """The identity provider of the workforce; None if workers sign in with passwords."""
        found = self._workforces.list()
        return found[0].oidc if found else None

    def begin(self, redirect_uri: str, to: str, site: str = "") -> Begun:
        """Begins a sign-in, after which the browser shall go to the path `to`.

        Args:   site: what the state begins with, so that the return from the provider reaches the site that asked.

        Raises: SignInRefused: there is no identity provider.
        """
        config = self._existing_config()
        state, nonce, verifier = site + random_token(), random_token(), random_token(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
        query = {
            **config.extra_params,
            "response_type": "code",
            "client_id": config.client_id,
            "redirect_uri": redirect_uri,
            "scope": config.scope or DEFAULT_SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge.decode(),
            "code_challenge_method": "S256",
        }
        kept = {
            "state": state,
            "nonce": nonce,
            "verifier": verifier,
            "redirect_uri": redirect_uri,
            "to": to,
            "issuer": config.issuer,
            "at": self._clock.now().timestamp(),
        }
        url = _with_query(config.authorization_endpoint, query)
        return Begun(url, state, self._sealer.seal(json.dumps(kept)))

    def finish(self, returned: Mapping[str, str], sealed: str | None) -> tuple[Worker, str]:
        """The worker who has signed in, and the path where they wanted to go.

        Args:   returned: the query with which the provider sent the browser back.
        Raises: SignInRefused: it did not succeed; the message says why. AccountDisabled.
        """
        try:
            return self._finish(returned, sealed)
        except SignInRefused as problem:
            log.warning("oidc_sign_in_refused reason=%s", problem.detail)
            raise

    def logout_url(self, back_to: str) -> str | None:
        """Where the browser ends the session at the provider (OpenID Connect RP-Initiated Logout 1.0)."""
        config = self.config()
        if config is None:
            return None
        query = {"client_id": config.client_id, "post_logout_redirect_uri": back_to}
        return _with_query(config.logout_endpoint, query)

    def _finish(self, returned: Mapping[str, str], sealed: str | None) -> tuple[Worker, str]:
        config = self._existing_config()
        kept = self._kept(sealed)
        if not hmac.compare_digest(returned.get("state", "").encode(), kept["state"].encode()):
            raise SignInRefused(_AGAIN, "wrong state")
        if kept["issuer"] != config.issuer or returned.get("iss", config.issuer) != config.issuer:
            raise SignInRefused(_AGAIN, "the answer is of another issuer")
        if "error" in returned:
            raise _provider_error(returned)
        code = returned.get("code", "")
        if not 1 <= len(code) <= MAX_CODE_CHARACTERS:
            raise SignInRefused(_AGAIN, "the answer has no code")
        provider = self._provider(config)
        tokens = provider.exchange(code, kept["verifier"], kept["redirect_uri"])
        person = person_in(claims_of(tokens, config, provider, kept["nonce"]), config.client_id)
        worker = admit(self._db, self._clock, config.issuer, person, self._console_groups)
        return worker, kept["to"]

    def _kept(self, sealed: str | None) -> dict[str, str]:
        if not sealed:
            raise SignInRefused(_AGAIN, "no sign-in of this browser")
        try:
            kept = json.loads(self._sealer.open(sealed))
        except (Invalid, ValueError):
            raise SignInRefused(_AGAIN, "the cookie of the sign-in was not made here") from None
        if self._clock.now().timestamp() - kept.pop("at") > TIME_LIMIT_S:
            raise SignInRefused(_AGAIN, "the sign-in took too long")
        found: dict[str, str] = kept
        return found

    def _existing_config(self) -> OidcConfig:
        config = self.config()
        if config is None:
            raise SignInRefused(
                translatable("this portal has no sign-in provider: use your user name and password")
            )
        return config

    def _provider(self, config: OidcConfig) -> Provider:
        """The provider with these settings; its keys are kept until the settings change."""
        secret = self._workforces.oidc_client_secret() or ""
        with self._lock:
            if self._known is None or self._known[:2] != (config, secret):
                self._known = (config, secret, Provider(config, secret))
            return self._known[2]


def _provider_error(returned: Mapping[str, str]) -> SignInRefused:
    code = "".join(c for c in returned["error"][:100] if c.isprintable())
    about = "".join(c for c in returned.get("error_description", "")[:300] if c.isprintable())
    if code == "access_denied":
        message = translatable(
            "the sign-in was cancelled, or your organization does not let you use this portal"
        )
    else:
        message = translatable(
            "your organization's sign-in provider reported a problem (%(code)s)", code=code
        )
    return SignInRefused(message, f"{code}: {about}")


def _with_query(url: str, query: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    joined = "&".join(part for part in (parts.query, urlencode(query)) if part)
    return urlunsplit(parts._replace(query=joined))
