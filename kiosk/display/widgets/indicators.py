"""What a widget is, and those beside the text panel: badge, level meter, notice, staff note.

Each is a small picture with a key. While the key stays the picture is only blitted, and only where
something under it changed; a new key makes a new picture and says which rectangle that touches.
"""

from collections.abc import Hashable, Sequence
from math import log10

import pygame

from kiosk.core.scene import CONFIG_CODE, Notice, Scene, Senses, State
from kiosk.display import theme
from kiosk.display.layout import Layout
from kiosk.display.text.fonts import Fonts
from kiosk.display.text.lines import Measure, balanced, head
from kiosk.display.text.scripts import reads_leftward
from kiosk.display.theme import Look
from kiosk.display.widgets import icons
from kiosk.display.words import badge_words, countdown_words, notice_words

MIN_TYPE_PX = 12
"""Nothing is written smaller, even where it then does not fit."""
_STEP_S = 0.08
"""Seconds between two pictures of a spinner."""
_UNKNOWN = object()
"""Key of a widget whose key could not be worked out: equal to no other."""


class Widget:
    """A picture on the screen that changes with its key."""

    name = "widget"
    """In the journal."""

    def __init__(self, layout: Layout, fonts: Fonts, look: Look) -> None:
        self.layout = layout
        self.fonts = fonts
        self.look = look
        self.surface: pygame.Surface | None = None
        self.rect = pygame.Rect(0, 0, 0, 0)
        self._key: Hashable = None

    def key(self, scene: Scene, senses: Senses, now_s: float) -> Hashable:
        """What the picture depends on; None for no picture."""
        raise NotImplementedError

    def make(self) -> None:
        """Set `surface` and `rect` for the key that `key` gave last."""
        raise NotImplementedError

    def give_up(self) -> list[pygame.Rect]:
        """After a failure: stand empty until the key changes; return what to paint again."""
        before = self.rect.copy()
        self.surface, self.rect = None, pygame.Rect(0, 0, 0, 0)
        return [before]

    def forget(self) -> None:
        """Let go of words of visitors; the next `update` makes the picture anew."""
        self.give_up()
        self._key = _UNKNOWN

    def update(self, scene: Scene, senses: Senses, now_s: float) -> list[pygame.Rect]:
        """Make the picture anew if need be; return the rectangles to be painted again."""
        last, self._key = self._key, _UNKNOWN
        self._key = self.key(scene, senses, now_s)
        if self._key == last:
            return []
        before = self.rect.copy()
        if self._key is None:
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
        """About the largest type size up to `px` at which the words fit on one line.

        Few sizes are tried: each opens a font.
        """
        while px > MIN_TYPE_PX and (wide := self.fonts.width(words, px, bold)) > width:
            px = max(min(px - 1, px * width // wide), MIN_TYPE_PX)
        return px

    def _measure(self, px: int, bold: bool = False) -> Measure:
        return lambda text: self.fonts.width(text, px, bold)

    def text(self, words: str, px: int, colour: theme.Colour, bold: bool = False) -> pygame.Surface:
        """A line of text."""
        return self.fonts.render(words, px, colour, bold)


_INNER, _OUTER = 0.45, 0.8
"""Between sign and words of a bar, and at its ends, in type sizes."""


class Pill(Widget):
    """A sign and a few words on a bar with round ends."""

    def pill(
        self,
        lines: Sequence[str],
        px: int,
        sign: pygame.Surface,
        paper: theme.Colour,
        opacity: float = 1.0,
        height: float = 2.1,
    ) -> None:
        """Set `surface`; the sign stands where reading begins. `rect` is at the origin.

        Args:
            lines: the words.
            px: type size.
            sign: beside them.
            paper: what both stand on.
            opacity: of the paper.
            height: of the bar in type sizes, for one line.
        """
        texts = [self.text(line, px, theme.INK, bold=True) for line in lines]
        inner, outer = round(px * _INNER), round(px * _OUTER)
        line_px = texts[0].get_height()
        bar = round(px * height)
        width = max(text.get_width() for text in texts) + sign.get_width() + inner + 2 * outer
        size = (width, bar + (len(texts) - 1) * line_px)
        self.surface = icons.panel(size, paper, bar / 2, opacity)
        self.rect = self.surface.get_rect()
        leftward = reads_leftward(lines[0])
        place = sign.get_rect(midleft=(outer, self.rect.centery))
        if leftward:
            place.right = width - outer
        self.surface.blit(sign, place)
        top = (size[1] - len(texts) * line_px) // 2
        for text in texts:
            place = text.get_rect(topright=(width - outer, top))
            if len(texts) > 1:
                place.left = outer + sign.get_width() + inner
            if leftward:
                place.left = width - place.right
            self.surface.blit(text, place)
            top += line_px


class Badge(Pill):
    """The state in two words, with a moving sign where something is under way.

    It goes to the panel's edge where a card takes its place on a high screen, and where there is no
    room for it beside the face.
    """

    name = "badge"

    def __init__(self, layout: Layout, fonts: Fonts, look: Look, face: pygame.Rect) -> None:
        super().__init__(layout, fonts, look)
        self._face = face

    _state = State.STARTING
    _low = False
    _words = ""
    _step = 0

    def key(self, scene: Scene, senses: Senses, now_s: float) -> Hashable:
        """State, words and, where it turns, the step of the spinner."""
        self._state, self._words = scene.state, badge_words(scene)
        centred = self.layout.badge_centred
        self._low = scene.card is not None if centred else not self._fits(self._words)
        if not self._words or (self._low and (scene.notice or scene.countdown_s)):
            return None
        turning = scene.state in {State.STARTING, State.THINKING, State.RECONNECTING}
        self._step = int(now_s / _STEP_S) % icons.SPINNER_STEPS if turning else 0
        return self._state, self._words, self._step, self._low

    def _fits(self, words: str) -> bool:
        px = self.layout.small_px
        width = self.fonts.width(words, px, bold=True) + round(px * (1.25 + _INNER + 2 * _OUTER))
        return self.layout.badge[0] + width + px // 2 <= self._face.left

    def make(self) -> None:
        """A pill of paper with sign and words in ink."""
        px = self.layout.small_px
        side = round(px * 1.25)
        colour = theme.on_paper(self.look.of(self._state))
        if self.look.high_contrast:
            colour = theme.INK
        match self._state:
            case State.THINKING:
                sign = icons.dots(side, colour, self._step)
            case State.LISTENING:
                sign = icons.icon("microphone", side, colour)
            case State.SPEAKING:
                sign = icons.icon("sound", side, colour)
            case _:
                sign = icons.spinner(side, colour, self._step)
        self.pill([self._words], px, sign, theme.PAPER, 0.94)
        if self._low:
            x, y = self.layout.toast
            self.rect.center = (x, y - round(px * 0.4))
        elif self.layout.badge_centred:
            self.rect.center = self.layout.badge
        else:
            self.rect.midleft = self.layout.badge


class StaffNote(Widget):
    """A code and its cause for staff, in small letters, where visitors are served all the same.

    A mistake in the settings is here in any case: the text panel's line is too short for a path.
    """

    name = "staff note"

    _code = _detail = ""
    lines: Sequence[str] = ()
    """What is written."""

    def key(self, scene: Scene, senses: Senses, now_s: float) -> Hashable:
        """Code and cause while nobody talks; other states for staff say it on the panel."""
        self._code, self._detail = scene.code, scene.detail
        idle = scene.state in {State.ATTRACT, State.STARTING, State.RECONNECTING}
        mistake = scene.state is State.OUT_OF_ORDER and scene.code == CONFIG_CODE
        return (self._code, self._detail) if self._code and (idle or mistake) else None

    def make(self) -> None:
        """The code and the cause's first lines, on paper at the upper edge."""
        px = max(round(self.layout.small_px * 0.7), MIN_TYPE_PX)
        width, margin = self.layout.size[0] - 2 * self.layout.margin, px // 2

        def measure(text: str) -> int:
            return self.fonts.width(text, px)

        self.lines = head(f"{self._code} · {self._detail}", width - 2 * margin, 3, measure)
        texts = [self.text(line, px, theme.INK) for line in self.lines]
        size = (
            max(text.get_width() for text in texts) + 2 * margin,
            sum(text.get_height() for text in texts) + margin,
        )
        self.surface = icons.panel(size, theme.AMBER, px / 2, 0.94)
        top = margin // 2
        for text in texts:
            self.surface.blit(text, (margin, top))
            top += text.get_height()
        self.rect = self.surface.get_rect(midtop=(self.layout.size[0] // 2, margin))


class Toast(Pill):
    """A notice, or the visit's last seconds, across the panel's edge."""

    name = "notice"

    _notice: Notice | None = None
    _seconds = 0
    _language = "en"

    def key(self, scene: Scene, senses: Senses, now_s: float) -> Hashable:
        """The notice before the countdown."""
        self._notice, self._language = scene.notice, scene.language
        self._seconds = 0 if scene.notice else scene.countdown_s
        if self._notice is None and not self._seconds:
            return None
        return self._notice, self._seconds, self._language

    def make(self) -> None:
        """A pill in the colour of a warning, or of paper."""
        if self._notice is not None:
            name, words = notice_words(self._notice, self._language)
            paper = theme.AMBER
        else:
            name, words = "clock", countdown_words(self._seconds, self._language)
            paper = theme.PAPER
        px = self.layout.small_px
        room = self.layout.size[0] - 2 * self.layout.margin - round(px * 3.6)
        lines = balanced(words, room, self._measure(px, bold=True))
        self.pill(lines, px, icons.icon(name, round(px * 1.5), theme.INK), paper, height=2.5)
        x, y = self.layout.toast
        self.rect.midbottom = (x, y + round(px * 0.7))  # Clear of the panel's first line.


class LevelMeter(Widget):
    """The visitor's voice while the button is held: the newest sound is in the middle and
    moves outward with time.
    """

    name = "level meter"
    BARS = 33
    """An odd number: the newest level is in the middle."""
    BIN_S = 1 / 30
    """Seconds of sound for a bar: a frame of the picture."""

    def __init__(self, layout: Layout, fonts: Fonts, look: Look) -> None:
        super().__init__(layout, fonts, look)
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
