"""With the visit its words leave the memory of the drawing: no cache keeps a sentence."""

import pygame
import pytest

from kiosk.core.scene import Card, Piece, Scene, State
from kiosk.display.compositor import Compositor
from kiosk.display.text import hyphens
from kiosk.display.theme import Look
from tests.display.golden import Discs
from tests.support.heap import holders
from tests.support.screen import FakeSenses

CANARY = "Xylophonkanarienvogelgeheimnis"


def show(picture: Compositor, canvas: pygame.Surface, scene: Scene) -> None:
    picture.paint(canvas, scene, FakeSenses(at=10**9), 50)


def visit(picture: Compositor, canvas: pygame.Surface) -> None:
    """A turn in which the visitor and the reply say it."""
    sentence = "".join(CANARY) + " is what I came for"
    said = tuple(Piece(n, f"You said {CANARY}{n}. " + CANARY * 4) for n in range(3))
    for scene in (
        Scene(State.LISTENING, sentence),
        Scene(State.THINKING, sentence),
        Scene(State.SPEAKING, sentence, said),
        Scene(State.ATTRACT, sentence, said, countdown_s=5),
    ):
        show(picture, canvas, scene)


@pytest.mark.parametrize("quiet", ["", pytest.param("dim", marks=pytest.mark.long), "black"])
def test_no_word_of_a_visit_is_in_memory_after_it(dummy_display, quiet):
    hyphens.load("en")
    picture = Compositor((480, 320), Discs(), Look(quiet=quiet or "dim"))
    canvas = pygame.Surface((480, 320)).convert()
    before = holders(CANARY)
    visit(picture, canvas)
    assert holders(CANARY) > before, "the search finds it while it is there"
    show(picture, canvas, Scene(State.ATTRACT, quiet=bool(quiet)))
    assert holders(CANARY) == before
    pixels = pygame.image.tobytes(canvas, "RGB")
    fresh = Compositor((480, 320), Discs(), Look(quiet=quiet or "dim"))
    show(fresh, canvas, Scene(State.ATTRACT, quiet=bool(quiet)))
    assert pygame.image.tobytes(canvas, "RGB") == pixels


def test_a_card_of_the_house_stays(dummy_display):
    """What staff show is no word of a visitor, and is not drawn again."""
    picture = Compositor((480, 320), Discs())
    canvas = pygame.Surface((480, 320)).convert()
    card = Card("text", "Today", "We are open until ten.")
    show(picture, canvas, Scene(State.SPEAKING, "When?", (Piece(0, "At ten."),), card=card))
    drawn = picture.card.surface
    show(picture, canvas, Scene(State.ATTRACT, card=card))
    assert picture.card.surface is drawn
