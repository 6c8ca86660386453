"""Golden pictures of the shipped packs: `python -m tests.avatar.face.looks` writes them anew, to be
looked at before they are committed.

A grid so coarse that it does not matter how a version of the renderer smooths an edge.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pygame

from kiosk.avatar.face.face import Face
from kiosk.avatar.face.pose import Mood, PosturePhase, Voice, pose
from kiosk.core.scene import State
from kiosk.lips.visemes import VISEMES, Mouth

FOLDER = Path(__file__).parent / "golden"
PACKS = ("host", "robot", "lumen")
SIZE, CELLS = (456, 438), (76, 73)
BACKDROP = (206, 224, 226)
AH = Mouth(tuple(float(name == "aa") for name in VISEMES))


def looks() -> Iterator[tuple[str, str, State, Voice, str]]:
    """Name, pack, state, voice and expression."""
    for pack in PACKS:
        yield f"{pack}-attract", pack, State.ATTRACT, Voice(), ""
        yield f"{pack}-speaking", pack, State.SPEAKING, Voice(AH, loud=1.0, stress=1.0), ""
        yield f"{pack}-listening", pack, State.LISTENING, Voice(), ""
        yield f"{pack}-out-of-order", pack, State.OUT_OF_ORDER, Voice(), ""
        yield f"{pack}-sad", pack, State.ATTRACT, Voice(), "sad"
        yield f"{pack}-wink", pack, State.ATTRACT, Voice(), "wink"


def draw(pack: str, state: State, voice: Voice, expression: str) -> pygame.Surface:
    """The grid of a look. Needs a display."""
    canvas = pygame.Surface(SIZE).convert()
    canvas.fill(BACKDROP)
    face = Face(pack)
    face.place(canvas.copy())
    sets = face._pack.manifest.expressions.get(expression, {})
    mood = Mood().turned(expression, sets, 0.0)
    now = pose(24.2, PosturePhase.at_rest(state), voice, 1, mood)
    for sprite in face.sprites(now):
        canvas.blit(sprite.surface, sprite.rect)
    face.clear()
    return pygame.transform.smoothscale(canvas, CELLS)


def main() -> None:
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    pygame.display.init()
    pygame.display.set_mode((64, 64))
    FOLDER.mkdir(exist_ok=True)
    for name, *look in looks():
        pygame.image.save(draw(*look), FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
