"""A tiny model server that keeps the contract of the algorithms' own: `model_server.py DIR`.

The file DIR/model/behaviour says what it does: good, ends (exit code 3 at once), mute (never answers /ping).
The body of a request says what becomes of it: fail 400, fail 500, die, sleep N, env NAME; others are echoed.
"""

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = Path(sys.argv[1])
BEHAVIOUR = (FOLDER / "model" / "behaviour").read_text()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.answer(503 if BEHAVIOUR == "mute" else 200, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        command, _, argument = body.decode(errors="replace").partition(" ")
        print("invocation", body.decode(errors="replace"), flush=True)
        if command == "fail":
            self.answer(int(argument), f"cannot do {argument}".encode())
        elif command == "die":
            os._exit(1)
        elif command == "sleep":
            time.sleep(float(argument))
            self.answer(200, b"slept")
        elif command == "env":
            self.answer(200, os.environ.get(argument, "").encode())
        else:
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.answer(
                200, json.dumps({"body": body.decode(), "headers": headers, "model": BEHAVIOUR}).encode()
            )

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if custom := self.headers.get("X-Amzn-SageMaker-Custom-Attributes"):
            self.send_header("X-Amzn-SageMaker-Custom-Attributes", f"seen {custom}")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


if BEHAVIOUR == "ends":
    print("this model is broken", flush=True)
    sys.exit(3)
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
part = FOLDER / "port.part"
part.write_text(str(server.server_address[1]))
part.rename(FOLDER / "port")
server.serve_forever()
