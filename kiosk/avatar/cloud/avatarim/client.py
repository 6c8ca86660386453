"""A client of AvatarIM: the vendor's methods, under Python's names, over `session.ImSession`.

    client = AvatarImClient(url, token, app_id, tenant_id, session_id, on_message=print)
    await client.connect()
    client.start_session(format="pcm", sampleRate="16000")
    await client.session_ready()
    client.send_audio(pcm)
    await client.close_session()

Methods return at once with the message's id; what happens is told by the callbacks, in the loop's
thread. The line is dialled again by itself until `on_ended`.
"""

import asyncio
import base64
import logging
import random
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from kiosk.avatar.cloud.avatarim import frames
from kiosk.avatar.cloud.avatarim.actions import (
    CloseSocket,
    DialSocket,
    LineEnded,
    LineLost,
    LineOpened,
    SendFrame,
    SessionFailed,
    SessionReady,
)
from kiosk.avatar.cloud.avatarim.im_protocol import PIECE_S, AvatarImError, ImLineState, ImProtocol
from kiosk.avatar.cloud.avatarim.im_socket import CLOSE_S, ImSocket
from kiosk.avatar.cloud.watched import spawn
from kiosk.settings.secrets import clean

log = logging.getLogger("kiosk.avatar")

LOOK_S = 0.25
"""Between two looks at the time."""


class AvatarImClient:
    """See the module.

    Args:
        url: base of the socket's address; empty for the vendor's own.
        token: `Data.Token` of StartInstance (not that of its channel).
        app_id: of the application.
        tenant_id: of the tenant.
        session_id: `Data.SessionId` of StartInstance.
        on_message: gets every business message once, of whatever type: content and whole.
        on_ack_error: gets the id of a message of ours, and what was wrong with it.
        on_event: gets the server's events (`7`).
        on_gap: the line was lost and is dialled again; sound of the meantime is lost.
        on_failed: the session could not be started.
        on_ended: the line is gone for good; whether another client has the token.
    """

    def __init__(
        self,
        url: str,
        token: str,
        app_id: str,
        tenant_id: str,
        session_id: str,
        *,
        on_message: Callable[[dict[str, Any], dict[str, Any]], None] | None = None,
        on_ack_error: Callable[[str, Any], None] | None = None,
        on_event: Callable[[dict[str, Any]], None] | None = None,
        on_gap: Callable[[str], None] | None = None,
        on_failed: Callable[[str], None] | None = None,
        on_ended: Callable[[str, bool], None] | None = None,
    ) -> None:
        self._url = frames.socket_url(url, token, app_id, tenant_id)
        self._token = token
        self.on_message = on_message
        self.on_ack_error = on_ack_error
        self.on_event = on_event
        self.on_gap = on_gap
        self.on_failed = on_failed
        self.on_ended = on_ended
        self._session = ImProtocol(
            app_id, session_id, random.random, lambda: time.time_ns() // 10**6
        )
        self._bytes_a_s = 32_000
        self._socket: ImSocket | None = None
        self._ticker: asyncio.Task[None] | None = None
        self._open: asyncio.Future[None] | None = None
        self._ready: asyncio.Future[dict[str, Any]] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    # --- the vendor's methods ------------------------------------------------------------------

    async def connect(self) -> None:
        """Connect; returns when the server takes frames. Also again after the line ended.

        Raises:
            AvatarImError: it could not be reached, or the token was refused.
        """
        if self._session.line is ImLineState.OPEN:
            return
        loop = asyncio.get_running_loop()
        if self._open is None or self._open.done():
            self._open = loop.create_future()
        if self._ticker is None:
            self._ticker = spawn(self._tick(), lambda why: _call(self.on_ended, why, False))
        self._session.connect(time.monotonic())
        self._carry_out()
        await asyncio.shield(self._open)

    async def close(self) -> None:
        """Close the socket; no reconnect. What was sent before still leaves."""
        self._session.close()
        self._carry_out()
        self._settle(AvatarImError("it was closed"))
        ticker, self._ticker = self._ticker, None
        if ticker is not None:
            ticker.cancel()
            await asyncio.gather(ticker, return_exceptions=True)
        if self._closing:
            await asyncio.wait(self._closing, timeout=2 * CLOSE_S)

    def start_session(
        self,
        *,
        format: str = "",
        sample_rate: int = 0,
        dialog_mode: str = "",
        duplex_mode: str = "",
        output_mode: str = "",
        video_open: str = "",
        **more: str,
    ) -> str:
        """Start the session; `session_ready` tells when it is there.

        Args:
            format: pcm (default) or wav.
            sample_rate: of `send_audio`, 16000 by default.
            dialog_mode: aliYunChat (default) or open.
            duplex_mode: cloud (default), client or blend.
            output_mode: video (default) or audio.
            video_open: "0" (default) or "1".
            more: options that we do not know, by the vendor's names.
        """
        self._bytes_a_s = 2 * (sample_rate or 16_000)
        options = {
            "format": format,
            "sampleRate": str(sample_rate or ""),
            "dialogMode": dialog_mode,
            "duplexMode": duplex_mode,
            "outputMode": output_mode,
            "videoOpen": video_open,
            **more,
        }
        self._arm()
        message_id = self._session.start_session(options, time.monotonic())
        self._carry_out()
        return message_id

    async def session_ready(self) -> dict[str, Any]:
        """Wait until the session is there; return what the server said to it.

        Raises:
            AvatarImError: it was refused, took too long, or the line went away meanwhile.
        """
        if self._ready is None:
            raise AvatarImError("the session was not started: call start_session first")
        return await asyncio.shield(self._ready)

    def stop_session(self) -> str:
        """Stop the session; the line stays."""
        message_id = self._session.stop_session(time.monotonic())
        self._unready(AvatarImError("the session was stopped"))
        self._carry_out()
        return message_id

    def send_text(self, text: str) -> str:
        """Send what the visitor wrote; waits for the session if need be."""
        return self._carried(self._session.send_text(text, time.monotonic()))

    def send_audio(self, audio: bytes | str) -> list[str]:
        """Send what the visitor said: PCM as bytes (in pieces of 100 ms), or base64 as it is."""
        now_s = time.monotonic()
        if isinstance(audio, str):
            sound_s = len(audio) * 3 / 4 / self._bytes_a_s
            return [self._carried(self._session.send_audio(audio, sound_s, now_s))]
        size = round(self._bytes_a_s * PIECE_S) & ~1
        pieces = [audio[at : at + size] for at in range(0, len(audio), size)]
        sent = [
            self._session.send_audio(
                base64.b64encode(piece).decode(), len(piece) / self._bytes_a_s, now_s
            )
            for piece in pieces
        ]
        self._carry_out()
        return sent

    def refresh_context(self, **options: Any) -> str:
        """Give the dialogue other facts; the line must be open."""
        return self._carried(self._session.refresh_context(options, time.monotonic()))

    def send_message(self, content: dict[str, Any]) -> str:
        """Send any content in the envelope; the line must be open."""
        return self._carried(self._session.send_message(content, time.monotonic()))

    def send(self, text: str) -> None:
        """Send a frame as it is; the line must be open."""
        self._session.send(text, time.monotonic())
        self._carry_out()

    async def close_session(self) -> None:
        """Stop the session, then close. The instance is the control API's to stop."""
        if self._session.line is ImLineState.OPEN:
            self.stop_session()
        await self.close()

    # --- what else there is to know ------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether the session is there now."""
        return self._session.ready

    @property
    def dropped_sounds(self) -> int:
        """Pieces of sound that were lost while the session was not there."""
        return self._session.dropped_sounds

    @property
    def dropped_texts(self) -> int:
        """Texts that were lost likewise."""
        return self._session.dropped_texts

    @property
    def reconnects(self) -> int:
        """How often a lost line was dialled again."""
        return self._session.reconnects

    def __repr__(self) -> str:
        return f"<AvatarImClient of {urlsplit(self._url).hostname}, {self._session.line.value}>"

    # --- within --------------------------------------------------------------------------------

    def _carried(self, message_id: str) -> str:
        self._carry_out()
        return message_id

    def _carry_out(self) -> None:
        """Do what the session wants done."""
        for action in self._session.actions():
            match action:
                case DialSocket(pause_s=pause_s):
                    self._socket = ImSocket(self, self._url, pause_s)
                case SendFrame(text=text):
                    if self._socket is not None:
                        self._socket.send(text)
                case CloseSocket():
                    self._hang_up()
                case LineOpened():
                    self._open = _done(self._open, None)
                case SessionReady(content=content):
                    if self._ready is not None and not self._ready.done():
                        self._ready.set_result(content)
                case SessionFailed(reason=reason, content=content):
                    log.warning("AvatarIM: %s", self._clean(f"{reason} {content or ''}"))
                    self._unready(AvatarImError(self._clean(reason)))
                    _call(self.on_failed, self._clean(reason))
                case LineLost(reason=reason):
                    words = self._clean(reason)
                    log.warning("AvatarIM: connection lost (%s), reconnecting", words)
                    if self._ready is not None and self._ready.done():
                        self._arm()
                    _call(self.on_gap, words)
                case LineEnded(reason=reason, kicked=kicked):
                    self._settle(AvatarImError(self._clean(reason)))
                    _call(self.on_ended, self._clean(reason), kicked)
                case frames.BusinessMessage(content=content, whole=whole):
                    _call(self.on_message, content, whole)
                case frames.Acknowledgement(message_id=message_id, error=error):
                    log.warning("AvatarIM: a message was refused: %s", self._clean(str(error)))
                    _call(self.on_ack_error, message_id, error)
                case frames.ServerEvent(whole=whole):
                    _call(self.on_event, whole)
                case frames.UnknownFrame(text=text):
                    log.info("AvatarIM: frame of an unknown kind: %s", self._clean(text))

    def _clean(self, words: str) -> str:
        return clean(words, self._token)

    def _hang_up(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            closing = spawn(socket.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    def _arm(self) -> None:
        """The session is awaited anew."""
        _done(self._ready, AvatarImError("the session was started again"))
        self._ready = asyncio.get_running_loop().create_future()

    def _unready(self, error: AvatarImError) -> None:
        """The session is not there, whoever asks."""
        if self._ready is not None:
            if self._ready.done():
                self._ready = asyncio.get_running_loop().create_future()
            _done(self._ready, error)

    def _settle(self, error: AvatarImError) -> None:
        """Nobody waits for what will not come."""
        self._open = _done(self._open, error)
        self._unready(error)

    def received(self, socket: ImSocket, text: str) -> None:
        """A frame came; of an old socket it means nothing."""
        if socket is self._socket:
            self._session.received(text, time.monotonic())
            self._carry_out()

    def lost(self, socket: ImSocket, reason: str, *, refused: bool) -> None:
        """A socket broke, or was none."""
        if socket is self._socket:
            self._session.lost(reason, time.monotonic(), refused=refused)
            self._carry_out()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            self._session.advance(time.monotonic())
            self._carry_out()


def _done(future: "asyncio.Future[Any] | None", error: Exception | None) -> Any:
    """End a future that somebody may wait for, or nobody does."""
    if future is not None and not future.done():
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
            future.exception()  # Whoever does not wait for it is not told of it either.
    return future


def _call(callback: Callable[..., None] | None, *what: Any) -> None:
    """Tell the owner; its mistakes are its own, the line goes on."""
    if callback is None:
        return
    try:
        callback(*what)
    except Exception:
        log.exception("AvatarIM: a callback failed")
