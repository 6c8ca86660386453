"""That pictures are taken: a sign and words that no theme and no card takes away."""

from collections.abc import Hashable

from kiosk.core.scene import Scene, Senses
from kiosk.display import theme
from kiosk.display.widgets import icons
from kiosk.display.widgets.indicators import Pill
from kiosk.display.words import camera_words


class CameraSign(Pill):
    """See the module."""

    name = "camera sign"

    _words = ""

    def key(self, scene: Scene, senses: Senses, now_s: float) -> Hashable:
        """The words, in the screen's language, while the camera sees."""
        self._words = camera_words(scene.language) if scene.seeing else ""
        return self._words or None

    def make(self) -> None:
        """A pill in the colour of a warning, below the badge."""
        layout = self.layout
        px = layout.small_px
        sign = icons.icon("camera", round(px * 1.25), theme.INK)
        self.pill([self._words], px, sign, theme.AMBER)
        x, y = layout.badge
        below = y + round(px * 2.5)
        if layout.badge_centred:
            self.rect.center = (x, below)
        else:
            self.rect.midleft = (x, below)
