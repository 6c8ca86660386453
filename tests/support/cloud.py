"""A kiosk with a cloud avatar, a visitor who asks, and what was seen and heard of it.

The reply that was to be said is known: the concierge's voice says the same words the same way. What
was heard is compared with it window by window, by correlation.
"""

import asyncio
import functools
import itertools
import json
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np

from kiosk.concierge.synthesiser import Synthesiser, voice_for
from tests.support.kiosks import Concierge, Kiosk, until
from tests.support.livekit_media import number_in

RATE = 24_000
WINDOW_S, HOP_S = 0.3, 0.1
ALIKE, LIKE = 0.75, 0.5
"""Correlation from which a window is the same sound (after the line's codec it is above 0.9), and
from which it may be: where the receiver stretches time it is 0.6."""
NAVY, BRIGHT, EDGE = 12, 60, 4
"""How much bluer than red the desk is, at least and at most; the pixels of its upper edge."""
NEAR_S = 3.0
"""So far from where most of a reply was heard a window may be of that reply, too."""
LOUD = 1000
"""Root mean square from which a window holds speech, of 32768."""


class Visit:
    """A kiosk that meets a stand-in, and its visitor.

    Args:
        folder: for runtime files and the recording; in memory.
        concierge: who answers.
        visitor: what the microphone hears.
        settings: such as `avatar.driver=heygen`.
    """

    def __init__(
        self, folder: Path, concierge: Concierge, visitor: Path, settings: dict[str, str]
    ) -> None:
        self.folder = folder
        self.recording = folder / "heard.wav"
        common = {
            "audio.output": f"file:{self.recording}",
            "display.driver": "dummy",
            "display.size": "1280x720",
            "display.fullscreen": "false",
        }
        words = {
            key: value if value in {"true", "false"} else json.dumps(value)
            for key, value in (common | settings).items()
        }
        chosen = [f"{key}={value}" for key, value in words.items()]
        self.kiosk = Kiosk(folder / "run", concierge.url, visitor, *chosen)
        self.log = ""

    def avatar(self) -> dict[str, Any]:
        """What `status` tells of the avatar."""
        status: dict[str, Any] = self.kiosk.status().get("avatar", {})
        return status

    def present(self) -> None:
        """A visitor begins a question, which opens the session, and goes; then it is there."""
        before = len(self.kiosk.status()["turns"])
        self.kiosk.do("press")
        until(lambda: len(self.kiosk.status()["turns"]) > before)
        self.kiosk.do("reset")
        self.kiosk.do("release")
        until(lambda: self.avatar().get("ready"))
        self.kiosk.up()

    def ask(self) -> None:
        """Ask, and wait until the answer is heard."""
        before = len(self.kiosk.status()["turns"])
        self.kiosk.speak()

        def heard() -> bool:
            turns = self.kiosk.status()["turns"]
            return len(turns) > before and turns[-1]["first_sound_s"] is not None

        until(heard)

    def over(self) -> dict[str, Any]:
        """Wait until the answer is over; the turn."""
        until(lambda: self.kiosk.status().get("state") == "attract")
        turn: dict[str, Any] = self.kiosk.status()["turns"][-1]
        return turn

    def look(self, name: str = "look") -> Any:
        """What the screen shows: pixels (height, width, 3)."""
        import pygame

        path = self.kiosk.do("screenshot", path=f"{name}.png")["path"]
        return pygame.surfarray.array3d(pygame.image.load(path)).swapaxes(0, 1)

    def seen(self) -> int | None:
        """Number of the avatar's frame on the screen; None where it is not to be seen."""
        return number_on(self.look())

    def is_on(self) -> bool:
        """Whether the avatar on the line is on the screen: the stand-ins' rooms are grey."""
        red, green, blue = (int(part) for part in self.look()[300, 8])
        return max(red, green, blue) - min(red, green, blue) < 4

    def heard(self) -> tuple[np.ndarray, float]:
        """What came out of the loudspeaker, and the monotonic time of its first sample."""
        note = json.loads(self.recording.with_suffix(".wav.json").read_text())
        with wave.open(str(self.recording)) as sound:
            pcm = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
        return pcm, note["first_sample_monotonic_s"]

    def end(self) -> str:
        """Stop it in order; its log."""
        if not self.log:
            self.log = self.kiosk.close()
            print(self.log, file=sys.stderr)
        return self.log


def number_on(screen: Any) -> int | None:
    """The number in the picture that fills the width above the desk; see `livekit_media`."""
    height = 720
    # From below: the desk is navy, its upper edge a line of a state's colour.
    while height and NAVY < int(screen[height - 1, 8, 2]) - int(screen[height - 1, 8, 0]) < BRIGHT:
        height -= 1
    height -= EDGE
    if not 300 < height < 700:
        return None
    # The vendor's picture is 16:9 and was cropped above and below: its middle is in the middle.
    top = (height - 720) // 2
    whole = np.zeros((720, 1280, 3), np.uint8)
    whole[-top : -top + height] = screen[:height]
    return number_in(whole.tobytes(), 1280, 720)


@functools.cache
def spoken(words: str) -> np.ndarray:
    """The concierge's reply as it is to be heard."""

    async def sound() -> bytes:
        voice = voice_for("en-US", "Kore")
        return b"".join([pcm async for _, pcm in Synthesiser(None).say(words, voice)])

    return np.frombuffer(asyncio.run(sound()), "<i2")


class Course:
    """Where the windows of a reply are in what was heard.

    Attributes:
        missing: windows with speech that were not heard.
        again_s: seconds that were heard more than once.
        ordered: whether what was heard is in the reply's order.
    """

    def __init__(self, said: np.ndarray, heard: np.ndarray) -> None:
        self.missing: list[float] = []
        lags: list[list[float]] = []
        size = round(WINDOW_S * RATE)
        for start in range(0, len(said) - size, round(HOP_S * RATE)):
            window = said[start : start + size].astype(np.float64)
            if np.sqrt(np.mean(window**2)) < LOUD:
                continue
            found = _places(window, heard.astype(np.float64))
            if found:
                lags.append([place - start / RATE for place in found])
            else:
                self.missing.append(start / RATE)
        self.windows = len(lags)
        # Another answer may hold the same words: what is far from where most of it was is not it.
        here = float(np.median([lag for each in lags for lag in each])) if lags else 0.0
        near = [[lag for lag in each if abs(lag - here) < NEAR_S] for each in lags]
        self.again_s = sum(max(len(each) - 1, 0) for each in near) * HOP_S
        firsts = [each[0] for each in near if each]
        self.ordered = all(b > a - HOP_S for a, b in itertools.pairwise(firsts))


def _places(window: np.ndarray, whole: np.ndarray) -> list[float]:
    """Seconds of `whole` at which `window` is heard."""
    size = 1 << (len(window) + len(whole)).bit_length()
    product = np.fft.irfft(np.fft.rfft(whole, size) * np.conj(np.fft.rfft(window, size)), size)
    energy = np.concatenate(([0.0], np.cumsum(whole**2)))
    local = np.maximum(energy[len(window) :] - energy[: -len(window)], 1e7)
    score = product[: len(local)] / np.sqrt(local * np.sum(window**2))
    best = int(score.argmax())
    if LIKE < score[best] <= ALIKE:
        return [best / RATE]
    found: list[float] = []
    while score[best := int(score.argmax())] > ALIKE:
        found.append(best / RATE)
        score[max(best - RATE // 20, 0) : best + RATE // 20] = 0
    return sorted(found)
