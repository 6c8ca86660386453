"""One session at the stand-in for HeyGen, and the conversation on its socket for sound."""

import asyncio
import base64
import contextlib
import time
import uuid
from collections.abc import Callable
from typing import Any, Protocol

from aiohttp import web

from tests.support.livekit_media import EchoingVoice, NumberedPicture
from tests.support.livekit_room import Guest


class Session:
    """One session, and what was done in it."""

    def __init__(self, product: str, size: tuple[int, int], busy: bool) -> None:
        self.id = str(uuid.uuid4())
        self.product = product
        self.state = "new"
        self.why = ""
        self.opened_at = time.monotonic()
        self.created_s = time.time()
        self.ended_at: float | None = None
        self.touched = {"rest": self.opened_at, "socket": self.opened_at}
        """When each way last showed a sign of life."""
        self.voice = EchoingVoice()
        self.picture = NumberedPicture(*size, self.voice, busy)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.events: list[dict[str, Any]] = []
        self.event_times: list[tuple[float, str]] = []
        self.pcm = bytearray()
        self.commands: list[Any] = []
        """What came by the room: commands of mode FULL, and texts of Streaming Avatar."""
        self.visitor = bytearray()
        """What came by the chat socket: s16le 16 kHz."""
        self.chats: set[web.WebSocketResponse] = set()
        self.chat_query: dict[str, str] = {}
        self.full = False
        self.push_to_talk_answer = "started"
        """Or `start_failed`, or nothing."""
        self.dropped = 0
        """Events that came before the socket said `connected`."""
        self.interrupted_at = 0.0
        self.guests: set[Guest] = set()
        self.sockets: set[web.WebSocketResponse] = set()

    def idle_s(self) -> float:
        """For how long it has been without a sign of life: Streaming Avatar counts them apart."""
        of_both = min if self.product == "heygen" and self.sockets else max
        return time.monotonic() - of_both(self.touched.values())

    @property
    def billed_s(self) -> float:
        """By the vendor's own meter: from its creation to its end, LiveAvatar a minute at least."""
        least_s = 60.0 if self.product == "liveavatar" else 0.0
        return max((self.ended_at or time.monotonic()) - self.opened_at, least_s)

    def called(self, name: str) -> int:
        """How often a REST call came."""
        return sum(call == name for call, _ in self.calls)

    def sent(self, kind: str) -> int:
        """How often an event came by the socket."""
        return sum(event.get("type") == kind for event in self.events)


class Service(Protocol):
    """What a conversation uses of the whole stand-in."""

    families: tuple[str, ...]
    wrongs: list[str]

    def later(self, work: Any) -> None: ...
    def moment(self, session: Session, name: str) -> None: ...


class Speech:
    """One socket's conversation."""

    def __init__(self, service: Service, session: Session, socket: web.WebSocketResponse) -> None:
        self._service = service
        self._session = session
        self._socket = socket
        self.connected = False
        self._pose = "idle"
        self._utterance = ""
        self._complete = False
        self._serial = 0

    async def tell(self, kind: str, **more: Any) -> None:
        """Send an event."""
        if not self._socket.closed:
            event = {"type": kind, "event_id": uuid.uuid4().hex, **more}
            with contextlib.suppress(ConnectionError):
                await self._socket.send_json(event)

    async def take(self, event: dict[str, Any]) -> None:
        """Take what the client sends."""
        session, kind = self._session, event.get("type", "")
        if not self.connected:
            session.dropped += 1
            return
        session.events.append(event)
        session.event_times.append((time.monotonic(), kind))
        session.touched["socket"] = time.monotonic()
        if not event.get("event_id"):
            self._service.wrongs.append(f"{kind}: no event_id")
        match kind:
            case "agent.speak" | "agent.audio_buffer_append":
                await self._hear(event)
            case "agent.speak_end" | "agent.audio_buffer_commit":
                self._complete = True
                await self.tell("agent.audio_buffer_committed")
            case "agent.interrupt" | "agent.audio_buffer_clear":
                await self._interrupt(event)
            case "agent.start_listening":
                await self._turn("listening")
            case "agent.stop_listening":
                await self._turn("idle")
            case "session.keep_alive":
                pass
            case _:
                self._service.wrongs.append(f"there is no {kind}")

    async def _hear(self, event: dict[str, Any]) -> None:
        session, name = self._session, event["event_id"]
        pcm = base64.b64decode(event["audio"])
        if len(pcm) % 2:
            self._service.wrongs.append("half a sample was sent")
        session.pcm += pcm
        session.voice.feed(pcm[: len(pcm) // 2 * 2])
        await self.tell("agent.audio_buffer_appended", source_event_id=name)
        if name != self._utterance:
            self._utterance = name
            self._serial += 1
            self._service.later(self._speak(name, self._serial))
        self._complete = False
        self._service.moment(session, "speech")

    async def _speak(self, name: str, serial: int) -> None:
        """Tell of a speech as it goes on."""
        task = {"id": uuid.uuid4().hex}
        await until(lambda: self._serial != serial or self._session.voice.sounding)
        if self._serial != serial:
            return
        await self._of_speech("started", name, task)
        await self._turn("talking")
        voice = self._session.voice
        await until(lambda: self._serial != serial or (self._complete and not voice.speaking))
        if self._serial == serial:
            self._utterance = ""
            await self._of_speech("ended", name, task)
            await self._turn("idle")

    async def _interrupt(self, event: dict[str, Any]) -> None:
        self._session.voice.clear()
        self._session.interrupted_at = time.monotonic()
        self._serial += 1
        self._utterance = ""
        await self.tell("agent.audio_buffer_cleared", source_event_id=event["event_id"])
        await self._of_speech("interrupted", event["event_id"], {"id": uuid.uuid4().hex})
        await self._turn("idle")

    async def _of_speech(self, what: str, name: str, task: dict[str, str]) -> None:
        if "speak" in self._service.families:
            await self.tell(f"agent.speak_{what}", source_event_id=name, task=task)

    async def _turn(self, pose: str) -> None:
        before, self._pose = self._pose, pose
        if "state" in self._service.families and before != pose:
            await self.tell("agent.state_updated", previous_state=before, new_state=pose)


async def until(reached: Callable[[], bool]) -> None:
    """Wait for what nobody tells."""
    while not reached():  # noqa: ASYNC110 - the voice is played by a track, which has no events
        await asyncio.sleep(0.01)
