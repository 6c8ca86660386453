"""Bugs that the model test must find: each patches one into the core.

The first five are those that clients of this service really have, or nearly had.
"""

from collections import deque

import pytest

from kiosk.core import outbox
from kiosk.core.attribution import ReplyAttribution
from kiosk.core.checkpoint import Checkpoint
from kiosk.core.disconnects import Disconnect
from kiosk.core.link_state import LinkStatus
from kiosk.core.outbox import Outbox
from kiosk.core.outgoing import Kind
from kiosk.core.session import Session
from kiosk.core.utterance import Fate


def acknowledge_by_a_non_resumable_update(patch: pytest.MonkeyPatch) -> None:
    adopt = Session._adopt

    def mutant(self, update, now_s):
        if not update.resumable:
            self.outbox.acknowledge()
        adopt(self, update, now_s)

    patch.setattr(Session, "_adopt", mutant)


def replay_before_setup_complete(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Session, "pull", lambda self, ready, now_s: self.outbox.pull(ready))


def replay_after_a_reaction(patch: pytest.MonkeyPatch) -> None:
    unlink = ReplyAttribution.unlink

    def mutant(self, ask_again=False):
        for u in self._outbox.utterances:
            u.played_s = 0.0
        unlink(self, ask_again=True)

    patch.setattr(ReplyAttribution, "unlink", mutant)


def no_activity_end_after_a_loss(patch: pytest.MonkeyPatch) -> None:
    """The visitor let go while the line was down: the sound is said again, its end is not."""
    new_link, pull_from = Outbox.new_link, Outbox._pull_from

    def mutant(self, utterance, ready):
        out = pull_from(self, utterance, ready)
        if out is not None and out.kind is Kind.END and utterance.id in self.let_go:
            self.number -= 1
            return None
        return out

    def remember(self):
        new_link(self)
        self.let_go = {u.id for u in self.utterances if u.end is not None and not u.over}

    patch.setattr(Outbox, "let_go", set(), raising=False)
    patch.setattr(Outbox, "_pull_from", mutant)
    patch.setattr(Outbox, "new_link", remember)


def forget_what_was_spoken_over(patch: pytest.MonkeyPatch) -> None:
    unlink = ReplyAttribution.unlink

    def mutant(self, ask_again=False):
        for u in self._outbox.utterances:
            if not u.wanted:
                u.decide(Fate.GIVEN_UP)
        unlink(self, ask_again)

    patch.setattr(ReplyAttribution, "unlink", mutant)


def listen_to_a_link_that_was_given_up(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(LinkStatus, "is_open", True)


def adopt_a_handle_in_the_middle_of_a_turn(patch: pytest.MonkeyPatch) -> None:
    def mutant(self, update, now_s):
        if update.resumable:
            self.checkpoint.adopt(update.new_handle)
            self.outbox.utterances = deque(u for u in self.outbox.utterances if not u.over)

    patch.setattr(Session, "_adopt", mutant)


def resume_an_old_handle_after_a_reaction(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Checkpoint, "complete", property(lambda self: True))


def wipe_what_was_said_before_it_is_answered(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Outbox, "keep_from", lambda self, otherwise: otherwise)


def say_what_nobody_recorded(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(outbox, "_around_holes", lambda holes, cursor, limit: (cursor, limit))


def use_a_tool_again(patch: pytest.MonkeyPatch) -> None:
    """Too rare a story for `MUTANTS`; see `TOOL_AND_LOSS`."""
    unlink = ReplyAttribution.unlink

    def mutant(self, ask_again=False):
        for u in self._outbox.utterances:
            u.calls = 0
        unlink(self, ask_again)

    patch.setattr(ReplyAttribution, "unlink", mutant)


TOOL_AND_LOSS = [
    ("mute", True),
    ("ask", 0.5),
    ("run", 0.4),
    ("tool", "light"),
    ("run", 0.4),
    ("lose", Disconnect(reason="the line broke"), 1.0, 1.0),
    ("run", 1.0),
    ("tool", "light"),
    ("run", 1.0),
]
"""A question with a tool that is asked again would have it used again."""
MUTANTS = [
    acknowledge_by_a_non_resumable_update,
    replay_before_setup_complete,
    replay_after_a_reaction,
    no_activity_end_after_a_loss,
    forget_what_was_spoken_over,
    listen_to_a_link_that_was_given_up,
    adopt_a_handle_in_the_middle_of_a_turn,
    resume_an_old_handle_after_a_reaction,
    wipe_what_was_said_before_it_is_answered,
    say_what_nobody_recorded,
]
