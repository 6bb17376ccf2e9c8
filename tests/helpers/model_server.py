"""A tiny model server that keeps the contract of the algorithms' own: `model_server.py DIR SOURCES`.

It ends as theirs do, with their code, from SOURCES.

The file DIR/model/behaviour says what it does: good, ends (exit code 3 at once), mute (never answers /ping),
upper (answers with the body in upper case). DIR/model/parameters holds what it answers to
/execution-parameters. The body of a request says what becomes of it: fail 400, fail 500, die, die once, flaky
N (500 for the first N times), sleep N, together N (answered when N such requests are there at once), env
NAME; others are echoed with their headers.
"""

import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, sys.argv[2])
from trigpoint.toolkit.trigpoint_toolkit.drain import DrainingHandler, DrainingServer

FOLDER = Path(sys.argv[1])
BEHAVIOUR = (FOLDER / "model" / "behaviour").read_text()
TIMES: Counter[bytes] = Counter()
LOCK = threading.Condition()


class Handler(DrainingHandler):
    def do_GET(self) -> None:  # noqa: N802 - the name is that of http.server
        parameters = FOLDER / "model" / "parameters"
        if self.path == "/execution-parameters":
            found = parameters.exists()
            self.answer(200 if found else 404, parameters.read_bytes() if found else b"")
            return
        self.answer(503 if BEHAVIOUR == "mute" else 200, b"")

    def do_POST(self) -> None:  # noqa: N802 - the name is that of http.server
        body = self.body()
        TIMES[body] += 1
        command, _, argument = body.decode(errors="replace").partition(" ")
        print("invocation", body.decode(errors="replace"), flush=True)
        if command == "fail":
            self.answer(int(argument), f"cannot do {argument}".encode())
        elif command == "die" and argument == "once" and (FOLDER / "died").exists():
            self.answer(200, b"risen")
        elif command == "die":
            (FOLDER / "died").touch()
            os._exit(1)
        elif command == "flaky" and TIMES[body] <= int(argument):
            self.answer(500, b"not now")
        elif command == "sleep":
            self.sleep(float(argument))
            self.answer(200, b"slept")
        elif command == "together":
            self.answer(*meet(body, int(argument)))
        elif command == "env":
            self.answer(200, os.environ.get(argument, "").encode())
        elif BEHAVIOUR == "upper":
            self.answer(200, body.upper())
        else:
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.answer(
                200, json.dumps({"body": body.decode(), "headers": headers, "model": BEHAVIOUR}).encode()
            )

    def sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not (self.server.draining and self.caller_has_left()):
            time.sleep(min(0.05, seconds))

    def body(self) -> bytes:
        if self.headers["Transfer-Encoding"] != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"] or 0))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

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


def meet(body: bytes, number: int) -> tuple[int, bytes]:
    """200 when so many requests of this body have come while this one waited."""
    with LOCK:
        LOCK.notify_all()
        met = LOCK.wait_for(lambda: TIMES[body] >= number, timeout=10)
    return (200, b"met") if met else (400, b"alone")


if BEHAVIOUR == "ends":
    print("this model is broken", flush=True)
    sys.exit(3)
server = DrainingServer(("127.0.0.1", 0), Handler)
signal.signal(signal.SIGTERM, lambda number, frame: threading.Thread(target=server.shutdown).start())
part = FOLDER / "port.part"
part.write_text(str(server.server_address[1]))
part.rename(FOLDER / "port")
server.serve_forever(poll_interval=0.05)
server.drain()
