"""A model of the network: dials that are refused or late, a link that can be cut at any moment.

What was sent before a cut arrives as a prefix, in both directions, and may arrive late.
"""

from collections import deque
from dataclasses import dataclass, field

from kiosk.core.disconnects import Disconnect
from kiosk.core.messages import ServerMessage
from kiosk.core.outgoing import Outgoing

from .service import Connection


@dataclass
class Line:
    """How links fare that are dialled from now on."""

    latency_s: float = 0.0
    """Of each direction."""
    setup_s: float = 0.0
    """From the open socket to `setupComplete`."""
    writes: int = 1000
    """Messages that the socket takes in one turn of the loop."""
    refusals: deque[Disconnect | str] = field(default_factory=deque)
    """What becomes of the next dials: a loss, "mute" (no `setupComplete`), "slow" (it is late)."""


@dataclass
class Link:
    """One socket and what is under way in it."""

    number: int
    """As the core knows it."""
    connection: Connection
    latency_s: float
    setup_at_s: float | None
    up: deque[tuple[float, Outgoing]] = field(default_factory=deque)
    down: deque[tuple[float, ServerMessage, int]] = field(default_factory=deque)
    """With the newest utterance that the service had taken when it said that."""
    warned: bool = False
    """The service's GoAway has arrived, and was not too late."""
    stalled_until_s: float = 0.0
    """Nothing arrives until then, and nobody is told."""

    @property
    def quiet(self) -> bool:
        """Nothing is under way."""
        return not (self.up or self.down or self.connection.said)

    def send(self, out: Outgoing, now_s: float) -> None:
        self.up.append((now_s + self.latency_s, out))

    def carry(self, now_s: float) -> None:
        """Bring to the service what is due, and take up what it said."""
        if now_s < self.stalled_until_s:
            return
        connection = self.connection
        due = self.setup_at_s is not None and now_s >= self.setup_at_s
        if due and connection.closed is None:
            self.setup_at_s = None
            connection.complete_setup()
        while self.up and self.up[0][0] <= now_s and not connection.closed:
            self.collect(now_s)
            connection.take(self.up.popleft()[1], now_s)
        self.collect(now_s)

    def collect(self, now_s: float) -> None:
        """Take up what the service said."""
        connection = self.connection
        while connection.said:
            message = connection.said.popleft()
            self.down.append((now_s + self.latency_s, message, connection.newest))

    def arrived(self, now_s: float) -> tuple[ServerMessage, int] | None:
        """The next message that is due at the client."""
        if now_s < self.stalled_until_s or not self.down or self.down[0][0] > now_s:
            return None
        return self.down.popleft()[1:]

    def cut(self, now_s: float, up: float, down: float) -> list[tuple[ServerMessage, int]]:
        """Break it: the given shares of what is under way still arrive.

        Returns what the client gets yet.
        """
        connection = self.connection
        for _ in range(round(len(self.up) * up)):
            if connection.closed:
                break
            self.collect(now_s)
            connection.take(self.up.popleft()[1], now_s)
        for _ in range(4):
            self.collect(now_s)
            connection.react(now_s)
        self.collect(now_s)
        last = [entry[1:] for entry in self.down]
        return last[: round(len(last) * down)]
