"""With how much a session is opened: a resumption handle, what was said before, or neither.

A service that does not answer a handle, or refuses a history, would be given the same at each dial,
for ever. So a session that cannot be opened with what it was given is opened with less. What was
left out is counted, and named in the next `Dial`.
"""

from collections import Counter
from enum import Enum

from kiosk.core.checkpoint import Checkpoint
from kiosk.core.inputs import InstructionIs
from kiosk.core.messages import ClientContent, RealtimeInputConfig, Setup
from kiosk.core.reconnect import Suspect
from kiosk.core.setup import MARKED_BY_US, build_setup
from kiosk.settings.types import LiveSettings

FAILURES_IN_A_ROW = 2
"""Sessions that may fail to open with the same, where the reason says nothing of what they were
given.
"""
BREAKS_IN_A_ROW = 4
"""Times that the line may break on a resumed session before the service has said anything: a line
that breaks says little of a handle.
"""


class Given(Enum):
    """What a session is opened with, from most to least."""

    HANDLE = "the resumption handle"
    HISTORY = "the history as turns"
    RECAP = "the history as words of the instruction"
    NOTHING = "nothing"


_LESS = {Given.HISTORY: Given.RECAP, Given.RECAP: Given.NOTHING}


class Opening:
    """Of one session after the other.

    Args:
        live: the `[live]` settings.
        checkpoint: handle and history of the visit.
        realtime_input: who says where speech begins and ends.
    """

    def __init__(
        self,
        live: LiveSettings,
        checkpoint: Checkpoint,
        realtime_input: RealtimeInputConfig = MARKED_BY_US,
    ) -> None:
        self.given = Given.NOTHING
        """What the present link was opened with."""
        self.taken = False
        """The service has shown that it takes what it was given."""
        self._used = False
        """Something of the visit has been said on the present link, or asked for."""
        self.left_out: Counter[Given] = Counter()
        """How often a session was opened without something, by what was left out."""
        self.brief = False
        """Answers of the sessions to come are to be short."""
        self.instruction = InstructionIs(live.instructions, 0)
        """What a session is told of host and house."""
        self.tools: frozenset[str] = frozenset()
        """Names of what the model was told, on the present link, that it may call."""
        self._edition = 0
        """Of it, that the present session was told."""
        self._live = live
        self._realtime_input = realtime_input
        self._checkpoint = checkpoint
        self._up = False
        """`setupComplete` has come."""
        self._failures = 0
        """In a row, with the same."""
        self._short = 0
        """Resumed sessions in a row that ended before the service had said anything."""
        self._handle = ""
        self._most = Given.HISTORY
        """What a session without a handle is given, in this visit."""
        self._news: list[Given] = []

    def setup(self) -> tuple[Setup, ClientContent | None]:
        """The next link's setup, and what is to be said first on it."""
        checkpoint = self._checkpoint
        if not checkpoint.complete:
            checkpoint.drop()
        handle = checkpoint.handle
        past = None if handle else checkpoint.past()
        given = Given.HANDLE if handle else self._most if past is not None else Given.NOTHING
        if (given, handle) != (self.given, self._handle):
            self.given, self._handle = given, handle
            self._failures = self._short = 0
        self.taken = self._up = self._used = False
        if given is not Given.HANDLE:
            checkpoint.recap = checkpoint.words() if given is Given.RECAP else ""
        history = past if given is Given.HISTORY else None
        setup = build_setup(
            self._live,
            handle,
            instruction=self.instruction.text,
            history_follows=history is not None,
            recap=checkpoint.recap,
            brief=self.brief,
            functions=self.instruction.functions,
            realtime_input=self._realtime_input,
        )
        self._edition = self.instruction.edition
        self.tools = frozenset(one["name"] for one in self.instruction.functions)
        return setup, history

    @property
    def is_blank(self) -> bool:
        """Whether nothing of any visit is in the service's state."""
        return self.given is Given.NOTHING and not self._used

    @property
    def is_outdated(self) -> bool:
        """Whether nobody has used the present session, and the next one would know better."""
        return self.is_blank and self._edition != self.instruction.edition

    def use(self) -> None:
        """Something of the visit goes out, or is asked for."""
        self._used = True

    def news(self) -> str:
        """What was left out since this was last asked, in words."""
        words = " and ".join(given.value for given in self._news)
        self._news.clear()
        return words

    def set_up(self) -> None:
        """`setupComplete` came: words of the instruction are taken. A history is sent only now, and
        a handle may still be refused with the first that is said on it.
        """
        self._up = True
        if self.given is Given.HANDLE:
            self._failures = 0
        self.taken = self.given in (Given.RECAP, Given.NOTHING)

    def took(self) -> None:
        """The service has said something of the conversation, or the link is an old one."""
        self.taken = True
        self._failures = self._short = 0

    def failed(self, refused: bool, closed: bool = False) -> bool:
        """The link has ended, or is of no use. Returns whether the next session is given less; the
        caller drops the handle where it was that.

        Args:
            refused: the service said that what it was sent is wrong.
            closed: the service ended it, and no line broke.
        """
        if self.taken:
            return False
        if self.given is Given.NOTHING:
            if not refused:
                self._most = Given.HISTORY  # What was left out was not to blame.
            return False
        if self._up and self.given is Given.HANDLE:
            self._short += 1
            enough = self._short >= (FAILURES_IN_A_ROW if closed else BREAKS_IN_A_ROW)
        else:
            self._failures += 1
            enough = self._failures >= FAILURES_IN_A_ROW
        if not (refused or enough):
            return False
        self.give_less()
        return True

    def give_less(self) -> None:
        """The next session is given less than this one."""
        if self.given is Given.NOTHING:
            return
        self.left_out[self.given] += 1
        self._news.append(self.given)
        self._failures = self._short = 0
        self._most = _LESS.get(self.given, self._most)

    def distrust(self, suspect: Suspect, given: Given, less: bool) -> None:
        """Do not resume again what may be to blame for a loss.

        Args:
            suspect: what the loss says.
            given: what the session was opened with.
            less: the next one is given less than that, which is settled already.
        """
        if suspect is Suspect.ALL:
            self._checkpoint.drop()
            if not less:
                self.give_less()
        elif suspect is Suspect.NEWEST or (less and given is Given.HANDLE):
            self._checkpoint.drop()

    def forget(self) -> None:
        """The visit is over: what was refused of it is gone."""
        self._most = Given.HISTORY
        self._failures = self._short = 0
        self._news.clear()
