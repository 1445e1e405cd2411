"""Small servers for tests: one that misbehaves on the wire, one that runs an ASGI application."""

import json
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import uvicorn

T = TypeVar("T")
Behavior = Callable[[socket.socket], None]


@contextmanager
def raw_server(behavior: Behavior) -> Iterator[str]:
    """Serve each connection by `behavior`; yield the base URL."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):  # the client may have gone, that is the point of some tests
                behavior(self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@dataclass
class Seen:
    """A request as it came over the wire."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw) if self.raw else None


@dataclass
class Recorder:
    """Answers every request with the next of its answers (the last one stays) and remembers them."""

    answers: list[tuple[int, object]] = field(default_factory=lambda: [(200, {})])
    extra: dict[str, str] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)

    def __call__(self, connection: socket.socket) -> None:
        while (request := read_request(connection)) is not None:
            self.seen.append(request)
            status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            head = {"Content-Type": "application/json", "Content-Length": str(len(raw)), **self.extra}
            lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
            connection.sendall(f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + raw)


def read_request(connection: socket.socket) -> Seen | None:
    """Read one HTTP request; None when the peer has closed."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65536)
    method, path, _version = first.split(" ")
    return Seen(method, path, headers, body)


@contextmanager
def asgi_server(application: Any) -> Iterator[str]:
    """Run an ASGI application in a thread; yield its base URL."""
    config = uvicorn.Config(application, host="127.0.0.1", port=0, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def wait_for(look: Callable[[], T], *, seconds: float = 10.0) -> T:
    """Return the first truthy result of `look`. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > end:
            message = "it did not happen in time"
            raise TimeoutError(message)
        time.sleep(0.01)
    return found
