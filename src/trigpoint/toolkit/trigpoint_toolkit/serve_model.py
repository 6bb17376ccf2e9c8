"""Serves a model with people's inference script on a socket that the server has bound.

The socket listens when the model is loaded, so an answered ping means that it can predict.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import traceback
from pathlib import Path

from .handlers import ModelFunctions
from .http_front import ModelServer, logger, stop_on_signals


def serve(descriptor: int) -> int:
    """Serves until SIGTERM; the exit code. `descriptor` is that of the bound socket."""
    logging.basicConfig(
        level=logging.INFO, stream=sys.stdout, format="[%(asctime)s %(levelname)s] %(message)s"
    )
    base = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
    program = os.environ.get("SAGEMAKER_PROGRAM") or "inference.py"
    code = base / "code" if (base / "code").is_dir() else base / "model" / "code"
    try:
        functions = ModelFunctions(program, code, base / "model")
    except Exception as problem:  # noqa: BLE001 - whatever the script raises
        traceback.print_exc()
        print(f"{type(problem).__name__}: {problem}", file=sys.stderr, flush=True)
        return 1
    server = ModelServer(socket.socket(fileno=descriptor), functions)
    stop_on_signals(server)
    logger.info("The model is loaded; serving with %s.", program)
    server.serve_forever(poll_interval=0.1)
    server.drain()
    logger.info("Stopped.")
    return 0
