"""Sign-in at an identity provider with OpenID Connect: the authorization code flow with state, nonce and PKCE."""
