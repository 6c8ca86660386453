"""The visitor's voice to the vendor's own recognition and model: what the kiosk leaves to Gemini.

Two ways: by HeyGen's chat socket, or as a track in the room. Whoever has a microphone gives its
sound to `VoiceChat.send`; this module opens no device.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from kiosk.avatar.cloud.dial_words import why
from kiosk.avatar.cloud.guarded_tasks import spawn
from kiosk.avatar.cloud.heygen.refusals import UnreachableError
from kiosk.avatar.cloud.heygen.room import AvatarRoom
from kiosk.avatar.cloud.heygen.session_errors import RoomError, SessionStateError
from kiosk.avatar.cloud.heygen.session_events import (
    ClientEvent,
    InputAudioMuted,
    VoiceChatState,
    VoiceChatStateChanged,
)
from kiosk.avatar.cloud.vendor_json import VendorJsonError, decode
from kiosk.settings.untrusted import clean
from kiosk.settings.urls import is_loopback

log = logging.getLogger("kiosk.avatar")

INPUT_HZ = 16_000
"""s16le mono. Source: HeyGen's SDK."""
BLOCK_SAMPLES = 512
BLOCK_BYTES = 2 * BLOCK_SAMPLES
"""Source: HeyGen's SDK sends blocks of 512 samples, 32 ms."""
SOCKET_SETTLE_S, ROOM_SETTLE_S = 2.0, 4.0
"""Between the start and the first word: the vendor is not ready at once. Source: HeyGen's SDK."""
DIAL_TIMEOUT_S = 8.0
"""For the WebSocket to be open, TLS included."""
CLOSE_TIMEOUT_S = 0.5
"""For the WebSocket to close, or the track to be taken away; then it is let go."""


class VoiceInput(Protocol):
    """One way of the visitor's voice to the vendor."""

    settle_s: float

    async def start(self) -> None:
        """Open it."""
        ...

    async def send(self, pcm: bytes, muted: bool) -> None:
        """Send a block of sound; where `muted`, none of it is to be heard."""
        ...

    def mute(self, muted: bool) -> None:
        """From now on it is muted, or not any more."""
        ...

    async def stop(self) -> None:
        """Close it; again does nothing."""
        ...


class VoiceChat:
    """A voice chat of a session. All of it runs in the loop's thread.

    Args:
        make_input: makes the way that the voice takes, at each start.
        on_event: hears of its state.
    """

    def __init__(
        self, make_input: Callable[[], VoiceInput], on_event: Callable[[ClientEvent], None]
    ) -> None:
        self._make_input = make_input
        self._on_event = on_event
        self._input: VoiceInput | None = None
        self._rest = bytearray()
        self.state = VoiceChatState.INACTIVE
        self.is_muted = True

    async def start(self, *, muted: bool = False) -> None:
        """Start it; one that runs is started anew.

        Raises:
            HeyGenError: the vendor cannot be reached, or refuses.
            RoomError: the room takes no sound.
        """
        await self.stop()
        self._move(VoiceChatState.STARTING)
        self._input = self._make_input()
        try:
            await self._input.start()
            self._tell_muted(self._input, muted)
            await asyncio.sleep(self._input.settle_s)
        except BaseException:
            await self.stop()
            raise
        self._move(VoiceChatState.ACTIVE)

    async def stop(self) -> None:
        """Stop it; again does nothing."""
        running, self._input = self._input, None
        self._rest.clear()
        if running is not None:
            await running.stop()
        self.is_muted = True
        self._move(VoiceChatState.INACTIVE)

    def mute(self) -> None:
        """Let nothing of the visitor be heard.

        Raises:
            SessionStateError: there is no voice chat.
        """
        self._set_muted(True)

    def unmute(self) -> None:
        """Let the visitor be heard again; see `mute`."""
        self._set_muted(False)

    async def send(self, pcm: bytes) -> None:
        """Send the next of the visitor's sound; what is less than a block waits for more.

        Args:
            pcm: s16le mono 16 kHz.

        Raises:
            SessionStateError: there is no voice chat.
        """
        running = self._running()
        self._rest += pcm
        size = len(self._rest) // BLOCK_BYTES * BLOCK_BYTES
        blocks = bytes(self._rest[:size])
        del self._rest[:size]
        for at in range(0, size, BLOCK_BYTES):
            await running.send(blocks[at : at + BLOCK_BYTES], self.is_muted)

    def _set_muted(self, muted: bool) -> None:
        running = self._running()
        if muted is not self.is_muted:
            self._tell_muted(running, muted)

    def _tell_muted(self, running: VoiceInput, muted: bool) -> None:
        self.is_muted = muted
        running.mute(muted)
        self._on_event(InputAudioMuted(muted=muted))

    def _running(self) -> VoiceInput:
        if self._input is None:
            raise SessionStateError("there is no voice chat: start one before")
        return self._input

    def _move(self, to: VoiceChatState) -> None:
        if to is not self.state:
            self.state = to
            self._on_event(VoiceChatStateChanged(state=to))


class ChatSocket:
    """The voice by HeyGen's chat socket, which also tells what the visitor does.

    Args:
        url: with the session's token in it: it stands in no log.
        on_vendor_event: hears of the vendor's events.
    """

    settle_s = SOCKET_SETTLE_S

    def __init__(self, url: str, on_vendor_event: Callable[[dict[str, Any]], None]) -> None:
        self._url = url
        self._on_vendor_event = on_vendor_event
        self._socket: ClientConnection | None = None
        self._reading: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Dial it."""
        loopback = is_loopback(urlsplit(self._url).hostname or "")
        try:
            self._socket = await connect(
                self._url,
                open_timeout=DIAL_TIMEOUT_S,
                close_timeout=CLOSE_TIMEOUT_S,
                max_size=1 << 20,
                proxy=None if loopback else True,
            )
        except (OSError, TimeoutError, WebSocketException, ValueError, ImportError) as error:
            raise UnreachableError(f"its chat socket cannot be reached: {why(error)}") from None
        self._reading = spawn(self._read(self._socket))

    async def send(self, pcm: bytes, muted: bool) -> None:
        """Send a block, as silence where it is muted: the vendor's clock is the sound."""
        if self._socket is not None:
            try:
                await self._socket.send(audio_frame(bytes(len(pcm)) if muted else pcm))
            except ConnectionClosed:
                raise UnreachableError("its chat socket is closed") from None

    def mute(self, muted: bool) -> None:
        """Nothing: see `send`."""

    async def stop(self) -> None:
        """Close it."""
        socket, self._socket = self._socket, None
        if self._reading is not None:
            self._reading.cancel()
        if socket is not None:
            await socket.close()

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for message in socket:
                try:
                    event = decode(message)
                except VendorJsonError as error:
                    log.warning("the avatar's chat sent an unreadable message: %s", error)
                    continue
                if isinstance(event, dict):
                    self._on_vendor_event(event)
        except ConnectionClosed:
            pass
        log.warning("the avatar's chat socket closed: it does not hear the visitor any more")


def audio_frame(pcm: bytes) -> bytes:
    """A block of sound as a `pipecat.Frame` of protocol buffers.

    `Frame.audio` is field 2; in it `audio` is field 3, `sample_rate` 4, `num_channels` 5.

    Source: pipecat.json of HeyGen's SDK.
    """
    audio = b"\x1a" + _varint(len(pcm)) + pcm
    audio += b"\x20" + _varint(INPUT_HZ) + b"\x28" + _varint(1)
    return b"\x12" + _varint(len(audio)) + audio


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


class RoomMicrophone:
    """The voice as a track in the room.

    Args:
        room: that is joined.
    """

    settle_s = ROOM_SETTLE_S

    def __init__(self, room: AvatarRoom) -> None:
        self._room = room
        self._source: Any = None
        self._track: Any = None
        self._publication: Any = None

    async def start(self) -> None:
        """Publish the track."""
        from livekit import rtc

        if self._room.client is None:
            raise RoomError("the room is left")
        self._source = rtc.AudioSource(INPUT_HZ, 1)
        self._track = rtc.LocalAudioTrack.create_audio_track("microphone", self._source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        try:
            self._publication = await self._room.client.local_participant.publish_track(
                self._track, options
            )
        except Exception as error:  # noqa: BLE001 - whatever the foreign library raises
            raise RoomError(f"the room takes no microphone: {clean(str(error))}") from None

    async def send(self, pcm: bytes, muted: bool) -> None:
        """Send a block; waits where a second of them is on its way."""
        from livekit import rtc

        if self._source is not None and not muted:
            await self._source.capture_frame(rtc.AudioFrame(pcm, INPUT_HZ, 1, len(pcm) // 2))

    def mute(self, muted: bool) -> None:
        """Tell the room, too."""
        if self._track is not None:
            (self._track.mute if muted else self._track.unmute)()

    async def stop(self) -> None:
        """Take the track back."""
        source, self._source = self._source, None
        publication, self._publication = self._publication, None
        if publication is not None and self._room.client is not None:
            # Whatever it is, the room is left, or will be: nobody hears the track then.
            with contextlib.suppress(Exception):
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await self._room.client.local_participant.unpublish_track(publication.sid)
        if source is not None:
            await source.aclose()


def spoken_command(text: str) -> bytes:
    """A command or text to Streaming Avatar by the room: JSON of a string, quotes included."""
    return json.dumps(text).encode()
