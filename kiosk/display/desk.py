"""The desk: all words, be it the invitation, captions of both sides, or what is wrong."""

from collections.abc import Hashable

import pygame

from kiosk.core.scene import Scene, Senses, State
from kiosk.display import captions, icons, theme
from kiosk.display.fonts import Fonts
from kiosk.display.layout import Layout
from kiosk.display.screens import Sign
from kiosk.display.words import Words, desk_words

_LEADING = 1.32
"""Distance of lines in type sizes."""


class Desk(Sign):
    """Writes the words of the scene; they change when the playhead reaches one."""

    def __init__(self, layout: Layout, fonts: Fonts, backdrop: pygame.Surface) -> None:
        super().__init__(layout, fonts)
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
        self._paper.fill(theme.ACCENT[words.state], (0, 0, place.desk.width, edge))
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

    def _put(self, picture: pygame.Surface, **where: int | tuple[int, int]) -> pygame.Rect:
        """Blit at a place of the screen given as `midtop=` and so on."""
        rect = picture.get_rect(**where)
        self._paper.blit(picture, rect.move(0, -self.layout.desk.y))
        self.lines.append(rect)
        return rect

    def _title(self, words: Words) -> None:
        """A title in one line or two, its sign before or above it, a smaller line below."""
        place = self.layout
        font = self.fonts.get(place.title_px, bold=True)
        side = round(place.title_px * 1.25)
        width = place.text.width
        beside = font.size(words.title)[0] + (round(side * 1.4) if words.sign else 0) <= width
        lines = captions.balanced(words.title, width, lambda text: font.size(text)[0])
        written = [font.render(line, True, theme.WHITE) for line in lines]
        below = words.line or words.detail
        gap = place.small_px // 3
        if below:
            small = self.fonts.get(self.fit(below, place.small_px, width))
            written.append(small.render(below, True, theme.MUTED))
        height = sum(line.get_height() for line in written) + (gap if below else 0)
        sign = icons.icon(words.sign, side, theme.ACCENT[words.state]) if words.sign else None
        middle = place.text.centerx
        top = place.text.centery - (height + (0 if beside or not sign else side + gap)) // 2
        if sign and not beside:
            top = self._put(sign, midtop=(middle, top)).bottom + gap
        for index, line in enumerate(written):
            if below and line is written[-1]:
                top += gap
            if sign and beside and index == 0:
                rect = self._put(line, midtop=(middle + round(side * 0.7), top))
                self._put(sign, midright=(rect.left - round(side * 0.4), rect.centery))
            else:
                rect = self._put(line, midtop=(middle, top))
            top = rect.bottom

    def _captions(self, words: Words) -> None:
        """The reply's last lines; above them the visitor's words, or below them a hint."""
        place = self.layout
        width, middle = place.text.width, place.text.centerx
        small = self.fonts.get(place.small_px)
        font = self.fonts.get(place.caption_px)
        leading = round(place.caption_px * _LEADING)
        top, bottom = place.text.top, place.text.bottom
        if words.line:
            px = self.fit(words.line, place.small_px, width, bold=True)
            hint = self.text(words.line, px, theme.ACCENT[words.state], bold=True)
            bottom = self._put(hint, midbottom=(middle, bottom)).top - px // 3
        elif words.heard:
            heard = captions.one_line(words.heard, width, lambda text: small.size(text)[0])
            line = small.render(heard, True, theme.MUTED)
            top = self._put(line, midtop=(middle, top)).bottom + place.small_px // 3
        count = min(place.caption_lines, max((bottom - top) // leading, 1))
        shown = captions.tail(words.said, width, count, lambda text: font.size(text)[0])
        for index, written in enumerate(shown):
            line = font.render(written, True, theme.WHITE)
            self._put(line, midtop=(middle, top + index * leading))

    def _heard(self, words: Words) -> None:
        """The visitor's words alone, in the middle."""
        place = self.layout
        font = self.fonts.get(place.caption_px)
        leading = round(place.caption_px * _LEADING)
        width = place.text.width
        shown = captions.tail(
            words.heard, width, place.caption_lines, lambda text: font.size(text)[0]
        )
        top = place.text.centery - len(shown) * leading // 2
        for index, written in enumerate(shown):
            line = font.render(written, True, theme.PAPER)
            self._put(line, midtop=(place.text.centerx, top + index * leading))

    def _listening(self, words: Words) -> None:
        """Below the level meter: the visitor's words, before them what to do."""
        place = self.layout
        text, px, colour = words.line, place.small_px, theme.MUTED
        if words.heard:
            text, px, colour = words.heard, place.caption_px, theme.WHITE
        font = self.fonts.get(px)
        text = captions.one_line(text, place.text.width, lambda text: font.size(text)[0])
        line = font.render(text, True, colour)
        self._put(line, center=(place.text.centerx, (place.meter.bottom + place.text.bottom) // 2))

    def _fault(self, words: Words) -> None:
        """What is wrong, in three lines beside a sign: for visitors, and a code for staff."""
        place = self.layout
        side = round(place.title_px * 2.2)
        gap = round(place.title_px * 0.7)
        room = place.text.width - side - gap
        title_px = self.fit(words.title, place.title_px, room, bold=True)
        line_px = self.fit(words.line, place.caption_px, room)
        small = self.fonts.get(place.small_px)
        staff = f"{words.code}   {words.detail}" if words.detail else words.code
        staff = captions.one_line(staff, room, lambda text: small.size(text)[0])
        written = [
            self.text(words.title, title_px, theme.WHITE, bold=True),
            self.text(words.line, line_px, theme.PAPER),
            small.render(staff, True, theme.MUTED),
        ]
        space = place.small_px // 5
        height = sum(line.get_height() for line in written) + 2 * space
        left = place.text.centerx - (side + gap + max(line.get_width() for line in written)) // 2
        top = place.text.centery - height // 2
        sign = icons.icon(words.sign, side, theme.ACCENT[words.state])
        self._put(sign, midleft=(left, place.text.centery))
        for line in written:
            top = self._put(line, topleft=(left + side + gap, top)).bottom + space
