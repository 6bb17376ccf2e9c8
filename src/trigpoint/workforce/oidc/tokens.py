"""Checks of the tokens that an identity provider signs."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

import jwt

from trigpoint.workforce.oidc.problems import TokenRefused
from trigpoint.workforce.oidc.provider import Provider, Tokens
from trigpoint.workforce.people import OidcConfig

LEEWAY_S = 60
"""How far the provider's clock may differ from the server's."""
# Signatures with a public key only: with a shared secret or none, a token would prove nothing.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")


def claims_of(tokens: Tokens, config: OidcConfig, provider: Provider, nonce: str) -> Mapping[str, Any]:
    """The claims about the person: of the access token if it is a JWT, else of the UserInfo endpoint.

    The ID token proves that the tokens are the answer to our request, so it must be there if the scope has `openid`.
    Raises: TokenRefused: a token is missing, forged, expired, or made for somebody else. ProviderUnavailable.
    """
    subject = None
    if tokens.id_token is not None:
        subject = _checked_id_token(tokens.id_token, config, provider, nonce)["sub"]
    elif "openid" in (config.scope or "openid").split():
        raise TokenRefused("the token endpoint returned no id_token although the scope has openid")
    if _is_jwt(tokens.access_token):
        return _decoded("access token", tokens.access_token, config, provider, required=("exp", "iss"))
    claims = provider.user_info(tokens.access_token)
    if subject is not None and claims.get("sub") != subject:
        raise TokenRefused("UserInfo is about another subject than the ID token")
    return claims


def _checked_id_token(token: str, config: OidcConfig, provider: Provider, nonce: str) -> Mapping[str, Any]:
    """The claims of our ID token (OpenID Connect Core 1.0, section 3.1.3.7)."""
    required = ("exp", "iat", "iss", "aud", "sub")
    claims = _decoded("ID token", token, config, provider, required, audience=config.client_id)
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else config.client_id) != config.client_id:
        raise TokenRefused("the ID token was issued to another client (azp)")
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        raise TokenRefused("the nonce of the ID token is not ours")
    return claims


def _decoded(
    what: str,
    token: str,
    config: OidcConfig,
    provider: Provider,
    required: tuple[str, ...],
    *,
    audience: str | None = None,
) -> Mapping[str, Any]:
    """The claims of a token whose signature, issuer, times and, if given, audience are right.

    After a failure of the signature the keys are read again, because the provider may have replaced them.
    """
    for fresh in (False, True):
        try:
            return jwt.decode(
                token,
                _key_of(token, provider.keys(fresh=fresh)),
                algorithms=ALGORITHMS,
                issuer=config.issuer,
                audience=audience,
                leeway=LEEWAY_S,
                options={"require": list(required), "verify_aud": audience is not None},
            )
        except (jwt.InvalidSignatureError, _NoKey) as problem:
            if fresh:
                raise TokenRefused(f"{what}: {problem}") from None
        except (jwt.PyJWTError, ValueError, TypeError) as problem:
            raise TokenRefused(f"{what}: {problem}") from None
    raise AssertionError("the second round returns or raises")


class _NoKey(Exception):
    """None of the provider's keys has the id that the token names."""


def _key_of(token: str, keys: jwt.PyJWKSet) -> jwt.PyJWK:
    """The key that signed the token.

    Raises: _NoKey, PyJWTError: the token is no JWT.
    """
    header = jwt.get_unverified_header(token)
    if header.get("alg") not in ALGORITHMS:
        raise jwt.InvalidAlgorithmError(f"the algorithm {str(header.get('alg'))[:20]!r} is not accepted")
    usable = [key for key in keys.keys if key.public_key_use in (None, "sig")]
    named = [key for key in usable if key.key_id == header.get("kid")] if "kid" in header else usable
    if not named:
        raise _NoKey(f"the provider has no signing key {str(header.get('kid'))[:100]!r}")
    return named[0]


def _is_jwt(token: str) -> bool:
    try:
        jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        return False
    return token.count(".") == 2
