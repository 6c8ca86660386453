"""A service that a webhook calls: it keeps what came, and answers as it is told."""

import contextlib
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class WebService:
    """See the module."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str], Any]] = []
        """Method, path, headers and JSON of each."""
        self.answer: tuple[int, dict[str, str], bytes] = (200, {}, b"{}")
        self.came = threading.Event()
        self.gate = threading.Event()
        """No answer before it is set."""
        self.gate.set()
        self.gone: Callable[[], bool] = lambda: False
        """Whether the newest client has hung up."""
        service = self

        class Handler(BaseHTTPRequestHandler):
            def serve(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length)
                content = json.loads(body) if body else None
                service.requests.append((self.command, self.path, dict(self.headers), content))
                service.gone = self.is_gone
                service.came.set()
                service.gate.wait(10)
                status, headers, answer = service.answer
                with contextlib.suppress(OSError):  # The client may be gone.
                    self.send_response(status)
                    for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(answer)

            def is_gone(self) -> bool:
                self.connection.settimeout(5.0)  # Less than the gate: the end of an answer is none.
                with contextlib.suppress(TimeoutError):
                    return self.connection.recv(1) == b""
                return False

            do_GET = do_POST = do_PUT = do_PATCH = serve  # noqa: N815 - the library's names

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """Take no more."""
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()
