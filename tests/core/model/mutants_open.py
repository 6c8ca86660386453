"""Bugs of an open microphone that the model test must find; see `mutants`."""

import pytest

from kiosk.core import stream
from kiosk.core.adoption import Adoption
from kiosk.core.muted import Muted, StreamPause
from kiosk.core.open_microphone import OpenMicrophone
from kiosk.core.outbox import Outbox
from kiosk.core.stream import OpenStream
from kiosk.core.utterance import Utterance


def send_what_is_heard_of_the_avatar(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Muted, "begin", lambda self, sample: None)


def say_it_again_with_the_avatar_in_it(patch: pytest.MonkeyPatch) -> None:
    """Muted while it lasts, and forgotten after it."""
    patch.setattr(Muted, "holes", lambda self: [])


def forget_what_is_muted_in_a_crash(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Muted, "restore", lambda self, holes, written: None)


def go_on_where_the_line_broke(patch: pytest.MonkeyPatch) -> None:
    """Nothing is said again: what was on its way is lost."""
    rewind = Utterance.rewind

    def mutant(self):
        cursor = self.cursor
        rewind(self)
        self.cursor = cursor if self.streamed else self.start

    patch.setattr(Utterance, "rewind", mutant)


def say_again_what_was_answered(patch: pytest.MonkeyPatch) -> None:
    taken = OpenMicrophone.taken

    def mutant(self, now_s):
        self._host.last_end -= 16_000
        taken(self, now_s)

    patch.setattr(OpenMicrophone, "taken", mutant)


def skip_what_follows_an_answer(patch: pytest.MonkeyPatch) -> None:
    """Each stretch begins where the microphone is, and not where the last one has ended."""
    taken = OpenMicrophone.taken

    def mutant(self, now_s):
        self._host.last_end = self._host.written + 32_000
        taken(self, now_s)

    patch.setattr(OpenMicrophone, "taken", mutant)


def never_tell_a_pause(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(StreamPause, "is_due", lambda self, now_s: False)


def tell_a_pause_at_once(patch: pytest.MonkeyPatch) -> None:
    is_due = StreamPause.is_due
    patch.setattr(StreamPause, "is_due", lambda self, now_s: is_due(self, now_s + 0.9))


def say_again_what_the_service_has_answered(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(stream, "_is_said_again", lambda u, again_s: True)


def adopt_a_handle_in_mid_speech(patch: pytest.MonkeyPatch) -> None:
    """It holds what is said again after it."""
    patch.setattr(Outbox, "in_flight", property(lambda self: False))


def mark_the_stream_as_push_to_talk(patch: pytest.MonkeyPatch) -> None:
    begin = Outbox.begin

    def mutant(self, utterance, start, *, streamed=False):
        begin(self, utterance, start)

    patch.setattr(Outbox, "begin", mutant)


def wait_for_a_handle_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Adoption, "stream_waits", lambda self, now_s, *, covered: not covered)


def give_an_interrupted_answer_to_nobody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(OpenStream, "take", lambda self, now_s: None)


MUTANTS = [
    send_what_is_heard_of_the_avatar,
    say_it_again_with_the_avatar_in_it,
    forget_what_is_muted_in_a_crash,
    go_on_where_the_line_broke,
    say_again_what_was_answered,
    skip_what_follows_an_answer,
    never_tell_a_pause,
    tell_a_pause_at_once,
    say_again_what_the_service_has_answered,
    adopt_a_handle_in_mid_speech,
    mark_the_stream_as_push_to_talk,
    wait_for_a_handle_for_ever,
    give_an_interrupted_answer_to_nobody,
]
