"""The room that brings picture and voice, through the vendor's own client (`livekit`).

It is imported by `load_client`: 40 MB that a kiosk with its own face does not pay for. All of it
runs in the loop's thread; the client receives and decodes in threads of its own.
"""

import asyncio
import contextlib
import logging
import time
from typing import Any, Protocol

from kiosk.avatar.cloud.frame import Frame
from kiosk.avatar.cloud.guarded_tasks import spawn
from kiosk.avatar.cloud.heygen.pacing import PCM_HZ
from kiosk.avatar.cloud.heygen.session_errors import RoomError
from kiosk.avatar.cloud.heygen.session_events import LineQuality
from kiosk.avatar.cloud.vendor_json import VendorJsonError, decode
from kiosk.settings.untrusted import clean

log = logging.getLogger("kiosk.avatar")

JOIN_TIMEOUT_S = 10.0
"""For the room to be joined, with all attempts of the library."""
SIGNAL_TIMEOUT_S = 5.0
"""For one attempt to connect to the media server."""
LEAVE_TIMEOUT_S = 2.0
"""For the library to leave the room; after it the room is let go."""
CLOSE_TIMEOUT_S = 0.5
"""For the tasks of a room that is left to end; then they are let go."""
AUDIO_FRAME_MS = 20
"""Sound in a frame of the voice: a period of the kiosk."""
MAX_WAITING_AUDIO_FRAMES = 250
"""Frames of the voice that may wait for a loop that is late: 5 s."""

AVATAR = "heygen"
"""Identity of the avatar in its room. Source: LiveAvatar's web SDK takes nobody else's tracks."""
CLIENT_LEFT = 1
"""We left. Source: LiveKit, `DisconnectReason.CLIENT_INITIATED`."""
_ENDS = {
    2: ("another client joined under our name", True),
    3: ("its media server shut down", False),
    4: ("the vendor removed us from its room", False),
    5: (
        "the vendor ended the session (idle, its limit, credits, or elsewhere)",
        False,
    ),
    7: ("its room could not be joined", False),
    10: ("its room was closed", False),
    14: ("its media server lost the connection to us", False),
    15: ("its media failed", False),
}
"""Reason of a disconnection -> what it means, and whether trying again is no use by itself."""


_QUALITIES = {
    0: LineQuality.BAD,
    1: LineQuality.GOOD,
    2: LineQuality.GOOD,
    3: LineQuality.BAD,
}
"""Poor, good, excellent, lost. Source: HeyGen's SDKs know good and bad alone."""

_leaving: set[asyncio.Task[None]] = set()
"""They outlive their rooms, where leaving takes longer than anybody waits."""


class RoomListener(Protocol):
    """Who hears of the room."""

    def on_frame(self, frame: Frame) -> None:
        """The newest picture."""

    def on_audio(self, pcm: bytes) -> None:
        """The next sound, s16le mono 24 kHz."""

    def on_vendor_event(self, raw: dict[str, Any]) -> None:
        """An event of the vendor."""

    def on_participant(self, identity: str) -> None:
        """Somebody is in the room."""

    def on_quality(self, quality: LineQuality) -> None:
        """The line to the room is better or worse."""

    def on_away(self, away: bool) -> None:
        """The client has lost its line and joins again by itself, or is back."""

    def on_gone(self, reason: str, final: bool) -> None:
        """The room, or the avatar in it, is lost."""


async def load_client() -> bool:
    """Load the vendor's client, beside the loop; tell whether it is installed."""

    def load() -> bool:
        try:
            import livekit.rtc  # noqa: F401
        except ImportError:
            return False
        # Each frame that came before the one before it was taken is a warning to it.
        logging.getLogger("livekit").setLevel(logging.ERROR)
        return True

    return await asyncio.to_thread(load)


def meaning(reason: int) -> tuple[str, bool]:
    """Say why a room was left, and whether trying again is no use."""
    return _ENDS.get(reason, (f"the connection to its room was lost (reason {reason})", False))


class AvatarRoom:
    """One stay in a room. A token is good for one: it is never joined twice."""

    def __init__(self, listener: RoomListener) -> None:
        self._listener = listener
        self._room: Any = None
        self._joining: asyncio.Task[None] | None = None
        self._tracks: dict[str, tuple[Any, str]] = {}
        """All that is shown and said in the room, with the identity of who does."""
        self._streams: dict[str, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._avatar = ""
        """Identity of who is taken for the avatar: by its name, else the first with a picture.
        Others in the room, such as a recorder, are not looked at.
        """
        self._away = False
        """The client is joining again by itself: whoever leaves now comes back."""
        self._left = False
        self._misunderstood = 0

    async def join(self, url: str, token: str) -> None:
        """Join.

        Raises:
            RoomError: that fails.
        """
        from livekit import rtc

        room = self._room = rtc.Room()
        self._listen(room, rtc)
        options = rtc.RoomOptions(connect_timeout=SIGNAL_TIMEOUT_S)
        self._joining = asyncio.create_task(room.connect(url, token, options))
        try:
            async with asyncio.timeout(JOIN_TIMEOUT_S):
                await asyncio.shield(self._joining)
        except TimeoutError:
            raise RoomError(f"its room was not joined in {JOIN_TIMEOUT_S:g} s") from None
        except Exception as error:  # noqa: BLE001 - whatever the foreign library raises
            # Its text may hold the address, and in it the token.
            text = clean(str(error), [token])
            raise RoomError(f"its room could not be joined: {text}") from None
        for who in room.remote_participants.values():
            self._on_participant(who.identity)

    @property
    def client(self) -> Any:
        """The vendor's own `livekit.rtc.Room`; None where it is not joined."""
        return self._room

    async def send(self, payload: bytes, topic: str = "") -> None:
        """Send data to the avatar, reliably and in order.

        Raises:
            RoomError: it does not go out.
        """
        if self._room is None:
            raise RoomError("the room is left")
        try:
            await self._room.local_participant.publish_data(payload, reliable=True, topic=topic)
        except Exception as error:  # noqa: BLE001 - whatever the foreign library raises
            raise RoomError(f"nothing can be sent to its room: {clean(str(error))}") from None

    async def leave(self) -> None:
        """Leave; again does nothing."""
        self._left = True
        room, self._room = self._room, None
        for name in list(self._streams):
            self._stop(name)
        if room is not None:
            leaving = spawn(self._disconnect(room))
            _leaving.add(leaving)
            leaving.add_done_callback(_leaving.discard)
            await asyncio.wait([leaving], timeout=LEAVE_TIMEOUT_S)
        if self._ending:
            await asyncio.wait(self._ending, timeout=CLOSE_TIMEOUT_S)

    async def _disconnect(self, room: Any) -> None:
        """Leave once it is joined.

        A joining that is cancelled half-way goes on in the native client, which ends the whole
        process when nobody takes its result.
        """
        if self._joining is not None:
            await asyncio.wait([self._joining])
            if self._joining.cancelled() or self._joining.exception() is not None:
                return
        with contextlib.suppress(Exception):  # Whatever it is, we are gone.
            await room.disconnect()

    def _listen(self, room: Any, rtc: Any) -> None:
        room.on("track_subscribed", lambda track, _, who: self._start(rtc, track, who.identity))
        room.on("track_unsubscribed", lambda track, *_: self._stop(track.sid))
        room.on("participant_disconnected", self._on_left)
        room.on("data_received", self._on_data)
        room.on("reconnecting", lambda: self._on_away(True))
        room.on("reconnected", lambda: self._on_away(False))
        room.on("disconnected", self._on_disconnected)
        room.on("connection_quality_changed", self._on_quality)
        room.on("participant_connected", lambda who: self._on_participant(who.identity))

    # --- what the client tells ---------------------------------------------------------------

    def _start(self, rtc: Any, track: Any, identity: str) -> None:
        """A track came: a new stream each time, for those of before a reconnection are dead."""
        if self._left:
            return
        self._stop(track.sid)
        self._tracks[track.sid] = (track, identity)
        video = track.kind == rtc.TrackKind.KIND_VIDEO
        if identity != self._avatar and (identity == AVATAR or (video and not self._avatar)):
            for name in list(self._streams):
                self._end_stream(name)
            self._avatar = identity
        for each, whose in self._tracks.values():
            if whose == self._avatar and each.sid not in self._streams:
                self._begin_stream(rtc, each)

    def _begin_stream(self, rtc: Any, track: Any) -> None:
        video = track.kind == rtc.TrackKind.KIND_VIDEO
        receiving = self._receive_video(rtc, track) if video else self._receive_audio(rtc, track)
        self._streams[track.sid] = spawn(
            receiving, lambda fault: self._listener.on_gone(fault, False)
        )

    def _stop(self, track: str) -> None:
        self._tracks.pop(track, None)
        self._end_stream(track)

    def _end_stream(self, track: str) -> None:
        task = self._streams.pop(track, None)
        if task is not None:
            task.cancel()
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _receive_video(self, rtc: Any, track: Any) -> None:
        stream = rtc.VideoStream(track, capacity=1, format=rtc.VideoBufferType.RGB24)
        try:
            async for event in stream:
                frame = event.frame
                if not self._away:  # What still comes of the old line is not shown.
                    at_s = time.monotonic()
                    self._listener.on_frame(Frame(frame.width, frame.height, frame.data, at_s))
        finally:
            await _close(stream)

    async def _receive_audio(self, rtc: Any, track: Any) -> None:
        stream = rtc.AudioStream(
            track,
            capacity=MAX_WAITING_AUDIO_FRAMES,
            sample_rate=PCM_HZ,
            num_channels=1,
            frame_size_ms=AUDIO_FRAME_MS,
        )
        try:
            async for event in stream:
                if not self._away:
                    self._listener.on_audio(bytes(event.frame.data))
        finally:
            await _close(stream)

    def _on_left(self, who: Any) -> None:
        if who.identity == self._avatar and not (self._away or self._left):
            self._listener.on_gone("the avatar left its room", False)

    def _on_away(self, away: bool) -> None:
        self._away = away
        if not self._left:
            self._listener.on_away(away)
        log.info("connection to the avatar's room: %s", "restoring" if away else "restored")

    def _on_disconnected(self, reason: int) -> None:
        if not self._left and reason != CLIENT_LEFT:
            self._listener.on_gone(*meaning(reason))

    def _on_participant(self, identity: str) -> None:
        if not self._left:
            self._listener.on_participant(identity)

    def _on_quality(self, who: Any, quality: int) -> None:
        if self._room is not None and who.identity == self._room.local_participant.identity:
            self._listener.on_quality(_QUALITIES.get(quality, LineQuality.UNKNOWN))

    def _on_data(self, packet: Any) -> None:
        try:
            event = decode(packet.data)
        except VendorJsonError as error:
            if not self._misunderstood:
                log.warning("the avatar's room sent an unreadable message: %s", error)
            self._misunderstood += 1
            return
        if isinstance(event, dict):
            self._listener.on_vendor_event(event)


async def _close(stream: Any) -> None:
    """Free the native stream at once; it would not end by itself."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await stream.aclose()
