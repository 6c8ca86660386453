"""The screen's words: every language has them all, and they fit on a small screen."""

import string

import pygame
import pytest
from msgspec.structs import replace

from benchmarks.samples import SAMPLES
from kiosk.avatar.face.face import Face
from kiosk.core.hours import Reopening
from kiosk.core.scene import Notice, Scene, State
from kiosk.display.compositor import Compositor
from kiosk.display.text.strings import languages, nearest, own, strings
from kiosk.display.theme import Look
from tests.support.screen import FakeSenses

LANGUAGES = ("ar", "de", "en", "es", "fr", "ja", "pt", "zh")


def fields(text: str) -> set[str | None]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


def test_all_languages_are_there():
    assert languages() == LANGUAGES
    assert tuple(sorted(SAMPLES)) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_text_in_its_own_words(language):
    texts = own(language)
    english = strings("en")
    assert texts.keys() == english.keys()
    for key, text in texts.items():
        assert text.strip() == text
        assert fields(text) == fields(english[key]), key
        assert language == "en" or text != english[key], key


def test_a_tag_finds_its_language_and_others_english():
    assert [nearest(tag) for tag in ("pt-BR", "DE", "zh-Hans-CN", "cmn-CN", "tlh", "")] == [
        "pt", "de", "zh", "zh", "en", "en",
    ]  # fmt: skip
    assert strings("tlh") == strings("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_fits_on_a_small_screen(dummy_display, language):
    scenes = [Scene(state, language=language) for state in State]
    scenes += [Scene(State.ATTRACT, notice=notice, language=language) for notice in Notice]
    scenes += [Scene(State.ATTRACT, hint=h, language=language) for h in ("space", "none")]
    scenes.append(Scene(State.ATTRACT, language=language, countdown_s=10))
    for again in (Reopening(0, 0, 1439), Reopening(1, 0, 1439), Reopening(12, 0, 1439)):
        scenes.append(Scene(State.ATTRACT, language=language, closed=True, reopens=again))
    for weekday in range(7):
        again = Reopening(3, weekday, 1439)
        scenes.append(Scene(State.ATTRACT, language=language, closed=True, reopens=again))
    for size, large in (((800, 480), False), ((800, 480), True), ((480, 800), False)):
        avatar = Face("host")
        picture = Compositor(size, avatar, Look(large_type=large))
        face = avatar.face_rect.move(picture.layout.avatar.topleft)
        canvas = pygame.Surface(size).convert()
        for number, scene in enumerate(scenes):
            picture.paint(canvas, scene, FakeSenses(), 50 + number)
            inside = picture.layout.text.inflate(picture.layout.margin, 2 * picture.layout.margin)
            for line in picture.text_panel.lines:
                assert inside.contains(line), (scene, line, inside)
                assert picture.layout.panel.contains(line), (scene, line)
            bare = [line.inflate(0, -line.height // 2) for line in picture.text_panel.lines]
            for index, line in enumerate(bare):
                assert line.collidelist(bare[index + 1 :]) == -1, scene
            for widget in picture.widgets:
                assert canvas.get_rect().contains(widget.rect), (scene, widget)
                assert not widget.rect.colliderect(face), (scene, widget)
        picture.close()


def test_a_change_of_language_is_another_picture(dummy_display):
    picture = Compositor((800, 480), Face("host"))
    canvas = pygame.Surface((800, 480)).convert()
    seen = set()
    for language in LANGUAGES:
        picture.paint(canvas, Scene(State.ATTRACT, language=language), FakeSenses(), 50)
        seen.add(pygame.image.tobytes(canvas.subsurface(picture.layout.panel), "RGB"))
    assert len(seen) == len(LANGUAGES)


def test_arabic_signs_stand_where_reading_begins(dummy_display):
    def first(language):
        picture = Compositor((800, 480), Face("host"))
        canvas = pygame.Surface((800, 480)).convert()
        scene = replace(Scene(State.OFFLINE), language=language)
        picture.paint(canvas, scene, FakeSenses(), 50)
        return picture.text_panel.lines[0].centerx

    assert first("en") < 400 < first("ar")
