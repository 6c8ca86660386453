"""What the screen tells a visitor beside the state, for a moment or while it lasts."""

from kiosk.core import turn_end
from kiosk.core.inputs import DevicesAre
from kiosk.core.scene import Notice

NOTICE_S = 3.0
"""How long a notice of something that has happened stands."""
ONE_MOMENT_S = 1.0
"""How long a tool may be at work before the visitor is told: 1.5 s feel like a fault."""
STILL_WORKING_S = 8.0
"""How long before it is told that it goes on."""
OF_OUTCOMES = {
    "discarded": Notice.SPEECH_DISCARDED,
    "unanswered": Notice.SPEECH_DISCARDED,
    turn_end.EMPTY: Notice.SPEECH_DISCARDED,
    turn_end.INAUDIBLE: Notice.SPEECH_DISCARDED,
    turn_end.REFUSED: Notice.REFUSED,
    turn_end.MORE_WANTED: Notice.MORE_WANTED,
}
"""What is shown of how a turn ended."""
APOLOGISED = {*OF_OUTCOMES} - {"discarded"}
"""Ends of a turn that the kiosk says a word about: nobody else did."""


class Notices:
    """See the module. Times are monotonic seconds."""

    def __init__(self) -> None:
        self.stuck = False
        """The button is still down after `max_hold_s`."""
        self._notice: Notice | None = None
        self._until_s = 0.0

    def show(self, notice: Notice, now_s: float) -> None:
        """Something has happened."""
        self._notice, self._until_s = notice, now_s + NOTICE_S

    def clear(self) -> None:
        """The visitor does something: what was is no news any more."""
        self._notice = None

    def advance(self, now_s: float) -> None:
        """Time has gone on."""
        if self._notice is not None and now_s > self._until_s:
            self._notice = None

    def standing(
        self, devices: DevicesAre, *, listening: bool, tool_s: float = 0.0
    ) -> Notice | None:
        """The one that is shown now.

        Args:
            devices: which of them do not do their work.
            listening: an utterance is open.
            tool_s: for how long a tool has been at work, and the host silent.
        """
        if self.stuck:
            return Notice.BUTTON_STUCK
        if self._notice is not None:
            return self._notice
        if listening and devices.microphone_silent:
            return Notice.MICROPHONE_SILENT
        if tool_s >= ONE_MOMENT_S:
            return Notice.STILL_WORKING if tool_s >= STILL_WORKING_S else Notice.ONE_MOMENT
        return Notice.SPEAKER_MISSING if devices.speaker_missing else None
