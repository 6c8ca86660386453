"""How settings become a look, and that it can be read."""

from pathlib import Path

import pygame
import pytest

from kiosk.avatar.face.face import Face
from kiosk.core.scene import Card, Notice, Scene, State
from kiosk.display.compositor import Compositor
from kiosk.display.layout import layout
from kiosk.display.theme import INK, PAPER, Look, contrast, look, on_paper
from kiosk.display.widgets.indicators import Badge, Toast
from kiosk.errors import ConfigError
from kiosk.settings.layers import load
from tests.support.screen import FakeSenses


def looked(*overrides: str) -> Look:
    settings = load(overrides=overrides, system=Path("/nonexistent")).settings
    return look(settings.screen, settings.theme)


def test_without_settings_it_is_the_default():
    assert looked() == Look()


def test_a_house_changes_what_it_names():
    made = looked(
        "theme.accent=#F0C83C", "theme.font=/house.ttf", "theme.logo=logo.png",
        "screen.large_type=true", "screen.quiet=black", "screen.content=/srv/content",
    )  # fmt: skip
    assert made.accent == made.of(State.ATTRACT) == (240, 200, 60)
    assert (made.font, made.font_bold, made.logo) == ("/house.ttf", "/house.ttf", "logo.png")
    assert (made.large_type, made.quiet, made.content) == (True, "black", Path("/srv/content"))
    assert made.desk_top == Look().desk_top


@pytest.mark.parametrize(
    "wrong",
    ["theme.accent=red", "theme.desk_top=#12345", "theme.logo=/etc/logo.png",
     "theme.background=../b.png", "theme.font=house.ttf", "screen.content=content",
     "screen.quiet_hours=22-7", "screen.language=deutsch!", "screen.attract_s=1",
     "screen.countdown_s=90", "screen.quiet=off"],
)  # fmt: skip
def test_what_cannot_be_used_is_told_with_its_key(wrong):
    with pytest.raises(ConfigError, match=wrong.split("=", maxsplit=1)[0]):
        looked(wrong)


@pytest.mark.parametrize(("made", "least"), [(Look(), 4.5), (Look().contrasting(), 7.0)])
def test_words_can_be_read_on_the_panel(made, least):
    for paper in (made.desk_top, made.desk_bottom):
        assert contrast(made.text, paper) >= 7
        assert contrast(made.muted, paper) >= least
        for state in (State.ATTRACT, State.OFFLINE):
            assert contrast(made.of(state), paper) >= least


def test_contrast_is_counted_as_the_guidelines_do():
    """Their own examples: black on white, and the lightest grey that passes on white."""
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((118, 118, 118), (255, 255, 255)) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("state", State)
def test_the_badge_s_sign_and_words_can_be_seen(state):
    assert contrast(on_paper(Look().of(state)), PAPER) >= 3
    assert contrast(INK, PAPER) >= 7


def test_colours_that_cannot_be_read_are_told(caplog):
    looked("theme.muted=#40506f")
    assert "theme.muted is hard to read on its panel: contrast 1." in caplog.text
    assert "theme.text" not in caplog.text


def test_large_type_is_larger_and_a_wide_avatar_is_wide():
    for size in ((1920, 1080), (800, 480), (720, 1280)):
        plain, large = layout(size), layout(size, large_type=True)
        assert large.caption_px >= 1.35 * plain.caption_px
        assert large.caption_lines >= 2
        wide = layout(size, wide=True)
        assert wide.avatar.width == size[0]
        assert wide.avatar.bottom == wide.panel.top


def test_on_a_high_screen_the_badge_makes_room_for_a_card_and_a_notice_for_neither(dummy_display):
    picture = Compositor((480, 800), Face("host"))
    canvas = pygame.Surface((480, 800)).convert()
    (badge,) = (widget for widget in picture.widgets if isinstance(widget, Badge))

    def middle(**fields):
        picture.paint(canvas, Scene(State.SPEAKING, **fields), FakeSenses(), 50)
        return badge.rect.centery if badge.rect.width else None

    panel = picture.layout.panel.top
    assert middle() < 0.1 * 800
    assert abs(middle(card=Card("text", "Hello")) - panel) < 20
    assert middle(card=Card("text", "Hello"), notice=Notice.HOLD_TO_TALK) is None
    assert middle(notice=Notice.HOLD_TO_TALK) < 0.1 * 800


def test_the_countdown_gives_way_to_a_notice(dummy_display):
    picture = Compositor((800, 480), Face("host"))
    canvas = pygame.Surface((800, 480)).convert()
    (toast,) = (widget for widget in picture.widgets if isinstance(widget, Toast))
    widths = []
    for fields in ({"countdown_s": 9}, {"countdown_s": 9, "notice": Notice.HOLD_TO_TALK}, {}):
        picture.paint(canvas, Scene(State.ATTRACT, **fields), FakeSenses(), 50)
        widths.append(toast.rect.width)
    assert widths[0] > 0
    assert widths[1] not in {0, widths[0]}
    assert widths[2] == 0
