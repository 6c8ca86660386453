"""Bugs of the end of a visit: something of it reaches the next, or is lost without a word."""

import pytest

from kiosk.core.checkpoint import Checkpoint
from kiosk.core.session import Session


def keep_the_session_of_the_visit_before(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Checkpoint, "forget", lambda self: None)


def say_to_the_next_what_the_last_visitor_said(patch: pytest.MonkeyPatch) -> None:
    end_visit = Session.end_visit

    def mutant(self, now_s):
        kept = [u for u in self.outbox.utterances if not u.over]
        end_visit(self, now_s)
        self.outbox.utterances.extend(kept)

    patch.setattr(Session, "end_visit", mutant)


def stay_in_the_same_session(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Session, "end_visit", lambda self, now_s: None)


MUTANTS = [
    keep_the_session_of_the_visit_before,
    say_to_the_next_what_the_last_visitor_said,
    stay_in_the_same_session,
]
