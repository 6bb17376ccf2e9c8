"""How long a peer may keep a connection waiting, and how much it may send before a request makes progress."""

FIRST_BYTE_LIMIT_S = 60.0  # browsers and pools open connections ahead of need
HEAD_LIMIT_S = 30.0
HANDSHAKE_LIMIT_S = 10.0
TLS_CLOSE_LIMIT_S = 5.0
STALLED_READER_LIMIT_S = 30 * 60.0  # a training job may pause for an evaluation while it reads an object
UNREAD_BODY_LIMIT_S = 60.0  # what a client may go on sending after the answer to its request
LINGER_LIMIT_S = 5.0  # a refused client has this long to read the answer

MAX_URL_BYTES = 16 << 10  # S3: a prefix and a marker of 1024 bytes each, percent-encoded, and a session token
MAX_HEADER_BYTES = 16 << 10
MAX_HEAD_BYTES = 64 << 10
MAX_HEADERS = 256
MAX_PIPELINED = 64
MAX_LINGER_BYTES = 4 << 20
