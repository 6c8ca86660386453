"""A stand-in for Alibaba Cloud's AvatarIM: its socket, its control API, and a voice. It misbehaves.

It runs in a thread of its own. The control API checks the signature as the vendor says it is made
(ACS3-HMAC-SHA256), with its own code. What the avatar says, a tone as long as its text, is written
to a file at the pace of the clock, for `tests.support.publisher --voice`.
"""

import asyncio
import base64
import contextlib
import http.server
import itertools
import json
import logging
import sys
import threading
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import numpy as np
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tests.support.avatarim_control import handler

T = TypeVar("T")

CHARACTER_S = 0.06
VOICE_HZ, SPEECH_HZ = 24_000, 16_000
PAUSE_S = 0.6
"""Silence that ends a sentence."""
QUIET = 500
HEARD = "when does the museum open"
REPLY = "The museum opens at nine."

_QUIET = logging.getLogger("avatarim.stand-in")
"""The library's log shows addresses, and tests look for secrets in what is logged."""
_QUIET.setLevel(logging.WARNING)


@dataclass
class Faults:
    """What goes wrong; may be changed while it runs."""

    http_status: int = 0
    """The socket is refused so."""
    no_hello: bool = False
    """The server's `1` never comes."""
    deaf: bool = False
    """Heartbeats are not answered."""
    start: str = "ok"
    """`failed`, `never`, or `late`: the answer to a start."""
    drop_at: str = ""
    """The line breaks at each `hello`, `start`, `ready` or `data`."""
    twice: bool = False
    """Each message comes twice."""
    refuse: dict[str, str] = field(default_factory=dict)
    """Action of the control API to the code with which it is refused."""
    slow_s: dict[str, float] = field(default_factory=dict)
    """Action to the seconds after which it is answered, though it was done at once."""


@dataclass
class Instance:
    session_id: str
    token: str
    user_id: str
    push_url: str
    started_s: float = field(default_factory=time.monotonic)


class AvatarIm:
    """See the module: `with AvatarIm() as cloud`."""

    def __init__(self, voice: Path | None = None) -> None:
        self.faults = Faults()
        self.tokens: dict[str, str] = {}
        """Token of the socket to the session that it is for."""
        self.instances: dict[str, Instance] = {}
        """Those that run, and cost."""
        self._ended_cost_s = 0.0
        """Seconds for which those ran that have been stopped."""
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.frames: list[str] = []
        """Every frame that came."""
        self.lost: list[dict[str, Any]] = []
        """Contents that came before the session was ready: the vendor may lose them."""
        self.heard = bytearray()
        """The visitor's sound that was taken."""
        self._answered = 0
        """Bytes of it that were answered."""
        self.paths: list[str] = []
        self.spoken: list[str] = []
        self._voice = voice
        self._speech = bytearray()
        self._numbers = itertools.count(1)
        self.lines: set[ServerConnection] = set()
        self._ready: set[ServerConnection] = set()
        self._loop = asyncio.new_event_loop()
        self._over = threading.Event()

    # --- running -------------------------------------------------------------------------------

    def __enter__(self) -> "AvatarIm":
        self._threads = [threading.Thread(target=self._run, daemon=True)]
        self._threads[0].start()
        self._server = self._call(self._serve())
        self.url = f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        self.control_url = f"http://127.0.0.1:{self._http.server_port}"
        self._threads.append(
            threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        )
        self._threads[-1].start()
        if self._voice is not None:
            self._voice.touch()
            self._threads.append(threading.Thread(target=self._speak, daemon=True))
            self._threads[-1].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._http.shutdown()
        self._http.server_close()
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        for thread in self._threads:
            thread.join(5)
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _call(self, doing: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(5)

    def _soon(self, doing: Coroutine[Any, Any, None]) -> None:
        """Begin; a client in the caller's own loop must be able to answer meanwhile."""
        asyncio.run_coroutine_threadsafe(doing, self._loop)

    async def _serve(self) -> Any:
        return await serve(
            self._connection,
            "127.0.0.1",
            0,
            process_request=self._greet,
            ping_interval=None,
            logger=_QUIET,
        )

    async def _stop(self) -> None:
        self._server.close()
        for line in list(self.lines):
            line.transport.abort()
        await self._server.wait_closed()

    # --- what a test does ----------------------------------------------------------------------

    def contents(self, kind: str = "") -> list[dict[str, Any]]:
        """Contents of the business messages that came, of one type or all."""
        whole = [json.loads(text[1:]) for text in self.frames if text[:1] == "5"]
        return [one["content"] for one in whole if kind in ("", one["content"].get("type"))]

    def actions(self, name: str) -> list[dict[str, str]]:
        """What was asked of one action of the control API."""
        return [query for action, query in self.calls if action == name]

    @property
    def billed_s(self) -> float:
        """Seconds of instances, from their starts to their stops, or until now."""
        running_s = sum(time.monotonic() - one.started_s for one in self.instances.values())
        return self._ended_cost_s + running_s

    def close_with(self, reason: str) -> None:
        """Say why, then close every line."""

        async def do() -> None:
            for line in list(self.lines):
                await line.send("2" + json.dumps({"reason": reason}))
                await line.close()

        self._soon(do())

    def drop(self) -> None:
        """Break every line, without a word."""

        async def do() -> None:
            for line in list(self.lines):
                line.transport.abort()

        self._soon(do())

    def say(self, content: dict[str, Any], message_id: str = "") -> None:
        """Send a business message."""

        async def do() -> None:
            for line in list(self.lines):
                await self._tell(line, content, message_id)

        self._soon(do())

    def raw(self, text: str) -> None:
        """Send a frame as it is."""

        async def do() -> None:
            for line in list(self.lines):
                await line.send(text)

        self._soon(do())

    # --- the socket ----------------------------------------------------------------------------

    def _greet(self, line: ServerConnection, request: Request) -> Response | None:
        self.paths.append(request.path)
        said = dict(parse_qsl(urlsplit(request.path).query, keep_blank_values=True))
        status = self.faults.http_status
        if not status and said.get("t") not in self.tokens:
            status = 401
        if urlsplit(request.path).path != "/ws" or not {"app", "tenant"} <= said.keys():
            status = 400
        return line.respond(status, "no\n") if status else None

    async def _connection(self, line: ServerConnection) -> None:
        self.lines.add(line)
        try:
            if self.faults.drop_at == "hello":
                line.transport.abort()
            elif not self.faults.no_hello:
                await _send(line, "1")
            async for data in line:
                text = data if isinstance(data, str) else data.decode()
                self.frames.append(text)
                if text[:1] == "3" and not self.faults.deaf:
                    await _send(line, "4")
                elif text[:1] == "5":
                    await self._business(line, json.loads(text[1:]))
        except ConnectionClosed:
            pass
        finally:
            self.lines.discard(line)
            self._ready.discard(line)

    async def _business(self, line: ServerConnection, message: dict[str, Any]) -> None:
        content = message["content"]
        await _send(line, "6" + json.dumps({"messageId": message["messageId"]}))
        kind, drop_at = content["type"], self.faults.drop_at
        if kind == "start":
            if drop_at == "start":
                line.transport.abort()
            else:
                await self._start(line)
        elif kind == "stop":
            self._ready.discard(line)
        elif kind == "dataSend":
            if drop_at == "data":
                line.transport.abort()
            elif line not in self._ready:
                self.lost.append(content)
            else:
                await self._dialogue(line, content)

    async def _start(self, line: ServerConnection) -> None:
        match self.faults.start:
            case "failed":
                await self._tell(line, {"type": "startResult", "success": False, "message": "busy"})
                return
            case "never":
                return
            case "late":
                await asyncio.sleep(0.5)
        self._ready.add(line)
        await self._tell(line, {"type": "startResult", "sessionId": "S"})
        if self.faults.drop_at == "ready":
            line.transport.abort()

    async def _dialogue(self, line: ServerConnection, content: dict[str, Any]) -> None:
        """Its own recognition and bot: one answer to every text, and to every sentence."""
        if "audio" in content:
            self.heard += base64.b64decode(content["audio"], validate=True)
            if not self._sentence_ended():
                return
            self._answered = len(self.heard)
        await self._tell(line, {"type": "asrText", "text": content.get("text") or HEARD})
        await self._tell(line, {"type": "replyText", "text": REPLY})
        self._say(REPLY)

    def _sentence_ended(self) -> bool:
        """Whether words have come since the last answer, and then a pause."""
        new = np.frombuffer(bytes(self.heard[self._answered :]), "<i2").astype(int)
        loud = np.flatnonzero(np.abs(new) > QUIET)
        return bool(loud.size and new.size - loud[-1] > PAUSE_S * SPEECH_HZ)

    async def _tell(
        self, line: ServerConnection, content: dict[str, Any], message_id: str = ""
    ) -> None:
        message_id = message_id or f"down_{next(self._numbers)}"
        text = "5" + json.dumps({"messageId": message_id, "content": content})
        for _ in range(1 + self.faults.twice):
            await _send(line, text)

    # --- the voice -----------------------------------------------------------------------------

    def _say(self, text: str, *, interrupt: bool = False) -> None:
        if interrupt:
            self._speech.clear()
        self.spoken.append(text)
        t = np.arange(round(len(text) * CHARACTER_S * VOICE_HZ)) / VOICE_HZ
        self._speech += (8000 * np.sin(2 * np.pi * 300 * t)).astype("<i2").tobytes()

    def _speak(self) -> None:
        assert self._voice is not None
        with self._voice.open("ab", buffering=0) as file:
            written, began_s = 0, time.monotonic()
            while not self._over.wait(0.01):
                due = 2 * round((time.monotonic() - began_s) * VOICE_HZ) - written
                data = bytes(self._speech[:due])
                del self._speech[:due]
                file.write(data + bytes(due - len(data)))
                written += due

    # --- the control API -----------------------------------------------------------------------

    def slow_s(self, action: str) -> float:
        """Seconds by which an action's answer is late."""
        return self.faults.slow_s.get(action, 0.0)

    def act(self, action: str, query: dict[str, str]) -> dict[str, Any]:
        """Carry out what the control API was asked for."""
        self.calls.append((action, query))
        if code := self.faults.refuse.get(action):
            return {"Code": code, "Success": False, "Message": "refused by the stand-in"}
        data: Any = None
        match action:
            case "StartInstance":
                channel = json.loads(query.get("Channel", "{}"))
                number = next(self._numbers)
                one = Instance(
                    f"session-{number}",
                    f"token+/{number}=",
                    json.loads(query["User"])["UserId"],
                    channel.get("ReqConfig", {}).get("url", ""),
                )
                self.instances[one.session_id] = one
                self.tokens[one.token] = one.session_id
                data = {
                    "SessionId": one.session_id,
                    "Token": one.token,
                    "Channel": {"Type": channel.get("Type", "RTC"), "Token": "not-this-one"},
                }
            case "StopInstance":
                one = self.instances.pop(query["SessionId"], None)
                if one is None:
                    return {"Code": "10010404", "Success": False, "Message": "no such session"}
                self._ended_cost_s += time.monotonic() - one.started_s
            case "QueryRunningInstance":
                data = [
                    {"SessionId": one.session_id, "User": {"UserId": one.user_id}}
                    for one in self.instances.values()
                    if query.get("SessionId") in (None, one.session_id)
                ]
            case "SendText":
                if query["SessionId"] not in self.instances or len(query["Text"]) > 1000:
                    return {"Code": "10010400", "Success": False, "Message": "bad text"}
                self._say(query["Text"], interrupt=query.get("Interrupt", "true").lower() == "true")
                data = {"UniqueCode": query.get("UniqueCode", "")}
            case "SendCommand":
                if query["Code"] == "INTERRUPT":
                    self._speech.clear()
                data = {"UniqueCode": query.get("UniqueCode", "")}
        return {"Code": "10010001", "Success": True, "Message": "ok", "Data": data}


async def _send(line: ServerConnection, text: str) -> None:
    """What came before the other side's good-bye is still read."""
    with contextlib.suppress(ConnectionClosed):
        await line.send(text)


def main() -> None:
    """Run by itself until the standard input ends: `python -m tests.support.avatarim [VOICE]`."""
    with AvatarIm(Path(sys.argv[1]) if sys.argv[1:] else None) as cloud:
        cloud.tokens["token"] = "S1"
        print(json.dumps({"url": cloud.url, "control_url": cloud.control_url}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
