"""A text, a widget or a face that cannot be drawn costs itself, and nothing else on the screen."""

import logging

import pygame
import pytest
from msgspec.structs import replace

from kiosk.core.scene import Card, Piece, Scene, State
from kiosk.display.compositor import Compositor
from kiosk.display.content import attract
from kiosk.display.text.fonts import Fonts
from kiosk.display.widgets.card import CardWidget
from kiosk.display.widgets.indicators import Badge
from kiosk.display.widgets.text_panel import TextPanel
from kiosk.window.stage import Stage
from tests.display.golden import Discs
from tests.support.screen import RATE_HZ, FakeSenses, run_stage
from tests.support.xvfb import xvfb

NO_WIDTH = (
    "من می\u200c",
    "\u2068سلام\u2069",
    "\U0001f469\u200d\U0001f4bb",
    "日本\u2060語",
    "שלום\u200d",
    "مرحبا\xad بك",
    "\u200d",
    "\u2060\u2060",
    "\U000e0067\U000e007f",
    "\ufe0f",
    "\u034f",
)
"""Texts of which a piece, or all, has no width: joiners, isolates, tags, variation selectors."""
FAMILY = """[[card]]
kind = "text"
title = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
text = "20 EUR"
"""


def scenes(text: str) -> list[Scene]:
    """The text in every place where words of others stand."""
    said = (Piece(0, text),)
    here = Scene(State.ATTRACT)
    return [
        Scene(State.SPEAKING, text, said),
        Scene(State.LISTENING, text),
        Scene(State.THINKING, text),
        Scene(State.OUT_OF_ORDER, code="K-KEY", detail=text),
        replace(here, card=Card("text", text, text)),
        replace(here, card=Card("list", text, items=(text, "Tea"))),
        replace(here, card=Card("image", text, text, picture="none.png")),
        replace(here, card=Card("qr", "Code", text)),
    ]


class View:
    """A picture of 480 by 320 pixels with a plain face."""

    def __init__(self) -> None:
        self.avatar = Discs()
        self.picture = Compositor((480, 320), self.avatar)
        self.canvas = pygame.Surface((480, 320)).convert()

    def show(self, scene: Scene, now_s: float = 50.0) -> bytes:
        self.picture.paint(self.canvas, scene, FakeSenses(at=60 * RATE_HZ), now_s)
        return pygame.image.tobytes(self.canvas, "RGB")


@pytest.mark.parametrize("text", NO_WIDTH, ids=ascii)
def test_a_text_of_no_width_draws_nothing_and_costs_nothing(dummy_display, caplog, text):
    view = View()
    for scene in scenes(text):
        view.show(scene)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_run_of_no_width_leaves_the_others_of_its_line(dummy_display):
    fonts = Fonts()
    with_joiner = fonts.render("A\u2060B", 30, (255, 255, 255))
    assert with_joiner.get_width() >= fonts.width("AB", 30) > 0
    assert fonts.render("\u2060", 30, (255, 255, 255)).get_bounding_rect().width == 0


@pytest.mark.parametrize("card", [Card("text", "\u200d"), Card("list", "", items=("\u2060",))])
def test_a_card_of_which_nothing_is_drawn_is_not_there(dummy_display, card):
    assert View().show(Scene(State.ATTRACT, card=card)) == View().show(Scene(State.ATTRACT))


def test_a_title_of_which_nothing_is_drawn_takes_no_room(dummy_display):
    looks = [
        View().show(Scene(State.ATTRACT, card=Card("list", title, items=items)))
        for title, items in (("", ("Tea",)), ("\u200d", ("\u200d", "Tea")))
    ]
    assert looks[0] == looks[1]


def broken(*_: object, **__: object) -> None:
    raise ValueError("a fault of a widget")


@pytest.mark.parametrize("method", ["key", "make"])
def test_a_widget_that_fails_costs_itself_and_is_logged_once(
    dummy_display, monkeypatch, caplog, method
):
    scene = Scene(State.SPEAKING, "When?", (Piece(0, "In 1887."),), card=Card("text", "Today"))
    without = View().show(replace(scene, card=None))
    whole = View().show(scene)
    view = View()
    with monkeypatch.context() as patched:
        patched.setattr(CardWidget, method, broken)
        for frame in range(5):
            assert view.show(scene, 50 + frame / 30) == without
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "the card cannot be drawn" in record.getMessage()
    assert record.exc_info
    assert view.show(replace(scene, card=Card("text", "Today "))) != without, "the next is drawn"
    assert whole != without


def test_a_text_panel_that_failed_is_whole_again_with_the_next_words(dummy_display, monkeypatch):
    view, said = View(), (Piece(0, "In 1887."),)
    view.show(Scene(State.ATTRACT))
    with monkeypatch.context() as patched:
        patched.setattr(TextPanel, "text", broken)
        view.show(Scene(State.SPEAKING, "When?", said))
    scene = Scene(State.SPEAKING, "When was it?", said)
    assert view.show(scene) == View().show(scene)


def test_a_face_that_fails_costs_the_face(dummy_display, monkeypatch, caplog):
    view = View()
    monkeypatch.setattr(view.avatar, "paint", broken)
    before = view.show(Scene(State.ATTRACT))
    assert view.show(Scene(State.SPEAKING, "When?", (Piece(0, "In 1887."),))) != before
    assert "the avatar cannot be drawn" in caplog.text


def test_failures_are_counted_for_staff(open_stage, monkeypatch):
    monkeypatch.setattr(Badge, "make", broken)
    now = [Scene(State.LISTENING)]
    stage: Stage = open_stage(scene=lambda: now[0])
    run_stage(stage, lambda: stage.screenshot().result(10))
    assert stage.widget_faults == 1


def test_such_a_card_and_such_captions_stand_on_a_real_screen(tmp_path, monkeypatch, open_stage):
    (tmp_path / "attract.toml").write_text(FAMILY, "utf-8")
    (card,) = attract(tmp_path)
    with xvfb(tmp_path, (800, 480)) as server:
        monkeypatch.setenv("DISPLAY", server.name)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        # Each text in two places, each place with two texts or more: drawn into memory, above, all.
        shown = [Scene(State.ATTRACT, card=card)]
        shown += [s for n, text in enumerate(NO_WIDTH) for s in scenes(text)[n % 4 :: 4]]
        now = [shown[0]]
        stage = open_stage(size=(800, 480), driver="x11", scene=lambda: now[0])
        looks = []

        def step(scene: Scene) -> None:
            now[0] = scene
            stage.screenshot().result(10)
            looks.append(server.grab().max())

        run_stage(stage, *(lambda scene=scene: step(scene) for scene in shown))
        assert len(looks) == len(shown)
        assert min(looks) > 100, "the screen was black"
        assert stage.widget_faults == 0
