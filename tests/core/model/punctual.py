"""Time: the core leaves a link before the service ends it, and dials while words wait."""

from typing import TYPE_CHECKING

from .state import WrongError

if TYPE_CHECKING:
    from .world import World

DIAL_S = 1.5
"""With words undelivered, the service is dialled again within this, but after some refusals."""


class Punctual:
    """See the module."""

    def __init__(self) -> None:
        self._undialled_s = 0.0
        self._dials = 0

    def step(self, world: "World", seconds: float) -> None:
        """So much time has passed."""
        link = world.link
        if self._dials != world.dials:  # Refused, perhaps.
            self._dials, self._undialled_s = world.dials, 0.0
        waiting = world.session.outbox.in_flight and link is None and world.dialling is None
        refused = bool(world.session.staff_code) or world.session.code == "K-QUOTA"
        self._undialled_s = self._undialled_s + seconds if waiting and not refused else 0.0
        if self._undialled_s > DIAL_S:
            raise WrongError("words wait, and nobody dials")
        if link is not None and link.warned and link.connection.ended_as_told:
            raise WrongError("still on a link when the service ends it as it had said")
