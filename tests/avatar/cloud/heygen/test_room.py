"""The real `livekit` client in the stand-in's room."""

import asyncio
import time
from pathlib import Path

import numpy as np
import pygame
import pytest

from kiosk.avatar.cloud.frame import Frame
from kiosk.avatar.cloud.heygen.driver import HeyGen
from kiosk.avatar.cloud.journal import SessionJournal
from kiosk.avatar.interface import AvatarIdle, AvatarSpeaking, Plays, Ready
from kiosk.core.scene import Scene
from kiosk.formats import REPLY_HZ
from tests.avatar.cloud.heygen.conftest import Talker, heard_once, reached, speech
from tests.support.heygen import StandIn
from tests.support.livekit_media import number_in


def newest(avatar: HeyGen) -> Frame:
    frame = avatar._picture._newest
    assert frame is not None
    return frame


def number(avatar: HeyGen) -> int | None:
    frame = newest(avatar)
    return number_in(frame.rgb, frame.width, frame.height)


def age_s(talker: Talker) -> float:
    return talker.avatar.frame_age_s(time.monotonic())


@pytest.mark.flaky(reruns=1)  # WebRTC in real time: a stall stretches what is heard.
async def test_an_utterance_is_seen_and_heard_once(talker: Talker) -> None:
    avatar, said = talker.avatar, speech(1.2)
    assert age_s(talker) == float("inf")
    await talker.ready()
    assert avatar.plays is Plays.STREAM
    assert avatar.echoes
    avatar.listening(True)
    avatar.listening(False)
    avatar.extend_session()
    first = number(avatar)
    for start in range(0, len(said), 4800):
        avatar.feed_audio(1, said[start : start + 4800])
    avatar.end_reply(1)
    await reached(lambda: AvatarIdle(1) in talker.told)
    await reached(lambda: heard_once(said, talker.voice))
    last = number(avatar)
    assert first is not None
    assert last is not None
    assert last - first >= 25, "it moves while it speaks"
    assert age_s(talker) < 0.5
    assert talker.told == [Ready(), AvatarSpeaking(1), AvatarIdle(1)]
    session = talker.service.session
    assert bytes(session.pcm) == said
    speak = [event for event in session.events if event["type"] == "agent.speak"]
    assert {event["event_id"] for event in speak} == {"reply-1"}
    kinds = [event["type"] for event in session.events]
    assert kinds[-1] == "agent.speak_end"
    for kind in ("agent.start_listening", "agent.stop_listening", "session.keep_alive"):
        assert kinds.count(kind) == 1
    keep = {"heygen": "keep_alive", "liveavatar": "keep-alive"}[talker.product]
    assert session.called(keep) == 1
    paint(avatar)
    assert avatar.cap_s == (600 if talker.product == "heygen" else None)
    await avatar.close()
    await avatar.close()
    assert age_s(talker) == float("inf")
    assert session.dropped == 0
    assert talker.service.wrongs == []
    assert talker.left_open() == []
    assert session.why == "stop"


@pytest.mark.parametrize("identity", ["heygen", "avatar-of-another-name"])
async def test_a_recorder_that_was_there_first_is_not_taken_for_the_avatar(
    liveavatar: Talker, identity: str
) -> None:
    liveavatar.service.identity = identity
    liveavatar.service.recorder_in_room = True
    said = speech(1.0)
    await liveavatar.ready()
    liveavatar.say(1, said)
    await reached(lambda: AvatarIdle(1) in liveavatar.told)
    assert number(liveavatar.avatar) is not None
    await reached(lambda: heard_once(said, liveavatar.voice))
    await liveavatar.avatar.close()


@pytest.mark.parametrize("product", ["heygen", "liveavatar"])
async def test_a_socket_that_is_connected_after_seven_seconds_is_waited_for(
    service: StandIn, tmp_path: Path, product: str
) -> None:
    service.connected_s = 7.0
    talker = Talker(product, service, SessionJournal(tmp_path))
    await talker.ready()
    assert talker.avatar.echoes, "it speaks with the voice of the reply"
    assert len(service.sessions) == 1
    await talker.avatar.close()


class Nothing:
    """Senses that perceive nothing."""

    def level(self) -> float:
        return 0.0

    def playhead(self) -> int:
        return 0

    def reply(self, start: int, end: int) -> bytes:
        return bytes(2 * (end - start))


def paint(avatar: HeyGen) -> None:
    """Its picture goes to the stage as it is."""
    screen = pygame.Surface((640, 360))
    avatar.place(pygame.Surface((640, 360)))
    rect = screen.get_rect()
    changed = avatar.paint(screen, rect, Scene(), Nothing(), 0.0)
    assert changed == [rect]
    shown = pygame.image.tobytes(screen, "RGB")
    assert number_in(shown, 640, 360) is not None
    avatar.clear()


@pytest.mark.long
async def test_an_interruption_stops_streaming_avatar(heygen: Talker) -> None:
    await an_interruption_stops(heygen)


async def test_an_interruption_stops_liveavatar(liveavatar: Talker) -> None:
    await an_interruption_stops(liveavatar)


async def an_interruption_stops(talker: Talker) -> None:
    await talker.ready()
    session = talker.service.session
    talker.say(1, speech(8))
    await reached(lambda: AvatarSpeaking(1) in talker.told)
    interrupted_s = time.monotonic()
    talker.avatar.interrupt()
    talker.avatar.feed_audio(1, speech(1))  # What was on its way here.
    await asyncio.sleep(0.5)
    assert AvatarIdle(1) in talker.told
    assert session.interrupted_at - interrupted_s < 0.3
    assert session.voice.heard_at - interrupted_s < 0.3
    assert len(session.pcm) < 5 * 48_000, "it was not sent far ahead"
    tail = np.frombuffer(bytes(talker.voice[-REPLY_HZ // 5 :]), "<i2")
    assert np.abs(tail).max() < 300
    sent = len(session.pcm)
    said = speech(0.6, seed=2)
    talker.say(2, said)
    await reached(lambda: AvatarIdle(2) in talker.told)
    assert bytes(session.pcm[sent:]) == said
    await reached(lambda: heard_once(said, talker.voice))
    await talker.avatar.close()
    assert talker.left_open() == []


@pytest.mark.long
async def test_the_older_dialect(heygen: Talker) -> None:
    heygen.service.socket_path = "/v2-alpha/realtime"
    heygen.service.families = ("speak",)
    said = speech(1.3)
    await heygen.ready()
    heygen.say(1, said)
    await reached(lambda: AvatarIdle(1) in heygen.told)
    session = heygen.service.session
    assert bytes(session.pcm) == said
    assert session.sent("agent.audio_buffer_append") == 2
    assert session.sent("agent.audio_buffer_commit") == 1
    assert session.sent("agent.speak") == 0
    heygen.avatar.interrupt()
    await reached(lambda: session.sent("agent.interrupt") and session.interrupted_at)
    assert session.sent("agent.audio_buffer_clear")
    await heygen.avatar.close()
    assert heygen.service.wrongs == []


@pytest.mark.parametrize(
    "fault", ["socket_given", pytest.param("cut_before_connected", marks=pytest.mark.long)]
)
async def test_text_where_there_is_no_socket(heygen: Talker, fault: str) -> None:
    setattr(heygen.service, fault, fault != "socket_given")
    await heygen.ready()
    assert not heygen.avatar.echoes
    assert heygen.avatar.patience_s == 8.0  # A sentence must be complete, and its voice be made.
    heygen.avatar.feed_text(1, "Good morning. How ")
    heygen.avatar.feed_text(1, "are you")
    heygen.avatar.end_reply(1)
    heygen.avatar.listening(True)
    await reached(lambda: AvatarIdle(1) in heygen.told)
    calls = heygen.service.session.calls
    tasks = [body["text"] for name, body in calls if name == "task"]
    assert tasks == ["Good morning.", "How are you"]
    assert heygen.told == [Ready(), AvatarSpeaking(1), AvatarIdle(1)]
    heygen.avatar.interrupt()
    await reached(lambda: heygen.service.session.called("interrupt"))
    assert heygen.service.session.called("start_listening") == 1
    await heygen.avatar.close()
    assert heygen.service.wrongs == []
    assert heygen.left_open() == []


@pytest.mark.long
async def test_the_other_codec(heygen: Talker) -> None:
    heygen.service.codec = "VP8"
    await heygen.ready()
    await asyncio.sleep(1)
    assert number(heygen.avatar) is not None
    await heygen.avatar.close()
