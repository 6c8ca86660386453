"""When to dial again after a loss, what staff are shown, and whether what would be resumed is
suspect.

`disconnects` says what a loss means the first time; this module remembers what went before.
"""

from collections.abc import Callable
from enum import Enum

from msgspec import Struct

from kiosk.core import disconnects, pauses, staff_codes
from kiosk.core.disconnects import Disconnect, Remedy, Verdict

RESUMES_IN_A_ROW = 2
"""Times that the service itself may end a link before its handle is suspected."""
SUSPECT_CODES = (1007, 1008, 1011)
"""Close codes by which the service itself ends a link for a fault; a broken line says nothing of a
handle.
"""
LASTING_S = 20.0
"""Trouble that may pass by itself is told to visitors as an outage after this, and not after one
refusal only.
"""


class Suspect(Enum):
    """What may be to blame for a loss, and is not resumed again."""

    NOTHING = "nothing"
    NEWEST = "the handle that was resumed last"
    ALL = "every handle"


class Attempt(Struct, frozen=True):
    """The next dial. Seconds from the loss."""

    pause_s: float
    suspect: Suspect
    soonest_s: float = 0.0
    """A visitor who speaks brings the dial forward, to no sooner than this."""


class ReconnectPolicy:
    """See the module.

    Args:
        random: uniform on [0, 1), for the jitter of the back-off.
    """

    def __init__(self, random: Callable[[], float]) -> None:
        self.code = ""
        """Code for staff of what keeps the link down now; empty where nothing does."""
        self.staff_code = ""
        """The same where the kiosk is out of order by it: what a person must mend, or what lasts.
        """
        self.refresh_credential = False
        """The next dial is to fetch its credential anew."""
        self._random = random
        self.succeeded()

    def succeeded(self) -> None:
        """A link did its work: the failures before it are paid off."""
        self._backoff = pauses.backoff(self._random)
        self._suspicions = 0
        self._excused = False
        """An utterance was given up since: the next that is refused is not to blame."""
        self._refreshed = False
        self._refused = 0
        """How often for quota, or by a fault for staff."""
        self._trouble = ""
        """The newest code."""
        self._since_s = 0.0
        """Since when it is that one."""
        self._times = 0
        """How often it was, in a row."""

    def up(self) -> None:
        """The session is open."""
        self.code = self.staff_code = ""

    def poll(self, now_s: float) -> None:
        """Time has passed: see whether what may pass by itself lasts."""
        lasts = self._times > 1 and now_s - self._since_s >= LASTING_S
        if self.code in staff_codes.PASSING and lasts and not self.staff_code:
            self.staff_code = self.code

    def forgive(self) -> None:
        """An utterance is given up that the service refuses: if it was that, the next is taken."""
        if not self._excused:
            self._excused, self._suspicions = True, 0

    def pause_s(self) -> float:
        """The back-off's next pause, where no loss asks for another."""
        return next(self._backoff)

    def next_attempt(
        self,
        loss: Disconnect,
        now_s: float,
        *,
        waiting: bool,
        worked: bool,
        bare: bool = True,
        less: bool = False,
    ) -> Attempt:
        """What to do about a loss.

        Args:
            loss: how the link ended, or why it could not be opened.
            now_s: when.
            waiting: somebody's words are undelivered, or unanswered.
            worked: the service has taken us before.
            bare: the session was given neither handle nor history.
            less: the next session is given less than this one.
        """
        verdict = disconnects.classify(loss)
        of_us = disconnects.blames_request(loss) and not bare
        if of_us:
            self.code = staff_codes.LINK  # No trouble that lasts: the next is given less.
        else:
            self._note(verdict.staff_code, now_s)
        self._suspicions += loss.code in SUSPECT_CODES and not less
        often = self._suspicions > RESUMES_IN_A_ROW
        pause_s, fresh = next(self._backoff), verdict.remedy is Remedy.FRESH
        soonest_s = 0.0
        if of_us:
            # The line is good; what the session was given may be to blame, and is left out now.
            pause_s = min(pause_s, pauses.FIRST_S)
            return Attempt(pause_s, Suspect.ALL if often else Suspect.NEWEST)
        if verdict.remedy is Remedy.CREDENTIAL and not self._refreshed:
            self.refresh_credential = self._refreshed = True
        elif verdict.remedy is Remedy.WAIT:
            self._refused += 1
            asked_s = pauses.asked(loss.retry_after_s)
            pause_s = pauses.quota(self._refused, asked_s, waiting, self._random)
            soonest_s = pauses.QUOTA_WAITS_S if asked_s is None else pause_s
        elif verdict.remedy is Remedy.STAFF and worked and not self._refused:
            self._refused = 1  # What has worked is believed to be wrong the second time.
        elif self._is_for_staff(verdict, often):
            self.staff_code, pause_s = verdict.staff_code, pauses.STAFF_S
            soonest_s = pause_s
        elif fresh and not often:
            pause_s = min(pause_s, pauses.FIRST_S)  # The line is good: it was what we resumed.
        if waiting and not soonest_s:
            pause_s = min(pause_s, pauses.SOMEBODY_WAITS_S)
        suspect = Suspect.ALL if often else Suspect.NEWEST if fresh else Suspect.NOTHING
        return Attempt(pause_s, suspect, soonest_s)

    def _note(self, code: str, now_s: float) -> None:
        if code != self._trouble:
            self._trouble, self._since_s, self._times = code, now_s, 0
        self._times += 1
        self.code = code
        if self.staff_code in staff_codes.PASSING and code != self.staff_code:
            self.staff_code = ""  # It has passed, and something else is wrong.

    @staticmethod
    def _is_for_staff(verdict: Verdict, often: bool) -> bool:
        if verdict.remedy is Remedy.FRESH:
            return often and verdict.staff_code == staff_codes.FIELD
        return verdict.remedy in (Remedy.CREDENTIAL, Remedy.STAFF)
