"""Off-screen: the picture is only memory of this process, for tests, films and screenshots."""

import threading
from collections.abc import Callable

import pygame

from kiosk.settings.types import DisplaySettings
from kiosk.window.rate import FrameRate
from kiosk.window.touch_button import KEY_POLL_INTERVAL_S, TouchButton
from kiosk.window.window import Window, may_be_closed, open_first

_POLL_INTERVAL_S = 1 / 30
"""A frame: without keys there is nothing to notice between two of them."""


class OffScreenClient:
    """See `ScreenClient`. The drawing thread writes all of it; others read an attribute once."""

    close_requested = False
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
        self.rate = FrameRate()
        self.poll_interval_s = KEY_POLL_INTERVAL_S if keyboard else _POLL_INTERVAL_S
        self._settings = settings
        self._button = TouchButton(on_edge) if keyboard else None
        self._may_be_closed = may_be_closed(settings, settings.driver, demo=demo)

    def open(self, stop: threading.Event) -> None:
        """See `ScreenClient`."""
        self._window = open_first(self._settings, lambda driver: Window(self._settings, driver))
        self.size = self._window.size

    def poll(self) -> None:
        """See `ScreenClient`."""
        for event in pygame.event.get():
            if event.type == pygame.QUIT:
                self.close_requested = self._may_be_closed
            elif self._button:
                if event.type == pygame.KEYDOWN and event.key in {pygame.K_ESCAPE, pygame.K_q}:
                    self.close_requested = self._may_be_closed
                self._button.handle(event)
        if self._button:
            self._button.tick()

    @property
    def is_ready(self) -> bool:
        """Always: `show` returns when it is done."""
        return True

    def canvas(self, size: tuple[int, int]) -> pygame.Surface:
        """See `ScreenClient`."""
        self._canvas = pygame.Surface(size).convert()
        return self._canvas

    def show(self, rects: list[pygame.Rect]) -> None:
        """See `ScreenClient`."""
        if rects:
            self._window.show(self._canvas, rects)
            self.rate.count()

    def power(self, on: bool) -> None:
        """There is no panel."""

    def close(self) -> None:
        """See `ScreenClient`."""
        if self._button:
            self._button.release()
        if self.size != (0, 0):
            self._window.close()
