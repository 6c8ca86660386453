"""A screen that is only memory of this process: drivers for tests, films and screenshots."""

import threading
from collections.abc import Callable

import pygame

from kiosk.settings.types import DisplaySettings
from kiosk.window.presenters import Surfaces
from kiosk.window.rate import Rate
from kiosk.window.touch_button import TouchButton
from kiosk.window.window import may_be_left, on_a_screen

_KEYS_S = 0.01
"""Between two looks for keys where the keyboard is the button."""
_LOOK_S = 1 / 30


class Inside:
    """See `Glass`."""

    renderer = Surfaces.name
    quit = False
    pid: int | None = None

    def __init__(
        self,
        settings: DisplaySettings,
        on_edge: Callable[[bool, float], None],
        keyboard: bool,
        demo: bool = False,
    ) -> None:
        self.driver = settings.driver
        self.size = (0, 0)
        self.rate = Rate()
        self.look_s = _KEYS_S if keyboard else _LOOK_S
        self._settings = settings
        self._press = TouchButton(on_edge) if keyboard else None
        self._may_be_left = may_be_left(settings, settings.driver, demo=demo)

    def open(self, stop: threading.Event) -> None:
        """See `Glass`."""
        self._presenter = on_a_screen(
            self._settings, lambda driver: Surfaces(self._settings, driver)
        )
        self.size = self._presenter.size

    def see(self) -> None:
        """See `Glass`."""
        for event in pygame.event.get():
            if event.type == pygame.QUIT:
                self.quit = self._may_be_left
            elif self._press:
                if event.type == pygame.KEYDOWN and event.key in {pygame.K_ESCAPE, pygame.K_q}:
                    self.quit = self._may_be_left
                self._press.see(event)
        if self._press:
            self._press.tick()

    @property
    def ready(self) -> bool:
        """Always: `show` returns when it is done."""
        return True

    def canvas(self, size: tuple[int, int]) -> pygame.Surface:
        """See `Glass`."""
        self._canvas = pygame.Surface(size).convert()
        return self._canvas

    def show(self, rects: list[pygame.Rect]) -> None:
        """See `Glass`."""
        if rects:
            self._presenter.show(self._canvas, rects)
            self.rate.count()

    def power(self, on: bool) -> None:
        """There is no panel."""

    def close(self) -> None:
        """See `Glass`."""
        if self._press:
            self._press.release()
        if self.size != (0, 0):
            self._presenter.close()
