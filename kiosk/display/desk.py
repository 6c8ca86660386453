"""The desk: all words, be it the invitation, captions of both sides, or what is wrong."""

from collections.abc import Hashable

import pygame

from kiosk.core.scene import Scene, Senses, State
from kiosk.display import captions, icons
from kiosk.display.captions import Measure
from kiosk.display.fonts import Fonts
from kiosk.display.layout import Layout
from kiosk.display.screens import Sign
from kiosk.display.scripts import reads_leftward
from kiosk.display.theme import Look
from kiosk.display.words import Words, desk_words

_LEADING = 1.32
"""Distance of lines in type sizes."""
_SMALLEST_PX = 12


class Desk(Sign):
    """Writes the words of the scene; they change when the playhead reaches one."""

    def __init__(self, layout: Layout, fonts: Fonts, look: Look, backdrop: pygame.Surface) -> None:
        super().__init__(layout, fonts, look)
        self._front = backdrop.subsurface(layout.desk)
        self._words = Words(State.STARTING)
        self.lines: list[pygame.Rect] = []
        """Where text and signs stand now, on the screen."""

    def key(self, scene: Scene, senses: Senses, now_s: float) -> Hashable:
        """The words."""
        self._words = desk_words(scene, senses.playhead())
        return self._words

    def make(self) -> None:
        """Write the words on a fresh front, under an edge in the state's colour."""
        words, place = self._words, self.layout
        self._paper = self.surface = self._front.copy()
        self.rect = place.desk.copy()
        self.lines = []
        edge = max(3, round(place.size[1] * 0.006))
        self._paper.fill(self.look.of(words.state), (0, 0, place.desk.width, edge))
        if words.code:
            self._fault(words)
        elif words.state is State.LISTENING:
            self._listening(words)
        elif words.said:
            self._captions(words)
        elif words.title:
            self._title(words)
        elif words.heard:
            self._heard(words)

    def _put(
        self, picture: pygame.Surface, mirror: bool = False, **where: int | tuple[int, int]
    ) -> pygame.Rect:
        """Blit at a place of the screen given as `midtop=` and so on; mirrored, on the other side
        of the desk's middle.
        """
        rect = picture.get_rect(**where)
        if mirror:
            rect.right = 2 * self.layout.text.centerx - rect.left
        self._paper.blit(picture, rect.move(0, -self.layout.desk.y))
        self.lines.append(rect)
        return rect

    def _measure(self, px: int, bold: bool = False) -> Measure:
        return lambda text: self.fonts.width(text, px, bold)

    def _title(self, words: Words) -> None:
        """A title in one line or two, its sign before or above it, a smaller line below."""
        place = self.layout
        width, height = place.text.size
        below = words.line or words.detail
        small_px = place.small_px
        small = captions.balanced(below, width, self._measure(small_px)) if below else []
        px = place.title_px
        while True:
            side, gap = round(px * 1.25), small_px // 3
            lines = captions.balanced(words.title, width, self._measure(px, bold=True))
            beside = bool(words.sign) and (
                self.fonts.width(lines[0], px, bold=True) + round(side * 1.4) <= width
                and len(lines) == 1
            )
            above = side + gap if words.sign and not beside else 0
            needed = above + len(lines) * self.fonts.line_px(px, words.title)
            needed += gap + len(small) * self.fonts.line_px(small_px, below) if small else 0
            if needed <= height or px <= _SMALLEST_PX:
                break
            px -= 1
        mirror = reads_leftward(words.title)
        middle, top = place.text.centerx, place.text.centery - needed // 2
        sign = icons.icon(words.sign, side, self.look.of(words.state)) if words.sign else None
        if sign and not beside:
            top = self._put(sign, midtop=(middle, top)).bottom + gap
        for line in lines:
            written = self.text(line, px, self.look.text, bold=True)
            if sign and beside:
                at = (middle - (written.get_width() - round(side * 1.4)) // 2, top)
                rect = self._put(written, mirror, topleft=at)
                left = middle - (written.get_width() + round(side * 1.4)) // 2
                self._put(sign, mirror, midleft=(left, rect.centery))
            else:
                rect = self._put(written, midtop=(middle, top))
            top = rect.bottom
        top += gap
        for line in small:
            written = self.text(line, small_px, self.look.muted)
            top = self._put(written, midtop=(middle, top)).bottom

    def _captions(self, words: Words) -> None:
        """The reply's last lines; above them the visitor's words, or below them a hint."""
        place = self.layout
        width, middle = place.text.width, place.text.centerx
        px, small_px = place.caption_px, place.small_px
        leading = round(px * _LEADING)
        top, bottom = place.text.top, place.text.bottom
        if words.line:
            hint_px = self.fit(words.line, small_px, width, bold=True)
            hint = self.text(words.line, hint_px, self.look.of(words.state), bold=True)
            bottom = self._put(hint, midbottom=(middle, bottom)).top - hint_px // 3
        elif words.heard:
            heard = captions.one_line(words.heard, width, self._measure(small_px))
            line = self.text(heard, small_px, self.look.muted)
            top = self._put(line, midtop=(middle, top)).bottom + small_px // 3
        count = min(place.caption_lines, max((bottom - top) // leading, 1))
        measure = self._measure(px)
        shown = captions.shown_lines(words.said, words.known, width, count, measure)
        leftward = reads_leftward(words.known)
        for index, (now, whole) in enumerate(shown):
            side = (width - measure(whole)) // 2
            line = self.text(now, px, self.look.text)
            self._put(line, leftward, topleft=(place.text.left + side, top + index * leading))

    def _heard(self, words: Words) -> None:
        """The visitor's words alone, in the middle."""
        place = self.layout
        px = place.caption_px
        leading = round(px * _LEADING)
        shown = captions.tail(words.heard, place.text.width, place.caption_lines, self._measure(px))
        top = place.text.centery - len(shown) * leading // 2
        for index, written in enumerate(shown):
            line = self.text(written, px, self.look.text)
            self._put(line, midtop=(place.text.centerx, top + index * leading))

    def _listening(self, words: Words) -> None:
        """Below the level meter: the visitor's words, before them what to do."""
        place = self.layout
        room = pygame.Rect(0, place.meter.bottom, 0, place.text.bottom - place.meter.bottom)
        if words.heard:
            px = min(place.caption_px, round(room.height / _LEADING))
            text = captions.one_line(words.heard, place.text.width, self._measure(px))
            line = self.text(text, px, self.look.text)
        else:
            px = self.fit(words.line, place.small_px, place.text.width)
            line = self.text(words.line, px, self.look.muted)
        self._put(line, center=(place.text.centerx, room.centery))

    def _fault(self, words: Words) -> None:
        """What is wrong, in three lines beside a sign: for visitors, and a code for staff."""
        place = self.layout
        side = round(place.title_px * 2.2)
        gap = round(place.title_px * 0.7)
        room = place.text.width - side - gap
        title_px = self.fit(words.title, place.title_px, room, bold=True)
        line_px = self.fit(words.line, place.caption_px, room)
        staff = f"{words.code} · {words.detail}" if words.detail else words.code
        (staff,) = captions.head(staff, room, 1, self._measure(place.small_px))
        written = [
            self.text(words.title, title_px, self.look.text, bold=True),
            self.text(words.line, line_px, self.look.text),
            self.text(staff, place.small_px, self.look.muted),
        ]
        heights = sum(line.get_height() for line in written)
        space = min(place.small_px // 5, max((place.text.height - heights) // 2, 0))
        height = heights + 2 * space
        left = place.text.centerx - (side + gap + max(line.get_width() for line in written)) // 2
        top = place.text.centery - height // 2
        mirror = reads_leftward(words.title)
        sign = icons.icon(words.sign, side, self.look.of(words.state))
        self._put(sign, mirror, midleft=(left, place.text.centery))
        for line in written:
            rect = self._put(line, mirror, topleft=(left + side + gap, top))
            top = rect.bottom + space
