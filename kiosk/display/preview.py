"""See every state without a kiosk: `python -m kiosk.display.preview OUT_DIR [--size WxH] …`.

Writes one PNG for each state and one for a notice. The size is the panel's; with `--rotation` the
pictures are as the panel gets them, turned clockwise.
"""

import argparse
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import numpy as np
import pygame

from kiosk.avatar.face.face import Face
from kiosk.core.scene import Notice, Piece, Scene, State
from kiosk.display.picture import Picture

_END_S = 24.2
"""A moment at which the face looks at the visitor, eyes open."""
_SECOND = 24_000
_ANSWER = (
    "The steam engine in the hall was built in 1887. ",
    "It drove the looms of a whole street, and it still runs every Sunday at three.",
)


class Sample:
    """Senses of a kiosk whose reply has been heard up to `playhead`, samples at 24 kHz."""

    def __init__(self, playhead: int = 0) -> None:
        self._playhead = playhead
        self._level = 0.1

    def level(self) -> float:
        """A voice's rise and fall."""
        self._level = (self._level * 1.9 + 0.07) % 0.3
        return self._level

    def playhead(self) -> int:
        """The place in the answer, a little further at each look."""
        if self._playhead:
            self._playhead += 240
        return self._playhead

    def reply(self, start: int, end: int) -> bytes:
        """A vowel like "ah"."""
        if not self._playhead:
            return bytes(2 * (end - start))
        t = np.arange(start, end) / _SECOND
        wave = sum(np.sin(2 * np.pi * hz * t) / n for n, hz in enumerate((130, 780, 910, 1300), 1))
        return np.asarray(4000 * wave, dtype="<i2").tobytes()


def scenes() -> Iterator[tuple[str, Scene, Sample]]:
    """A name, a scene and senses for each picture."""
    asked = "When was the big steam engine built, and does it still run?"
    said = tuple(Piece(4 * _SECOND * n, text) for n, text in enumerate(_ANSWER, 1))
    moments = {
        State.LISTENING: (Scene(State.LISTENING, "When was the big steam"), Sample()),
        State.THINKING: (Scene(State.THINKING, asked), Sample()),
        State.SPEAKING: (Scene(State.SPEAKING, asked, said), Sample(playhead=11 * _SECOND)),
        State.OUT_OF_ORDER: (
            Scene(State.OUT_OF_ORDER, code="K-KEY", detail="the service refuses the API key"),
            Sample(),
        ),
    }
    for state in State:
        scene, senses = moments.get(state, (Scene(state), Sample()))
        yield state.value, scene, senses
    yield "attract-space", Scene(State.ATTRACT, hint="space"), Sample()
    yield "notice", Scene(State.ATTRACT, notice=Notice.HOLD_TO_TALK), Sample()


def write(out: Path, size: tuple[int, int], rotation: int) -> list[Path]:
    """Draw a second of each scene off-screen and write its last frame."""
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    pygame.display.init()
    pygame.font.init()
    pygame.display.set_mode(size)
    upright = size if rotation in {0, 180} else size[::-1]
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name, scene, senses in scenes():
        canvas = pygame.Surface(upright).convert()
        picture = Picture(upright, Face("host"))
        for frame in range(31):
            picture.paint(canvas, scene, senses, _END_S - 1 + frame / 30)
        picture.close()
        path = out / f"{name}.png"
        pygame.image.save(pygame.transform.rotate(canvas, -rotation), path)
        written.append(path)
    pygame.font.quit()
    pygame.display.quit()
    return written


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="kiosk.display.preview", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT_DIR")
    parser.add_argument("--size", default="1280x720", metavar="WxH")
    parser.add_argument("--rotation", type=int, default=0, choices=(0, 90, 180, 270))
    options = parser.parse_args(arguments)
    width, height = (int(side) for side in options.size.split("x"))
    for path in write(options.out, (width, height), options.rotation):
        print(path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
