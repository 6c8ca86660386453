"""See every state without a kiosk: `python -m kiosk.display.preview OUT_DIR [--size WxH]
[--rotation R]`.

Writes one PNG for each state (upright, or as the panel gets it with --rotation), and one for a
notice.
"""

import argparse
import os
import threading
from collections.abc import Iterator, Sequence
from math import pi
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from kiosk.core.scene import Notice, Piece, Scene, State
from kiosk.settings import AvatarSettings, DisplaySettings

_ANSWER = (
    "The steam engine in the hall was built in 1887. ",
    "It drove the looms of a whole street, and it still runs every Sunday at three.",
)
_SECOND = 24_000


class Sample:
    """Senses of a kiosk that is in the middle of an answer."""

    def __init__(self, playhead: int = 0, level: float = 0.0) -> None:
        self._playhead = playhead
        self._level = level

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
        wave = sum(np.sin(2 * pi * f * t) / n for n, f in enumerate((130, 780, 910, 1300), 1))
        return np.asarray(4000 * wave, dtype="<i2").tobytes()


def scenes() -> Iterator[tuple[str, Scene, Sample]]:
    """A name, a scene and senses for each state."""
    asked = "When was the big steam engine built, and does it still run?"
    said = tuple(Piece(4 * _SECOND * n, text) for n, text in enumerate(_ANSWER, 1))
    details = {
        State.LISTENING: ({"heard": "When was the big steam"}, Sample(level=0.1)),
        State.THINKING: ({"heard": asked}, Sample()),
        State.SPEAKING: ({"heard": asked, "said": said}, Sample(playhead=11 * _SECOND)),
        State.RECONNECTING: ({"heard": ""}, Sample()),
        State.OUT_OF_ORDER: (
            {"code": "K-KEY", "detail": "the service refuses the API key"}, Sample(),
        ),
    }  # fmt: skip
    for state in State:
        fields, senses = details.get(state, ({}, Sample()))
        yield state.value, replace(Scene(state=state, turn=1), **fields), senses
    yield "attract-space", Scene(state=State.ATTRACT, hint="space"), Sample()
    yield "notice", Scene(state=State.ATTRACT, notice=Notice.HOLD_TO_TALK), Sample()


def write(out: Path, size: tuple[int, int], rotation: int) -> list[Path]:
    """Draw each scene off-screen for a second and write its last frame."""
    import pygame

    from kiosk.avatar.base import make_avatar
    from kiosk.display.stage import Stage

    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name, scene, senses in scenes():
        stage = Stage(
            DisplaySettings("dummy", size, False, rotation),  # type: ignore[arg-type]
            make_avatar(AvatarSettings("face", "host")),
            lambda scene=scene: scene,  # type: ignore[misc]
            senses,
            lambda pressed, at_s: None,
            keyboard=False,
        )
        stage.open()
        stop = threading.Event()
        threading.Timer(1.0, stop.set).start()
        stage.run(stop)
        path = out / f"{name}.png"
        pygame.image.save(pygame.display.get_surface(), path)
        stage.close()
        written.append(path)
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
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    raise SystemExit(main())
