"""The text panel: the invitation, captions of both sides, or what is wrong."""

from collections.abc import Hashable

import pygame

from kiosk.core.scene import Scene, Senses, State
from kiosk.display.layout import Layout
from kiosk.display.text.fonts import Fonts
from kiosk.display.text.lines import Captions, Lines, balanced, head, one_line, widest_part
from kiosk.display.text.scripts import reads_leftward
from kiosk.display.theme import Colour, Look
from kiosk.display.widgets import icons
from kiosk.display.widgets.indicators import MIN_TYPE_PX, Widget
from kiosk.display.words import Words, panel_words
from kiosk.draw.sprite import Sprite, moved, repaint

_LEADING = 1.32
"""Distance of lines in type sizes."""


class TextPanel(Widget):
    """Writes the words of the scene; they change when the playhead reaches one."""

    name = "text panel"

    def __init__(self, layout: Layout, fonts: Fonts, look: Look, backdrop: pygame.Surface) -> None:
        super().__init__(layout, fonts, look)
        self._front = self._ground = self._paper = backdrop.subsurface(layout.panel)
        self._words = Words(State.STARTING)
        self._state: State | None = None
        """The state whose edge is drawn."""
        self._written: list[Sprite] = []
        """Text and signs as they stand on the panel."""
        self._texts: dict[Hashable, pygame.Surface] = {}
        """Each line of them by what it depends on."""
        self._older = self._texts
        """The same for what stood there before: a line that stays is not drawn again."""
        self._rolling: dict[Hashable, Captions] = {}
        """The text that is being said, in lines, by what they depend on."""

    @property
    def lines(self) -> list[pygame.Rect]:
        """Where text and signs stand now, on the screen."""
        return [sprite.rect.move(self.layout.panel.topleft) for sprite in self._written]

    def key(self, scene: Scene, senses: Senses, now_s: float) -> Hashable:
        """The words."""
        self._words = panel_words(scene, senses.playhead())
        return self._words

    def update(self, scene: Scene, senses: Senses, now_s: float) -> list[pygame.Rect]:
        """See `Widget`. A word more changes the lines alone, not the whole panel."""
        state, before = self._state, self._written
        touched = super().update(scene, senses, now_s)
        if not touched or state is not self._state:
            return touched
        return [rect.move(self.layout.panel.topleft) for rect in moved(before, self._written)]

    def give_up(self) -> list[pygame.Rect]:
        """See `Widget`. The panel is built anew with the next words."""
        self._state, self._written = None, []
        self._texts, self._older, self._rolling = {}, {}, {}
        return super().give_up()

    def forget(self) -> None:
        """See `Widget`."""
        super().forget()
        self._words = Words(State.STARTING)

    def make(self) -> None:
        """Write the words on the front, under an edge in the state's colour."""
        words, place = self._words, self.layout
        if words.state is not self._state:
            self._state = words.state
            self._ground = self._front.copy()
            edge = max(3, round(place.size[1] * 0.006))
            self._ground.fill(self.look.of(words.state), (0, 0, place.panel.width, edge))
            self._paper = self.surface = self._ground.copy()
            self.rect = place.panel.copy()
            self._written = []
        before, self._written = self._written, []
        self._older, self._texts = self._texts, {}
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
        repaint(self._paper, self._ground, self._written, moved(before, self._written))

    def text(self, words: str, px: int, colour: Colour, bold: bool = False) -> pygame.Surface:
        """See `Widget`."""
        key = words, px, colour, bold, self._words.language
        written = self._older.get(key)
        if written is None:
            written = super().text(words, px, colour, bold)
        self._texts[key] = written
        return written

    def _put(
        self, picture: pygame.Surface, mirror: bool = False, **where: int | tuple[int, int]
    ) -> pygame.Rect:
        """Stand at a place of the screen given as `midtop=` and so on; mirrored, on the other side
        of the panel's middle.
        """
        rect = picture.get_rect(**where)
        if mirror:
            rect.right = 2 * self.layout.text.centerx - rect.left
        x, y = self.layout.panel.topleft
        self._written.append(Sprite(picture, rect.move(-x, -y)))
        return rect

    def _title(self, words: Words) -> None:
        """A title in one line or two, its sign before or above it, a smaller line below."""
        place = self.layout
        width, height = place.text.size
        below = words.line or words.detail
        small_px = place.small_px
        small = balanced(below, width, self._measure(small_px)) if below else []
        px = place.title_px
        while True:
            side, gap = round(px * 1.25), small_px // 3
            lines = balanced(words.title, width, self._measure(px, bold=True))
            beside = bool(words.sign) and (
                self.fonts.width(lines[0], px, bold=True) + round(side * 1.4) <= width
                and len(lines) == 1
            )
            above = side + gap if words.sign and not beside else 0
            needed = above + len(lines) * self.fonts.line_px(px, words.title)
            needed += gap + len(small) * self.fonts.line_px(small_px, below) if small else 0
            if needed <= height or px <= MIN_TYPE_PX:
                break
            px -= max(px // 12, 1)
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
        """The reply's last lines, the visitor's words above them, the next invitation below.

        Lines begin where reading begins and never move sideways while they grow, for what else
        the service will say is not known yet.
        """
        place = self.layout
        px, small_px = place.caption_px, place.small_px
        leading, gap = round(px * _LEADING), small_px // 4
        top, bottom = place.text.top, place.text.bottom
        if words.line:
            hint_px = self.fit(words.line, small_px, place.text.width, bold=True)
            hint = self.text(words.line, hint_px, self.look.of(words.state), bold=True)
            mirror = reads_leftward(words.line)
            bottom = self._put(hint, mirror, bottomleft=(place.text.left, bottom)).top - gap
        small = self.fonts.line_px(small_px, words.heard) + gap
        if words.heard and (not words.line or bottom - top - small >= 2 * leading):
            self._row(one_line(words.heard, place.text.width, self._measure(small_px)),
                      small_px, self.look.muted, top)  # fmt: skip
            top += small
        count = min(place.caption_lines, max((bottom - top) // leading, 1))
        self._rows(words.said, words.known, count, top)

    def _heard(self, words: Words) -> None:
        """The visitor's words alone."""
        place = self.layout
        height = place.caption_lines * round(place.caption_px * _LEADING)
        self._rows(words.heard, words.heard, place.caption_lines, place.text.centery - height // 2)

    def _listening(self, words: Words) -> None:
        """Below the level meter: the visitor's words, before them what to do."""
        place = self.layout
        room = pygame.Rect(0, place.meter.bottom, 0, place.text.bottom - place.meter.bottom)
        if words.heard:
            px = min(place.caption_px, round(room.height / _LEADING))
            leading = round(px * _LEADING)
            count = room.height // leading
            top = room.centery - count * leading // 2
            self._rows(words.heard, words.heard, count, top, px)
        else:
            px = self.fit(words.line, place.small_px, place.text.width)
            line = self.text(words.line, px, self.look.muted)
            self._put(line, center=(place.text.centerx, room.centery))

    def _rows(self, said: str, known: str, count: int, top: int, px: int = 0) -> None:
        """The last lines of what was said, from `top` on; see `lines.Captions`."""
        px = px or self.layout.caption_px
        key = px, self._words.language
        rolling = self._rolling.get(key)
        if rolling is None:
            width, hyphenate = self.layout.text.width, self.fonts.hyphens.positions
            rolling = Captions(Lines(width, self._measure(px), hyphenate))
        self._rolling = {key: rolling}
        for index, line in enumerate(rolling.last(said, known, count)):
            self._row(line, px, self.look.text, top + index * round(px * _LEADING))

    def _row(self, line: str, px: int, colour: Colour, top: int) -> None:
        """A line at the side where its reading begins."""
        written = self.text(line, px, colour)
        self._put(written, reads_leftward(line), topleft=(self.layout.text.left, top))

    def _fault(self, words: Words) -> None:
        """What is wrong, beside a sign: for visitors, and a code for staff."""
        place, look = self.layout, self.look
        staff = f"{words.code} · {words.detail}" if words.detail else words.code
        scale = 1.0
        while True:
            title_px, line_px = round(place.title_px * scale), round(place.caption_px * scale)
            side, gap = round(title_px * 2.2), round(title_px * 0.7)
            room = place.text.width - side - gap
            bold, plain = self._measure(title_px, bold=True), self._measure(line_px)
            (staff_row,) = head(staff, room, 1, self._measure(place.small_px))
            rows: list[tuple[str, int, Colour, bool]] = [
                *((row, title_px, look.text, True) for row in balanced(words.title, room, bold)),
                *((row, line_px, look.text, False) for row in balanced(words.line, room, plain)),
                (staff_row, place.small_px, look.muted, False),
            ]
            height = sum(self.fonts.line_px(px, row) for row, px, _, _ in rows)
            widest = max(widest_part(words.title, bold), widest_part(words.line, plain))
            if (height <= place.text.height and widest <= room) or line_px <= MIN_TYPE_PX:
                break
            scale *= 0.92
        written = [self.text(*row) for row in rows]
        space = min(place.small_px // 5, max((place.text.height - height) // (len(rows) - 1), 0))
        left = place.text.centerx - (side + gap + max(line.get_width() for line in written)) // 2
        top = place.text.centery - (height + space * (len(rows) - 1)) // 2
        mirror = reads_leftward(words.title)
        sign = icons.icon(words.sign, side, look.of(words.state))
        self._put(sign, mirror, midleft=(left, place.text.centery))
        for line in written:
            top = self._put(line, mirror, topleft=(left + side + gap, top)).bottom + space
