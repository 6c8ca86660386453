"""One thing said, and what became of it."""

from enum import Enum

from msgspec import Struct

from kiosk.core.moves import check_move


class Fate(Enum):
    """What is wanted of an utterance."""

    WANTED = "wanted"
    """Somebody waits for its answer."""
    SPOKEN_OVER = "spoken over"
    """A newer utterance has begun: what is still answered is dropped."""
    TOLD_ONLY = "told only"
    """It is said again only so that the service knows of it: the visitor has had an answer."""
    GIVEN_UP = "given up"
    """Discarded, or never answered: it is not said again, and what is answered is dropped."""


_FATES = {
    Fate.WANTED: {Fate.SPOKEN_OVER, Fate.TOLD_ONLY, Fate.GIVEN_UP},
    # Wanted again where the link is gone before the service reacted to either.
    Fate.SPOKEN_OVER: {Fate.WANTED, Fate.TOLD_ONLY, Fate.GIVEN_UP},
    Fate.TOLD_ONLY: {Fate.GIVEN_UP},
    Fate.GIVEN_UP: set(),
}


class Utterance(Struct, eq=False):
    """What was said in one turn: a range of the microphone ring, or typed text, and how far it has
    come.
    """

    id: int
    start: int
    """First sample in the microphone ring."""
    end: int | None = None
    """One past the last sample; None while the button is held. Fixed once."""
    closed_s: float | None = None
    payload: bytes | None = None
    """The encoded message where the turn was typed instead of spoken."""

    cursor: int = 0
    """Next sample to go out on this link."""
    begun: bool = False
    """Its `activityStart` went out on this link."""
    ended: bool = False
    """Its `activityEnd` went out on this link."""

    reacted: bool = False
    """The service has shown that it took the utterance: it must never be said again as sound."""
    parts: int = 0
    """Messages that brought some of the answer, as sound or as text."""
    generated: bool = False
    """All of the answer has come."""
    text: str = ""
    """Words of the answer that came instead of sound, and not as its transcript."""
    nothing: str = ""
    """The service has ended its turn, and there was nothing in it: what that will be called."""
    working_s: float | None = None
    """Since when the service has shown only that it is at work on an answer."""
    progress_s: float = 0.0
    """When the service last said anything about it, or its end went out."""
    fate: Fate = Fate.WANTED
    """Set by `decide`."""
    outcome: str = ""
    """How the conversation was told that it ended (`events.Finished`); empty before."""
    done: bool = False
    """Nothing more will come for it from the service."""
    audible_from: int | None = None
    """First sample of the answer that can be heard; None while there is none."""
    quiet_samples: int = 0
    """Samples of the answer before that."""
    calls: int = 0
    """Tools that the model has had used for it. It is then not asked for again, or that would be
    done twice.
    """
    played_s: float = 0.0
    """Seconds that were heard of all answers to it; only the conversation tells."""
    refusals: int = 0
    """How often the service ended the link on it with 1007."""
    empties: int = 0
    """How often it was asked again after a turn with nothing in it."""
    no_answers: int = 0
    """How often the service stayed silent on it."""
    heard: str = ""
    doubtful: bool = False
    """What was heard of it may be the late transcript of another."""
    said: str = ""

    def decide(self, fate: Fate) -> None:
        """Want something else of it.

        Raises:
            IllegalMoveError: the table does not have the move.
        """
        if fate is not self.fate:
            check_move(_FATES, self.fate, fate, f"utterance {self.id}")
            self.fate = fate

    @property
    def wanted(self) -> bool:
        """Whether somebody waits for its answer."""
        return self.fate is Fate.WANTED

    @property
    def answered(self) -> bool:
        """Whether some of the answer has come."""
        return self.parts > 0

    @property
    def audible(self) -> bool:
        """Whether something that can be heard was in the answer."""
        return self.audible_from is not None

    def forget_the_answer(self) -> None:
        """It is asked for again."""
        self.parts = self.quiet_samples = 0
        self.audible_from = None
        self.said = self.text = ""

    def rewind(self) -> None:
        """Forget what went out: all of it is to be said again."""
        self.cursor, self.begun, self.ended = self.start, False, False
        self.nothing, self.working_s = "", None
        if self.payload is None:
            self.heard, self.doubtful = "", False

    @property
    def in_flight(self) -> bool:
        return self.begun and not self.done
