"""The newest turns, and the words of those that are over."""

from collections import deque

from kiosk.core.turns import Turn, TurnWords

MAX_TURNS = 50
"""That are kept for `status`; the oldest go."""


class TurnLog(deque[Turn]):
    """Turns of this visit and of those before, oldest first. Of the latter the words are gone."""

    def __init__(self) -> None:
        super().__init__(maxlen=MAX_TURNS)
        self.words: deque[TurnWords] = deque()
        """Of turns that are over, each once, for who keeps them."""

    def find(self, turn: int) -> Turn | None:
        """The turn of this number."""
        return next((t for t in reversed(self) if t.id == turn), None)

    def begin(self, turn: Turn) -> None:
        """The next one; late words of the one before may have come until now.

        What an open microphone heard may be understood only after what was typed later: it stands
        where its number is.
        """
        self.pass_on()
        later = [self.pop() for t in tuple(self) if t.id > turn.id]
        self.extend([turn, *reversed(later)])

    def pass_on(self) -> None:
        """Give the words of turns that are over to who keeps them."""
        for turn in self:
            if turn.outcome and not turn.passed_on:
                turn.passed_on = True
                if turn.heard or turn.said:
                    words = TurnWords(turn.press_s, turn.heard, turn.said, turn.outcome, turn.typed)
                    self.words.append(words)

    def forget(self, now_s: float) -> int:
        """The visit is over: its words go. Returns how many turns were not at their end."""
        left = [turn for turn in self if not turn.outcome]
        for turn in left:
            turn.outcome, turn.end_s = "discarded", now_s
        self.pass_on()
        for turn in self:
            turn.heard = turn.said = ""
        return len(left)
