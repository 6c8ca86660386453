"""The whole picture, upright: backdrop, avatar, widgets, and which of their pixels changed.

Each pixel that changed is painted once from the back to the front. That the rectangles are apart
matters: a half-transparent edge that is blitted twice gets a rim.
"""

import logging

import pygame

from kiosk.avatar.interface import Avatar
from kiosk.core.scene import Scene, Senses
from kiosk.display import captions, pictures
from kiosk.display.faults import Faults
from kiosk.display.layout import card_place, layout
from kiosk.display.text.fonts import Fonts
from kiosk.display.theme import Look
from kiosk.display.widgets.ai_notice import AiNotice
from kiosk.display.widgets.backdrop import backdrop
from kiosk.display.widgets.camera_sign import CameraSign
from kiosk.display.widgets.card import CardWidget
from kiosk.display.widgets.indicators import Badge, LevelMeter, StaffNote, Toast, Widget
from kiosk.display.widgets.text_panel import TextPanel
from kiosk.draw.image_file import ImageReader
from kiosk.draw.rects import merged, outside
from kiosk.settings.below import inside

log = logging.getLogger("kiosk.screen")

_DIMMED = (56, 56, 56)
"""What is left of the picture's light in quiet hours, of 255."""


class Compositor:
    """Composes scene and avatar on a canvas of one size.

    Args:
        size: of the canvas.
        avatar: who talks.
        look: colours, type, a house's own pictures.
        wide: the avatar's place is the full width; see `layout`.
        like: a surface with the canvas's format of pixels: what stands still is kept in it, and
            is then copied twice as fast as it would be converted.
        faults: counts what could not be drawn.
    """

    def __init__(
        self,
        size: tuple[int, int],
        avatar: Avatar,
        look: Look | None = None,
        wide: bool = False,
        like: pygame.Surface | None = None,
        faults: Faults | None = None,
    ) -> None:
        self._look = look = look or Look()
        self.layout = layout(size, look.large_type, wide)
        self._backdrop = backdrop(self.layout, look)
        self.logo = self._decorate()
        """Place of the house's logo; empty where there is none."""
        if like is not None:
            # After the pictures: what is blended into a format with alpha loses its own.
            self._backdrop = self._backdrop.convert(like)
            self._backdrop.set_alpha(None)
        self._avatar = avatar
        avatar.place(self._backdrop.subsurface(self.layout.avatar))
        self._fonts = Fonts(look.font, look.font_bold)
        self._pictures = pictures.Pictures(look.content)
        place = self.layout.avatar
        face = avatar.face_rect.move(place.topleft)
        corner = card_place(self.layout, face, self.logo)
        self.text_panel = TextPanel(self.layout, self._fonts, look, self._backdrop)
        self.card = CardWidget(self.layout, self._fonts, look, corner, self._pictures)
        meter, toast = (kind(self.layout, self._fonts, look) for kind in (LevelMeter, Toast))
        self.note = note = StaffNote(self.layout, self._fonts, look)
        badge = Badge(self.layout, self._fonts, look, face)
        self.widgets: list[Widget] = [self.text_panel, self.card, meter, badge, toast, note]
        for last in (CameraSign, AiNotice):
            self.widgets.append(last(self.layout, self._fonts, look))
        self._faults = faults or Faults()
        self._fresh = True
        self._quiet = False
        self._has_words = False
        """Whether words of a visit are shown."""

    def paint(
        self, canvas: pygame.Surface, scene: Scene, senses: Senses, now_s: float
    ) -> list[pygame.Rect]:
        """Bring the canvas up to date; return the rectangles that changed."""
        had_words, self._has_words = self._has_words, bool(scene.heard or scene.said)
        if had_words and not self._has_words:
            self._forget()
        if scene.quiet:
            return self._paint_quiet(canvas, scene, senses, now_s)
        if self._quiet:
            self._quiet, self._fresh = False, True
        return self._paint(canvas, scene, senses, now_s)

    def _forget(self) -> None:
        """The visit, or its turn, is over: nothing that was said stays in memory."""
        self.text_panel.forget()
        self._fonts.forget()
        captions.forget()

    def _paint(
        self, canvas: pygame.Surface, scene: Scene, senses: Senses, now_s: float
    ) -> list[pygame.Rect]:
        place = self.layout.avatar
        self._fonts.language = scene.language
        touched = [
            rect for widget in self.widgets for rect in self._update(widget, scene, senses, now_s)
        ]
        if self._fresh:
            touched, self._fresh = [canvas.get_rect()], False
        damage = merged(rect.clip(canvas.get_rect()) for rect in touched)
        painted = [part for rect in damage for part in outside(rect, place)]
        for part in painted:
            canvas.blit(self._backdrop, part, part)
        damage = [rect.clip(place) for rect in damage]
        try:
            painted += self._avatar.paint(canvas, place, scene, senses, now_s, damage=damage)
        except Exception as error:  # noqa: BLE001 - any fault costs the avatar, not the screen
            self._faults.count("avatar", error)
            canvas.blit(self._backdrop, place, place)
            painted.append(place)
        for part in painted:
            for widget in self.widgets:
                widget.draw(canvas, part)
        return painted

    def _update(
        self, widget: Widget, scene: Scene, senses: Senses, now_s: float
    ) -> list[pygame.Rect]:
        """Bring a widget up to date; one that fails stands empty, and all others are drawn."""
        try:
            return widget.update(scene, senses, now_s)
        except Exception as error:  # noqa: BLE001 - any fault costs the widget, not the screen
            self._faults.count(widget.name, error)
            return widget.give_up()

    def _paint_quiet(
        self, canvas: pygame.Surface, scene: Scene, senses: Senses, now_s: float
    ) -> list[pygame.Rect]:
        """Once, and then nothing: a dark screen that stands costs nothing."""
        if self._quiet and not self._fresh:
            return []
        self._quiet = self._fresh = True
        whole = canvas.get_rect()
        if self._look.quiet == "black":
            canvas.fill((0, 0, 0))
            self._fresh = False
        else:
            self._paint(canvas, scene, senses, now_s)
            canvas.fill(_DIMMED, special_flags=pygame.BLEND_RGB_MULT)
        return [whole]

    def _decorate(self) -> pygame.Rect:
        """Put a house's own pictures on the backdrop, but for one that fails; the logo's place."""
        place = self.layout
        above = pygame.Rect(0, 0, place.size[0], place.panel.top)
        height = round(place.caption_px * 1.8)
        room = (min(height * 4, place.size[0] // 5), height)
        with ImageReader() as reader:
            if background := self._house_picture(reader, "background", above.size, cover=True):
                self._backdrop.blit(background, above)
            if logo := self._house_picture(reader, "logo", room):
                right = place.size[0] - place.margin
                return self._backdrop.blit(logo, logo.get_rect(midright=(right, place.badge[1])))
        return pygame.Rect(0, 0, 0, 0)

    def _house_picture(
        self, reader: ImageReader, part: str, box: tuple[int, int], *, cover: bool = False
    ) -> pygame.Surface | None:
        name = getattr(self._look, part)
        if not name:
            return None
        try:
            file = inside(self._look.content, name)
            return reader.read(file, box, cover=cover).convert_alpha()
        except (OSError, ValueError, pygame.error) as error:
            log.warning("%s not shown (theme.%s): %s", part.capitalize(), part, error)
            return None

    def refresh(self) -> None:
        """Paint everything at the next frame: the canvas was lost, or is another one."""
        self._fresh = True

    def close(self) -> None:
        """Let go of the avatar's pictures."""
        self._pictures.close()
        self._avatar.clear()
