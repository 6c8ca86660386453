"""Where in the microphone ring the button went down and up, and so what an utterance is."""

from collections import deque

from kiosk.formats import MICROPHONE_HZ

from ..service import BUTTON
from .microphone import PERIOD
from .state import WrongError

PRE_ROLL = BUTTON.pre_roll_ms * MICROPHONE_HZ // 1000
TAIL = BUTTON.tail_ms * MICROPHONE_HZ // 1000


class Button:
    """See the module."""

    def __init__(self) -> None:
        self._holds = deque[list[int]]()

    def press(self, sample: int) -> None:
        self._holds.append([sample, 0])

    def release(self, sample: int) -> None:
        self._holds[-1][1] = sample

    def check(self, start: int, end: int, cut: int | None) -> None:
        """An utterance is what was said while the button was down, and a little before and after;
        of a button that is stuck, less. Where nobody records any more it may end at `cut`.
        """
        while len(self._holds) > 1 and self._holds[1][0] - PRE_ROLL <= start:
            self._holds.popleft()
        pressed = self._holds[0][0]
        released = max(up for _, up in self._holds)
        # It ends with what is written by then, which is whole periods.
        stuck = end - start > BUTTON.max_hold_s * MICROPHONE_HZ - PERIOD
        ended = stuck or end in (released + TAIL, cut)
        if not pressed - PRE_ROLL <= start <= pressed or not ended:
            raise WrongError(f"{start}-{end} was said from {pressed} to {released}")
