"""One thing said, and what became of it."""

from enum import Enum, IntEnum

from msgspec import Struct

from kiosk.core.moves import check_move

AUDIBLE_PEAK = 103
"""Peak of s16 that counts as sound: -50 dBFS."""


class Progress(IntEnum):
    """How far an utterance has come, in order."""

    QUEUED = 0
    """Nothing of it went out on the present link."""
    SENDING = 1
    """Its `activityStart` went out, and its `activityEnd` did not."""
    SENT = 2
    """All of it went out."""
    TAKEN = 3
    """The service has shown that it took it: it must never be said again as sound."""
    ANSWERING = 4
    """Some of the answer has come."""
    GENERATED = 5
    """All of the answer has come, and the end of the turn has not."""
    OVER = 6
    """Nothing more will come for it from the service."""


_QUEUED_AGAIN = {Progress.OVER, Progress.QUEUED}
_PROGRESS = {
    Progress.QUEUED: {
        Progress.SENDING,
        Progress.SENT,
        Progress.OVER,
    },  # What is typed is sent whole.
    Progress.SENDING: {Progress.SENT} | _QUEUED_AGAIN,
    Progress.SENT: {Progress.TAKEN} | _QUEUED_AGAIN,
    Progress.TAKEN: {Progress.ANSWERING, Progress.GENERATED} | _QUEUED_AGAIN,
    Progress.ANSWERING: {Progress.GENERATED} | _QUEUED_AGAIN,
    Progress.GENERATED: _QUEUED_AGAIN,
    Progress.OVER: {Progress.QUEUED},  # The link is gone before the service took it.
}


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

    With an open microphone it is a stretch of the stream, from where the service has answered what
    was before to where it answers this: it may have nothing in it.
    """

    id: int
    start: int
    """First sample in the microphone ring."""
    end: int | None = None
    """One past the last sample; None while the button is held. Fixed once."""
    closed_s: float | None = None
    streamed: bool = False
    """A stretch of the stream of an open microphone: the service finds the speech in it."""
    said_before: bool = False
    """Something of the stream went out on a link that is lost."""
    payload: bytes | None = None
    """The encoded message where the turn was typed instead of spoken."""

    cursor: int = 0
    """Next sample to go out on this link."""
    progress: Progress = Progress.QUEUED
    """Set by `move` and `reach`."""
    reached: Progress = Progress.QUEUED
    """The same, and once it is over how far it had come."""
    on_link: bool = False
    """What went out of it went out on the present link."""
    parts: int = 0
    """Messages that brought some of the answer, as sound or as text."""
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

    def move(self, progress: Progress) -> None:
        """It has come so far, or is queued again.

        Raises:
            IllegalMoveError: the table does not have the move.
        """
        if progress is self.progress:
            return
        check_move(_PROGRESS, self.progress, progress, f"utterance {self.id}")
        self.progress = progress
        if progress is not Progress.OVER:
            self.reached = progress
            self.on_link = progress is not Progress.QUEUED

    def reach(self, progress: Progress) -> None:
        """It has come so far at least. Of one that is over this may be learnt late."""
        if progress <= self.reached:
            return
        if self.over:
            self.reached = progress
        else:
            self.move(progress)

    @property
    def over(self) -> bool:
        """Whether nothing more will come for it from the service."""
        return self.progress is Progress.OVER

    @property
    def taken(self) -> bool:
        """Whether the service has shown that it took it."""
        return self.reached >= Progress.TAKEN

    @property
    def is_open_stream(self) -> bool:
        """Whether the microphone is open, and the service has not answered yet."""
        return self.streamed and self.end is None and not self.over

    @property
    def end_is_out(self) -> bool:
        """Whether its end went out on the present link."""
        return self.on_link and self.reached >= Progress.SENT

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

    def measure(self, pcm: bytes) -> None:
        """Look for the first audible sample of the answer in the next of it."""
        if self.audible:
            return
        samples = memoryview(pcm).cast("h")
        if samples and (max(samples) > AUDIBLE_PEAK or min(samples) < -AUDIBLE_PEAK):
            self.audible_from = self.quiet_samples
        else:
            self.quiet_samples += len(samples)

    def forget_the_answer(self) -> None:
        """It is asked for again."""
        self.parts = self.quiet_samples = 0
        self.audible_from = None
        self.said = self.text = ""

    def rewind(self) -> None:
        """Forget what went out: all of it is to be said again."""
        self.move(Progress.QUEUED)
        self.cursor = self.start
        self.nothing, self.working_s = "", None
        if self.payload is None:
            self.heard, self.doubtful = "", False

    @property
    def in_flight(self) -> bool:
        return self.on_link and not self.over
