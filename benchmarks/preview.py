"""See every state without a kiosk: `python -m benchmarks.preview OUT_DIR [--size WxH] …`.

Writes one PNG for each state, notice, card and so on. The size is the panel's; with `--rotation`
the pictures are as the panel gets them, turned clockwise.
"""

import argparse
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pygame
from msgspec.structs import replace

from benchmarks.samples import SAMPLES
from kiosk.avatar.face.face import Face
from kiosk.avatar.interface import Avatar
from kiosk.core.scene import Card, Notice, Piece, Scene, State
from kiosk.display.compositor import Compositor
from kiosk.display.text.strings import languages
from kiosk.display.theme import Look
from kiosk.draw.svg import raster

_END_S = 24.2
"""A moment at which the face looks at the visitor, eyes open."""
_SECOND = 24_000
_PLAN = (
    '<rect width="600" height="420" fill="#eef2f0"/>'
    '<g fill="#cfd9dd" stroke="#8193a5" stroke-width="5">'
    '<rect x="30" y="30" width="240" height="150"/><rect x="330" y="30" width="240" height="230"/>'
    '<rect x="30" y="240" width="240" height="150"/></g>'
    '<path d="M300 400 V120 H330" fill="none" stroke="#e2603f" stroke-width="9" '
    'stroke-dasharray="18 12"/><circle cx="300" cy="392" r="15" fill="#1f2d46"/>'
    '<circle cx="372" cy="120" r="15" fill="#e2603f"/>'
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


def scenes(language: str = "en") -> Iterator[tuple[str, Scene, Sample]]:
    """A name, a scene and senses for each picture."""
    words = SAMPLES.get(language, SAMPLES["en"])
    said = tuple(Piece(4 * _SECOND * n, text) for n, text in enumerate(words.answer, 1))
    base = Scene(language=language)
    speaking = replace(base, state=State.SPEAKING, heard=words.question, said=said)
    far = 11 * _SECOND
    moments = {
        State.LISTENING: (replace(base, heard=words.question), Sample()),
        State.THINKING: (replace(base, heard=words.question), Sample()),
        State.SPEAKING: (speaking, Sample(far)),
        State.OUT_OF_ORDER: (
            replace(base, code="K-KEY", detail="the service refuses the API key"),
            Sample(),
        ),
    }
    for state in State:
        scene, senses = moments.get(state, (base, Sample()))
        yield state.value, replace(scene, state=state), senses
    attract = replace(base, state=State.ATTRACT)
    yield "listening-silent", replace(base, state=State.LISTENING), Sample()
    yield "attract-space", replace(attract, hint="space"), Sample()
    for notice in Notice:
        yield f"notice-{notice.value}", replace(attract, notice=notice), Sample()
    after = replace(attract, heard=words.question, said=said)
    yield "answered", after, Sample(20 * _SECOND)
    yield "countdown", replace(after, countdown_s=7), Sample(20 * _SECOND)
    cards = {
        "text": Card("text", words.title, words.text),
        "list": Card("list", words.title, items=words.items),
        "map": Card("map", words.title, words.items[0], picture="plan.png"),
        "qr": Card("qr", words.title, "https://museum.example/steam"),
        "image": Card("image", words.title, words.text, picture="engine.png"),
        "broken": Card("image", words.title, picture="missing.png"),
    }
    for name, card in cards.items():
        yield f"card-{name}", replace(speaking, card=card), Sample(far)
    told = "/etc/kiosk/kiosk.toml, line 12: audio.volume = 7 cannot be used; expected a number"
    yield "staff-note", replace(attract, code="K-CONFIG", detail=told), Sample()
    yield "quiet", replace(attract, quiet=True), Sample()


def content(folder: Path) -> Look:
    """Pictures to show: a plan, an engine, a logo."""
    folder.mkdir(parents=True, exist_ok=True)
    pygame.image.save(raster(_PLAN, (600, 420)), folder / "plan.png")
    engine = (
        '<rect width="640" height="420" fill="#d9e4e6"/><circle cx="210" cy="230" r="130" '
        'fill="none" stroke="#5b4636" stroke-width="26"/><path d="M210 100 V360 M80 230 H340" '
        'stroke="#5b4636" stroke-width="16"/><rect x="330" y="190" width="240" height="84" '
        'rx="14" fill="#b5653f"/><rect x="500" y="90" width="44" height="110" fill="#7b8794"/>'
    )
    pygame.image.save(raster(engine, (640, 420)), folder / "engine.png")
    return Look(content=folder)


def draw(
    size: tuple[int, int], scene: Scene, senses: Sample, look: Look, avatar: Avatar | None = None
) -> pygame.Surface:
    """A second of a scene, upright; its last frame."""
    canvas = pygame.Surface(size).convert()
    picture = Compositor(size, avatar or Face("host"), look)
    picture.card.wait(scene)
    for frame in range(31):
        picture.paint(canvas, scene, senses, _END_S - 1 + frame / 30)
    picture.close()
    return canvas


def write(
    out: Path, size: tuple[int, int], rotation: int, language: str = "en", *, modes: str = ""
) -> list[Path]:
    """Draw each scene off-screen and write it."""
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    pygame.display.init()
    pygame.font.init()
    pygame.display.set_mode(size)
    upright = size if rotation in {0, 180} else size[::-1]
    out.mkdir(parents=True, exist_ok=True)
    written = []
    with TemporaryDirectory() as folder:
        look = replace(content(Path(folder)), large_type="large" in modes)
        look = look.contrasting() if "contrast" in modes else look
        for name, scene, senses in scenes(language):
            canvas = draw(upright, scene, senses, look)
            path = out / f"{name}.png"
            pygame.image.save(pygame.transform.rotate(canvas, -rotation), path)
            written.append(path)
    pygame.font.quit()
    pygame.display.quit()
    return written


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.preview", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT_DIR")
    parser.add_argument("--size", default="1280x720", metavar="WxH")
    parser.add_argument("--rotation", type=int, default=0, choices=(0, 90, 180, 270))
    parser.add_argument("--language", default="en", choices=languages())
    parser.add_argument("--modes", default="", help="large, contrast or both, as large,contrast")
    options = parser.parse_args(arguments)
    width, height = (int(side) for side in options.size.split("x"))
    size = (width, height)
    for path in write(options.out, size, options.rotation, options.language, modes=options.modes):
        print(path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
