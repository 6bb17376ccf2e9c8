"""The one port: it recognises the protocol of a new connection (HTTP, TLS, the proxy's CONNECT) and serves
it."""

from trigpoint.server.front.connection import FrontConnection
from trigpoint.server.front.tls import ServerContexts

__all__ = ["FrontConnection", "ServerContexts"]
