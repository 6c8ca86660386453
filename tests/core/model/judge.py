"""What must hold: each utterance once, whole and in order in the state that survives, or told.

Things that no client can know or do, and for these the judge makes an exception:

- the wire does not say whose answer it brings. Where a question was spoken over unanswered, its
  late answer cannot be told from the one to both (`Spoken.misled`);
- no word of a question's transcript ever came, its sound was wiped because a handle covered it, or
  none did for `live.give_up_s`, and later the session is lost: nothing is left to tell a fresh one
  (`Spoken.textless`);
- the rest of a question's transcript came after the next question was asked, and stands in its
  place: that one's own words are still to come when the line breaks (`Spoken.misworded`);
- the service refuses every session that is told of it (`Spoken.left_out`; see `openings`).
"""

from dataclasses import dataclass, field

from kiosk.core.attribution import HARDLY_HEARD_S
from kiosk.core.events import Called, Event, Finished, Rewound, Said
from kiosk.core.events import Sound as SoundEvent
from kiosk.core.silences import NO_ANSWER_S, STALL_S

from .microphone import Microphone
from .service import Service
from .state import (
    Answer,
    Sound,
    State,
    Text,
    WrongError,
    generation_of,
    said_in,
)

GRACE_S = 0.16
MAX_TIMES_ASKED = 3
"""Times that the core asks what the service has not reacted to."""


@dataclass
class Spoken:
    """What the test knows of one utterance."""

    visit: int
    start: int = 0
    end: int | None = None
    typed: bool = False
    closed_s: float | None = None
    """When the visitor was done with it."""
    refusals: int = 0
    """How often the service closed with 1007 while it was under way."""
    outcome: str = ""
    heard_s: float = 0.0
    """How much of its answers came out of the loudspeaker."""
    heard_before_s: float = 0.0
    """The same a moment ago, when what is told now was decided."""
    generations: set[int] = field(default_factory=set)
    """Whose sound was handed to the loudspeaker."""
    said: set[int] = field(default_factory=set)
    """Generations of which the transcript came for it."""
    misled: bool = False
    """The core took for its answer what the service had said before it had the utterance."""
    called_over: object = None
    """The connection over which a tool was used for it."""
    misworded: bool = False
    """The service reacted, and what it is known by are the words of the one before."""
    told_only: bool = False
    """It was answered, and was to be said again for the service alone."""
    textless: bool = False
    """It was settled, and no word of its transcript has come."""
    left_out: bool = False
    """The service took no session that was told of it."""
    lost: bool = False
    """It is in no state that survives, neither as sound nor as text."""


class Judge:
    """See the module."""

    def __init__(
        self, service: Service, microphone: Microphone, ask_again: bool, give_up_s: float
    ) -> None:
        self.spoken: dict[int, Spoken] = {}
        self.visit = 1
        self._service = service
        self._microphone = microphone
        self._give_up_s = give_up_s
        self._ask_again = ask_again
        """An answer that was hardly heard may be asked for again: then two are legal."""

    def meet(self, number: int) -> Spoken:
        """What is known of an utterance; it is of this visit if it is new."""
        return self.spoken.setdefault(number, Spoken(self.visit))

    # --- what the conversation is told -------------------------------------------------------

    def is_answer(self, generation: int, number: int) -> bool:
        """Whether a generation answers an utterance; misled, the core cannot know."""
        return number in self._service.generations[generation] or self.meet(number).misled

    def told(self, event: Event, newest: bool, now_s: float) -> None:
        """An event came to the conversation; `newest`: it belongs to the newest turn."""
        known, number = self.meet(event.utterance), event.utterance
        match event:
            case SoundEvent(pcm=pcm) if newest:
                known.generations.add(generation_of(pcm))
                if not self.is_answer(generation_of(pcm), number):
                    raise WrongError(f"generation {generation_of(pcm)} given to {number}")
                if len(known.generations) > 1 and not (known.misled or self._ask_again):
                    raise WrongError(f"two answers to {number} heard")
            case SoundEvent(pcm=pcm):
                known.generations.add(generation_of(pcm))
            case Said(text=text):
                known.said.update(said_in(text))
            case Rewound():
                known.said.clear()
                if known.heard_before_s > HARDLY_HEARD_S + GRACE_S:
                    raise WrongError(f"{number} is asked again, and its answer was heard")
            case Finished(outcome=outcome):
                self._finished(number, outcome, now_s)

    def called(self, event: Called) -> None:
        """A tool is used."""
        if not event.utterance:
            return
        known, over = self.meet(event.utterance), self._service.callers[event.call]
        if known.called_over not in (None, over):
            raise WrongError(f"a tool is used for {event.utterance}, and was on a lost connection")
        known.called_over = over

    def _finished(self, number: int, outcome: str, now_s: float) -> None:
        known = self.spoken[number]
        # One that was spoken over unheard is said again, and may still come to nothing.
        if known.outcome not in ("", "interrupted"):
            raise WrongError(f"{number} ended twice: {known.outcome}, {outcome}")
        known.outcome = outcome
        if known.misled:
            return
        waited_s = 0.0 if known.closed_s is None else now_s - known.closed_s + GRACE_S
        if outcome == "discarded" and waited_s < self._give_up_s and not self._unrecorded(known):
            raise WrongError(f"{number} is discarded after {waited_s:.1f} s")
        asked_s = (1 if self._understood(number) else MAX_TIMES_ASKED) * NO_ANSWER_S
        if outcome == "unanswered" and waited_s < asked_s and known.refusals < 2:
            raise WrongError(f"{number} is called unanswered after {waited_s:.1f} s")
        if outcome == "answered" and not known.generations:
            raise WrongError(f"{number} is called answered, and was not")
        if outcome == "empty" and not self._service.empty[number]:
            raise WrongError(f"{number} is called empty, and was answered")
        once = self._ask_again and known.called_over is None and self._service.empty[number] < 2
        if outcome == "empty" and once:
            raise WrongError(f"{number} is called empty, and was not asked again")
        if outcome == "cut" and number not in self._service.reacted:
            raise WrongError(f"{number} is called cut without any reaction")
        stalled = waited_s > 2 * STALL_S  # It is not asked a third time.
        ask_again = self._ask_again and known.called_over is None and not stalled
        if outcome == "cut" and ask_again and known.heard_s < HARDLY_HEARD_S:
            raise WrongError(f"{number} is not asked again: {known.heard_s:.2f} s were heard")
        if outcome == "interrupted" and number == max(self.spoken):
            raise WrongError(f"{number} was interrupted by nobody")

    def _unrecorded(self, known: Spoken) -> bool:
        end = known.end or 0
        return not known.typed and self._microphone.beyond(known.start, end) == end

    def _understood(self, number: int) -> bool:
        """Whether the service said anything of it, or of what was said over it."""
        return any(n >= number for n in self._service.reacted)

    def visit_ended(self, outcomes: dict[int, str]) -> None:
        """The visit is over, and this is how the conversation says its turns ended."""
        for number, known in self.spoken.items():
            if known.visit == self.visit and not known.outcome:
                known.outcome = outcomes.get(number, "")
                if known.outcome != "discarded":
                    raise WrongError(f"{number} was forgotten, and nobody was told")
        self.visit += 1

    # --- what the service holds --------------------------------------------------------------

    def check(self, state: State) -> None:
        """The invariant, at a quiet moment, of the state that the present link serves."""
        if state.open:
            raise WrongError(f"the activity of {state.open} has no end")
        order: list[int] = []
        named: set[int] = set()
        answers: set[int] = set()
        for entry in state.entries:
            if isinstance(entry, Answer):
                answers.add(entry.generation)
            elif isinstance(entry, Text) and (
                entry.generations if entry.role == "user" else entry.utterances
            ):
                raise WrongError(f"told in the name of another: {entry}")
            elif isinstance(entry, Text) and entry.role == "model":
                answers.update(entry.generations)
            elif isinstance(entry, Sound):
                order.append(entry.utterance)
                self._check_sound(entry)
            else:
                named.update(entry.utterances)
                # Only typed turns: a late transcript stands under a later utterance, too.
                order.extend(u for u in entry.utterances if self.spoken[u].typed)
        for number in named.union(order):
            if self.spoken[number].visit != self.visit:
                raise WrongError(f"{number} is in another visit's session")
        for number in named:
            if not (self.spoken[number].misled or self.spoken[number].said <= answers):
                raise WrongError(f"the service does not know its answer to {number}")
        if order != sorted(order):
            raise WrongError(f"out of order: {order}")
        for number, known in self.spoken.items():
            if known.visit == self.visit and known.end is not None:
                self._check_place(number, known, order.count(number), number in named)

    def _check_sound(self, entry: Sound) -> None:
        known = self.spoken[entry.utterance]
        limit = known.start if known.end is None else known.end
        at = self._microphone.beyond(known.start, limit)
        for start, end in entry.ranges:
            if start != at:
                raise WrongError(f"{entry.utterance}: sample {at} expected, {start} came")
            if self._microphone.missing(start, end):
                raise WrongError(f"{entry.utterance}: nobody recorded {start}-{end}")
            at = self._microphone.beyond(end, limit)
        if not entry.closed:
            raise WrongError(f"{entry.utterance} has no end")
        if at != known.end and known.outcome != "discarded":
            raise WrongError(f"{entry.utterance} ends at {at} instead of {known.end}")

    def _check_place(self, number: int, known: Spoken, times: int, as_text: bool) -> None:
        if times > 1 or (times and as_text and not known.typed):
            raise WrongError(f"{number} is in the state {times} times, and as text: {as_text}")
        if not known.outcome:
            raise WrongError(f"{number} has no outcome at a quiet moment")
        # One that was spoken over may have been in the state of the session that reacted to that.
        spoken_over = known.outcome == "interrupted" and self._understood(number)
        reacted = number in self._service.reacted or spoken_over
        if as_text and not (known.typed or known.misled or reacted):
            raise WrongError(f"{number} went as text though nobody had reacted to it")
        excused = (
            known.misled
            or known.textless
            or known.misworded
            or known.left_out
            or known.outcome in ("discarded", "unanswered")
        )
        known.lost = not (times or as_text)
        if known.lost and not excused:
            raise WrongError(f"{number} ({known.outcome}) is lost")
