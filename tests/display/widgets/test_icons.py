"""Signs in the colour and size asked for."""

import pygame
import pytest

from kiosk.display.widgets import icons

INK = (200, 40, 10)

pytestmark = pytest.mark.usefixtures("dummy_display")


def seen(surface: pygame.Surface) -> int:
    """Pixels that are more than half there."""
    return int((pygame.surfarray.array_alpha(surface) > 127).sum())


@pytest.mark.parametrize("name", icons.SIGNS)
@pytest.mark.parametrize("px", [24, 96])
def test_a_sign_is_drawn_in_its_colour(name: str, px: int) -> None:
    sign = icons.icon(name, px, INK)
    assert sign.get_size() == (px, px)
    assert px * px / 40 < seen(sign) < px * px * 0.9
    solid = [
        sign.get_at((x, y))[:3]
        for x in range(px)
        for y in range(px)
        if sign.get_at((x, y))[3] == 255
    ]
    assert all(max(abs(a - b) for a, b in zip(one, INK, strict=True)) <= 2 for one in solid)


@pytest.mark.parametrize("moving", [icons.spinner, icons.dots])
def test_what_turns_is_another_picture_at_each_step_and_comes_round(moving) -> None:
    pictures = [
        pygame.image.tobytes(moving(48, INK, step), "RGBA") for step in range(icons.SPINNER_STEPS)
    ]
    assert len(set(pictures)) > icons.SPINNER_STEPS * 2 // 3  # Three dots rest together at times.
    assert pygame.image.tobytes(moving(48, INK, icons.SPINNER_STEPS), "RGBA") == pictures[0]


def test_a_pill_has_round_ends() -> None:
    pill = icons.pill((60, 20), INK)
    assert pill.get_at((0, 0))[3] < 60
    assert pill.get_at((30, 10))[3] == 255
