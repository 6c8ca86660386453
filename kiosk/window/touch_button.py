"""Space bar, mouse and touch as one button.

A held key repeats, and a window that loses the focus never hears of the release. So what counts is
the set of things held down: the button is pressed while it is not empty. SDL's mouse events that
stand for a touch are passed over: the touch is told too, and with one that never ends SDL would
keep the mouse down as well.

Some touches never end: X11 and panels that sleep lose the event. A finger of which nothing was
heard for `STALE_S` is dropped when another one touches, and by itself after `ENDLESS_S`.
"""

import time
from collections.abc import Callable, Hashable

import pygame

OnEdge = Callable[[bool, float], None]
"""Pressed or released, and the monotonic time of it in seconds."""


STALE_S = 10.0
"""Somebody who speaks moves the finger a little in so long, and a panel tells it."""
ENDLESS_S = 60.0
"""`button.max_hold_s` by default: the turn has ended by then."""


class TouchButton:
    """Turns pygame events into edges.

    Args:
        on_edge: called with each edge.
        clock: monotonic seconds.
    """

    def __init__(self, on_edge: OnEdge, clock: Callable[[], float] = time.monotonic) -> None:
        self._on_edge = on_edge
        self._clock = clock
        self._held: set[Hashable] = set()
        self._fingers: dict[Hashable, float] = {}
        """When each finger that is held was heard of last."""

    def see(self, event: pygame.event.Event) -> None:
        """Take one event; those that are none of ours are passed over."""
        match event.type:
            case pygame.KEYDOWN if event.key == pygame.K_SPACE:
                self._hold("space")
            case pygame.KEYUP if event.key == pygame.K_SPACE:
                self._let_go("space")
            case pygame.MOUSEBUTTONDOWN if event.button == pygame.BUTTON_LEFT and not event.touch:
                self._hold("mouse")
            case pygame.MOUSEBUTTONUP if event.button == pygame.BUTTON_LEFT and not event.touch:
                self._let_go("mouse")
            case pygame.FINGERDOWN:
                finger = event.touch_id, event.finger_id
                self._let_go(finger)  # Its end was lost: a finger touches once.
                self._drop(STALE_S)
                self._fingers[finger] = self._clock()
                self._hold(finger)
            case pygame.FINGERMOTION:
                finger = event.touch_id, event.finger_id
                if finger in self._fingers:
                    self._fingers[finger] = self._clock()
            case pygame.FINGERUP:
                self._let_go((event.touch_id, event.finger_id))
            case pygame.WINDOWFOCUSLOST | pygame.WINDOWMINIMIZED:
                self.release()
            case _:
                pass

    def tick(self) -> None:
        """Time has gone on."""
        self._drop(ENDLESS_S)

    def release(self) -> None:
        """Let go of everything."""
        for what in tuple(self._held):
            self._let_go(what)

    def _drop(self, after_s: float) -> None:
        """Let go of the fingers of which nothing was heard for so long."""
        if self._fingers:
            since_s = self._clock() - after_s
            for finger in [one for one, heard_s in self._fingers.items() if heard_s <= since_s]:
                self._let_go(finger)

    def _hold(self, what: Hashable) -> None:
        first = not self._held
        self._held.add(what)
        if first:
            self._on_edge(True, self._clock())

    def _let_go(self, what: Hashable) -> None:
        self._fingers.pop(what, None)
        if what in self._held:
            self._held.remove(what)
            if not self._held:
                self._on_edge(False, self._clock())
