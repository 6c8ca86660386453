"""The socket that takes our sound: `ws_url` of LiveAvatar, `realtime_endpoint` of Streaming Avatar.

The picture never comes by it. What is sent before the vendor says `connected` is dropped without a
word: nothing is. It may take as long as the picture, so whoever opens the session bounds it. The
older generation is not known to say it: there the open socket is taken for ready after a while. One
task sends, so that the order is that of the calls.
"""

import asyncio
import base64
import contextlib
import json
import logging
import time
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from kiosk.avatar.cloud import dial_words
from kiosk.avatar.cloud.guarded_tasks import spawn
from kiosk.avatar.cloud.heygen.pacing import BYTES_PER_S, AudioChunk, AudioEnd, AudioPause, Pacer
from kiosk.avatar.cloud.heygen.speech_events import event_id
from kiosk.avatar.cloud.vendor_json import VendorJsonError, decode
from kiosk.settings.untrusted import clean
from kiosk.settings.urls import is_loopback

log = logging.getLogger("kiosk.avatar")

DIAL_TIMEOUT_S = 8.0
"""For the WebSocket to be open, TLS included."""
SILENT_CONNECT_S = 1.0
"""So long it is waited for where the vendor is not known to say it."""
MIN_SEGMENT_S = 1.0
"""Least sound that the older dialect takes as one segment, unless the reply ends."""
MIN_COMMIT_S = 0.08
"""Less than that cannot be committed."""


class Dialect(Enum):
    """How sound is named: the documentation has two, for two generations of the socket."""

    SPEAK = "agent.speak"
    BUFFER = "agent.audio_buffer"


def dialect_of(url: str) -> Dialect:
    """Tell which one a socket takes, by the version in its path."""
    return Dialect.BUFFER if "/v2-alpha/" in urlsplit(url).path else Dialect.SPEAK


class AudioSocket:
    """See the module.

    Args:
        url: where.
        on_connected: called when it takes what we send.
        on_event: called with each event of the vendor.
        on_sent: called with what was sent of the sound.
    """

    def __init__(
        self,
        url: str,
        on_connected: Callable[[], None],
        on_event: Callable[[dict[str, Any]], None],
        on_sent: Callable[[AudioChunk | AudioEnd], None],
    ) -> None:
        self._url = url
        self._on_connected = on_connected
        self._on_event = on_event
        self._on_sent = on_sent
        self._pacer = Pacer()
        self._urgent: deque[dict[str, Any]] = deque()
        self._wake = asyncio.Event()
        self._connected = asyncio.Event()
        self._dialect = dialect_of(url)
        self._segment_s = 0.0
        self._count = self._misunderstood = 0

    # --- what is wanted ----------------------------------------------------------------------

    def feed_audio(self, reply: int, pcm: bytes) -> None:
        """Send the next of a reply, in its time."""
        self._pacer.add(reply, pcm, time.monotonic())
        self._wake.set()

    def end_reply(self, reply: int) -> None:
        """Say that it is complete, once all of it was sent."""
        self._pacer.end(reply)
        self._wake.set()

    def interrupt(self) -> None:
        """Stop our sender and the avatar, whatever we believe that it does."""
        self._pacer.interrupt(time.monotonic())
        if self._dialect is Dialect.BUFFER:
            self._segment_s = 0.0
            self._send_soon("agent.audio_buffer_clear")
        self._send_soon("agent.interrupt")

    def set_listening(self, on: bool) -> None:
        """Take the pose of one who listens, or leave it."""
        self._send_soon("agent.start_listening" if on else "agent.stop_listening")

    def keep_alive(self) -> None:
        """Reset the idle timer."""
        self._send_soon("session.keep_alive")

    @property
    def connected(self) -> bool:
        """Whether it takes what we send."""
        return self._connected.is_set()

    # --- the socket --------------------------------------------------------------------------

    async def run(self) -> str:
        """Dial, and carry until the line ends; return why it did."""
        loopback = is_loopback(urlsplit(self._url).hostname or "")
        try:
            async with connect(
                self._url,
                open_timeout=DIAL_TIMEOUT_S,
                close_timeout=0.5,
                max_size=1 << 20,
                proxy=None if loopback else True,
            ) as socket:
                return await self._carry(socket)
        except (OSError, TimeoutError, WebSocketException, ValueError, ImportError) as error:
            return f"its socket cannot be reached: {dial_words.why(error)}"

    async def _carry(self, socket: ClientConnection) -> str:
        # Without a sender the avatar would be blamed for its silence.
        sender = spawn(self._send(socket), lambda _: socket.transport.abort())
        deadline = spawn(self._expect())
        try:
            async for message in socket:
                if reason := self._receive(message):
                    return reason
        except ConnectionClosed:
            log.debug("the avatar's socket broke")
        finally:
            sender.cancel()
            deadline.cancel()
            await asyncio.gather(sender, deadline, return_exceptions=True)
        return "its socket closed" if self.connected else "its socket closed before it was ready"

    async def _expect(self) -> None:
        if self._dialect is Dialect.BUFFER:
            await asyncio.sleep(SILENT_CONNECT_S)
            if not self.connected:
                self._connect()

    def _connect(self) -> None:
        self._connected.set()
        self._on_connected()

    def _receive(self, message: str | bytes) -> str:
        """Take one event; return why the session is over, if it says so."""
        try:
            event = decode(message)
        except VendorJsonError as error:
            if not self._misunderstood:
                log.warning("the avatar's service sent an unreadable message: %s", error)
            self._misunderstood += 1
            return ""
        if not isinstance(event, dict):
            return ""
        match event.get("type"), event.get("state"):
            case "session.state_updated", "connected":
                self._connect()
            case "session.state_updated", "closing" | "closed":
                return "the vendor closed the session"
            case "error" | "warning", _:
                log.warning("the avatar's service says: %s", clean(str(event)))
        self._on_event(event)
        return ""

    async def _send(self, socket: ClientConnection) -> None:
        await self._connected.wait()
        with contextlib.suppress(ConnectionClosed):
            while True:
                self._wake.clear()
                while self._urgent:
                    await socket.send(json.dumps(self._urgent.popleft()))
                step = self._pacer.next_action(time.monotonic())
                if isinstance(step, AudioChunk | AudioPause | AudioEnd):
                    if not isinstance(step, AudioPause):
                        self._on_sent(step)
                    for event in self._events(step):
                        await socket.send(json.dumps(event))
                    continue
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(step):
                        await self._wake.wait()

    def _send_soon(self, kind: str) -> None:
        self._count += 1
        self._urgent.append({"type": kind, "event_id": f"kiosk-{self._count}"})
        self._wake.set()

    def _events(self, step: AudioChunk | AudioPause | AudioEnd) -> list[dict[str, Any]]:
        """What says it in the socket's dialect."""
        name = event_id(step.reply)
        if self._dialect is Dialect.SPEAK:
            if isinstance(step, AudioChunk):
                return [{"type": "agent.speak", "event_id": name, "audio": _text(step.pcm)}]
            return (
                [{"type": "agent.speak_end", "event_id": name}]
                if isinstance(step, AudioEnd)
                else []
            )
        events: list[dict[str, Any]] = []
        if isinstance(step, AudioChunk):
            self._segment_s += len(step.pcm) / BYTES_PER_S
            append = "agent.audio_buffer_append"
            events.append({"type": append, "event_id": name, "audio": _text(step.pcm)})
            if self._segment_s < MIN_SEGMENT_S:
                return events
        elif not self._segment_s or (
            isinstance(step, AudioPause) and self._segment_s < MIN_COMMIT_S
        ):
            return []
        fits = self._segment_s >= MIN_COMMIT_S
        self._segment_s = 0.0
        if fits:
            commit = "agent.audio_buffer_commit"
            return [*events, {"type": commit, "event_id": name, "audio": ""}]
        return [*events, {"type": "agent.audio_buffer_clear", "event_id": name}]


def _text(pcm: bytes) -> str:
    return base64.b64encode(pcm).decode("ascii")
