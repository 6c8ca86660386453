"""Bugs of what a visitor sees, hears and waits for, and of what a fresh session is told."""

import msgspec
import pytest

from kiosk.core import notices
from kiosk.core.attribution import ReplyAttribution
from kiosk.core.calls import Calls
from kiosk.core.checkpoint import Checkpoint
from kiosk.core.conversation import Conversation
from kiosk.core.dial_schedule import DialSchedule
from kiosk.core.disconnects import Disconnect
from kiosk.core.messages import ClientContent, Content
from kiosk.core.notices import Notices
from kiosk.core.reconnect import ReconnectPolicy
from kiosk.core.rotation import Rotation
from kiosk.core.settlement import Settlement
from kiosk.core.spoken import SpokenReply
from kiosk.core.turns import Turn
from kiosk.core.unanswered import Unanswered


def give_up_at_a_loss(patch: pytest.MonkeyPatch) -> None:
    unlink = ReplyAttribution.unlink

    def mutant(self, ask_again=False):
        for u in self._outbox.utterances:
            if u.closed_s is not None and not (u.over or u.taken):
                self._settlement.finish(u, "unanswered")
        unlink(self, ask_again)

    patch.setattr(ReplyAttribution, "unlink", mutant)


def never_ask_again_after_silence(patch: pytest.MonkeyPatch) -> None:
    no_answer = Unanswered._no_answer

    def mutant(self, u):
        u.no_answers = 2
        return no_answer(self, u)

    patch.setattr(Unanswered, "_no_answer", mutant)


def discard_too_soon(patch: pytest.MonkeyPatch) -> None:
    give_up = Settlement.give_up
    patch.setattr(Settlement, "give_up", lambda self, now_s, limit_s: give_up(self, now_s, 2.0))


def say_for_ever_what_is_refused(patch: pytest.MonkeyPatch) -> None:
    """Too rare a story for `MUTANTS`; see `REFUSED_SPEECH`."""
    patch.setattr(Settlement, "suspect", lambda self: False)


def do_not_go_away(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Rotation, "go_away", lambda self, go_away, now_s: None)


def go_away_too_late(patch: pytest.MonkeyPatch) -> None:
    def mutant(self, go_away, now_s):
        self._by_s = now_s + (go_away.seconds() or 10.0) + 30.0

    patch.setattr(Rotation, "go_away", mutant)


def dial_after_a_minute(patch: pytest.MonkeyPatch) -> None:
    next_attempt = ReconnectPolicy.next_attempt

    def mutant(self, *args, **kwargs):
        return msgspec.structs.replace(next_attempt(self, *args, **kwargs), pause_s=60.0)

    patch.setattr(ReconnectPolicy, "next_attempt", mutant)
    patch.setattr(DialSchedule, "hurry", lambda self, now_s: None)


def play_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SpokenReply, "play", lambda self, pcm: None)


def play_one_piece_at_a_time(patch: pytest.MonkeyPatch) -> None:
    play = SpokenReply.play

    def mutant(self, pcm):
        if self.end == self.heard:
            play(self, pcm)

    patch.setattr(SpokenReply, "play", mutant)


def speak_on_when_interrupted(patch: pytest.MonkeyPatch) -> None:
    def mutant(self):
        self._held = False

    patch.setattr(SpokenReply, "drop", mutant)


def show_no_notice(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Notices, "show", lambda self, notice, now_s: None)


def cut_the_last_word_off(patch: pytest.MonkeyPatch) -> None:
    release = Conversation.release
    patch.setattr(
        Conversation, "release", lambda self, now_s, sample: release(self, now_s, sample - 4000)
    )


def answer_a_call_twice(patch: pytest.MonkeyPatch) -> None:
    answer = Calls._answer

    def mutant(self, *args):
        answer(self, *args)
        answer(self, *args)

    patch.setattr(Calls, "_answer", mutant)


def count_twice_what_was_heard(patch: pytest.MonkeyPatch) -> None:
    """Too rare a story for `MUTANTS`; see `HEARD_TWICE`."""
    played_until = Turn.played_until
    patch.setattr(
        Turn, "played_until", lambda self, sample: played_until(self, sample) + self.played_s
    )


def drop_what_comes_after_an_end(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ReplyAttribution, "_after_its_end", lambda self: None)


def never_ask_again_after_an_empty_turn(patch: pytest.MonkeyPatch) -> None:
    nothing = Unanswered._nothing

    def mutant(self, u):
        u.empties = 1
        return nothing(self, u)

    patch.setattr(Unanswered, "_nothing", mutant)


def apologise_for_no_empty_turn(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(notices, "OF_OUTCOMES", {})


def _tell(patch: pytest.MonkeyPatch, change) -> None:
    past = Checkpoint.past

    def mutant(self):
        content = past(self)
        return content and ClientContent(change(content.turns), content.turn_complete)

    patch.setattr(Checkpoint, "past", mutant)


def tell_no_answers(patch: pytest.MonkeyPatch) -> None:
    _tell(patch, lambda turns: [turn for turn in turns if turn.role == "user"])


def tell_answers_as_the_visitors_words(patch: pytest.MonkeyPatch) -> None:
    _tell(patch, lambda turns: [Content(turn.parts, "user") for turn in turns])


def tell_the_newest_first(patch: pytest.MonkeyPatch) -> None:
    _tell(patch, lambda turns: turns[::-1])


REFUSED_SPEECH = [("ask", 0.5), ("run", 9.0), ("ask", 0.5), *[("run", 30.0)] * 4]
"""The second question is one that a service which chokes refuses each time it is said."""
LINE_BROKE = Disconnect(reason="the line broke")
HEARD_TWICE = [
    *[("mute", True), ("ask", 1.2), ("run", 0.06)],
    *[("react", 6), ("run", 0.13), ("run", 0.13), ("run", 0.4), ("lose", LINE_BROKE, 1.0, 0.0)],
    *[("run", 1.0), ("react", 3), ("lose", LINE_BROKE, 1.0, 0.0)],
    *[("mute", False), ("run", 2.0)],
]
"""Less than a second of the answer is heard, and the line is lost, twice: at first with some of the
answer, then before any of it.
"""
MUTANTS = [
    give_up_at_a_loss,
    never_ask_again_after_silence,
    discard_too_soon,
    do_not_go_away,
    go_away_too_late,
    dial_after_a_minute,
    play_nothing,
    play_one_piece_at_a_time,
    speak_on_when_interrupted,
    show_no_notice,
    cut_the_last_word_off,
    drop_what_comes_after_an_end,
    apologise_for_no_empty_turn,
    answer_a_call_twice,
    tell_no_answers,
    tell_answers_as_the_visitors_words,
    tell_the_newest_first,
]
