"""The conversation that the vendor holds itself: commands by the room, and the chat socket.

What comes up is decoded by the vendor's own descriptor (`pipecat.json` of its SDK), by another hand
than the client's.
"""

import json
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import numpy as np
from aiohttp import WSMsgType, web
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from tests.support.heygen_session import Session, until
from tests.support.livekit_room import Guest

LOUD = 1000
"""A block whose loudest sample is above it is speech."""
WORD_MS = 80
ANSWER = "That is a good question."


class Service(Protocol):
    """What is used of the whole stand-in."""

    wrongs: list[str]

    def later(self, work: Any) -> None: ...


class Sessions(Protocol):
    """What the chat socket uses of it."""

    tokens: dict[str, str]

    def find(self, session_id: Any) -> Session: ...


class RoomCommands:
    """What one client says by the room of a session."""

    def __init__(self, service: Service, session: Session, guest: Guest) -> None:
        self._service = service
        self._session = session
        self._guest = guest

    def take(self, payload: bytes, topic: str) -> None:
        """Take a packet."""
        command = json.loads(payload)
        self._session.commands.append(command)
        if not self._session.full:
            if topic or not isinstance(command, str):
                self._service.wrongs.append(f"the room was told {command} on {topic!r}")
            return
        if topic != "agent-control":
            self._service.wrongs.append(f"a command on {topic!r}")
        match command.get("event_type"):
            case "avatar.speak_text":
                self._service.later(self._speak(command, command["text"]))
            case "avatar.speak_response":
                self._service.later(self._speak(command, ANSWER))
            case "avatar.interrupt":
                self._session.voice.clear()
            case "avatar.start_listening" | "avatar.stop_listening":
                pass
            case "user.start_push_to_talk":
                if self._session.push_to_talk_answer:
                    self._tell(f"user.push_to_talk_{self._session.push_to_talk_answer}")
            case "user.stop_push_to_talk":
                self._tell("user.push_to_talk_stopped")
            case other:
                self._service.wrongs.append(f"there is no {other}")

    def _tell(self, kind: str, **more: Any) -> None:
        event = {"event_type": kind, "event_id": uuid.uuid4().hex, **more}
        self._guest.tell(event, "agent-response")

    async def _speak(self, command: dict[str, Any], text: str) -> None:
        if not command.get("event_id"):
            self._service.wrongs.append("a command without event_id")
        voice = self._session.voice
        wave = 8000 * np.sin(np.arange(24 * WORD_MS * len(text.split())) / 8)
        voice.feed(wave.astype("<i2").tobytes())
        self._tell("avatar.speak_started")
        for word in text.split():
            self._tell("avatar.transcription.chunk", text=word)
        await until(lambda: not voice.speaking)
        self._tell("avatar.transcription", text=text)
        self._tell("avatar.speak_ended")


def chat_of(service: "Sessions") -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Give the handler of a service's chat socket."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if request.query.get("session_token") not in service.tokens:
            return web.Response(status=401)
        session = service.find(request.query.get("session_id"))
        session.chat_query = dict(request.query)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        session.chats.add(socket)
        try:
            await _hear(session, socket)
        finally:
            session.chats.discard(socket)
        return socket

    return handle


async def _hear(session: Session, socket: web.WebSocketResponse) -> None:
    speaking = False
    async for message in socket:
        if message.type is not WSMsgType.BINARY:
            continue
        audio = FRAME.FromString(message.data).audio
        assert (audio.sample_rate, audio.num_channels) == (16_000, 1)
        session.visitor += audio.audio
        loud = bool(np.abs(np.frombuffer(audio.audio, "<i2").astype(int)).max() > LOUD)
        if loud is not speaking:
            speaking = loud
            await socket.send_json({"event_type": "user_start" if loud else "user_stop"})
            if not loud:
                silence = {"event_type": "user_silence", "silence_times": 1, "count_down": 10}
                await socket.send_json(silence)


def _frame_class() -> Any:
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="pipecat.proto", package="pipecat", syntax="proto3"
    )
    audio = file.message_type.add(name="AudioRawFrame")
    for number, (name, kind) in enumerate(
        {
            "id": kinds.TYPE_UINT64,
            "name": kinds.TYPE_STRING,
            "audio": kinds.TYPE_BYTES,
            "sample_rate": kinds.TYPE_UINT32,
            "num_channels": kinds.TYPE_UINT32,
        }.items(),
        1,
    ):
        audio.field.add(name=name, number=number, type=kind, label=kinds.LABEL_OPTIONAL)
    frame = file.message_type.add(name="Frame")
    frame.field.add(
        name="audio",
        number=2,
        type=kinds.TYPE_MESSAGE,
        type_name=".pipecat.AudioRawFrame",
        label=kinds.LABEL_OPTIONAL,
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("pipecat.Frame"))


FRAME = _frame_class()
