"""Pictures of cards: made beside the drawing thread, bounded, and a sign where they fail."""

import gc
import time
import weakref

import pygame
import pytest
from msgspec.structs import replace

from kiosk.avatar.face.face import Face
from kiosk.core.scene import Card, Notice, Scene, State
from kiosk.display.compositor import Compositor
from kiosk.display.pictures import Pictures, Wanted
from kiosk.display.text.fonts import Fonts
from kiosk.display.theme import Look
from kiosk.draw.image_file import ImageReader
from kiosk.window import packets
from tests.support.kiosks import until
from tests.support.screen import FakeSenses

SIZES = [(1920, 1080), (800, 480), (1080, 1920), (480, 800)]
LONG = "Donaudampfschifffahrtsgesellschaft and its very long history in the house. " * 12


@pytest.fixture
def folder(dummy_display, tmp_path):
    picture = pygame.Surface((300, 200))
    picture.fill((200, 30, 30))
    for name in ("red.png", "red.jpg"):
        pygame.image.save(picture, tmp_path / name)
    (tmp_path / "broken.png").write_bytes((tmp_path / "red.png").read_bytes()[:90])
    (tmp_path / "words.png").write_text("no picture")
    return tmp_path


def made(folder, wanted):
    maker = Pictures(folder)
    maker.wait(wanted, 10)
    maker.close()
    return maker.get(wanted)


def test_a_picture_fills_its_box_without_being_stretched(folder):
    for name in ("red.png", "red.jpg"):
        assert made(folder, Wanted(name, "", (150, 150))).get_size() == (150, 100)


@pytest.mark.parametrize("name", ["broken.png", "words.png", "missing.png", "../red.png"])
def test_what_is_no_picture_is_told_and_left_out(folder, caplog, name):
    assert made(folder, Wanted(name, "", (150, 150))) is None
    assert name in caplog.text


def test_asking_never_waits(folder, monkeypatch):
    slow = pygame.Surface((2, 2))
    monkeypatch.setattr(ImageReader, "read", lambda *_: time.sleep(0.3) or slow)
    maker = Pictures(folder)
    began = time.monotonic()
    assert not maker.ready(Wanted("red.png", "", (10, 10)))
    assert time.monotonic() - began < 0.25
    maker.wait(Wanted("red.png", "", (10, 10)), 10)
    maker.close()


def test_a_file_that_was_replaced_is_made_anew(folder):
    maker, wanted = Pictures(folder), Wanted("new.png", "", (30, 30))
    maker.wait(wanted, 10)
    assert maker.get(wanted) is None
    (folder / "new.png").write_bytes((folder / "red.png").read_bytes())
    maker.ask(wanted)
    until(lambda: maker.get(wanted) is not None)
    before = maker.changes
    maker.ask(wanted)
    maker.wait(Wanted("red.png", "", (30, 30)), 10)  # Made after what was asked for before.
    maker.close()
    assert maker.changes == before + 1


def test_a_broken_picture_that_comes_round_again_is_logged_once(folder, caplog):
    maker = Pictures(folder)
    for _ in range(2):
        for side in range(10, 18):  # More than are kept.
            maker.wait(Wanted("broken.png", "", (side, side)), 10)
    maker.close()
    assert caplog.text.count("broken.png") == 1
    assert "cut short" in caplog.text


def test_few_pictures_are_kept(folder):
    maker = Pictures(folder)
    made = []
    for side in range(10, 30):
        maker.wait(wanted := Wanted("red.png", "", (side, side)), 10)
        made.append(weakref.ref(maker.get(wanted)))
    maker.close()
    gc.collect()
    assert sum(one() is not None for one in made) <= 6


def test_a_code_has_whole_modules_and_a_quiet_zone(folder):
    code = made(folder, Wanted("", "https://museum.example", (203, 180)))
    side = code.get_width()
    modules = 25 + 8
    assert side % modules == 0
    assert side <= 180
    step = side // modules
    assert code.get_at((step * 3, step * 3))[:3] == (255, 255, 255)
    assert code.get_at((step * 4, step * 4))[:3] == (0, 0, 0)


CARDS = [
    Card("text", "The steam engine", "Built in 1887."),
    Card("text", LONG, LONG),
    Card("list", "Today", items=("Tea", LONG, "Cake")),
    Card("image", "Red", "A red field", picture="red.png"),
    Card("image", picture="red.png"),
    Card("map", "Here", LONG, picture="missing.png"),
    Card("qr", "More", "https://museum.example/a/very/long/path/to/nowhere/at/all"),
    Card("text", "الآلة البخارية", "بُنيت عام 1887"),
]


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
def test_a_card_covers_neither_face_nor_words_and_nothing_leaves_it(folder, size):
    avatar = Face("host")
    for large in (False, True):
        look = Look(content=folder, large_type=large, logo="red.png" if large else "")
        picture = Compositor(size, avatar, look)
        assert bool(picture.logo) is large
        canvas = pygame.Surface(size).convert()
        face = avatar.face_rect.move(picture.layout.avatar.topleft)
        for number, card in enumerate(CARDS):
            scene = Scene(State.THINKING, "Where?", card=card, notice=Notice.SPEECH_DISCARDED)
            picture.card.wait(scene)
            picture.paint(canvas, scene, FakeSenses(), 50 + number)
            rect = picture.card.rect
            assert rect.width * rect.height > 0.02 * size[0] * size[1]
            assert canvas.get_rect().contains(rect)
            assert not rect.colliderect(face), card
            assert not rect.colliderect(picture.logo), card
            assert rect.bottom <= picture.layout.panel.top
            badge, toast = picture.widgets[3:5]
            assert not rect.colliderect(badge.rect)
            assert not rect.colliderect(toast.rect)
            for line in picture.card.lines:
                assert rect.contains(line), (card, line, rect)
        picture.paint(canvas, replace(scene, card=None), FakeSenses(), 60)
        assert picture.card.rect.width == 0
        picture.close()


def test_a_house_logo_and_background_are_shown_and_broken_ones_left_out(folder, caplog):
    def corner(look):  # whether there is red
        canvas = pygame.Surface((800, 480)).convert()
        picture = Compositor((800, 480), Face("host"), look)
        picture.paint(canvas, Scene(State.ATTRACT), FakeSenses(), 50)
        picture.close()
        return [canvas.get_at(at)[0] - canvas.get_at(at)[1] > 150 for at in ((10, 200), (760, 44))]

    assert corner(Look(content=folder)) == [False, False]
    assert corner(Look(content=folder, logo="red.png")) == [False, True]
    assert corner(Look(content=folder, background="red.png")) == [True, True]
    (folder / "red.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 30"><style>.a{fill:#d00}</style>'
        '<path class="a" d="M0 0h40v30H0z"/></svg>'
    )
    assert corner(Look(content=folder, logo="red.svg")) == [False, True]
    assert corner(Look(content=folder, background="red.svg")) == [True, True]
    assert not caplog.text
    broken = Look(content=folder, logo="broken.png", background="../x.png")
    assert corner(broken) == [False, False]
    assert "broken.png" in caplog.text
    assert "../x.png" in caplog.text


def test_a_background_is_behind_the_avatar_too_on_a_canvas_with_alpha(folder):
    canvas = pygame.image.frombuffer(bytearray(800 * 480 * 4), (800, 480), packets.PIXEL_FORMAT)
    canvas.set_alpha(None)  # As the window's.
    look = Look(content=folder, background="red.png")
    picture = Compositor((800, 480), Face("host"), look, like=canvas)
    picture.paint(canvas, Scene(State.ATTRACT), FakeSenses(), 50)
    place = picture.layout.avatar
    picture.close()
    for x in (10, place.left + 2, place.right - 2):
        assert canvas.get_at((x, 20))[:3] == (200, 30, 30), x


def test_below_a_code_stands_its_caption_and_never_a_password(folder, monkeypatch):
    written = []
    render = Fonts.render
    monkeypatch.setattr(
        Fonts, "render", lambda self, text, *more: written.append(text) or render(self, text, *more)
    )
    canvas = pygame.Surface((800, 480)).convert()
    for caption in ("", "For visitors"):
        card = Card("qr", "Wi-Fi", "WIFI:T:WPA;S:house;P:secret;;", caption=caption)
        picture = Compositor((800, 480), Face("host"), Look(content=folder))
        scene = Scene(State.ATTRACT, card=card)
        picture.card.wait(scene)
        written.clear()
        picture.paint(canvas, scene, FakeSenses(), 50)
        assert len(picture.card.lines) == (3 if caption else 2)
        assert "Wi-Fi" in written
        assert (caption in written) == bool(caption)
        assert not any("secret" in text or "WIFI" in text for text in written)
        picture.close()


@pytest.mark.parametrize("mode", ["dim", "black"])
def test_quiet_hours_are_dark_cost_nothing_and_end(folder, mode):
    def light(canvas):
        return sum(pygame.transform.average_color(canvas)[:3])

    canvas = pygame.Surface((800, 480)).convert()
    picture = Compositor((800, 480), Face("host"), Look(quiet=mode))
    day, night = Scene(State.ATTRACT), Scene(State.ATTRACT, quiet=True)
    picture.paint(canvas, day, FakeSenses(), 50)
    bright = light(canvas)
    assert picture.paint(canvas, night, FakeSenses(), 51) == [canvas.get_rect()]
    dark = light(canvas)
    assert dark < 0.3 * bright
    assert (dark == 0) == (mode == "black")
    for frame in range(60):
        assert picture.paint(canvas, night, FakeSenses(), 52 + frame) == []
    picture.refresh()
    assert picture.paint(canvas, night, FakeSenses(), 120) == [canvas.get_rect()]
    picture.paint(canvas, day, FakeSenses(), 121)
    assert light(canvas) > 0.9 * bright
