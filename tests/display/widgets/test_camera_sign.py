"""That the camera sees: on every screen and in every language, whatever else is shown."""

import pygame
import pytest

from kiosk.core.scene import Card, Piece, Scene, State
from kiosk.display.compositor import Compositor
from kiosk.display.text.strings import languages
from kiosk.display.widgets.camera_sign import CameraSign
from tests.display.golden import Discs
from tests.support.screen import FakeSenses

from .test_ai_notice import SIZES


def paint(picture: Compositor, scene: Scene) -> pygame.Surface:
    canvas = pygame.Surface(picture.layout.size).convert()
    picture.paint(canvas, scene, FakeSenses(), 50.0)
    return canvas


def sign_of(picture: Compositor) -> CameraSign:
    return next(widget for widget in picture.widgets if isinstance(widget, CameraSign))


@pytest.mark.parametrize("size", SIZES)
def test_it_stands_whole_on_the_screen_while_the_camera_sees(dummy_display, size):
    picture = Compositor(size, Discs())
    for language in languages():
        card = Card("text", "Today", "Tea")
        paint(picture, Scene(State.LISTENING, seeing=True, language=language, card=card))
        sign = sign_of(picture)
        assert sign.surface is not None
        assert pygame.Rect((0, 0), size).contains(sign.rect), language
        assert not sign.rect.colliderect(picture.text_panel.layout.text), language


def test_it_is_gone_once_nothing_is_seen(dummy_display):
    picture = Compositor((800, 480), Discs())
    said = (Piece(0, "Hello."),)
    with_sign = paint(picture, Scene(State.SPEAKING, said=said, seeing=True))
    assert sign_of(picture).surface is not None
    paint(picture, Scene(State.SPEAKING, said=said))
    assert sign_of(picture).surface is None
    bare = paint(Compositor((800, 480), Discs()), Scene(State.SPEAKING, said=said))
    assert pygame.image.tobytes(with_sign, "RGB") != pygame.image.tobytes(bare, "RGB")
