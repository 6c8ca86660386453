"""Where in the reply an avatar's own stream is: the reply comes back as an echo, later and coded.

The stream runs on whether the avatar speaks or not. The first audible sample of the stream after an
utterance was sent is the first audible one of the utterance; from there both run at one rate. What
the line loses comes as silence (the receiver conceals it): a pause of the stream where the reply
has none does not move the place in the reply, or else words would be taken for heard.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

FRAME_SAMPLES = 240
"""Samples of one look, 10 ms at 24 kHz."""
AUDIBLE_RMS = 104
"""Root mean square of a frame, of 32768: -50 dBFS."""
MIN_PAUSE_FRAMES = 6
"""Frames without sound that make a pause."""
EDGE_FRAMES = 6
"""Frames by which coding may move the edge of a pause."""
MAX_TAIL_SAMPLES = 30 * FRAME_SAMPLES
"""A soft end of the reply, which coding may have taken away: so long it is."""
TAIL_SILENCE_SAMPLES = 100 * FRAME_SAMPLES
"""Silence after which that, and no line that stalls, is why it was not heard."""

_FRAME_BYTES = 2 * FRAME_SAMPLES


def audible(pcm: bytes | bytearray | memoryview) -> "np.ndarray":
    """Tell of each whole frame of s16le mono whether it can be heard."""
    import numpy as np  # With the first sound of such an avatar: our own face starts without.

    whole = len(pcm) // _FRAME_BYTES * FRAME_SAMPLES
    frames = np.frombuffer(pcm, "<i2", whole).reshape(-1, FRAME_SAMPLES).astype(np.float32)
    result: np.ndarray = np.sqrt(np.mean(frames**2, axis=1)) > AUDIBLE_RMS
    return result


class Echo:
    """One utterance: the reply as it was sent, and how far its echo has come.

    Samples of the stream are counted from the first one that was kept.
    """

    def __init__(self) -> None:
        self.pcm = bytearray()
        """The reply so far, s16le mono 24 kHz."""
        self.kept = 0
        """Samples of the stream that were kept, from the first audible one on."""
        self.quiet = 0
        """Samples of silence at the stream's end."""
        self._loud: list[bool] = []
        """Of each whole frame of the reply, whether it can be heard."""
        self._rest = b""
        self._places: list[tuple[int, int]] = []
        """(sample of the stream, sample of the reply): from there both run on."""

    @property
    def begun(self) -> bool:
        """Whether it was audible yet."""
        return bool(self._places)

    @property
    def samples(self) -> int:
        """Length of the reply so far."""
        return len(self.pcm) // 2

    @property
    def onset(self) -> int | None:
        """First sample of the reply that can be heard, as a whole frame; None where none can."""
        return self._loud.index(True) * FRAME_SAMPLES if True in self._loud else None

    def send(self, pcm: bytes) -> None:
        """Take the next of the reply, as it is sent."""
        if self.begun and self.place(self.kept) >= self.samples:
            # The source had paused, and the stream with it: what comes now was not said meanwhile.
            self._places.append((self.kept, self.samples))
        self.pcm += pcm
        self._loud += audible(memoryview(self.pcm)[len(self._loud) * _FRAME_BYTES :]).tolist()

    def feed(self, pcm: bytes) -> bytes:
        """Take the next of the stream; return what is to be played of it: none before it begins."""
        data = self._rest + pcm
        whole = len(data) // _FRAME_BYTES * _FRAME_BYTES
        self._rest = data[whole:]
        loud = audible(memoryview(data)[:whole])
        first = 0
        if not self._places:
            if not loud.any():
                return b""
            first = int(loud.argmax())
            self._places.append((0, self.onset or 0))
        for heard in loud[first:]:
            if heard:
                if self.quiet >= MIN_PAUSE_FRAMES * FRAME_SAMPLES and self.stuck():
                    self._places.append((self.kept, self._pause_end()))
                self.quiet = 0
            else:
                self.quiet += FRAME_SAMPLES
            self.kept += FRAME_SAMPLES
        return data[first * _FRAME_BYTES : whole]

    def place(self, sample: int) -> int:
        """Sample of the reply that a sample of the stream says, 0 before it begins."""
        most = self.samples
        for start, place in reversed(self._places):
            if start <= sample:
                return min(place + sample - start, most)
            most = place
        return 0

    def said(self, sample: int) -> int:
        """Like `place`, but not beyond the last sound before a pause: so much was surely heard."""
        return self.place(min(sample, self.kept - self.quiet))

    @property
    def complete(self) -> bool:
        """Whether the echo of all that was sent has come, and silence after it.

        Where the stream fell silent before the reply did, the line stalls, and more may come.
        """
        if not self.quiet or self.place(self.kept) < self.samples:
            return False
        rest = self.samples - self._pause_end()
        return rest <= EDGE_FRAMES * FRAME_SAMPLES or (
            rest <= MAX_TAIL_SAMPLES and self.quiet >= TAIL_SILENCE_SAMPLES
        )

    def stuck(self) -> int:
        """Samples for which the stream is silent where the reply has sound: a line that stalls."""
        if not self.begun or not self.quiet:
            return 0
        return max(self.place(self.kept) - self._pause_end() - EDGE_FRAMES * FRAME_SAMPLES, 0)

    def _pause_end(self) -> int:
        """Sample of the reply before which it is silent too, where the stream fell silent.

        Coding moves the edge of a pause by some frames: one that begins about there is meant.
        """
        here = self.said(self.kept) // FRAME_SAMPLES
        loud = self._loud
        near = range(max(here - EDGE_FRAMES, 0), here + EDGE_FRAMES)
        frame = next((frame for frame in near if not any(loud[frame : frame + 3])), -1)
        if frame < 0:
            return here * FRAME_SAMPLES
        while frame < len(loud) and not loud[frame]:
            frame += 1
        return max(frame, here) * FRAME_SAMPLES
