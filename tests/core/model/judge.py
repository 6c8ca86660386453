"""What must hold: each utterance once, whole and in order in the state that survives, or told.

Two things no client can know, and for these the judge makes an exception:

- the wire does not say whose answer it brings. Where a question was spoken over unanswered, its
  late answer cannot be told from the one to both (`Spoken.misled`);
- no word of a question's transcript ever came, its sound was wiped because a handle covered it, or
  none did for `live.give_up_s`, and later the session is lost: nothing is left to tell a fresh one
  (`Spoken.textless`).
"""

from dataclasses import dataclass, field

from kiosk.core.events import Called, Event, Finished, Said
from kiosk.core.events import Sound as SoundEvent

from .service import Service, Sound, State, Text, WrongError, generation_of


@dataclass
class Spoken:
    """What the test knows of one utterance."""

    visit: int
    start: int = 0
    end: int | None = None
    typed: bool = False
    outcome: str = ""
    generations: set[int] = field(default_factory=set)
    """Whose sound was handed to the loudspeaker."""
    answered: bool = False
    misled: bool = False
    """The core took for its answer what the service had said before it had the utterance."""
    called_over: object = None
    """The connection over which a tool was used for it."""
    textless: bool = False
    """It was settled, and no word of its transcript has come."""


class Judge:
    """See the module."""

    def __init__(self, service: Service, ask_again: bool) -> None:
        self.spoken: dict[int, Spoken] = {}
        self.visit = 1
        self._service = service
        self._ask_again = ask_again
        """An answer that was hardly heard may be asked for again: then two are legal."""

    def meet(self, number: int) -> Spoken:
        """What is known of an utterance; it is of this visit if it is new."""
        return self.spoken.setdefault(number, Spoken(self.visit))

    # --- what the conversation is told -------------------------------------------------------

    def told(self, event: Event, newest: bool) -> None:
        """An event came to the conversation; `newest`: it belongs to the newest turn."""
        known, number = self.meet(event.utterance), event.utterance
        match event:
            case SoundEvent(pcm=pcm) if newest:
                known.answered = True
                known.generations.add(generation_of(pcm))
                asked = self._service.generations[generation_of(pcm)]
                if number not in asked and not known.misled:
                    raise WrongError(f"answer to {asked} given to {number}")
                if len(known.generations) > 1 and not (known.misled or self._ask_again):
                    raise WrongError(f"two answers to {number} heard")
            case Said():
                known.answered = True
            case Finished(outcome=outcome):
                self._finished(number, outcome)

    def called(self, event: Called) -> None:
        """A tool is used."""
        if not event.utterance:
            return
        known, over = self.meet(event.utterance), self._service.callers[event.call]
        if known.called_over not in (None, over):
            raise WrongError(f"a tool is used for {event.utterance}, and was on a lost connection")
        known.called_over = over

    def _finished(self, number: int, outcome: str) -> None:
        known = self.spoken[number]
        # One that was spoken over unheard is said again, and may still come to nothing.
        if known.outcome not in ("", "interrupted"):
            raise WrongError(f"{number} ended twice: {known.outcome}, {outcome}")
        known.outcome = outcome
        if known.misled:
            return
        if outcome == "answered" and not known.answered:
            raise WrongError(f"{number} is called answered, and was not")
        if outcome == "silent" and number not in self._service.silent:
            raise WrongError(f"{number} is called silent, and was not")
        if outcome == "cut" and number not in self._service.reacted:
            raise WrongError(f"{number} is called cut without any reaction")
        if outcome == "interrupted" and number == max(self.spoken):
            raise WrongError(f"{number} was interrupted by nobody")

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
        for entry in state.entries:
            if isinstance(entry, Sound):
                order.append(entry.utterance)
                self._check_sound(entry)
            elif isinstance(entry, Text) and entry.role == "user":
                named.update(entry.utterances)
                # Only typed turns: a late transcript stands under a later utterance, too.
                order.extend(u for u in entry.utterances if self.spoken[u].typed)
        for number in named.union(order):
            if self.spoken[number].visit != self.visit:
                raise WrongError(f"{number} is in another visit's session")
        if order != sorted(order):
            raise WrongError(f"out of order: {order}")
        for number, known in self.spoken.items():
            if known.visit == self.visit and known.end is not None:
                self._check_place(number, known, order.count(number), number in named)

    def _check_sound(self, entry: Sound) -> None:
        known = self.spoken[entry.utterance]
        at = known.start
        for start, end in entry.ranges:
            if start != at:
                raise WrongError(f"{entry.utterance}: sample {at} expected, {start} came")
            at = end
        if not entry.closed:
            raise WrongError(f"{entry.utterance} has no end")
        if at != known.end and known.outcome != "discarded":
            raise WrongError(f"{entry.utterance} ends at {at} instead of {known.end}")

    def _check_place(self, number: int, known: Spoken, times: int, as_text: bool) -> None:
        if times > 1 or (times and as_text and not known.typed):
            raise WrongError(f"{number} is in the state {times} times, and as text: {as_text}")
        if not known.outcome:
            raise WrongError(f"{number} has no outcome at a quiet moment")
        if as_text and not (known.typed or known.misled or number in self._service.reacted):
            raise WrongError(f"{number} went as text though nobody had reacted to it")
        excused = known.misled or known.textless or known.outcome in ("discarded", "unanswered")
        if not (times or as_text or excused):
            raise WrongError(f"{number} ({known.outcome}) is lost")
