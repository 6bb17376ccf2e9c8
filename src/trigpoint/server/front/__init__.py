"""The one port: what a new connection speaks (HTTP, TLS, the proxy's CONNECT), and who serves it."""

from trigpoint.server.front.connection import FrontConnection
from trigpoint.server.front.tls import ServerContexts

__all__ = ["FrontConnection", "ServerContexts"]
