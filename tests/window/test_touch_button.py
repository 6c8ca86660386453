import pygame
import pytest
from pygame.event import Event

from kiosk.window.touch_button import ENDLESS_S, STALE_S, TouchButton

SPACE_DOWN = Event(pygame.KEYDOWN, key=pygame.K_SPACE)
SPACE_UP = Event(pygame.KEYUP, key=pygame.K_SPACE)
CLICK = Event(pygame.MOUSEBUTTONDOWN, button=1, touch=False)
UNCLICK = Event(pygame.MOUSEBUTTONUP, button=1, touch=False)
RIGHT_CLICK = Event(pygame.MOUSEBUTTONDOWN, button=3, touch=False)
TOUCH_CLICK = Event(pygame.MOUSEBUTTONDOWN, button=1, touch=True)
TOUCH_UNCLICK = Event(pygame.MOUSEBUTTONUP, button=1, touch=True)
TOUCH = Event(pygame.FINGERDOWN, touch_id=1, finger_id=7)
UNTOUCH = Event(pygame.FINGERUP, touch_id=1, finger_id=7)
OTHER_FINGER = Event(pygame.FINGERDOWN, touch_id=1, finger_id=8)
NO_OTHER_FINGER = Event(pygame.FINGERUP, touch_id=1, finger_id=8)
FOCUS_LOST = Event(pygame.WINDOWFOCUSLOST)


@pytest.mark.parametrize(
    ("events", "edges"),
    [
        ([SPACE_DOWN, SPACE_UP], [True, False]),
        ([SPACE_DOWN, SPACE_DOWN, SPACE_DOWN, SPACE_UP], [True, False]),
        ([CLICK, UNCLICK], [True, False]),
        ([TOUCH, TOUCH_CLICK, UNTOUCH, TOUCH_UNCLICK], [True, False]),
        ([TOUCH_CLICK, TOUCH, TOUCH_UNCLICK, UNTOUCH], [True, False]),
        ([TOUCH, TOUCH, UNTOUCH], [True, False, True, False]),
        ([TOUCH, OTHER_FINGER, UNTOUCH, NO_OTHER_FINGER], [True, False]),
        ([SPACE_DOWN, FOCUS_LOST, SPACE_UP], [True, False]),
        ([SPACE_DOWN, FOCUS_LOST, SPACE_UP, SPACE_DOWN], [True, False, True]),
        ([SPACE_UP, UNCLICK, FOCUS_LOST], []),
        ([RIGHT_CLICK, Event(pygame.KEYDOWN, key=pygame.K_a)], []),
    ],
    ids=[
        "space", "repeat", "mouse", "touch with its mouse", "mouse with its touch",
        "a finger whose end was lost", "two fingers",
        "focus lost while held", "and held again", "release without press", "other keys",
    ],
)  # fmt: skip
def test_edges(events, edges):
    seen = []
    button = TouchButton(lambda pressed, at_s: seen.append((pressed, at_s)))
    for event in events:
        button.handle(event)
    assert [pressed for pressed, _ in seen] == edges
    assert [at_s for _, at_s in seen] == sorted(at_s for _, at_s in seen)


class Panel:
    """A touch panel, its clock, and what the button did: +1 pressed, -1 released."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.edges: list[int] = []
        self.button = TouchButton(self._edge, lambda: self.now_s)

    def _edge(self, pressed: bool, at_s: float) -> None:
        assert at_s == self.now_s
        self.edges.append(1 if pressed else -1)

    def touch(self, kind: int, finger: int, after_s: float = 0.0) -> None:
        self.now_s += after_s
        self.button.handle(Event(kind, touch_id=1, finger_id=finger))


def test_after_a_touch_that_never_ends_the_next_visitor_can_press():
    panel = Panel()
    panel.touch(pygame.FINGERDOWN, 1)
    panel.touch(pygame.FINGERDOWN, 2, after_s=STALE_S)
    assert panel.edges == [1, -1, 1], "the old press is over, this is one of its own"
    panel.touch(pygame.FINGERUP, 2, after_s=3)
    panel.touch(pygame.FINGERDOWN, 3, after_s=1)
    panel.touch(pygame.FINGERUP, 3, after_s=2)
    assert panel.edges == [1, -1, 1, -1, 1, -1]
    panel.touch(pygame.FINGERUP, 1)
    assert len(panel.edges) == 6


def test_a_touch_that_never_ends_is_not_a_stuck_button_for_ever():
    panel = Panel()
    panel.touch(pygame.FINGERDOWN, 1)
    panel.now_s += ENDLESS_S - 1
    panel.button.tick()
    assert panel.edges == [1]
    panel.now_s += 1
    panel.button.tick()
    assert panel.edges == [1, -1]


def test_a_second_finger_does_not_cut_who_speaks_for_long():
    panel = Panel()
    panel.touch(pygame.FINGERDOWN, 1)
    for _ in range(3):
        panel.touch(pygame.FINGERMOTION, 1, after_s=STALE_S - 1)
    panel.touch(pygame.FINGERDOWN, 2, after_s=1)
    panel.touch(pygame.FINGERUP, 2, after_s=1)
    assert panel.edges == [1]
    panel.touch(pygame.FINGERUP, 1, after_s=1)
    assert panel.edges == [1, -1]
