"""Bugs of what a session is opened with."""

import pytest

from kiosk.core.disconnects import Disconnect
from kiosk.core.opening import Given, Opening
from kiosk.core.session import Session


def resume_a_dead_handle_for_ever(patch: pytest.MonkeyPatch) -> None:
    failed = Opening.failed

    def mutant(self, refused, closed=False):
        return (refused or self.given is not Given.HANDLE) and failed(self, refused, closed)

    patch.setattr(Opening, "failed", mutant)


def tell_a_refused_history_for_ever(patch: pytest.MonkeyPatch) -> None:
    """And blame what the visitor says for it."""
    give_less = Opening.give_less

    def mutant(self):
        if self.given is Given.HANDLE:
            give_less(self)

    patch.setattr(Opening, "give_less", mutant)


def tell_nothing_where_turns_are_refused(patch: pytest.MonkeyPatch) -> None:
    give_less = Opening.give_less

    def mutant(self):
        give_less(self)
        self._most = Given.NOTHING

    patch.setattr(Opening, "give_less", mutant)


def forget_the_words_of_the_instruction_on_a_resume(patch: pytest.MonkeyPatch) -> None:
    """Too rare a story for `MUTANTS`; see `RESUMED_AFTER_A_RECAP`."""
    setup = Opening.setup

    def mutant(self):
        if self._checkpoint.handle:
            self._checkpoint.recap = ""
        return setup(self)

    patch.setattr(Opening, "setup", mutant)


def blame_speech_for_what_came_before_it(patch: pytest.MonkeyPatch) -> None:
    lost = Session.lost

    def mutant(self, loss, now_s):
        if loss.code == 1007 and self.link.is_open:
            for u in self.outbox.utterances:
                u.refusals += u.id > 0
                if u.refusals > 1 and not u.over:
                    self._settlement.finish(u, "unanswered")
        lost(self, loss, now_s)

    patch.setattr(Session, "lost", mutant)


RESUMED_AFTER_A_RECAP = [
    *[("ask", 0.5), ("run", 2.0)],
    ("lose", Disconnect(1008, "Operation is not implemented, or supported, or enabled"), 0.0, 0.0),
    *[("run", 2.0), ("ask", 0.5), ("run", 2.0)],
    ("lose", Disconnect(reason="the line broke"), 0.0, 0.0),
]
"""For a service that takes no history as turns."""
MUTANTS = [
    resume_a_dead_handle_for_ever,
    tell_a_refused_history_for_ever,
    tell_nothing_where_turns_are_refused,
    blame_speech_for_what_came_before_it,
]
