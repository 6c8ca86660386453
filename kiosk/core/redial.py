"""When to dial again after a loss, and whether what would be resumed is suspect.

`losses` says what a loss means the first time; here is remembered what went before.
"""

from collections.abc import Callable
from enum import Enum

from msgspec import Struct

from kiosk.core import losses
from kiosk.core.losses import Loss, Remedy

RESUMES_IN_A_ROW = 2
"""Times that the service itself may end a link before its handle is suspected."""
SUSPECT_CODES = (1007, 1008, 1011)
"""Close codes by which the service itself ends a link for a fault; a broken line says nothing of a
handle.
"""


class Suspect(Enum):
    """What may be to blame for a loss, and is not resumed again."""

    NOTHING = "nothing"
    NEWEST = "the handle that was resumed last"
    ALL = "every handle"


class Attempt(Struct, frozen=True):
    """The next dial."""

    pause_s: float
    suspect: Suspect


class Redial:
    """See the module.

    Args:
        random: uniform on [0, 1), for the jitter of the back-off.
    """

    def __init__(self, random: Callable[[], float]) -> None:
        self.staff_code = ""
        """What a person must mend, or empty."""
        self.refresh_credential = False
        """The next dial is to fetch its credential anew."""
        self._random = random
        self.healthy()

    def healthy(self) -> None:
        """A link did its work: the failures before it are paid off."""
        self._backoff = losses.backoff(self._random)
        self._suspicions = 0
        self._excused = False
        """An utterance was given up since: the next that is refused is not to blame."""
        self._refreshed = False
        self._refused = False
        """For quota, or by a fault for staff."""

    def excuse(self) -> None:
        """An utterance is given up that the service refuses: if it was that, the next is taken."""
        if not self._excused:
            self._excused, self._suspicions = True, 0

    def pause_s(self) -> float:
        """The back-off's next pause, where no loss asks for another."""
        return next(self._backoff)

    def after(
        self, loss: Loss, waiting: bool, worked: bool, bare: bool = True, less: bool = False
    ) -> Attempt:
        """What to do about a loss.

        Args:
            loss: how the link ended, or why it could not be opened.
            waiting: somebody's words are undelivered, or unanswered.
            worked: the service has taken us before.
            bare: the session was given neither handle nor history.
            less: the next session is given less than this one.
        """
        verdict = losses.judge(loss)
        self._suspicions += loss.code in SUSPECT_CODES and not less
        often = self._suspicions > RESUMES_IN_A_ROW
        pause_s, fresh = next(self._backoff), verdict.remedy is Remedy.FRESH
        if losses.blames_request(loss) and not bare:
            # What it was given may be to blame, and the line is good.
            return Attempt(min(pause_s, losses.FIRST_S), Suspect.ALL if often else Suspect.NEWEST)
        if verdict.remedy is Remedy.CREDENTIAL and not self._refreshed:
            self.refresh_credential = self._refreshed = True
        elif verdict.remedy is Remedy.WAIT:
            self.staff_code = verdict.staff_code
            pause_s = losses.quota_pause(loss, waiting and not self._refused, self._random)
            self._refused = True
        elif verdict.remedy is Remedy.STAFF and worked and not self._refused:
            self._refused = True  # What has worked is believed to be wrong the second time.
        elif verdict.remedy in (Remedy.CREDENTIAL, Remedy.STAFF) or (
            fresh and often and verdict.staff_code == "K-FIELD"
        ):
            self.staff_code, pause_s = verdict.staff_code, losses.STAFF_S
        elif fresh:
            pause_s = min(pause_s, losses.FIRST_S)  # The line is good: it was what we resumed.
        if waiting and not self.staff_code:
            pause_s = min(pause_s, losses.SOMEBODY_WAITS_S)
        suspect = Suspect.ALL if often else Suspect.NEWEST if fresh else Suspect.NOTHING
        return Attempt(pause_s, suspect)
