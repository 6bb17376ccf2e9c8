"""A program: an asyncio server whose process runs out of descriptors while clients come, and then has some again."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import socket
from pathlib import Path

from trigpoint.server.front.listener import Listener

CLIENTS = 20


class Greeter(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"hello")
        transport.close()


async def greeting(client: socket.socket) -> bytes:
    try:
        return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(client, 100), 20)
    except ConnectionError:
        return b""


async def main() -> None:
    listener = Listener(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    address = listener.getsockname()
    clients = [socket.socket() for _ in range(CLIENTS + 1)]
    for client in clients:
        client.setblocking(False)
    highest = max(int(path.name) for path in Path("/proc/self/fd").iterdir())
    fillers = [os.open(os.devnull, os.O_RDONLY) for _ in range(highest)]
    server = await asyncio.get_running_loop().create_server(Greeter, sock=listener)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(fillers) + 1, hard))
    while True:  # until none is left
        try:
            fillers.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            break
    for client in clients[:CLIENTS]:
        await asyncio.get_running_loop().sock_connect(client, address)
    greetings = [await greeting(client) for client in clients[:CLIENTS]]
    print("turned-away", greetings.count(b""))
    for filler in fillers:
        os.close(filler)
    await asyncio.get_running_loop().sock_connect(clients[CLIENTS], address)
    print("served", [await greeting(clients[CLIENTS])].count(b"hello"))
    server.close()


logging.basicConfig()
asyncio.run(main())
