"""The scenes of the golden pictures, and how they are drawn: `python -m tests.display.golden`
writes them anew, to be looked at before they are committed.

They are the same on every machine: pygame's own font, a face of two discs, and a grid so coarse
that the way a library smooths an edge does not matter.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pygame
from msgspec.structs import replace

from kiosk.avatar.interface import LocalAvatar
from kiosk.core.scene import Card, Notice, Piece, Scene, Senses, State
from kiosk.display.compositor import Compositor
from kiosk.display.text import fonts
from kiosk.display.theme import Look
from tests.support.screen import RATE_HZ, FakeSenses

FOLDER = Path(__file__).parent / "golden"
LANDSCAPE, PORTRAIT, SMALL = (1280, 720), (720, 1280), (800, 480)
LONGER_SIDE = 96
"""Cells of the grid."""
SAID = (
    Piece(RATE_HZ, "The steam engine in the hall was built in 1887. "),
    Piece(5 * RATE_HZ, "It still runs every Sunday at three."),
)
ATTRACT = Scene(State.ATTRACT)
SPEAKING = Scene(State.SPEAKING, "When was it built?", SAID)
TODAY = Card("list", "Today", items=("Tea", "Cake"))
CODE = Card("qr", "More about it", "https://museum.example/steam")


class Discs(LocalAvatar):
    """A face of two discs: these pictures judge the screen, not a pack."""

    def place(self, backdrop: pygame.Surface) -> None:
        self._backdrop = backdrop
        width, height = backdrop.get_size()
        self.face_rect = pygame.Rect(0, 0, round(min(width, height) * 0.5), 0)
        self.face_rect.height = round(self.face_rect.width * 1.1)
        self.face_rect.center = (width // 2, round(height * 0.5))

    def paint(
        self,
        surface: pygame.Surface,
        rect: pygame.Rect,
        scene: Scene,
        senses: Senses,
        now_s: float,
        *,
        damage: Sequence[pygame.Rect] = (),
    ) -> list[pygame.Rect]:
        surface.blit(self._backdrop, rect)
        face = self.face_rect.move(rect.topleft)
        pygame.draw.ellipse(surface, (120, 80, 60), face)
        pygame.draw.ellipse(surface, (240, 200, 180), face.inflate(-face.width // 4, -20))
        return [rect]

    def clear(self) -> None:
        pass


def scenes() -> Iterator[tuple[str, tuple[int, int], Scene, Look]]:
    """Name, size, scene and look."""
    plain = Look()
    yield "attract", LANDSCAPE, ATTRACT, plain
    yield "attract-portrait", PORTRAIT, ATTRACT, plain
    yield "listening", LANDSCAPE, Scene(State.LISTENING, "When was the"), plain
    yield "thinking-portrait", PORTRAIT, Scene(State.THINKING, "When was it built?"), plain
    yield "speaking", LANDSCAPE, SPEAKING, plain
    yield "speaking-small", SMALL, SPEAKING, plain
    yield "speaking-large", LANDSCAPE, SPEAKING, replace(plain, large_type=True)
    yield "contrast", LANDSCAPE, SPEAKING, plain.contrasting()
    yield "card-list", LANDSCAPE, replace(SPEAKING, card=TODAY), plain
    yield "card-code", SMALL, replace(SPEAKING, card=CODE), plain
    yield "card-code-portrait", PORTRAIT, replace(SPEAKING, card=CODE), plain
    yield "out-of-order", LANDSCAPE, Scene(State.OUT_OF_ORDER, code="K-KEY"), plain
    yield "countdown", LANDSCAPE, replace(ATTRACT, heard="When?", said=SAID, countdown_s=7), plain
    yield "notice", SMALL, replace(ATTRACT, notice=Notice.SPEECH_DISCARDED), plain
    yield "german", SMALL, replace(ATTRACT, language="de"), plain
    yield "quiet", LANDSCAPE, replace(ATTRACT, quiet=True), plain
    house = replace(plain, desk_top=(70, 20, 40), desk_bottom=(40, 10, 25), accent=(240, 200, 60))
    yield "house-colours", LANDSCAPE, ATTRACT, house


def draw(size: tuple[int, int], scene: Scene, look: Look) -> pygame.Surface:
    """The grid of a scene. Needs a display, and `fonts.family` to give None."""
    with TemporaryDirectory() as folder:
        picture = Compositor(size, Discs(), replace(look, content=Path(folder)))
        canvas = pygame.Surface(size).convert()
        picture.card.wait(scene)
        for frame in range(3):
            picture.paint(canvas, scene, FakeSenses(at=6 * RATE_HZ, level=0.05), 50 + frame / 30)
        picture.close()
    scale = LONGER_SIDE / max(size)
    return pygame.transform.smoothscale(canvas, [round(side * scale) for side in size])


def main() -> None:
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    pygame.display.init()
    pygame.font.init()
    pygame.display.set_mode((64, 64))
    fonts.family = lambda: None
    FOLDER.mkdir(exist_ok=True)
    for name, size, scene, look in scenes():
        pygame.image.save(draw(size, scene, look), FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
