"""A client of AvatarIM: the vendor's methods, under Python's names.

    async with AvatarImClient(token, app_id, tenant_id, session_id, on_message=print) as client:
        client.start_session()
        await client.session_ready()
        client.send_audio(pcm)

Nothing of a kiosk is needed for it: no settings, no journal, no screen. Methods that are not
coroutines return at once with the message's id; what happens is told by the callbacks, in the
loop's thread. A lost connection is dialled again, and its session started again, until `on_ended`.
"""

import asyncio
import base64
import logging
import random
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
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
from kiosk.avatar.cloud.avatarim.callbacks import CallbackRunner, Result, settle
from kiosk.avatar.cloud.avatarim.im_protocol import PIECE_S, AvatarImError, ImLineState, ImProtocol
from kiosk.avatar.cloud.avatarim.im_socket import CLOSE_TIMEOUT_S, ImSocket
from kiosk.avatar.cloud.guarded_tasks import spawn
from kiosk.settings.secrets import clean

log = logging.getLogger("kiosk.avatar")

POLL_INTERVAL_S = 0.25
"""The protocol is told the time so often: its shortest time-out is 40 times as long."""


class AvatarImClient:
    """See the module.

    Args:
        token: `Data.Token` of StartInstance (not that of its channel).
        app_id: of the application.
        tenant_id: of the tenant.
        session_id: `Data.SessionId` of StartInstance.
        url: base of the socket's address; empty for the vendor's own.
        on_message: gets every business message once, of whatever type: its content, and the whole.
        on_ack: gets each acknowledgement: the id of a message of ours, and its error or None.
        on_ack_error: gets those with an error.
        on_event: gets the server's events (`7`).
        on_unknown: gets, as text, each frame of a kind that nobody has told us of.
        on_open: the server takes frames, for the first time or again.
        on_ready: the session is there, for the first time or again; what the server said to it.
        on_gap: the connection was lost and is dialled again; sound of the meantime is lost.
        on_failed: the session could not be started.
        on_ended: the connection is gone for good; whether another client has the token.
    """

    def __init__(
        self,
        token: str,
        app_id: str,
        tenant_id: str,
        session_id: str,
        *,
        url: str = "",
        on_message: Callable[[dict[str, Any], dict[str, Any]], Result] | None = None,
        on_ack: Callable[[str, Any], Result] | None = None,
        on_ack_error: Callable[[str, Any], Result] | None = None,
        on_event: Callable[[dict[str, Any]], Result] | None = None,
        on_unknown: Callable[[str], Result] | None = None,
        on_open: Callable[[], Result] | None = None,
        on_ready: Callable[[dict[str, Any]], Result] | None = None,
        on_gap: Callable[[str], Result] | None = None,
        on_failed: Callable[[str], Result] | None = None,
        on_ended: Callable[[str, bool], Result] | None = None,
    ) -> None:
        self._url = frames.socket_url(url, token, app_id, tenant_id)
        self._token = token
        self.on_message = on_message
        self.on_ack = on_ack
        self.on_ack_error = on_ack_error
        self.on_event = on_event
        self.on_unknown = on_unknown
        self.on_open = on_open
        self.on_ready = on_ready
        self.on_gap = on_gap
        self.on_failed = on_failed
        self.on_ended = on_ended
        self._callbacks = CallbackRunner()
        self._protocol = ImProtocol(
            app_id, session_id, random.random, lambda: time.time_ns() // 10**6
        )
        self._format = frames.START_DEFAULTS["format"]
        self._sample_rate_hz = int(frames.START_DEFAULTS["sampleRate"])
        self._socket: ImSocket | None = None
        self._ticker: asyncio.Task[None] | None = None
        self._open: asyncio.Future[None] | None = None
        self._ready: asyncio.Future[dict[str, Any]] | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._ending: asyncio.Task[None] | None = None
        """It goes on though whoever left the block is cancelled; kept, or it might be collected."""

    async def __aenter__(self) -> Self:
        """Connect.

        Raises:
            AvatarImError: as `connect`.
        """
        try:
            await self.connect()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the session and close, however the block is left."""
        await self._end()

    # --- the vendor's methods ------------------------------------------------------------------

    async def connect(self) -> None:
        """Connect; returns when the server takes frames. Also again after the line ended.

        Raises:
            AvatarImError: it could not be reached, or the token was refused.
        """
        if self._protocol.line is ImLineState.OPEN:
            return
        loop = asyncio.get_running_loop()
        if self._open is None or self._open.done():
            self._open = loop.create_future()
        if self._ticker is None:
            self._ticker = spawn(
                self._tick(), lambda why: self._callbacks.call(self.on_ended, why, False)
            )
        self._protocol.connect(time.monotonic())
        self._carry_out()
        await asyncio.shield(self._open)

    async def close(self) -> None:
        """Close the socket; no reconnect. What was sent before still leaves."""
        self._protocol.close()
        self._carry_out()
        self._settle(AvatarImError("it was closed"))
        ticker, self._ticker = self._ticker, None
        if ticker is not None:
            ticker.cancel()
            await asyncio.gather(ticker, return_exceptions=True)
        if self._closing:
            await asyncio.wait(self._closing, timeout=2 * CLOSE_TIMEOUT_S)
        await self._callbacks.close(CLOSE_TIMEOUT_S)

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
        """Start the session; `session_ready` tells when it is there. What is empty is the default.

        Args:
            format: of `send_audio`: pcm (default) or wav.
            sample_rate: of `send_audio`, in Hz; 16000 by default.
            dialog_mode: aliYunChat (default) or open.
            duplex_mode: cloud (default), client or blend.
            output_mode: video (default) or audio.
            video_open: "0" (default) or "1".
            more: options that we do not know, by the vendor's names.
        """
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
        message_id = self._protocol.start_session(options, time.monotonic())
        self._format = format or frames.START_DEFAULTS["format"]
        self._sample_rate_hz = sample_rate or int(frames.START_DEFAULTS["sampleRate"])
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
        message_id = self._protocol.stop_session(time.monotonic())
        self._unready(AvatarImError("the session was stopped"))
        self._carry_out()
        return message_id

    def send_text(self, text: str) -> str:
        """Send what the visitor wrote; waits for the session if need be."""
        return self._carried(self._protocol.send_text(text, time.monotonic()))

    def send_audio(self, audio: bytes | str) -> list[str]:
        """Send what the visitor said.

        Args:
            audio: s16le mono PCM of the session's rate as bytes, which is cut into pieces of
                100 ms, each with a header of its own where the session's format is wav; or base64
                as it is.
        """
        now_s = time.monotonic()
        bytes_a_s = 2 * self._sample_rate_hz
        if isinstance(audio, str):
            return [
                self._carried(
                    self._protocol.send_audio(audio, len(audio) * 3 / 4 / bytes_a_s, now_s)
                )
            ]
        size = max(round(bytes_a_s * PIECE_S) & ~1, 2)
        sent = []
        for at in range(0, len(audio), size):
            piece = audio[at : at + size]
            sound_s = len(piece) / bytes_a_s
            if self._format == "wav":
                piece = frames.wav(piece, self._sample_rate_hz)
            text = base64.b64encode(piece).decode()
            sent.append(self._protocol.send_audio(text, sound_s, now_s))
        self._carry_out()
        return sent

    def refresh_context(self, **options: Any) -> str:
        """Give the dialogue other facts; the line must be open."""
        return self._carried(self._protocol.refresh_context(options, time.monotonic()))

    def send_message(self, content: dict[str, Any]) -> str:
        """Send any content in the envelope; the line must be open."""
        return self._carried(self._protocol.send_message(content, time.monotonic()))

    def send(self, text: str) -> None:
        """Send a frame as it is; the line must be open."""
        self._protocol.send(text, time.monotonic())
        self._carry_out()

    async def close_session(self) -> None:
        """Stop the session, then close. The instance is the control API's to stop."""
        if self._protocol.line is ImLineState.OPEN:
            self.stop_session()
        await self.close()

    # --- what else there is to know ------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether the session is there now."""
        return self._protocol.ready

    @property
    def dropped_sounds(self) -> int:
        """Pieces of sound that were lost while the session was not there."""
        return self._protocol.dropped_sounds

    @property
    def dropped_texts(self) -> int:
        """Texts that were lost likewise."""
        return self._protocol.dropped_texts

    @property
    def reconnects(self) -> int:
        """How often a lost line was dialled again."""
        return self._protocol.reconnects

    def __repr__(self) -> str:
        return f"<AvatarImClient of {urlsplit(self._url).hostname}, {self._protocol.line.value}>"

    # --- within --------------------------------------------------------------------------------

    async def _end(self) -> None:
        """Stop and close to the end, though whoever waits for it is cancelled."""
        self._ending = asyncio.create_task(self.close_session())
        await asyncio.shield(self._ending)

    def _carried(self, message_id: str) -> str:
        self._carry_out()
        return message_id

    def _carry_out(self) -> None:
        """Do what the session wants done."""
        for action in self._protocol.actions():
            match action:
                case DialSocket(pause_s=pause_s):
                    self._socket = ImSocket(self, self._url, pause_s)
                case SendFrame(text=text):
                    if self._socket is not None:
                        self._socket.send(text)
                case CloseSocket():
                    self._hang_up()
                case LineOpened():
                    self._open = settle(self._open, None)
                    self._callbacks.call(self.on_open)
                case SessionReady(content=content):
                    if self._ready is not None and not self._ready.done():
                        self._ready.set_result(content)
                    self._callbacks.call(self.on_ready, content)
                case SessionFailed(reason=reason, content=content):
                    log.warning("AvatarIM: %s", self._clean(f"{reason} {content or ''}"))
                    self._unready(AvatarImError(self._clean(reason)))
                    self._callbacks.call(self.on_failed, self._clean(reason))
                case LineLost(reason=reason):
                    words = self._clean(reason)
                    log.warning("AvatarIM: connection lost (%s), reconnecting", words)
                    if self._ready is not None and self._ready.done():
                        self._arm()
                    self._callbacks.call(self.on_gap, words)
                case LineEnded(reason=reason, kicked=kicked):
                    self._settle(AvatarImError(self._clean(reason)))
                    self._callbacks.call(self.on_ended, self._clean(reason), kicked)
                case frames.BusinessMessage(content=content, whole=whole):
                    self._callbacks.call(self.on_message, content, whole)
                case frames.Acknowledgement(message_id=message_id, error=error):
                    self._callbacks.call(self.on_ack, message_id, error)
                    if error:
                        log.warning("AvatarIM: a message was refused: %s", self._clean(str(error)))
                        self._callbacks.call(self.on_ack_error, message_id, error)
                case frames.ServerEvent(whole=whole):
                    self._callbacks.call(self.on_event, whole)
                case frames.UnknownFrame(text=text):
                    log.info("AvatarIM: frame of an unknown kind: %s", self._clean(text))
                    self._callbacks.call(self.on_unknown, text)

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
        settle(self._ready, AvatarImError("the session was started again"))
        self._ready = asyncio.get_running_loop().create_future()

    def _unready(self, error: AvatarImError) -> None:
        """The session is not there, whoever asks."""
        if self._ready is not None:
            if self._ready.done():
                self._ready = asyncio.get_running_loop().create_future()
            settle(self._ready, error)

    def _settle(self, error: AvatarImError) -> None:
        """Nobody waits for what will not come."""
        self._open = settle(self._open, error)
        self._unready(error)

    def received(self, socket: ImSocket, text: str) -> None:
        """A frame came; of an old socket it means nothing."""
        if socket is self._socket:
            self._protocol.received(text, time.monotonic())
            self._carry_out()

    def lost(self, socket: ImSocket, reason: str, *, refused: bool) -> None:
        """A socket broke, or was none."""
        if socket is self._socket:
            self._protocol.lost(reason, time.monotonic(), refused=refused)
            self._carry_out()

    def _on_fault(self, fault: str) -> None:
        self._callbacks.call(self.on_ended, fault, False)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(POLL_INTERVAL_S)
            self._protocol.advance(time.monotonic())
            self._carry_out()
