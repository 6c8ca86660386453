"""A reply output with everybody around it: a speaker, an avatar, and a clock; 10 ms at a time.

Each sample of the reply is told apart by its value, so what was heard can be laid beside what was
to be said.
"""

import numpy as np

from kiosk.avatar.echo import FRAME_SAMPLES
from kiosk.avatar.interface import Plays
from kiosk.reply.output import ReplyOutput

RATE = 24_000


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

    @property
    def played(self) -> int:
        return self.heard

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
            end = min(self.reply.heard + FRAME_SAMPLES, self.reply.written)
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

    def feed_audio(self, reply: int, pcm: bytes) -> None:
        self.pcm += pcm

    def feed_text(self, reply: int, text: str) -> None:
        self.words.append(text)

    def end_reply(self, reply: int) -> None:
        self.ended.append(reply)

    def interrupt(self) -> None:
        self.interrupts += 1
        self.pcm.clear()

    def frame(self) -> bytes:
        """The next 10 ms of its stream."""
        said = b""
        if not self.stalled:
            said, self.pcm = bytes(self.pcm[: 2 * FRAME_SAMPLES]), self.pcm[2 * FRAME_SAMPLES :]
        self._line.append(said + bytes(2 * FRAME_SAMPLES - len(said)))
        return self._line.pop(0) if len(self._line) > self._delay else bytes(2 * FRAME_SAMPLES)


class OwnVoice(FakeCloud):
    """Says the words in a voice of its own, when a test has it say something."""

    echoes = False
    patience_s = 8.0

    def feed_audio(self, reply: int, pcm: bytes) -> None:
        pass

    def say(self, pcm: np.ndarray) -> None:
        self.pcm += pcm.tobytes()


class Room:
    def __init__(self, cloud: FakeCloud | None = None, *, on_air: bool = True) -> None:
        self.speaker = FakeSpeaker()
        self.cloud = cloud
        self.output = ReplyOutput(self.speaker, cloud)
        self.output.on_air = on_air
        self.output.begin(0.0)
        self.now_s = 0.0
        self.dead = False

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 100)):
            self.now_s += 0.01
            if self.cloud is not None and not self.dead:
                self.output.voice(self.cloud.frame())
            self.speaker.run()
            self.output.place(self.now_s)

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
