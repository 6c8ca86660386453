"""That visitors talk with an AI, and whether their words are kept: one line at the lower edge, in
each state, which no theme, no pack and no card can take away.

Source: Regulation (EU) 2024/1689 (AI Act), Article 50(1) and (5): it is told at the latest at the
first interaction, clearly.
"""

from collections.abc import Hashable

import pygame

from kiosk.core.scene import Scene, Senses
from kiosk.display.widgets.indicators import MIN_TYPE_PX, Widget
from kiosk.display.words import legal_notice


class AiNotice(Widget):
    """See the module. `screen.without_ai_notice` names the law's exception for the first half."""

    name = "AI notice"

    _words = ""

    def key(self, scene: Scene, senses: Senses, now_s: float) -> Hashable:
        """The words, in the screen's language."""
        look = self.look
        self._words = legal_notice(scene.language, ai=look.ai_notice, kept_days=look.kept_days)
        return self._words or None

    def make(self) -> None:
        """The line, in the middle between the words' room and the edge of the screen."""
        panel, text = self.layout.panel, self.layout.text
        room = panel.bottom - text.bottom
        px = max(min(self.layout.small_px, round(room * 0.75)), MIN_TYPE_PX)
        px = self.fit(self._words, px, text.width)
        self.surface = self.text(self._words, px, self.look.text)
        self.rect = self.surface.get_rect(center=(panel.centerx, text.bottom + room // 2))
        self.rect.clamp_ip(pygame.Rect((0, 0), self.layout.size))
