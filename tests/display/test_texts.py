"""Any text that anybody may bring is drawn, and costs no more than its bound."""

import pygame
import pytest

from kiosk.display.compositor import Compositor
from kiosk.display.faults import Faults
from kiosk.display.text import hyphens
from kiosk.display.text.fonts import Fonts
from tests.display.golden import Discs
from tests.support.screen import FakeSenses
from tests.support.texts import attacks, scenes

MAX_LETTERS = 150_000
"""That are measured for one frame: about 0.1 s of work where these tests run."""


class Measured:
    """A picture, and how many letters are measured for each of its frames."""

    def __init__(self, monkeypatch) -> None:
        hyphens.load("en")
        self.letters = self.worst = 0
        self.faults = Faults()
        self._picture = Compositor((480, 320), Discs(), faults=self.faults)
        self._canvas = pygame.Surface((480, 320)).convert()
        whole = Fonts.width

        def width(fonts: Fonts, text: str, px: int, bold: bool = False) -> int:
            self.letters += len(text)
            return whole(fonts, text, px, bold)

        monkeypatch.setattr(Fonts, "width", width)

    def show(self, scene) -> None:
        self.letters = 0
        self._picture.paint(self._canvas, scene, FakeSenses(at=10**9), 50)
        self.worst = max(self.worst, self.letters)


def test_random_texts_of_all_of_unicode_are_drawn(dummy_display, monkeypatch):
    """The same for a hundred thousand, with times: `python -m benchmarks texts`."""
    measured = Measured(monkeypatch)
    for scene in scenes(300):
        measured.show(scene)
        assert measured.faults.total == 0, ascii(scene)
        assert measured.letters < MAX_LETTERS, ascii(scene)


@pytest.mark.parametrize("name", attacks())
def test_no_text_holds_the_drawing_thread(dummy_display, monkeypatch, name):
    measured = Measured(monkeypatch)
    for scene in attacks()[name]:
        measured.show(scene)
    assert measured.faults.total == 0
    assert 0 < measured.worst < MAX_LETTERS
