"""The card beside the avatar: a text, a list, a picture, a map or a QR code on paper."""

from collections.abc import Hashable

import pygame

from kiosk.core.scene import Card, Scene, Senses
from kiosk.display import captions, icons, theme
from kiosk.display.fonts import Fonts
from kiosk.display.layout import Layout
from kiosk.display.pictures import Pictures, Wanted
from kiosk.display.screens import Sign
from kiosk.display.scripts import reads_leftward
from kiosk.display.strings import strings
from kiosk.display.theme import Look

_GREY: theme.Colour = (92, 104, 128)
_LEADING = 1.34


class CardSign(Sign):
    """Draws the scene's card; its picture is made elsewhere and appears when it is ready."""

    def __init__(
        self, layout: Layout, fonts: Fonts, look: Look, place: pygame.Rect, pictures: Pictures
    ) -> None:
        super().__init__(layout, fonts, look)
        self._place = place
        self._pictures = pictures
        self._pad = max(round(min(place.size) * 0.055), 6)
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
        self._language = scene.language
        self._ready = self._wanted is None or self._pictures.ready(self._wanted)
        return self._card, self._ready, self._language

    def _wants(self, card: Card) -> Wanted | None:
        room = self._inner()
        if card.kind == "qr":
            return Wanted("", card.text, (room.width, round(room.height * 0.72)))
        if card.kind in {"image", "map"}:
            return Wanted(card.picture, "", (room.width, round(room.height * 0.74)))
        return None

    def _inner(self) -> pygame.Rect:
        return pygame.Rect((0, 0), self._place.size).inflate(-2 * self._pad, -2 * self._pad)

    def make(self) -> None:
        """Write it from above to below, then cut the paper to what was written."""
        card = self._card
        room = self._inner()
        px = self._body_px()
        parts: list[tuple[pygame.Surface, int]] = []
        """Pictures from above to below, each with the space before it."""
        left = room.height
        if card.title:
            bold = round(px * 1.16)
            titles = captions.head(
                card.title, room.width, 2, lambda text: self.fonts.width(text, bold, True)
            )
            for title in titles:
                parts.append((self.text(title, bold, theme.INK, bold=True), 0))
                left -= parts[-1][0].get_height()
        if self._wanted is not None:
            picture = self._picture(px)
            parts.append((picture, self._pad if parts else 0))
            left -= picture.get_height() + self._pad
        for line, space in self._body(px, room.width, left - self._pad):
            parts.append((line, space))
        self._lay(parts)

    def _body_px(self) -> int:
        """Type size: the captions', or less where the card is narrow."""
        px = self.layout.small_px
        return min(max(px, 14), max(round(self._place.width / 11), 13))

    def _picture(self, px: int) -> pygame.Surface:
        """The picture; before it is ready, and in its stead where it is broken, a sign."""
        made = self._pictures.get(self._wanted) if self._wanted and self._ready else None
        if made is not None:
            return made
        width = self._inner().width
        stead = pygame.Surface((width, round(px * 7)), pygame.SRCALPHA).convert_alpha()
        stead.fill((0, 0, 0, 0))
        name = "map" if self._card.kind == "map" else "picture"
        sign = icons.icon(name, round(px * 2.6), (176, 184, 198))
        stead.blit(sign, sign.get_rect(center=(width // 2, round(px * 2.6))))
        if self._ready:
            words = strings(self._language)["broken"]
            small = self.fit(words, round(px * 0.85), width)
            line = self.text(words, small, _GREY)
            stead.blit(line, line.get_rect(center=(width // 2, round(px * 5.4))))
        return stead

    def _body(self, px: int, width: int, height: int) -> list[tuple[pygame.Surface, int]]:
        card = self._card
        leading = round(px * _LEADING)
        most = max(height // leading, 1)
        space = self._pad
        made: list[tuple[pygame.Surface, int]] = []

        def add(line: str, before: int, indent: str = "") -> None:
            made.append((self.text(indent + line, px, theme.INK), before))

        if card.kind == "list":
            bullet = "•  "
            hang = self.fonts.width(bullet, px)
            for item in card.items:
                if len(made) >= most:
                    break
                lines = captions.head(
                    item, width - hang, max(most - len(made), 1), self._measure(px)
                )
                for index, line in enumerate(lines):
                    made.append((self._item(line, px, hang, index == 0), space if not made else 0))
        elif card.text:
            for line in captions.head(card.text, width, most, self._measure(px)):
                add(line, space if not made else 0)
        return made

    def _item(self, line: str, px: int, hang: int, first: bool) -> pygame.Surface:
        """A line of a list behind its bullet, at the side where reading begins."""
        written = self.text(line, px, theme.INK)
        whole = pygame.Surface((written.get_width() + hang, written.get_height()), pygame.SRCALPHA)
        whole = whole.convert_alpha()
        whole.fill((0, 0, 0, 0))
        leftward = reads_leftward(line)
        whole.blit(written, (0 if leftward else hang, 0))
        if first:
            dot = self.text("•", px, self.look.accent, bold=True)
            whole.blit(dot, (whole.get_width() - dot.get_width() if leftward else 0, 0))
        return whole

    def _measure(self, px: int) -> captions.Measure:
        return lambda text: self.fonts.width(text, px)

    def _lay(self, parts: list[tuple[pygame.Surface, int]]) -> None:
        """Put the parts on paper, texts at the side where they are read from, pictures in the
        middle.
        """
        place, pad = self._place, self._pad
        height = sum(part.get_height() + space for part, space in parts) + 2 * pad
        height = min(height, place.height)
        paper = icons.panel((place.width, height), theme.PAPER, min(place.size) * 0.05, 0.97)
        self.rect = pygame.Rect(place.left, place.top, place.width, height)
        self.rect.centery = place.centery if not self.layout.portrait else self.rect.centery
        if self.layout.portrait:
            self.rect.bottom = place.bottom
        words = self._card.title or self._card.text or "".join(self._card.items[:1])
        leftward = reads_leftward(words, reads_leftward(strings(self._language)["badge.starting"]))
        centred = self._wanted is not None
        self.lines = []
        top = pad
        for part, space in parts:
            top += space
            rect = part.get_rect(top=top)
            if centred:
                rect.centerx = place.width // 2
            elif leftward:
                rect.right = place.width - pad
            else:
                rect.left = pad
            paper.blit(part, rect)
            self.lines.append(rect.move(self.rect.topleft))
            top = rect.bottom
        self.surface = paper
