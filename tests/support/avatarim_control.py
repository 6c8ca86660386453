"""The control API of AvatarIM's stand-in: HTTP, and signatures that are checked by our own code."""

import contextlib
import hashlib
import hmac
import http.server
import json
import time
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, urlsplit

KEY_ID, KEY_SECRET = "LTAI-test", "not-a-real-secret"
ACCESS_KEY = f"{KEY_ID}:{KEY_SECRET}"


class Service(Protocol):
    """What the API uses of the whole stand-in."""

    calls: list[tuple[str, dict[str, str]]]

    def act(self, action: str, query: dict[str, str]) -> dict[str, Any]: ...
    def slow_s(self, action: str) -> float: ...


def handler(cloud: Service) -> type[http.server.BaseHTTPRequestHandler]:
    """Make the server's half of the control API of `cloud`."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            action = self.headers.get("x-acs-action", "")
            query = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
            wrong = unsigned(self.path, dict(self.headers.items()), body)
            if wrong:
                cloud.calls.append(("unsigned", {"why": wrong}))
                self._answer(400, {"Code": "SignatureDoesNotMatch", "Message": wrong})
                return
            answer = cloud.act(action, query)
            time.sleep(cloud.slow_s(action))
            # It gave up waiting.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self._answer(200, answer)

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            data = json.dumps({"RequestId": "r", **body}).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json;charset=utf-8")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def unsigned(path: str, headers: dict[str, str], body: bytes) -> str:
    """Say what is wrong with a request's signature; empty where nothing is."""
    headers = {name.lower(): value.strip() for name, value in headers.items()}
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    said = dict(part.split("=", 1) for part in rest.split(",") if "=" in part)
    if scheme != "ACS3-HMAC-SHA256" or said.get("Credential") != KEY_ID:
        return "no credential, or not ours"
    if headers.get("x-acs-content-sha256") != hashlib.sha256(body).hexdigest():
        return "the body's hash is another"
    if headers.get("x-acs-version") != "2022-01-30":
        return "another version"
    signed = said["SignedHeaders"].split(";")
    if not {"host", "x-acs-action", "x-acs-date", "x-acs-signature-nonce"} <= set(signed):
        return "a header is not signed"
    url = urlsplit(path)
    pairs = sorted(parse_qsl(url.query, keep_blank_values=True))
    canonical = "\n".join(
        [
            "POST",
            url.path or "/",
            "&".join(f"{quote(key, safe='~')}={quote(value, safe='~')}" for key, value in pairs),
            "".join(f"{name}:{headers.get(name, '')}\n" for name in sorted(signed)),
            ";".join(sorted(signed)),
            headers["x-acs-content-sha256"],
        ]
    )
    to_sign = f"{scheme}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    right = hmac.new(KEY_SECRET.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return "" if hmac.compare_digest(right, said["Signature"]) else "the signature is another"
