"""The real `livekit` client in the stand-in's room, where something breaks."""

import asyncio
import subprocess
import sys
import time

import pytest

from kiosk.avatar.cloud.heygen.room import meaning
from kiosk.avatar.cloud.journal import SessionJournal
from kiosk.avatar.interface import PICTURE_STALL_S, AvatarIdle, AvatarSpeaking, Away, Ready
from tests.avatar.cloud.heygen.conftest import Talker, heard_once, reached, speech


def age_s(talker: Talker) -> float:
    return talker.avatar.frame_age_s(time.monotonic())


@pytest.mark.long
async def test_frames_that_stop_without_a_word(heygen: Talker) -> None:
    await heygen.ready()
    heygen.service.session.picture.frozen = True
    await reached(lambda: age_s(heygen) > PICTURE_STALL_S)
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
    await reached(lambda: AvatarIdle(1) in talker.told)
    await reached(lambda: heard_once(said, talker.voice))
    await talker.avatar.close()
    assert talker.left_open() == []


async def test_while_the_line_is_mended_nothing_is_shown_or_heard(liveavatar: Talker) -> None:
    """Pictures may still come of the old one; the avatar is back with the first of after it."""
    await liveavatar.ready()
    session = liveavatar.avatar._session
    assert session is not None
    room = session.client._line.room
    room._on_away(True)
    room._on_away(True)
    assert liveavatar.told == [Ready(), Away()]
    line = session.client._line
    assert line.newest_frame is not None
    line.on_frame(line.newest_frame)
    assert liveavatar.told == [Ready(), Away()], "its voice has to be back, too"
    frames, heard = liveavatar.avatar._picture.frames, len(liveavatar.voice)
    await asyncio.sleep(0.3)
    assert (liveavatar.avatar._picture.frames, len(liveavatar.voice)) == (frames, heard)
    room._on_away(False)
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
    await reached(lambda: age_s(heygen) > PICTURE_STALL_S)
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
    await reached(lambda: AvatarSpeaking(1) in talker.told)
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
    await reached(lambda: heard_once(said, liveavatar.voice))
    spoken = [AvatarSpeaking(1), AvatarIdle(1)] if families else []
    await reached(lambda: liveavatar.told == [Ready(), *spoken])
    await liveavatar.avatar.close()


def deaf(what: str, talker: Talker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one way of keeping the session alive say nothing."""

    async def nothing(session_id: str) -> None:
        pass

    session = talker.avatar._session
    assert session is not None
    if what == "rest":
        monkeypatch.setattr(talker.avatar._api, "extend_session", nothing)
    elif what == "socket":
        monkeypatch.setattr(session.client._line.socket, "keep_alive", lambda: None)


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
    heygen.avatar.extend_session()
    await asyncio.sleep(0.1)
    heygen.service.idle_s = 1.0
    for _ in range(8):
        heygen.avatar.extend_session()
        await asyncio.sleep(0.2)
    session = heygen.service.session
    assert (session.state == "started") is lives
    await reached(lambda: session.why == "idle")
    await reached(lambda: heygen.lost)
    await heygen.avatar.close()
    assert heygen.left_open() == []


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
from kiosk.avatar.interface import Ready
from kiosk.avatar.cloud.journal import SessionJournal
from tests.avatar.cloud.heygen.conftest import Talker

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
