"""The real `livekit` client in the stand-in's room."""

import asyncio
import subprocess
import sys
import time

import numpy as np
import pygame
import pytest

from kiosk.avatar.base import STALL_S, VOICE_HZ, Away, Idle, Plays, Ready, Speaking
from kiosk.avatar.heygen.driver import HeyGen
from kiosk.avatar.heygen.room import meaning
from kiosk.avatar.journal import SessionJournal
from kiosk.avatar.picture import Frame
from kiosk.core.scene import Scene
from tests.avatar.heygen.conftest import Talker, heard_once, reached, speech
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


async def test_an_utterance_is_seen_and_heard_once(talker: Talker) -> None:
    avatar, said = talker.avatar, speech(1.2)
    assert age_s(talker) == float("inf")
    await talker.ready()
    assert avatar.plays is Plays.STREAM
    assert avatar.echoes
    avatar.listening(True)
    avatar.listening(False)
    avatar.touch()
    first = number(avatar)
    for start in range(0, len(said), 4800):
        avatar.hear(1, said[start : start + 4800])
    avatar.end(1)
    await reached(lambda: Idle(1) in talker.told)
    await asyncio.sleep(0.4)
    last = number(avatar)
    assert first is not None
    assert last is not None
    assert 25 <= last - first <= 120
    assert age_s(talker) < 0.5
    assert talker.told == [Ready(), Speaking(1), Idle(1)]
    session = talker.service.session
    assert bytes(session.pcm) == said
    assert heard_once(said, talker.voice)
    speak = [event for event in session.events if event["type"] == "agent.speak"]
    assert {event["event_id"] for event in speak} == {"utterance-1"}
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
    await reached(lambda: Speaking(1) in talker.told)
    interrupted_s = time.monotonic()
    talker.avatar.interrupt()
    talker.avatar.hear(1, speech(1))  # What was on its way here.
    await asyncio.sleep(0.5)
    assert Idle(1) in talker.told
    assert session.interrupted_at - interrupted_s < 0.3
    assert session.voice.heard_at - interrupted_s < 0.3
    assert len(session.pcm) < 5 * 48_000, "it was not sent far ahead"
    tail = np.frombuffer(bytes(talker.voice[-VOICE_HZ // 5 :]), "<i2")
    assert np.abs(tail).max() < 300
    sent = len(session.pcm)
    said = speech(0.6, seed=2)
    talker.say(2, said)
    await reached(lambda: Idle(2) in talker.told)
    await asyncio.sleep(0.2)
    assert bytes(session.pcm[sent:]) == said
    assert heard_once(said, talker.voice)
    await talker.avatar.close()
    assert talker.left_open() == []


@pytest.mark.long
async def test_the_older_dialect(heygen: Talker) -> None:
    heygen.service.socket_path = "/v2-alpha/realtime"
    heygen.service.families = ("speak",)
    said = speech(1.3)
    await heygen.ready()
    heygen.say(1, said)
    await reached(lambda: Idle(1) in heygen.told)
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
    heygen.avatar.read(1, "Good morning. How ")
    heygen.avatar.read(1, "are you")
    heygen.avatar.end(1)
    heygen.avatar.listening(True)
    await reached(lambda: Idle(1) in heygen.told)
    calls = heygen.service.session.calls
    tasks = [body["text"] for name, body in calls if name == "task"]
    assert tasks == ["Good morning.", "How are you"]
    assert heygen.told == [Ready(), Speaking(1), Idle(1)]
    heygen.avatar.interrupt()
    await reached(lambda: heygen.service.session.called("interrupt"))
    assert heygen.service.session.called("start_listening") == 1
    await heygen.avatar.close()
    assert heygen.service.wrongs == []
    assert heygen.left_open() == []


# --- faults --------------------------------------------------------------------------------------


@pytest.mark.long
async def test_frames_that_stop_without_a_word(heygen: Talker) -> None:
    await heygen.ready()
    heygen.service.session.picture.frozen = True
    await reached(lambda: age_s(heygen) > STALL_S)
    assert heygen.lost is None, "nobody tells: the age of the picture is all there is"
    await heygen.avatar.close()
    assert heygen.left_open() == []


MOMENTS = ["new", "start", "room", "socket", "speech"]


@pytest.mark.long
@pytest.mark.parametrize("moment", MOMENTS)
async def test_ended_by_the_vendor(talker: Talker, moment: str) -> None:
    talker.service.end_at = moment
    await talker.open()
    if moment == "speech":
        await reached(lambda: Ready() in talker.told)
        talker.say(1, speech(3))
    await reached(lambda: talker.lost)
    assert not talker.lost.final
    told = len(talker.told)
    await talker.avatar.close()
    await asyncio.sleep(0.2)
    assert len(talker.told) == told
    assert talker.left_open() == []


@pytest.mark.long
async def test_a_session_at_its_limit(heygen: Talker) -> None:
    heygen.service.limit_s = 0.7
    await heygen.ready()
    assert heygen.avatar.cap_s == 0.7
    await reached(lambda: heygen.lost)
    await heygen.avatar.close()
    await heygen.ready()  # A new session is none of the old one's business.
    await heygen.avatar.close()
    assert heygen.left_open() == []


@pytest.mark.long
async def test_the_signalling_breaks_and_comes_back(talker: Talker) -> None:
    await talker.ready()
    before = talker.avatar._picture.frames
    talker.service.guests(lambda guest: guest.cut())
    await asyncio.sleep(3)
    assert talker.lost is None
    assert talker.told == [Ready(), Away(), Ready()]
    assert talker.avatar._picture.frames > before + 25
    said = speech(1)
    talker.say(1, said)
    await reached(lambda: Idle(1) in talker.told)
    await asyncio.sleep(0.3)
    assert heard_once(said, talker.voice)
    await talker.avatar.close()
    assert talker.left_open() == []


async def test_while_the_line_is_mended_nothing_is_shown_or_heard(liveavatar: Talker) -> None:
    """Pictures may still come of the old one; the avatar is back with the first of after it."""
    await liveavatar.ready()
    stay = liveavatar.avatar._stay
    assert stay is not None
    stay.away(True)
    stay.away(True)
    assert liveavatar.told == [Ready(), Away()]
    frames, heard = liveavatar.avatar._picture.frames, len(liveavatar.voice)
    await asyncio.sleep(0.3)
    assert (liveavatar.avatar._picture.frames, len(liveavatar.voice)) == (frames, heard)
    stay.away(False)
    await reached(lambda: liveavatar.told == [Ready(), Away(), Ready()])
    await liveavatar.avatar.close()
    assert liveavatar.left_open() == []


@pytest.mark.long
async def test_the_room_is_gone_for_good(heygen: Talker) -> None:
    await heygen.ready()
    heygen.service.room_status = 503
    heygen.service.guests(lambda guest: guest.cut())
    await reached(lambda: Away() in heygen.told, 1.0)  # Long before the client gives up.
    await reached(lambda: heygen.lost, 60)
    await heygen.avatar.close()
    assert heygen.left_open() == []


@pytest.mark.long
async def test_media_that_die_while_the_signalling_lives(heygen: Talker) -> None:
    await heygen.ready()
    heygen.service.guests(lambda guest: guest.kill_media())
    await reached(lambda: age_s(heygen) > STALL_S)
    assert heygen.lost is None
    await heygen.avatar.close()
    assert heygen.left_open() == []


@pytest.mark.long
async def test_the_avatar_leaves_its_room(talker: Talker) -> None:
    await talker.ready()
    talker.service.guests(lambda guest: guest.avatar_leaves())
    await reached(lambda: talker.lost)
    assert "left" in talker.lost.reason
    await talker.avatar.close()
    assert talker.left_open() == []


@pytest.mark.long
@pytest.mark.parametrize("reason", [2, 3, 4, 5, 10])
async def test_sent_out_of_the_room(heygen: Talker, reason: int) -> None:
    await heygen.ready()
    heygen.service.guests(lambda guest: guest.send_away(reason))
    await reached(lambda: heygen.lost)
    assert (heygen.lost.reason, heygen.lost.final) == meaning(reason)
    await heygen.avatar.close()
    assert heygen.left_open() == []


@pytest.mark.long
@pytest.mark.parametrize("fault", ["never_connected", "cut_before_connected"])
async def test_a_socket_that_never_takes_anything(liveavatar: Talker, fault: str) -> None:
    setattr(liveavatar.service, fault, True)
    await liveavatar.open()
    liveavatar.say(1, speech(0.5))
    await reached(lambda: liveavatar.lost)
    assert Ready() not in liveavatar.told
    await liveavatar.avatar.close()
    assert liveavatar.service.session.dropped == 0
    assert liveavatar.left_open() == []


@pytest.mark.long
async def test_the_socket_breaks_in_mid_speech(talker: Talker) -> None:
    await talker.ready()
    talker.say(1, speech(3))
    await reached(lambda: Speaking(1) in talker.told)
    talker.service.cut_sockets()
    await reached(lambda: talker.lost)
    await talker.avatar.close()
    assert talker.left_open() == []


@pytest.mark.long
async def test_a_refused_room(talker: Talker) -> None:
    talker.service.room_status = 401
    await talker.open()
    assert talker.lost is not None
    await talker.avatar.close()
    assert talker.left_open() == []


@pytest.mark.long
@pytest.mark.parametrize("families", [("speak",), ("state",), ()])
async def test_each_family_of_events(liveavatar: Talker, families: tuple[str, ...]) -> None:
    liveavatar.service.families = families
    await liveavatar.ready()
    said = speech(1)
    liveavatar.say(1, said)
    await asyncio.sleep(2)
    assert liveavatar.told == ([Ready(), Speaking(1), Idle(1)] if families else [Ready()])
    assert heard_once(said, liveavatar.voice)
    await liveavatar.avatar.close()


@pytest.mark.long
async def test_the_other_codec(heygen: Talker) -> None:
    heygen.service.codec = "VP8"
    await heygen.ready()
    await asyncio.sleep(1)
    assert number(heygen.avatar) is not None
    await heygen.avatar.close()


def deaf(what: str, talker: Talker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one way of keeping the session alive say nothing."""

    async def nothing(session: str) -> None:
        pass

    stay = talker.avatar._stay
    assert stay is not None
    if what == "rest":
        monkeypatch.setattr(talker.avatar._front, "touch", nothing)
    elif what == "socket":
        monkeypatch.setattr(stay.realtime, "keep_alive", lambda: None)


@pytest.mark.parametrize(
    ("without", "lives"),
    [
        ("nothing", True),
        pytest.param("rest", False, marks=pytest.mark.long),
        pytest.param("socket", False, marks=pytest.mark.long),
    ],
)
async def test_it_lives_as_long_as_it_is_touched_by_both_ways(
    heygen: Talker, without: str, lives: bool, monkeypatch
) -> None:
    """The vendor counts them apart, and ends a session at whichever falls silent."""
    await heygen.ready()
    deaf(without, heygen, monkeypatch)
    heygen.avatar.touch()
    await asyncio.sleep(0.1)
    heygen.service.idle_s = 1.0
    for _ in range(8):
        heygen.avatar.touch()
        await asyncio.sleep(0.2)
    session = heygen.service.session
    assert (session.state == "started") is lives
    await reached(lambda: session.why == "idle")
    await reached(lambda: heygen.lost)
    await heygen.avatar.close()
    assert heygen.left_open() == []


@pytest.mark.long
async def test_a_session_that_cannot_be_kept_alive(talker: Talker) -> None:
    await talker.ready()
    keep = {"heygen": "keep_alive", "liveavatar": "keep-alive"}[talker.product]
    talker.service.refuse(keep, 500)
    talker.avatar.touch()
    await asyncio.sleep(0.2)
    talker.avatar.touch()
    await asyncio.sleep(0.2)
    assert talker.lost is None, "one refusal was mended by the next success"
    for _ in range(2):
        talker.service.refuse(keep, 500)
        talker.avatar.touch()
    await reached(lambda: talker.lost)
    await talker.avatar.close()
    assert talker.left_open() == []


@pytest.mark.long
async def test_an_end_that_the_vendor_does_not_confirm_is_bounded(talker: Talker) -> None:
    await talker.ready()
    talker.service.answer_s = 20
    began_s = time.monotonic()
    await talker.avatar.close()
    assert time.monotonic() - began_s < 3.5
    assert talker.journal.orphans(talker.product), "the next start stops it"


KILLED = """
import asyncio, pathlib, sys
from kiosk.avatar.base import Ready
from kiosk.avatar.journal import SessionJournal
from tests.avatar.heygen.conftest import Talker

class Service:
    url = sys.argv[2]

async def main():
    talker = Talker(sys.argv[1], Service, SessionJournal(pathlib.Path(sys.argv[3])))
    await talker.ready()
    print("ready", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize("product", ["heygen", pytest.param("liveavatar", marks=pytest.mark.long)])
async def test_killed_in_mid_session_it_is_stopped_at_the_next_start(
    product: str, service, tmp_path
) -> None:
    command = [sys.executable, "-c", KILLED, product, service.url, str(tmp_path)]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    line = await process.stdout.readline()
    process.kill()
    await process.wait()
    assert line == b"ready\n"
    assert len(service.open_sessions) == 1
    again = Talker(product, service, SessionJournal(tmp_path))
    began_s = time.monotonic()
    await again.avatar.reap()
    assert time.monotonic() - began_s < 5
    assert again.left_open() == []
