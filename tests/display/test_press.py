import pygame
import pytest
from pygame.event import Event

from kiosk.display.press import Press

SPACE_DOWN = Event(pygame.KEYDOWN, key=pygame.K_SPACE)
SPACE_UP = Event(pygame.KEYUP, key=pygame.K_SPACE)
CLICK = Event(pygame.MOUSEBUTTONDOWN, button=1, touch=False)
UNCLICK = Event(pygame.MOUSEBUTTONUP, button=1, touch=False)
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
        ([TOUCH, CLICK, UNTOUCH, UNCLICK], [True, False]),
        ([CLICK, TOUCH, UNCLICK, UNTOUCH], [True, False]),
        ([TOUCH, OTHER_FINGER, UNTOUCH, NO_OTHER_FINGER], [True, False]),
        ([SPACE_DOWN, FOCUS_LOST, SPACE_UP], [True, False]),
        ([SPACE_DOWN, FOCUS_LOST, SPACE_UP, SPACE_DOWN], [True, False, True]),
        ([SPACE_UP, UNCLICK, FOCUS_LOST], []),
        ([Event(pygame.MOUSEBUTTONDOWN, button=3), Event(pygame.KEYDOWN, key=pygame.K_a)], []),
    ],
    ids=[
        "space", "repeat", "mouse", "touch with its mouse", "mouse with its touch", "two fingers",
        "focus lost while held", "and held again", "release without press", "other keys",
    ],
)  # fmt: skip
def test_edges(events, edges):
    seen = []
    press = Press(lambda pressed, at_s: seen.append((pressed, at_s)))
    for event in events:
        press.see(event)
    assert [pressed for pressed, _ in seen] == edges
    assert [at_s for _, at_s in seen] == sorted(at_s for _, at_s in seen)
