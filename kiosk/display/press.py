"""Space bar, mouse and touch as one button.

A touch also comes as a mouse click, a held key repeats, and a window that loses the focus never
hears of the release. So what counts is the set of things held down: the button is pressed while it
is not empty.
"""

import time
from collections.abc import Callable, Hashable

import pygame

OnEdge = Callable[[bool, float], None]
"""Pressed or released, and the monotonic time of it in seconds."""


class Press:
    """Turns pygame events into edges."""

    def __init__(self, on_edge: OnEdge) -> None:
        self._on_edge = on_edge
        self._held: set[Hashable] = set()

    def see(self, event: pygame.event.Event) -> None:
        """Take one event; those that are none of ours are passed over."""
        match event.type:
            case pygame.KEYDOWN if event.key == pygame.K_SPACE:
                self._hold("space")
            case pygame.KEYUP if event.key == pygame.K_SPACE:
                self._let_go("space")
            case pygame.MOUSEBUTTONDOWN if event.button == pygame.BUTTON_LEFT:
                self._hold("mouse")
            case pygame.MOUSEBUTTONUP if event.button == pygame.BUTTON_LEFT:
                self._let_go("mouse")
            case pygame.FINGERDOWN:
                self._hold((event.touch_id, event.finger_id))
            case pygame.FINGERUP:
                self._let_go((event.touch_id, event.finger_id))
            case pygame.WINDOWFOCUSLOST | pygame.WINDOWMINIMIZED:
                self.release()
            case _:
                pass

    def release(self) -> None:
        """Let go of everything."""
        for what in tuple(self._held):
            self._let_go(what)

    def _hold(self, what: Hashable) -> None:
        first = not self._held
        self._held.add(what)
        if first:
            self._on_edge(True, time.monotonic())

    def _let_go(self, what: Hashable) -> None:
        if what in self._held:
            self._held.remove(what)
            if not self._held:
                self._on_edge(False, time.monotonic())
