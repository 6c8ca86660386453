"""What each session is opened with: no more than is taken, and no less without a reason."""

from typing import TYPE_CHECKING

from kiosk.core.disconnects import Disconnect
from kiosk.core.messages import ServerMessage

from .service import BAD_HISTORY, Connection
from .state import WrongError

if TYPE_CHECKING:
    from .world import World

MAX_FAILURES = 2
SUSPECT_CODES = (1007, 1008, 1011)
REFUSALS = (1007, 1008)
REQUEST_CODES = ("K-FIELD", "K-MODEL")
MORE = {"recap": "turns", "nothing": "recap"}
"""What must have failed before."""


class Openings:
    """See the module."""

    def __init__(self) -> None:
        self._given = ""
        self._handle = ""
        self._set_up = self._taken = True
        self._row = 0
        """Sessions that failed to open in a row, with the same handle."""
        self.forget()

    def forget(self) -> None:
        """The visit is over, or the daemon starts anew."""
        self._failures = {"turns": 0, "recap": 0}
        self._refused: set[str] = set()
        self._suspected: set[str] = set()
        """Refused perhaps: the service closed before it had said anything."""
        self._closes = 0

    def dialled(self, connection: Connection, world: "World") -> None:
        """A setup goes out."""
        self._count()
        given = given_to(connection)
        past = world.session.checkpoint.history
        told = any(u.heard or u.said for u in past)
        if given == "handle" and connection.handle == self._handle and self._row >= MAX_FAILURES:
            raise WrongError("a handle that led nowhere twice is given again")
        if given in self._refused:
            raise WrongError(f"what was said before is given as {given} again, and was refused")
        if given in MORE and told and not self._may_leave_out(MORE[given]):
            raise WrongError(f"opened with {given} for no reason")
        if given == "nothing" and told:
            for u in past:
                world.judge.meet(u.id).left_out = True
        self._row = self._row if connection.handle == self._handle else 0
        self._given, self._handle = given, connection.handle
        self._set_up = self._taken = False

    def _count(self) -> None:
        """What became of the one before."""
        if not self._set_up:
            self._row += 1
        if self._given == "turns" and not self._taken:
            self._failures["turns"] += 1
        elif self._given == "recap" and not self._set_up:
            self._failures["recap"] += 1
        elif self._given == "nothing" and not self._set_up:
            self._refused.clear()

    def _may_leave_out(self, more: str) -> bool:
        return (
            more in self._suspected
            or self._failures[more] >= MAX_FAILURES
            or self._closes > MAX_FAILURES
        )

    def received(self, message: ServerMessage) -> None:
        """The core hears of the service."""
        if message.setup_complete is not None:
            self._set_up, self._row = True, 0
        if message.server_content is not None or message.interaction_status is not None:
            self._taken = True

    def lost(self, loss: Disconnect) -> None:
        """The link is gone."""
        self._closes += loss.code in SUSPECT_CODES
        if loss.code in REFUSALS and not self._taken:
            self._suspected.add(self._given)
        if loss == BAD_HISTORY:
            self._refused.add(self._given)

    def check_code(self, code: str) -> None:
        """What staff are shown."""
        if code in REQUEST_CODES and self._given != "nothing":
            raise WrongError(f"{code}, and it was the {self._given} that was refused")


def given_to(connection: Connection) -> str:
    """What a setup gives beside the settings."""
    if connection.handle:
        return "handle"
    if "historyConfig" in connection.setup:
        return "turns"
    return "recap" if connection.recap else "nothing"
