"""The whole kiosk with a cloud avatar: real processes, the vendors' real client libraries."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from tests.support import heygen_rest, stand_in
from tests.support.avatarim import CHARACTER_S, HEARD, REPLY
from tests.support.cloud import RATE, Course, Visit, spoken
from tests.support.heygen import StandIn
from tests.support.kiosks import runtime_directory, until

ANSWER = "The toilets are on the ground floor, behind the cloakroom on your left."
REPEAT_MOST_S = 0.3
SILENT_MS = 300
STALL_S = 1.5

Visits = Callable[..., Visit]


@pytest.fixture
def service() -> Iterator[StandIn]:
    with StandIn() as service:
        yield service


@pytest.fixture
def visit(service, concierge, visitor_wav, monkeypatch) -> Iterator[Visits]:
    """Starts a kiosk on HeyGen's stand-in; at the end it was stopped and left nothing open."""
    monkeypatch.setenv("HEYGEN_API_KEY", heygen_rest.KEY)
    monkeypatch.setenv("LIVEAVATAR_API_KEY", heygen_rest.KEY)
    begun: list[Visit] = []
    with runtime_directory() as directory:
        directory.mkdir()
        monkeypatch.setenv("STATE_DIRECTORY", str(directory / "state"))

        def begin(product: str = "heygen", **more: str) -> Visit:
            name = {"heygen": "avatar", "liveavatar": "avatar_id"}[product]
            settings = {
                "avatar.driver": product,
                f"avatar.{product}.base_url": service.url,
                f"avatar.{product}.{name}": "anna",
                f"avatar.{product}.quality": "medium",
            }
            visit = Visit(directory, concierge, visitor_wav, settings | more)
            begun.append(visit)
            visit.kiosk.up()
            return visit

        yield begin
        for visit in begun:
            assert "Traceback" not in visit.end()
    assert not service.open_sessions
    assert not service.wrongs


@pytest.fixture
def avatarim_visit(concierge, visitor_wav, monkeypatch) -> Iterator[Callable[..., Any]]:
    """Starts a kiosk on AvatarIM's stand-in; at the end it was stopped and left nothing open."""
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(runtime_directory())
        directory.mkdir()
        monkeypatch.setenv("STATE_DIRECTORY", str(directory / "state"))
        begun: list[tuple[Visit, Any]] = []

        def begin(mode: str, **more: str) -> tuple[Visit, Any]:
            line = stack.enter_context(stand_in.running("avatarim", directory, mode))
            for key, value in line.environment.items():
                monkeypatch.setenv(key, value)
            visit = Visit(directory, concierge, visitor_wav, line.settings | more)
            begun.append((visit, line))
            visit.kiosk.up()
            return visit, line

        yield begin
        for visit, line in begun:
            assert "Traceback" not in visit.end()
            cost = line.cost()
            assert cost["opened"]
            assert (cost["left_open"], cost["wrongs"]) == (0, [])


def tone_s(visit: Visit) -> float:
    """Seconds for which the stand-in's voice, a tone of 300 Hz, was heard."""
    pcm = visit.heard()[0]
    frames = pcm[: len(pcm) // 2400 * 2400].reshape(-1, 2400).astype(float)
    power = np.abs(np.fft.rfft(frames, axis=1))
    loud = np.sqrt(np.mean(frames**2, axis=1)) > 1000
    return float(np.sum(loud & (power.argmax(axis=1) == 30)) / 10)


def whole(visit: Visit, *, repeat_s: float = 0.0) -> Course:
    """The reply was heard once and in order, but for a repeat of at most so long."""
    course = Course(spoken(ANSWER), visit.heard()[0])
    assert course.windows > 20
    assert course.missing == []
    assert course.ordered
    assert course.again_s <= repeat_s + 1e-6
    return course


@pytest.mark.parametrize("product", ["heygen", pytest.param("liveavatar", marks=pytest.mark.long)])
def test_an_answer_is_seen_full_width_and_heard_once(visit, service, product):
    it = visit(product)
    it.present()
    it.ask()
    first = it.seen()
    assert first is not None
    time.sleep(1)
    later = it.look("speaking")
    assert it.seen() > first + 20
    assert later[560:].std() > 10  # The caption's words stand on the desk.
    turn = it.over()
    assert turn["said"].strip() == ANSWER
    assert turn["outcome"] == "answered"
    assert turn["release_s"] < turn["first_sound_s"] < time.monotonic()
    money, minutes = it.kiosk.status()["money"], it.avatar()["minutes_today"]
    assert money["avatar"] == pytest.approx(minutes * 0.1, abs=0.005)
    assert money["day"] > money["avatar"] > 0
    it.end()
    whole(it)
    # And what was sent was the reply, to the sample.
    assert bytes(service.session.pcm) == spoken(ANSWER).tobytes()
    assert len(service.sessions) == 1
    assert service.session.called("stop") == 1


@pytest.mark.long
def test_a_barge_in_stops_speech_picture_and_sound(visit, service):
    it = visit()
    it.present()
    it.ask()
    time.sleep(1)
    pressed_s = time.monotonic()
    it.kiosk.do("press")
    time.sleep(SILENT_MS / 1000)
    screen = it.look()
    until(lambda: service.session.interrupted_at)
    time.sleep(0.5)
    it.kiosk.do("release")
    assert service.session.interrupted_at - pressed_s < SILENT_MS / 1000
    assert not service.session.voice.speaking
    assert np.median(screen[:200]) < 90  # The stand-in's room is bright while it speaks.
    pcm, from_s = it.heard()
    loud = np.flatnonzero(np.abs(pcm.astype(int)) > 40) / 24_000 + from_s
    before = loud[loud < pressed_s + 1]
    assert before.max() - pressed_s < SILENT_MS / 1000
    it.over()


def test_killed_in_mid_session_the_orphan_is_stopped_at_the_next_start(visit, service):
    first = visit()
    first.present()
    first.ask()
    os.kill(first.kiosk.process.pid, signal.SIGKILL)
    first.kiosk.process.wait()
    (orphan,) = service.open_sessions
    began_s = time.monotonic()
    visit()
    until(lambda: orphan.state == "closed", 5)
    assert time.monotonic() - began_s < 5


@pytest.mark.long
def test_a_picture_that_stalls_in_mid_answer(visit, service):
    it = visit()
    it.present()
    it.ask()
    time.sleep(0.5)
    service.session.picture.frozen = True
    frozen_s = time.monotonic()
    until(lambda: it.avatar()["trouble"], 4)
    known_s = time.monotonic() - frozen_s
    assert it.seen() is None
    assert known_s < STALL_S + 0.4  # The machine's load stands in no target.
    assert it.over()["outcome"] == "answered"
    it.end()
    whole(it, repeat_s=REPEAT_MOST_S)
    assert it.log.count("showing our own face") == 1


@pytest.mark.long
@pytest.mark.parametrize("product", ["heygen", "liveavatar"])
def test_a_session_at_its_limit_is_renewed_in_the_next_silence(visit, service, product):
    service.limit_s = 16.0
    it = visit(product)
    it.present()
    it.ask()
    assert it.is_on()
    assert it.over()["outcome"] == "answered"
    until(lambda: len(service.sessions) == 2)
    until(lambda: it.avatar()["ready"])
    first, second = service.sessions
    # We ended it, not the vendor; and the next answer is the second's.
    assert first.called("stop") == 1
    assert first.why != "its limit"
    it.ask()
    assert it.is_on()
    assert bytes(spoken(ANSWER).tobytes()).startswith(bytes(second.pcm[:RATE]))
    it.end()
    assert "showing our own face" not in it.log


STRIKES: dict[str, Callable[[StandIn], None]] = {
    "ended by the vendor": lambda service: service.end(service.session),
    "the socket breaks": lambda service: service.cut_sockets(),
    "the avatar leaves": lambda service: service.guests(lambda guest: guest.avatar_leaves()),
}


@pytest.mark.long
@pytest.mark.parametrize("strike", STRIKES)
@pytest.mark.parametrize("product", ["heygen", "liveavatar"])
def test_an_avatar_that_is_lost_in_mid_answer(visit, service, product, strike):
    it = visit(product)
    it.present()
    it.ask()
    time.sleep(0.8)
    STRIKES[strike](service)
    until(lambda: it.seen() is None, 1)
    assert it.avatar()["trouble"]
    assert it.over()["outcome"] == "answered"
    it.end()
    whole(it, repeat_s=REPEAT_MOST_S)
    assert it.log.count("showing our own face") == 1


@pytest.mark.long
def test_an_avatar_that_falls_mute_is_taken_over_from_where_it_was_heard(visit, service):
    it = visit()
    it.present()
    it.ask()
    time.sleep(0.8)
    service.session.voice.mute = True
    until(lambda: it.avatar()["trouble"], 4)
    it.over()
    it.end()
    whole(it, repeat_s=REPEAT_MOST_S)


@pytest.mark.long
@pytest.mark.parametrize("why", ["concurrency", "credits"])
def test_a_refused_start_costs_no_word_and_no_frame(visit, service, why):
    if why == "concurrency":
        service.concurrency = 0
    else:
        service.refuse("new", 400, 10015, "credits are gone")
        service.refuse("new", 400, 10015, "credits are gone")
    it = visit()
    it.ask()
    assert it.seen() is None
    assert it.over()["outcome"] == "answered"
    it.end()
    whole(it)
    assert it.log.count("showing our own face") == 1


@pytest.mark.long
def test_avatarim_says_geminis_words_and_geminis_sound_is_mute(avatarim_visit):
    it, line = avatarim_visit("voice-of-gemini")
    it.present()
    it.ask()
    assert it.is_on()
    turn = it.over()
    assert turn["said"].strip() == ANSWER
    assert "".join(line.cloud.spoken).strip(" .") == ANSWER.strip(" .")
    it.end()
    assert len(Course(spoken(ANSWER), it.heard()[0]).missing) > 20
    assert tone_s(it) == pytest.approx(len(ANSWER) * CHARACTER_S, rel=0.15)


@pytest.mark.long
def test_avatarim_that_freezes_in_mid_answer(avatarim_visit):
    it, line = avatarim_visit("voice-of-gemini")
    it.present()
    it.ask()
    time.sleep(1.5)
    line.publisher.freeze()
    until(lambda: it.avatar()["trouble"], 4)
    line.publisher.thaw()
    assert it.over()["outcome"] == "answered"
    it.end()
    # Our own face says the rest, and begins no later than the other voice was.
    begun = tone_s(it)
    assert 0.5 < begun < 3
    course = Course(spoken(ANSWER)[round(begun * RATE) :], it.heard()[0])
    assert course.windows > 5
    assert course.missing == []
    assert course.ordered
    assert it.log.count("showing our own face") == 1


@pytest.mark.long
def test_avatarim_listens_and_answers_by_itself_without_gemini(avatarim_visit, monkeypatch):
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)
    it, line = avatarim_visit("visitors-voice", **{"live.endpoint": ""})
    it.kiosk.speak()  # The session is opened by this press: what is said meanwhile waits.
    turn = it.kiosk.answered()
    assert turn["heard"] == HEARD
    assert turn["said"] == REPLY
    assert turn["outcome"] == "answered"
    assert turn["release_s"] < turn["first_sound_s"]
    assert it.over()
    it.end()
    assert len(line.cloud.heard) // 2 >= turn["end"] - turn["start"]
    assert tone_s(it) == pytest.approx(len(REPLY) * CHARACTER_S, rel=0.15)


@pytest.mark.long
def test_avatarim_asks_again_for_what_met_a_gap(avatarim_visit):
    it, line = avatarim_visit("visitors-voice", **{"live.endpoint": ""})
    it.present()
    it.kiosk.speak(hold=True)
    time.sleep(0.6)
    line.cloud.drop()
    time.sleep(0.6)
    it.kiosk.do("release")
    assert it.kiosk.answered()["outcome"] == "unanswered"
    it.over()
    heard = len(line.cloud.heard)
    it.kiosk.speak()
    assert it.kiosk.answered()["outcome"] == "answered"
    assert len(line.cloud.heard) > heard
