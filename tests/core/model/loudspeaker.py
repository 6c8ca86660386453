"""What is heard of what the conversation hands out: only answers to the newest turn."""

from collections import deque

from kiosk.core.turns import Command, ReplyCommand
from kiosk.formats import REPLY_HZ

from .judge import Judge
from .state import APOLOGY, WrongError, generation_of


class Loudspeaker:
    """See the module. Places are samples of the reply ring."""

    def __init__(self, judge: Judge) -> None:
        self.end = 0
        """One past the last sample that was handed out."""
        self.heard = 0
        self._judge = judge
        self._held = False
        self._pieces = deque[tuple[int, int, int]]()
        """From where, to where, and of which generation."""

    def take(self, command: Command) -> None:
        match command:
            case bytes():
                start, self.end = self.end, self.end + len(command) // 2
                self._pieces.append((start, self.end, generation_of(command)))
            case ReplyCommand.HOLD:
                self._held = True
            case ReplyCommand.RESUME:
                self._held = False
            case ReplyCommand.DISCARD:
                self.forget()

    def forget(self) -> None:
        """Nothing of what is there will be heard."""
        self._held, self.heard = False, self.end
        self._pieces.clear()

    def play(self, newest: int, samples: int | None = None) -> None:
        """Time goes on; all of it is heard where no number of samples is given."""
        if self._held:
            return
        self._judge.meet(newest).heard_before_s = self._judge.meet(newest).heard_s
        self.heard = self.end if samples is None else min(self.end, self.heard + samples)
        while self._pieces and self._pieces[0][0] < self.heard:
            start, end, generation = self._pieces.popleft()
            if end > self.heard:
                self._pieces.appendleft((self.heard, end, generation))
            if generation == APOLOGY:
                continue
            if not self._judge.is_answer(generation, newest):
                raise WrongError(f"generation {generation} is heard after {newest} was asked")
            self._judge.meet(newest).heard_s += (min(end, self.heard) - start) / REPLY_HZ
