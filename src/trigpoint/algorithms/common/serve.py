"""The HTTP server of a trained model: GET /ping and POST /invocations on 127.0.0.1.

The model is loaded before the port is announced, so an answered ping means that it can predict.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from trigpoint.algorithms.common.harness import (
    EXIT_CUSTOMER,
    EXIT_OK,
    CustomerError,
    log_to_stdout,
    logger,
)
from trigpoint.toolkit.trigpoint_toolkit.http_front import (
    Handler,
    ModelReply,
    ModelServer,
    RequestRefused,
    stop_on_signals,
)

__all__ = ["Handler", "ModelReply", "RequestRefused", "media_type", "serve"]

PORT_FILE = "port"


def media_type(header: str) -> tuple[str, dict[str, str]]:
    """Type and parameters of a Content-Type or Accept value, in lower case.

    ``a/b; X=1`` -> ``("a/b", {"x": "1"})``
    """
    name, *rest = header.split(";")
    parameters = {}
    for part in rest:
        key, _, value = part.partition("=")
        parameters[key.strip().lower()] = value.strip().strip('"').lower()
    return name.strip().lower(), parameters


def serve(load: Callable[[Path], Handler], opt_ml: Path, port: int) -> int:
    """Serves the model in DIR/model until SIGTERM or SIGINT; the exit code of the process.

    The number of the bound port is written to DIR/port at once, by renaming a finished file.
    """
    log_to_stdout()
    try:
        handler = load(opt_ml / "model")
    except CustomerError as error:
        logger.error("Customer Error: %s", error)
        return EXIT_CUSTOMER
    server = ModelServer(("127.0.0.1", port), handler)
    stop_on_signals(server)
    _write_port(opt_ml, server.server_port)
    logger.info("Serving on port %d.", server.server_port)
    server.serve_forever(poll_interval=0.1)
    server.drain()
    logger.info("Stopped.")
    return EXIT_OK


def _write_port(opt_ml: Path, port: int) -> None:
    part = opt_ml / f".{PORT_FILE}.part"
    part.write_text(f"{port}\n", encoding="ascii")
    os.replace(part, opt_ml / PORT_FILE)  # noqa: PTH105 - unlike Path.rename, it replaces on every system
