"""Where things are on a screen: within it, and never over each other."""

import pygame
import pytest

from kiosk.display.layout import card_place, layout

SIZES = [(1920, 1080), (1280, 720), (800, 480), (1080, 1920), (480, 800), (1024, 600)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("large_type", [False, True])
def test_words_have_a_place_of_their_own(size, large_type):
    place = layout(size, large_type)
    screen = pygame.Rect((0, 0), size)
    assert screen.contains(place.avatar)
    assert screen.contains(place.panel)
    assert place.panel.contains(place.text)
    assert place.text.contains(place.meter)
    assert not place.avatar.colliderect(place.panel)
    assert place.avatar.centerx == pytest.approx(size[0] // 2, abs=1)
    assert place.caption_lines * place.caption_px < place.text.height


@pytest.mark.parametrize("size", SIZES)
def test_large_type_is_larger_on_a_higher_panel(size):
    usual, large = layout(size), layout(size, large_type=True)
    assert large.caption_px > usual.caption_px
    assert large.panel.height > usual.panel.height


@pytest.mark.parametrize("size", SIZES)
def test_a_picture_over_a_line_has_the_full_width(size):
    assert layout(size, wide=True).avatar.width == size[0]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("logo", [pygame.Rect(0, 0, 0, 0), pygame.Rect(0, 10, 60, 30)])
def test_a_card_covers_neither_face_nor_panel_nor_logo(size, logo):
    place = layout(size)
    face = place.avatar.inflate(-place.avatar.width // 2, -place.avatar.height // 2)
    card = card_place(place, face, logo)
    assert pygame.Rect((0, 0), size).contains(card)
    assert not card.colliderect(face)
    assert not card.colliderect(place.panel)
    assert not logo or card.top > logo.bottom
