"""Where the link to the service is: a table that answers "may I go there?", and one setter."""

import logging
from enum import Enum

from kiosk.core.moves import check_move

log = logging.getLogger("kiosk.core.link")


class LinkState(Enum):
    """What is done about a link now."""

    WAITING = "waiting"
    """The next dial is planned."""
    DIALLING = "dialling"
    """A socket is being opened."""
    SETTING_UP = "setting up"
    """The socket is open and the setup is on its way."""
    UP = "up"
    """The service has taken the setup."""


_MOVES = {
    LinkState.WAITING: {LinkState.DIALLING},
    LinkState.DIALLING: {LinkState.SETTING_UP, LinkState.WAITING},
    LinkState.SETTING_UP: {LinkState.UP, LinkState.WAITING},
    LinkState.UP: {LinkState.WAITING},
}


class Phase(Enum):
    """The same as `status` and the screen have it."""

    DOWN = "down"
    DIALLING = "dialling"
    UP = "up"
    ROTATING = "rotating"
    """Closed by our own decision; the next one is not up yet."""
    RESTING = "resting"
    """None is wanted: the house is closed, and nobody is here."""


class LinkStatus:
    """The state of one link after the other. All times are monotonic seconds."""

    def __init__(self) -> None:
        self.state = LinkState.WAITING
        self.number = 0
        """Of the newest dial, from 1."""
        self.since_s = 0.0
        """When it came into this state."""
        self.phase_since_s = 0.0
        """When it came into this phase."""
        self.down_since_s = 0.0
        """When it was last up; the start where it never was."""
        self.up_once = False
        self.resting = False
        """No link is wanted: the house is closed, and nobody is here."""
        self._rotating = False
        """The link before was closed by our own decision."""

    @property
    def phase(self) -> Phase:
        """What `status` tells of it."""
        if self.state is LinkState.UP:
            return Phase.UP
        if self.resting and self.state is LinkState.WAITING:
            return Phase.RESTING
        if self._rotating:
            return Phase.ROTATING
        return Phase.DOWN if self.state is LinkState.WAITING else Phase.DIALLING

    @property
    def is_open(self) -> bool:
        """Whether a socket is open that we have not given up."""
        return self.state in (LinkState.SETTING_UP, LinkState.UP)

    @property
    def is_up(self) -> bool:
        """Whether speech may go out."""
        return self.state is LinkState.UP

    def dial(self, now_s: float) -> None:
        """A socket is to be opened.

        Raises:
            IllegalMoveError: no dial is planned; likewise of the others.
        """
        self._move(LinkState.DIALLING, now_s)
        self.number += 1

    def opened(self, now_s: float) -> None:
        """The socket is open."""
        self._move(LinkState.SETTING_UP, now_s)

    def set_up(self, now_s: float) -> None:
        """`setupComplete` came."""
        self.up_once, self._rotating = True, False
        self._move(LinkState.UP, now_s)

    def lost(self, now_s: float) -> None:
        """It is gone, or could not be opened; the next dial is planned."""
        self._rotating = False
        self._move(LinkState.WAITING, now_s)

    def rotated(self, now_s: float) -> None:
        """It was closed by our own decision; the next dial is planned."""
        self._rotating = True
        if self.state is not LinkState.WAITING:
            self._move(LinkState.WAITING, now_s)

    def rest(self, resting: bool, now_s: float) -> None:
        """Whether no link is wanted, from now on."""
        if resting == self.resting:
            return
        before, self.resting = self.phase, resting
        if not resting:
            self.down_since_s = now_s  # Nobody has missed it until now.
        if self.phase is not before:
            self.phase_since_s = now_s

    def _move(self, state: LinkState, now_s: float) -> None:
        check_move(_MOVES, self.state, state, "the link")
        log.debug("link: %s", state.value)
        if self.state is LinkState.UP:
            self.down_since_s = now_s
        before = self.phase
        self.state, self.since_s = state, now_s
        if self.phase is not before or state is LinkState.UP:
            self.phase_since_s = now_s
