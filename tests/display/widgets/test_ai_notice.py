"""That visitors talk with an AI: in each state and language, on every screen, over all else."""

import pygame
import pytest
from msgspec.structs import replace

from kiosk.core.scene import Card, Notice, Piece, Scene, State
from kiosk.display.compositor import Compositor
from kiosk.display.text.strings import languages
from kiosk.display.theme import Look
from kiosk.display.widgets.ai_notice import AiNotice
from kiosk.display.widgets.indicators import MIN_TYPE_PX
from kiosk.display.words import legal_notice
from tests.display.golden import Discs
from tests.support.screen import FakeSenses

SIZES = [(320, 240), (480, 320), (800, 480), (1280, 720), (720, 1280), (1920, 1080)]
SAID = (Piece(0, "The steam engine in the hall was built in 1887, and runs on Sundays. " * 6),)


def composed(size: tuple[int, int], look: Look | None = None) -> tuple[Compositor, AiNotice]:
    picture = Compositor(size, Discs(), look)
    (notice,) = (widget for widget in picture.widgets if isinstance(widget, AiNotice))
    return picture, notice


def paint(picture: Compositor, scene: Scene) -> pygame.Surface:
    canvas = pygame.Surface(picture.layout.size).convert()
    picture.paint(canvas, scene, FakeSenses(at=10**7), 50.0)
    return canvas


@pytest.mark.parametrize("state", State)
def test_each_state_has_it(dummy_display, state):
    picture, notice = composed((800, 480))
    scene = Scene(state, "When?", SAID, notice=Notice.SPEECH_DISCARDED, code="K-KEY", detail="no")
    canvas = paint(picture, replace(scene, card=Card("text", "Today", "Tea")))
    assert notice.surface is not None
    part = canvas.subsurface(notice.rect).copy()
    bare, _ = composed((800, 480), Look(ai_notice=False))
    without = paint(bare, replace(scene, card=Card("text", "Today", "Tea")))
    assert pygame.image.tobytes(part, "RGB") != pygame.image.tobytes(
        without.subsurface(notice.rect), "RGB"
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "look", [Look(), Look(kept_days=365), Look(large_type=True), Look().contrasting()]
)
def test_it_stands_whole_below_all_words_in_every_language(dummy_display, size, look):
    picture, notice = composed(size, look)
    for language in languages():
        paint(picture, Scene(State.SPEAKING, "When?", SAID, language=language))
        assert picture.layout.panel.contains(notice.rect), language
        # A box of a line has room above and below its letters.
        lines = [rect.inflate(0, -rect.height // 4) for rect in picture.text_panel.lines]
        assert notice.rect.inflate(0, -4).collidelist(lines) < 0, language
        assert notice.rect.height >= MIN_TYPE_PX


def test_each_language_has_words_of_its_own():
    words = {one: legal_notice(one, ai=True, kept_days=30) for one in languages()}
    assert len(set(words.values())) == len(words)
    assert all("30" in text for text in words.values())
    assert legal_notice("de-AT", ai=True, kept_days=30) == words["de"]
    assert legal_notice("xx", ai=True, kept_days=30) == words["en"]


def test_that_words_are_kept_is_said_also_where_the_house_need_not_say_that_it_is_an_ai():
    assert legal_notice("en", ai=True, kept_days=0) == "You are talking with an AI"
    assert legal_notice("en", ai=False, kept_days=7) == "Words are kept 7 days"


def test_it_is_left_out_where_the_house_says_why(dummy_display):
    picture, notice = composed((800, 480), Look(ai_notice=False))
    paint(picture, Scene(State.ATTRACT))
    assert notice.surface is None
