"""The composition root, piece by piece; the whole kiosk runs in `test_kiosk.py`."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from kiosk.audio.rings.ring import MicrophoneRing, ReplyRing
from kiosk.core.inputs import LinkOpened, Received, VisitEnded
from kiosk.core.outgoing import Kind, Outgoing
from kiosk.core.snapshot import SMALL_CHANGES_INTERVAL_S, SnapshotClock
from kiosk.runtime.kiosk import MAX_RESTORES, Kiosk
from kiosk.runtime.ledger_file import LedgerFile
from kiosk.runtime.snapshot_file import SnapshotFile
from kiosk.settings.layers import load

from ..core.service import SETUP_COMPLETE, heard

RATE = 16_000


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture
def kiosk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loop: asyncio.AbstractEventLoop
) -> Kiosk:
    """Not started: its rings are there, and three seconds were recorded. It is on a link."""
    monkeypatch.setattr(LedgerFile, "keep", lambda *_: None)  # No loop runs.
    settings = load((), ("audio.output=null", "button.source=none"), tmp_path).settings
    kiosk = Kiosk(settings, tmp_path, tmp_path / "state")
    kiosk._loop = loop
    kiosk.sound.mic, _ = MicrophoneRing.obtain(tmp_path / "microphone.ring", 60)
    kiosk.sound.reply, _ = ReplyRing.obtain(tmp_path / "reply.ring", 10)
    kiosk.sound.mic.append(bytes(2 * 3 * RATE))
    kiosk.sound.mic.publish(3 * RATE, time.monotonic_ns(), 0)
    kiosk.sound.mic.wake_every_period = True  # So the supervisor leaves it.
    assert not kiosk._begin()
    kiosk.run_step(LinkOpened(1), Received(1, SETUP_COMPLETE))
    return kiosk


def pull(kiosk: Kiosk) -> list[Outgoing]:
    """All that goes out now; what is said of it can be read."""
    pulled = []
    while outgoing := kiosk.core.pull(time.monotonic(), 1):
        if outgoing.kind is Kind.AUDIO:
            sound = kiosk._read_microphone(outgoing.start, outgoing.end)
            assert len(sound) == 2 * (outgoing.end - outgoing.start)
        pulled.append(outgoing)
    return pulled


@pytest.mark.parametrize("wiped", [False, True])
def test_press_that_comes_late_asks_for_nothing_that_may_be_wiped(kiosk, wiped):
    microphone = kiosk.sound.mic
    wish = microphone.keep_from
    if wiped:
        microphone.wipe(wish)
    recorded_s = microphone.time_of(microphone.written)
    kiosk.edge(True, recorded_s - 1.0)
    microphone.wipe(wish)  # The sound process had read the wish before.
    kiosk.run_step()
    kiosk.edge(False, recorded_s - 0.5)
    kiosk.run_step()
    kinds = [outgoing.kind for outgoing in pull(kiosk)]
    assert (kinds[0], kinds[-1]) == (Kind.START, Kind.END)
    (turn,) = kiosk.core.view().turns
    assert turn.samples_missing == wish - turn.start > 0


def test_speech_that_was_written_over_is_not_asked_for(kiosk):
    kiosk.edge(True, time.monotonic())
    time.sleep(0.15)
    kiosk.run_step()
    for _ in range(62):
        kiosk.sound.mic.append(bytes(2 * RATE))
    kiosk.run_step()
    said = sum(out.end - out.start for out in pull(kiosk) if out.kind is Kind.AUDIO)
    assert said >= 58 * RATE


def test_sound_wakes_the_loop_at_each_period_only_while_somebody_speaks(kiosk):
    assert not kiosk.sound.mic.wake_every_period
    kiosk.edge(True, time.monotonic())
    assert kiosk.sound.mic.wake_every_period


def test_visit_that_ends_every_daemon_is_forgotten(kiosk, tmp_path):
    kiosk.edge(True, time.monotonic() - 0.5)
    file = SnapshotFile(tmp_path)
    snapshot = file.read(kiosk.sound.mic.epoch_ns)
    assert snapshot is not None
    assert snapshot.press is not None
    file.write(msgspec.structs.replace(snapshot, restores=MAX_RESTORES))
    assert kiosk._read_snapshot() is None
    assert not list(tmp_path.glob("*.snapshot"))


def test_hole_is_known_before_the_samples_after_it_are_sent(kiosk):
    microphone = kiosk.sound.mic
    kiosk.edge(True, time.monotonic() - 0.3)
    start = microphone.written
    microphone.skip_to(start + RATE)
    microphone.append(bytes(2 * RATE))
    kiosk.run_step()
    ranges = [range(out.start, out.end) for out in pull(kiosk) if out.kind is Kind.AUDIO]
    assert microphone.written - 1 in ranges[-1]
    assert not any(start in sent or start + RATE - 1 in sent for sent in ranges)


def test_hole_that_comes_with_the_end_of_a_turn_is_counted(kiosk):
    microphone = kiosk.sound.mic
    recorded_s = microphone.time_of(microphone.written)
    kiosk.edge(True, recorded_s - 0.8)
    start = microphone.written
    kiosk.edge(False, recorded_s)
    microphone.skip_to(start + RATE)
    microphone.append(bytes(2 * RATE))
    kiosk.run_step()
    (turn,) = kiosk.core.view().turns
    assert turn.end is not None
    assert turn.samples_missing == min(turn.end, start + RATE) - max(turn.start, start) > 0


def test_fault_of_ours_in_a_callback_ends_the_daemon(kiosk, loop):
    loop.set_exception_handler(kiosk._die)
    loop.call_soon(kiosk.edge, True, "no time")
    loop.call_soon(loop.stop)
    loop.run_forever()
    assert isinstance(kiosk.fault, TypeError)
    assert kiosk.stop.is_set()


def test_library_that_complains_of_a_broken_line_ends_nothing(kiosk, loop):
    loop.set_exception_handler(kiosk._die)
    loop.call_soon(int, "not a number")
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.call_exception_handler({"message": "a task was destroyed"})
    assert kiosk.fault is None
    assert not kiosk.stop.is_set()


def test_words_of_the_service_are_kept_at_most_once_a_second(kiosk, monkeypatch):
    written = []
    monkeypatch.setattr(SnapshotFile, "write", lambda self, snapshot: written.append(snapshot))
    kiosk.edge(True, time.monotonic() - 0.5)
    pull(kiosk)
    kept = len(written)
    assert kept, "what the visitor does is kept at once"
    began_s = time.monotonic()
    for n in range(300):
        kiosk.run_step(Received(1, heard(f"{n} ")))
    assert len(written) <= kept + 1 + (time.monotonic() - began_s) / SMALL_CHANGES_INTERVAL_S
    kiosk.run_step(VisitEnded())
    assert written[-1] is None, "what is wiped is wiped at once"


def test_words_are_kept_once_the_second_is_over():
    clock = SnapshotClock()
    assert clock.due(1, 0, 10.0)
    assert not clock.due(1, 5, 10.5)
    assert clock.due(1, 5, 11.0)
    assert not clock.due(1, 5, 30.0)
    assert clock.due(2, 5, 30.1)
