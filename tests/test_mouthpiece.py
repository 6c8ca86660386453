"""The reply is heard once and whole, whoever speaks it and wherever the avatar fails.

Each sample of the reply is told apart by its value, so what was heard can be laid beside what was
to be said. The ring and its clock are simulated: 10 ms at a time.
"""

import random

import numpy as np
import pytest

from kiosk.avatar.base import Plays
from kiosk.avatar.echo import FRAME, Echo
from kiosk.mouthpiece import AGAIN, Mouthpiece

RATE = 24_000
REPEAT_MOST = round(0.3 * RATE)


def reply(
    seconds: float, pauses: tuple[tuple[float, float], ...] = (), seed: int = 1
) -> np.ndarray:
    """Loud noise, silent in the pauses (start and end in seconds)."""
    noise = np.random.default_rng(seed).integers(2000, 20000, round(seconds * RATE)).astype("<i2")
    noise[1::2] *= -1
    for start, end in pauses:
        noise[round(start * RATE) : round(end * RATE)] = 0
    return noise


class FakeRing:
    def __init__(self) -> None:
        self.pcm = bytearray()
        self.heard = 0

    @property
    def written(self) -> int:
        return len(self.pcm) // 2

    def time_of(self, sample: int) -> float:
        return (sample - self.heard) / RATE

    def read_padded(self, start: int, end: int) -> bytes:
        part = bytes(self.pcm[2 * start : 2 * end])
        return part + bytes(2 * (end - start) - len(part))


class FakeSpeaker:
    """Plays the ring a frame at a time, and keeps what was heard."""

    def __init__(self) -> None:
        self.reply = FakeRing()
        self.heard = bytearray()
        self.held = False
        self.ends = 0

    def play(self, pcm: bytes) -> int:
        index = self.reply.written
        self.reply.pcm += pcm
        return index

    def hold(self) -> None:
        self.held = True

    def resume(self) -> None:
        self.held = False

    def discard(self) -> None:
        self.held = False
        self.reply.heard = self.reply.written

    def end_of_reply(self) -> None:
        self.ends += 1

    def run(self) -> None:
        """10 ms pass."""
        if not self.held:
            end = min(self.reply.heard + FRAME, self.reply.written)
            self.heard += self.reply.pcm[2 * self.reply.heard : 2 * end]
            self.reply.heard = end


class FakeCloud:
    """Speaks what it hears, so many frames later; may stall."""

    plays = Plays.STREAM
    echoes = True
    patience_s = 1.5

    def __init__(self, delay_frames: int = 20) -> None:
        self.pcm = bytearray()
        self.words: list[str] = []
        self.ended: list[int] = []
        self.interrupts = 0
        self.stalled = False
        self._delay = delay_frames
        self._line: list[bytes] = []

    def hear(self, utterance: int, pcm: bytes) -> None:
        self.pcm += pcm

    def read(self, utterance: int, text: str) -> None:
        self.words.append(text)

    def end(self, utterance: int) -> None:
        self.ended.append(utterance)

    def interrupt(self) -> None:
        self.interrupts += 1
        self.pcm.clear()

    def frame(self) -> bytes:
        """The next 10 ms of its stream."""
        said = b""
        if not self.stalled:
            said, self.pcm = bytes(self.pcm[: 2 * FRAME]), self.pcm[2 * FRAME :]
        self._line.append(said + bytes(2 * FRAME - len(said)))
        return self._line.pop(0) if len(self._line) > self._delay else bytes(2 * FRAME)


class Room:
    def __init__(self, cloud: FakeCloud | None = None, *, on_air: bool = True) -> None:
        self.speaker = FakeSpeaker()
        self.cloud = cloud
        self.mouth = Mouthpiece(self.speaker, cloud)
        self.mouth.on_air = on_air
        self.mouth.begin()
        self.now_s = 0.0
        self.dead = False

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 100)):
            self.now_s += 0.01
            if self.cloud is not None and not self.dead:
                self.mouth.voice(self.cloud.frame())
            self.speaker.run()
            self.mouth.tick(self.now_s)

    def heard(self) -> np.ndarray:
        return np.frombuffer(bytes(self.speaker.heard), "<i2")


def sounding(pcm: np.ndarray) -> np.ndarray:
    return pcm[pcm != 0]


def seam(heard: np.ndarray, said: np.ndarray) -> int:
    """Samples said twice where two voices meet; raises if anything else differs."""
    extra = len(heard) - len(said)
    assert extra >= 0, f"{-extra} samples were skipped"
    same = np.flatnonzero(heard[: len(said)] != said)
    cut = int(same[0]) if len(same) else len(said)
    assert np.array_equal(heard[cut:], said[cut - extra :])
    return extra


class TestOwnFace:
    def test_the_count_is_the_rings(self):
        room = Room()
        pcm = reply(1.0)
        room.mouth.play(1, pcm.tobytes())
        room.mouth.end_of_reply()
        room.run(0.5)
        assert room.mouth.heard == room.speaker.reply.heard == 12_000
        assert room.mouth.read_reply(100, 200) == pcm[100:200].tobytes()
        assert room.mouth.speaking
        room.run(1)
        assert not room.mouth.speaking
        assert np.array_equal(room.heard(), pcm)

    def test_after_a_discard_the_count_goes_on_at_the_ring(self):
        room = Room()
        room.mouth.play(1, reply(1.0).tobytes())
        assert room.mouth.discard() == RATE
        assert not room.mouth.speaking

    def test_an_avatar_that_is_not_on_air_is_not_spoken_to(self):
        room = Room(FakeCloud(), on_air=False)
        room.mouth.play(1, reply(0.5).tobytes())
        room.mouth.read(1, "words")
        room.mouth.on_air = True  # too late for this utterance
        room.mouth.play(1, reply(0.5, seed=2).tobytes())
        room.run(1.5)
        assert not room.cloud.pcm
        assert not room.cloud.words
        assert len(room.heard()) == RATE


class TestStream:
    def test_the_echo_is_heard_and_counted(self):
        room = Room(FakeCloud())
        pcm = reply(2.0, ((0.0, 0.1), (0.8, 1.3)))
        room.mouth.play(1, pcm.tobytes())
        room.mouth.end_of_reply()
        room.run(0.15)
        assert room.mouth.heard == 0, "nothing came back yet"
        room.run(0.75)
        sounded = len(sounding(room.heard()))
        said = np.flatnonzero(pcm)[sounded - 1] + 1
        assert abs(room.mouth.heard - said) <= FRAME
        room.run(3)
        assert np.array_equal(sounding(room.heard()), sounding(pcm))
        assert not room.mouth.speaking
        assert not room.mouth.streaming
        assert room.cloud.ended == [1]
        assert room.mouth.takeovers == 0

    def test_utterance_after_utterance(self):
        room = Room(FakeCloud())
        heard = []
        for utterance in range(1, 5):
            pcm = reply(0.7, seed=utterance)
            heard.append(pcm)
            room.mouth.play(utterance, pcm.tobytes())
            room.mouth.end_of_reply()
            room.run(2)
            assert not room.mouth.speaking
        assert np.array_equal(sounding(room.heard()), np.concatenate(heard))

    def test_a_barge_in_interrupts_and_nothing_of_it_comes_later(self):
        cloud = FakeCloud(delay_frames=15)
        room = Room(cloud)
        room.mouth.play(1, reply(3.0).tobytes())
        room.run(1)
        room.mouth.hold()
        room.run(0.12)
        end = room.mouth.discard()
        assert end == 3 * RATE
        assert not room.mouth.speaking
        assert cloud.interrupts == 1
        before = len(room.heard())
        room.run(0.1)  # the line still carries the first one's last 150 ms
        answer = reply(0.5, seed=9)
        room.mouth.play(2, answer.tobytes())
        room.mouth.end_of_reply()
        room.run(3)
        assert np.array_equal(sounding(room.heard()[before:]), answer)
        assert not room.mouth.speaking

    def test_a_tap_goes_on_where_it_faded(self):
        room = Room(FakeCloud())
        pcm = reply(1.0)
        room.mouth.play(1, pcm.tobytes())
        room.mouth.end_of_reply()
        room.run(0.5)
        room.mouth.hold()
        room.run(0.1)
        room.mouth.resume()
        room.run(3)
        assert np.array_equal(sounding(room.heard()), pcm)

    def test_words_go_to_the_avatar_before_the_sound(self):
        room = Room(FakeCloud())
        room.mouth.read(1, "Good ")
        room.mouth.play(1, reply(0.2).tobytes())
        room.mouth.read(1, "day")
        assert room.cloud.words == ["Good ", "day"]


class TestTakeOver:
    @pytest.mark.parametrize("at_s", [0.0, 0.1, 0.25, 0.5, 1.0, 1.7, 2.2])
    def test_the_board_says_the_rest(self, at_s):
        room = Room(FakeCloud())
        pcm = reply(2.0, ((0.0, 0.05), (0.6, 0.9)))
        room.mouth.play(1, pcm[:RATE].tobytes())
        room.run(at_s)
        room.dead = True
        room.mouth.on_air = False
        room.mouth.take_over()
        room.mouth.play(1, pcm[RATE:].tobytes())
        room.mouth.end_of_reply()
        room.run(3)
        assert seam(sounding(room.heard()), sounding(pcm)) <= REPEAT_MOST
        assert not room.mouth.speaking
        assert room.mouth.heard == len(pcm)

    @pytest.mark.parametrize("seed", range(20))
    def test_a_line_that_stalls_skips_nothing(self, seed):
        dice = random.Random(seed)
        room = Room(FakeCloud(dice.randrange(3, 40)))
        pcm = reply(3.0, ((0.7, 0.9), (1.5, 1.8)), seed)
        room.mouth.play(1, pcm.tobytes())
        room.mouth.end_of_reply()
        for _ in range(dice.randrange(1, 4)):
            room.run(dice.uniform(0.2, 0.8))
            room.cloud.stalled = True
            room.run(dice.uniform(0.1, 0.6))
            room.cloud.stalled = False
        room.run(dice.uniform(0.1, 0.5))
        room.cloud.stalled = True
        room.run(0.8)
        if room.mouth.streaming:
            room.mouth.take_over()
        room.run(4)
        assert seam(sounding(room.heard()), sounding(pcm)) <= REPEAT_MOST

    def test_silence_of_the_avatar_is_noticed(self):
        room = Room(FakeCloud())
        room.mouth.play(1, reply(2.0).tobytes())
        room.cloud.stalled = True
        room.run(1.0)
        assert room.mouth.waited_s() == pytest.approx(1.0, abs=0.02)
        room.cloud.stalled = False
        room.run(0.5)
        assert room.mouth.waited_s() < 0.05
        room.dead = True
        room.run(0.7)
        assert room.mouth.waited_s() == pytest.approx(0.7, abs=0.05)

    def test_a_pause_in_the_reply_is_no_stall(self):
        room = Room(FakeCloud())
        room.mouth.play(1, reply(4.0, ((0.5, 3.5),)).tobytes())
        room.run(3)
        assert room.mouth.waited_s() < 0.05

    def test_a_held_reply_stays_held(self):
        room = Room(FakeCloud())
        room.mouth.play(1, reply(2.0).tobytes())
        room.run(1)
        room.mouth.hold()
        room.mouth.take_over()
        assert room.speaker.held
        before = len(room.heard())
        room.run(0.3)
        assert len(room.heard()) == before

    def test_the_next_utterance_is_the_boards(self):
        room = Room(FakeCloud())
        room.mouth.play(1, reply(1.0).tobytes())
        room.run(0.5)
        room.mouth.on_air = False
        room.mouth.take_over()
        room.mouth.end_of_reply()
        room.run(2)
        answer = reply(0.5, seed=7)
        start = len(room.heard())
        room.mouth.play(2, answer.tobytes())
        room.run(1)
        assert np.array_equal(room.heard()[start:], answer)
        first = room.mouth.heard - len(answer)
        assert room.mouth.read_reply(first, first + 100) == answer[:100].tobytes()


def test_frames_of_any_length_make_the_same_echo():
    pcm = reply(1.0, ((0.3, 0.5),))
    stream = np.concatenate([np.zeros(5000, "<i2"), pcm, np.zeros(5000, "<i2")]).tobytes()
    kept = []
    for size in (100, 482, 960, 10_000):
        echo = Echo()
        echo.send(pcm.tobytes())
        kept.append(b"".join(echo.feed(stream[i : i + size]) for i in range(0, len(stream), size)))
        assert echo.complete
    assert len(set(kept)) == 1


def test_the_overlap_is_what_the_rule_says():
    assert AGAIN <= REPEAT_MOST
