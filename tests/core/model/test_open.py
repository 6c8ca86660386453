"""For very many stories of an open microphone: nothing is lost, nothing is said twice."""

import time

import pytest

from kiosk.core.disconnects import Disconnect

from . import mutants_open
from .open_service import OpenReading
from .open_stories import OpenTale, tale, wander
from .state import WrongError

BROKEN = ("lose", Disconnect(reason="the line broke"), 0.0, 0.0)
PLAIN = [
    OpenTale(OpenReading(), {}, [("press",), ("say", 1.0), *rest])
    for rest in (
        [("run", 0.6), BROKEN, ("run", 1.0)],
        [("run", 2.0), ("mute", True), BROKEN],
        [("run", 3.6), ("say", 1.0), ("run", 1.0)],
    )
]
"""The line breaks in a question, and in an answer; another question. Most bugs show in these."""

pytestmark = pytest.mark.stories


def test_nothing_is_lost_with_an_open_microphone():
    told = wander(range(100))
    assert told["listened"] > 60
    assert told["crossed"] < told["listened"] / 20


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_nothing_is_lost_in_very_many_stories_of_an_open_microphone():
    first = time.time_ns()
    wander(range(first, first + 5_000))


@pytest.mark.parametrize("mutant", mutants_open.MUTANTS, ids=lambda mutant: mutant.__name__)
def test_seeded_bug_of_an_open_microphone_is_found(mutant, monkeypatch):
    mutant(monkeypatch)
    with pytest.raises(WrongError):  # noqa: PT012 - whichever story it is
        for told in (*PLAIN, *map(tale, range(600))):
            told.play()
