"""A session with its clock and its wire."""

import json

from kiosk.core.disconnects import Disconnect
from kiosk.core.events import Dial, HangUp
from kiosk.core.session import Session

from .service import LIVE, SETUP_COMPLETE, Wire, told_of


class Line:
    """A session with its clock and its wire."""

    def __init__(self, live=LIVE, tools=(), **switches) -> None:
        self.session = Session(live, lambda: 0.5, **switches)
        self.session.opening.instruction = told_of(*tools)
        self.now_s = 100.0
        self.wire = Wire()
        self.session.start(self.now_s)

    def connect(self) -> dict:
        """Open the link that was asked for; returns its setup."""
        while not isinstance(action := self.session.actions.popleft(), Dial):
            assert isinstance(action, HangUp)
        self.wire = Wire()
        self.session.opened(self.now_s)
        self.session.receive(SETUP_COMPLETE, self.now_s)
        return json.loads(action.setup)["setup"]

    def receive(self, *messages) -> list:
        for each in messages:
            self.session.receive(each, self.now_s)
        events = list(self.session.events)
        self.session.events.clear()
        return events

    def send(self, ready: int = 10**9) -> list:
        sent = []
        while (out := self.session.pull(ready, self.now_s)) is not None:
            self.wire.take(out)
            sent.append(out)
        return sent

    def pass_time(self, seconds: float) -> None:
        self.now_s += seconds
        self.session.tick(self.now_s)

    def speak(self, utterance: int, start: int, end: int) -> None:
        self.session.open(utterance, start, self.now_s)
        self.session.close(utterance, end, self.now_s)
        self.send(end)

    def lose(self, loss: Disconnect | None = None) -> None:
        self.session.lost(loss or Disconnect(reason="the line broke"), self.now_s)
        self.pass_time(0.0)
