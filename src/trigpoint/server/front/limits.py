"""For how long a peer may keep a connection waiting."""

FIRST_BYTE_LIMIT_S = 60.0  # browsers and pools open connections ahead of need
HEAD_LIMIT_S = 30.0
HANDSHAKE_LIMIT_S = 10.0
TLS_CLOSE_LIMIT_S = 5.0
