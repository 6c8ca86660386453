"""Space bar, mouse and touch as one button.

A held key repeats, and a window that loses the focus never hears of the release. So what counts is
the set of things held down: the button is pressed while it is not empty. SDL's mouse events that
stand for a touch are ignored: the touch is reported too, and with one that never ends SDL would
keep the mouse down as well.

Some touches never end, because X11 or a panel that sleeps loses the event. A finger that has not
been reported for `STALE_S` is dropped when another one touches, and by itself after `ENDLESS_S`.
"""

import time
from collections.abc import Callable, Hashable

import pygame

OnEdge = Callable[[bool, float], None]
"""Pressed or released, and the monotonic time of it in seconds."""

KEY_POLL_INTERVAL_S = 0.01
"""Between two looks for events where they are the button: a press is late by half of it."""
STALE_S = 10.0
"""Somebody who speaks moves the finger a little in so long, and a panel reports it."""
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
        """`space`, `mouse`, and (touch device, finger) of each touch."""
        self._fingers: dict[Hashable, float] = {}
        """Monotonic seconds at which each held finger was reported last."""

    def handle(self, event: pygame.event.Event) -> None:
        """Take one event; those that are none of the button's are ignored."""
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
                self._let_go(finger)  # The end of its last touch was lost.
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
        """Drop the fingers whose end was lost; to be called between events."""
        self._drop(ENDLESS_S)

    def release(self) -> None:
        """Let go of everything."""
        for what in tuple(self._held):
            self._let_go(what)

    def _drop(self, after_s: float) -> None:
        """Let go of the fingers that have not been reported for so long."""
        if self._fingers:
            since_s = self._clock() - after_s
            for finger in [one for one, at_s in self._fingers.items() if at_s <= since_s]:
                self._let_go(finger)

    def _hold(self, what: Hashable) -> None:
        is_first = not self._held
        self._held.add(what)
        if is_first:
            self._on_edge(True, self._clock())

    def _let_go(self, what: Hashable) -> None:
        self._fingers.pop(what, None)
        if what in self._held:
            self._held.remove(what)
            if not self._held:
                self._on_edge(False, self._clock())
