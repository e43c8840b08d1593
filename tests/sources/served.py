"""A real HTTP server on this machine that speaks what a test tells it to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class _Quiet(ThreadingHTTPServer):
    """Says nothing of a client that closes the connection: what a command writes is what a test reads."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@dataclass
class Answer:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    # Bytes that are really sent before the connection is cut; None sends all.
    cut_after: int | None = None
    # Seconds between single bytes.
    drip: float = 0.0
    length: int | None = None


Route = Answer | Callable[["Asked"], Answer]


@dataclass(frozen=True)
class Asked:
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw: str


class Server:
    def __init__(self) -> None:
        self.routes: dict[str, list[Route]] = {}
        self.asked: list[Asked] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
                asked = Asked(parts.path, query, {k.lower(): v for k, v in self.headers.items()}, self.path)
                outer.asked.append(asked)
                queue = outer.routes.get(parts.path)
                route = Answer(b"nothing here", 404) if not queue else queue.pop(0) if len(queue) > 1 else queue[0]
                outer.send(self, route(asked) if callable(route) else route)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.http = _Quiet(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.http.server_address[1]}"

    def give(self, path: str, *routes: Route) -> None:
        """Answers to requests for a path, one after the other; the last one stays."""
        self.routes[path] = list(routes)

    def send(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(answer.body) if answer.length is None else answer.length))
        handler.end_headers()
        try:
            if answer.drip:
                for byte in answer.body:
                    handler.wfile.write(bytes([byte]))
                    handler.wfile.flush()
                    time.sleep(answer.drip)
            else:
                handler.wfile.write(answer.body if answer.cut_after is None else answer.body[: answer.cut_after])
        except OSError:
            pass
        if answer.cut_after is not None or answer.length is not None:
            handler.close_connection = True


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        server.http.server_close()
        thread.join()
