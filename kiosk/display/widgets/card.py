"""The card beside the avatar: a text, a list, a picture, a map or a QR code on paper."""

from collections.abc import Hashable
from functools import cache

import pygame
from msgspec import Struct

from kiosk.core.scene import Card, Scene, Senses
from kiosk.display import theme
from kiosk.display.content import code_caption
from kiosk.display.layout import Layout
from kiosk.display.pictures import Pictures, Wanted
from kiosk.display.text.breaks import MAX_LINE_LETTERS
from kiosk.display.text.fonts import Fonts
from kiosk.display.text.lines import Measure, balanced, first_false, head
from kiosk.display.text.scripts import reads_leftward
from kiosk.display.text.strings import strings
from kiosk.display.theme import Look
from kiosk.display.widgets import icons
from kiosk.display.widgets.indicators import Widget

_SMALLER = 0.8
"""The least type on a card, in parts of the screen's small type."""
_GREY: theme.Colour = (92, 104, 128)


class _Laid(Struct, frozen=True):
    """The words of a card in lines."""

    title: list[str]
    title_px: int
    body: list[tuple[str, bool]]
    """Each line, and whether it is an item's first."""
    px: int
    """Type size of the body."""
    whole: bool
    """Whether there is room for all words."""


class CardWidget(Widget):
    """Draws the scene's card; its picture is made elsewhere and appears when it is ready."""

    name = "card"

    def __init__(
        self, layout: Layout, fonts: Fonts, look: Look, place: pygame.Rect, pictures: Pictures
    ) -> None:
        super().__init__(layout, fonts, look)
        self._place = place
        self._pictures = pictures
        self._pad = max(round(min(place.size) * 0.055), round(layout.margin * 0.5))
        self._card = Card("text")
        self._language = "en"
        self._wanted: Wanted | None = None
        self._ready = False
        self.lines: list[pygame.Rect] = []
        """Where text stands now, on the screen."""

    def key(self, scene: Scene, senses: Senses, now_s: float) -> Hashable:
        """The card, and whether its picture is there."""
        if scene.card is None:
            return None
        if scene.card is not self._card:
            self._card = scene.card
            self._wanted = self._wants(scene.card)
            if self._wanted is not None:
                self._pictures.ask(self._wanted)  # The file may be another one by now.
        self._language = scene.language
        self._ready = self._wanted is None or self._pictures.ready(self._wanted)
        changes = self._pictures.changes, self.fonts.hyphens.ready
        return self._card, self._ready, changes, self._language

    def wait(self, scene: Scene, limit_s: float = 5.0) -> None:
        """Wait until the scene's card has its picture: for stills, never in a kiosk."""
        if scene.card is not None and (wanted := self._wants(scene.card)) is not None:
            self._pictures.wait(wanted, limit_s)

    def _wants(self, card: Card) -> Wanted | None:
        room = self._inner()
        words = card.title or (code_caption(card) if card.kind == "qr" else card.text)
        if self.layout.portrait:  # The picture stands beside the words.
            box = (round(room.width * (0.5 if words else 1)), room.height)
        else:
            share = 0.7 if card.kind == "qr" else 0.6
            box = (room.width, round(room.height * (share if words else 1)))
        if card.kind == "qr":
            return Wanted("", card.text, box)
        if card.kind in {"image", "map"}:
            return Wanted(card.picture, "", box)
        return None

    def _inner(self) -> pygame.Rect:
        return pygame.Rect((0, 0), self._place.size).inflate(-2 * self._pad, -2 * self._pad)

    def make(self) -> None:
        """Lay words and picture out, on paper as high as they need."""
        room, pad = self._inner(), self._pad
        px = min(self.layout.caption_px, max(round(self._place.width / 13), 13))
        picture = self._picture(px) if self._wanted is not None else None
        beside = picture is not None and self.layout.portrait
        width, height = room.size
        if picture is not None and beside:
            width -= picture.get_width() + pad
        elif picture is not None:
            height -= picture.get_height() + pad
        words = self._fitted(px, width, height)
        title = [self.text(line, words.title_px, theme.INK, bold=True) for line in words.title]
        body = [self._written(line, words) for line in words.body]
        self.lines = []
        if picture is None and not title + body:
            self.give_up()  # No font has any of its signs.
        elif picture is not None and beside:
            self._row(picture, title + body)
        else:
            self._stack(title, picture, body)

    def _stack(
        self,
        title: list[pygame.Surface],
        picture: pygame.Surface | None,
        body: list[pygame.Surface],
    ) -> None:
        """From above to below; in the middle where there is a picture."""
        pad = self._pad
        parts = [(line, 0) for line in title]
        if picture is not None:
            parts.append((picture, pad // 2 if title else 0))
        parts += [(line, 0 if index or not parts else pad // 2) for index, line in enumerate(body)]
        self._paper(_height([part for part, _ in parts]) + sum(space for _, space in parts))
        column = self._inner()
        top = pad
        for part, space in parts:
            rect = self._aligned(part, column, top + space)
            if picture is not None:
                rect.centerx = column.centerx
            self._put(part, rect)
            top = rect.bottom

    def _row(self, picture: pygame.Surface, words: list[pygame.Surface]) -> None:
        """The picture where reading begins, the words beside it; alone, in the middle."""
        pad = self._pad
        inner = max(picture.get_height(), _height(words))
        self._paper(inner)
        column = self._inner()
        column.height = min(inner, column.height)
        place = picture.get_rect(midleft=column.midleft)
        if not words:
            place.center = column.center
        elif self._leftward():
            place.right = column.right
            column.width -= place.width + pad
        else:
            column.width -= place.width + pad
            column.left = place.right + pad
        self._put(picture, place)
        top = column.centery - _height(words) // 2
        for line in words:
            rect = self._aligned(line, column, top)
            self._put(line, rect)
            top = rect.bottom

    def _paper(self, inner: int) -> None:
        size = (self._place.width, min(inner + 2 * self._pad, self._place.height))
        self.surface = icons.panel(size, theme.PAPER, min(self._place.size) * 0.05, 0.97)
        self.rect = self.surface.get_rect(center=self._place.center)

    def _aligned(self, part: pygame.Surface, column: pygame.Rect, top: int) -> pygame.Rect:
        """At the side of the column where reading begins."""
        if self._leftward():
            return part.get_rect(topright=(column.right, top))
        return part.get_rect(topleft=(column.left, top))

    def _put(self, part: pygame.Surface, rect: pygame.Rect) -> None:
        if self.surface is not None:
            self.surface.blit(part, rect)
            self.lines.append(rect.move(self.rect.topleft))

    def _leftward(self) -> bool:
        words = (
            self._card.title
            or self._card.caption
            or self._card.text
            or "".join(self._card.items[:1])
        )
        return reads_leftward(words)

    def _fitted(self, px: int, width: int, height: int) -> _Laid:
        """The words in the largest type, from `px` on, in which there is room for all of them."""
        sizes = [px]
        while sizes[-1] > self.layout.small_px * _SMALLER:
            sizes.append(sizes[-1] - max(sizes[-1] // 12, 1))
        laid = cache(lambda index: self._lay_out(sizes[index], width, height))
        return laid(first_false(lambda index: not laid(index).whole, len(sizes) - 1))

    def _lay_out(self, px: int, width: int, height: int) -> _Laid:
        """Title and body in lines of one type size, as many as there is room for."""
        card, hyphenate = self._card, self.fonts.hyphens.positions
        title_px = round(px * 1.12)
        bold = self._measure(title_px, bold=True)
        title = head(card.title, width, 2, bold, hyphenate) if _is_drawn(card.title, bold) else []
        height -= sum(self.fonts.line_px(title_px, line) for line in title)
        height -= self._pad // 2 if title else 0
        line_px = self.fonts.line_px(px, "".join((card.text, *card.items)))
        most = max(height // line_px, 0 if title or self._wanted else 1)
        if card.kind == "qr":
            words = code_caption(card)
            px = self.fit(words, px, width)
            measure = self._measure(px)
            lines = head(words, width, 1, measure) if _is_drawn(words, measure) else []
            body = [(line, True) for line in lines[:most]]
            return _Laid(title, title_px, body, px, len(body) == len(lines))
        if card.kind == "list":
            body, whole = self._items(px, width, most)
            return _Laid(title, title_px, body, px, whole)
        measure = self._measure(px)
        text = card.text if _is_drawn(card.text, measure) else ""
        lines = balanced(text, width, measure, hyphenate, most)
        whole = len(lines) <= most
        if not whole:
            lines = head(text, width, most, measure, hyphenate)
        return _Laid(title, title_px, [(line, True) for line in lines], px, whole)

    def _items(self, px: int, width: int, most: int) -> tuple[list[tuple[str, bool]], bool]:
        """Lines of a list, and whether these are all."""
        width -= self._hang(px)
        made: list[tuple[str, bool]] = []
        measure = self._measure(px)
        for item in self._card.items:
            if not _is_drawn(item, measure):
                continue
            lines = balanced(item, width, measure, self.fonts.hyphens.positions, most)
            if len(made) + len(lines) > most and (made or not most):
                return made, False
            made += [(line, not number) for number, line in enumerate(lines[:most])]
        return made, len(made) <= most

    def _hang(self, px: int) -> int:
        return self.fonts.width("•  ", px)

    def _written(self, line: tuple[str, bool], words: _Laid) -> pygame.Surface:
        """A line of the body."""
        text, first = line
        match self._card.kind:
            case "list":
                return self._item(text, words.px, self._hang(words.px), first)
            case "qr":
                return self.text(text, words.px, _GREY)
            case _:
                return self.text(text, words.px, theme.INK)

    def _item(self, line: str, px: int, hang: int, first: bool) -> pygame.Surface:
        """A line of a list behind its bullet, at the side where reading begins."""
        written = self.text(line, px, theme.INK)
        size = (written.get_width() + hang, written.get_height())
        whole = pygame.Surface(size, pygame.SRCALPHA).convert_alpha()
        whole.fill((0, 0, 0, 0))
        leftward = self._leftward()
        whole.blit(written, (0 if leftward else hang, 0))
        if first:
            dot = self.text("•", px, self.look.accent, bold=True)
            whole.blit(dot, (size[0] - dot.get_width() if leftward else 0, 0))
        return whole

    def _picture(self, px: int) -> pygame.Surface:
        """The picture; before it is ready, and in its stead where it is broken, a sign."""
        made = self._pictures.get(self._wanted) if self._wanted and self._ready else None
        if made is not None:
            return made
        box = self._wanted.box if self._wanted else self._inner().size
        stead = pygame.Surface((box[0], min(round(px * 6), box[1])), pygame.SRCALPHA)
        stead = stead.convert_alpha()
        stead.fill((0, 0, 0, 0))
        width, height = stead.get_size()
        name = "map" if self._card.kind == "map" else "picture"
        sign = icons.icon(name, round(height * 0.45), (176, 184, 198))
        top = stead.blit(sign, sign.get_rect(center=(width // 2, round(height * 0.3)))).bottom
        if self._ready:
            words, small = strings(self._language)["broken"], round(px * 0.72)
            while len(lines := balanced(words, width, self._measure(small))) > 2:
                small -= 1
            for written in lines:
                line = self.text(written, small, _GREY)
                top = stead.blit(line, line.get_rect(midtop=(width // 2, top))).bottom
        return stead


def _is_drawn(text: str, measure: Measure) -> bool:
    """Whether anything is seen of a text: no font may have its signs, such as emoji alone."""
    return measure(text[:MAX_LINE_LETTERS]) > 0


def _height(lines: list[pygame.Surface]) -> int:
    return sum(line.get_height() for line in lines)
