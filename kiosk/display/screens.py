"""The signs of each state beside the desk's words: the badge, the level meter, a notice.

Each is a small picture with a key. While the key stays the picture is only blitted, and only where
something under it changed; a new key makes a new picture and says which rectangle that touches.
"""

from collections.abc import Hashable
from math import log10

import pygame

from kiosk.core.scene import Notice, Scene, Senses, State
from kiosk.display import icons, theme
from kiosk.display.fonts import Fonts
from kiosk.display.layout import Layout
from kiosk.display.words import badge_words, notice_words

_STEP_S = 0.08
"""Seconds between two pictures of a spinner."""


class Sign:
    """A picture on the screen that changes with its key."""

    def __init__(self, layout: Layout, fonts: Fonts) -> None:
        self.layout = layout
        self.fonts = fonts
        self.surface: pygame.Surface | None = None
        self.rect = pygame.Rect(0, 0, 0, 0)
        self._key: Hashable = None

    def key(self, scene: Scene, senses: Senses, now_s: float) -> Hashable:
        """What the picture depends on; None for no picture."""
        raise NotImplementedError

    def make(self) -> None:
        """Set `surface` and `rect` for the key that `key` gave last."""
        raise NotImplementedError

    def update(self, scene: Scene, senses: Senses, now_s: float) -> list[pygame.Rect]:
        """Make the picture anew if need be; return the rectangles to be painted again."""
        key = self.key(scene, senses, now_s)
        if key == self._key:
            return []
        self._key = key
        before = self.rect.copy()
        if key is None:
            self.surface, self.rect = None, pygame.Rect(0, 0, 0, 0)
        else:
            self.make()
        return [before, self.rect.copy()]

    def draw(self, canvas: pygame.Surface, area: pygame.Rect) -> None:
        """Blit the part of the picture that lies in `area`."""
        if self.surface is not None and self.rect.colliderect(area):
            part = self.rect.clip(area)
            canvas.blit(self.surface, part, part.move(-self.rect.x, -self.rect.y))

    def fit(self, words: str, px: int, width: int, bold: bool = False) -> int:
        """The largest type size up to `px` at which the words fit on one line."""
        while px > 12 and self.fonts.get(px, bold).size(words)[0] > width:
            px -= 1
        return px

    def text(self, words: str, px: int, colour: theme.Colour, bold: bool = False) -> pygame.Surface:
        """A line of text."""
        return self.fonts.get(px, bold).render(words, True, colour)


class Badge(Sign):
    """The state in two words, with a moving sign where something is under way."""

    _state = State.STARTING
    _words = ""
    _step = 0

    def key(self, scene: Scene, senses: Senses, now_s: float) -> Hashable:
        """State and, where it turns, the step of the spinner."""
        self._state, self._words = scene.state, badge_words(scene)
        if not self._words:
            return None
        turning = scene.state in {State.STARTING, State.THINKING, State.RECONNECTING}
        self._step = int(now_s / _STEP_S) % icons.SPINNER_STEPS if turning else 0
        return self._state, self._step

    def make(self) -> None:
        """A pill of paper with sign and words in ink."""
        px = self.layout.small_px
        words = self.text(self._words, px, theme.INK, bold=True)
        side = round(px * 1.25)
        size = (words.get_width() + side + round(px * 2.0), round(px * 2.1))
        self.surface = icons.pill(size, theme.PAPER, 0.94)
        colour = theme.ACCENT[self._state]
        match self._state:
            case State.THINKING:
                sign = icons.dots(side, colour, self._step)
            case State.LISTENING:
                sign = icons.icon("microphone", side, colour)
            case State.SPEAKING:
                sign = icons.icon("sound", side, colour)
            case _:
                sign = icons.spinner(side, colour, self._step)
        self.surface.blit(sign, (round(px * 0.7), (size[1] - side) // 2))
        self.surface.blit(words, (round(px * 1.15) + side, (size[1] - words.get_height()) // 2))
        self.rect = self.surface.get_rect(midleft=self.layout.badge)
        if self.layout.badge_centred:
            self.rect.center = self.layout.badge


class Toast(Sign):
    """A notice, across the desk's edge."""

    _notice = Notice.HOLD_TO_TALK

    def key(self, scene: Scene, senses: Senses, now_s: float) -> Hashable:
        """The notice."""
        if scene.notice is not None:
            self._notice = scene.notice
        return scene.notice

    def make(self) -> None:
        """A pill in the colour of a warning."""
        name, words = notice_words(self._notice)
        px = self.layout.small_px
        room = self.layout.size[0] - 2 * self.layout.margin - round(px * 3.6)
        px = self.fit(words, px, room, bold=True)
        text = self.text(words, px, theme.INK, bold=True)
        side = round(px * 1.5)
        size = (text.get_width() + side + round(px * 2.2), round(px * 2.5))
        self.surface = icons.pill(size, theme.AMBER)
        self.surface.blit(
            icons.icon(name, side, theme.INK), (round(px * 0.8), (size[1] - side) // 2)
        )
        self.surface.blit(text, (side + round(px * 1.3), (size[1] - text.get_height()) // 2))
        self.rect = self.surface.get_rect(center=self.layout.toast)


class Meter(Sign):
    """The visitor's voice while the button is held: the newest sound in the middle, moving
    outward.
    """

    BARS = 33
    BIN_S = 1 / 30

    def __init__(self, layout: Layout, fonts: Fonts) -> None:
        super().__init__(layout, fonts)
        self._bar = max(round(layout.meter.width / self.BARS * 0.55), 2)
        self._levels = [0] * (self.BARS // 2 + 1)
        self._bin = 0
        self._pills: dict[int, pygame.Surface] = {}

    def key(self, scene: Scene, senses: Senses, now_s: float) -> Hashable:
        """The heights of the bars while listening."""
        if scene.state is not State.LISTENING:
            self._levels = [0] * len(self._levels)
            return None
        now_bin = int(now_s / self.BIN_S)
        if now_bin != self._bin:
            level = meter_level(senses.level())
            missed = min(now_bin - self._bin, len(self._levels)) if self._bin else 1
            steps = round(level * 20)
            self._levels = ([steps] * missed + self._levels)[: len(self._levels)]
            self._bin = now_bin
        return tuple(self._levels)

    def make(self) -> None:
        """Bars with round ends, higher ones nearer the middle."""
        width, height = self.layout.meter.size
        if self.surface is None:
            self.surface = pygame.Surface((width, height), pygame.SRCALPHA).convert_alpha()
        self.surface.fill((0, 0, 0, 0))
        middle = self.BARS // 2
        for index in range(self.BARS):
            age = abs(index - middle)
            share = self._levels[age] / 20 * (1 - (age / (middle + 1)) ** 1.6)
            bar = self._pill(max(self._bar, round(height * share / 2) * 2))
            x = round((index + 0.5) * width / self.BARS)
            self.surface.blit(bar, bar.get_rect(center=(x, height // 2)))
        self.rect = self.layout.meter.copy()

    def _pill(self, height: int) -> pygame.Surface:
        if height not in self._pills:
            self._pills[height] = icons.pill((self._bar, height), theme.TEAL)
        return self._pills[height]


def meter_level(rms: float) -> float:
    """Height of a bar, 0 to 1, for a loudness: -52 dB below full scale is none, -14 dB all."""
    return min(max((20 * log10(max(rms, 1e-6)) + 52) / 38, 0.0), 1.0)
