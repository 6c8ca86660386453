"""Stories told by dice that are loaded: questions spoken over on a slow line, break upon break.

Hypothesis tells a short story first and a long one seldom, and it varies what it has told. What
takes four faults in a row it rarely meets. This tells a hundred stories a second, each by its own
seed, and cuts what goes wrong down to what it takes.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from .state import Reading
from .steps import GO_AWAYS, LOSSES, REFUSALS, play
from .tales import Tale, played
from .world import World

Step = tuple[Any, ...]

READINGS: dict[str, list[Any]] = {
    "index": [None, "string", "number"],
    "counts_setup": [True, False],
    "per_session": [True, False],
    "updates": ["turn", "second", "message"],
    "lag": [0, 1, 5],
    "older_handles": [True, True, False],
    "answers_after_resume": [True, False],
    "transcript": ["early", "live", "late", "never"],
    "interrupts_unseen": [True, False],
    "spurious_pair": [True, False, False],
    "pair_in_one_frame": [True, False, False],
    "silent_answers": [True, False],
    "said_late": [True, False, False],
    "status": ["", "beside", "apart"],
    "goes_on": [True, False, False],
    "stops": [True, False, False],
    "thinks": [True, False, False],
    "in_one_frame": [True, False, False],
    "refuses_in_a_call": [True, False],
    "chokes": [True, False],
    "history": ["taken", "taken", "turns", "words"],
    "dead_handles": [True, False, False, False],
}
_SHARES = (0.0, 0.5, 1.0)
STEPS: list[tuple[int, Callable[[random.Random], Step]]] = [
    (6, lambda dice: ("ask", dice.choice((0.2, 0.2, 0.5, 1.0)))),
    (3, lambda dice: ("run", dice.choice((0.02, 0.06, 0.13, 0.4, 1.0, 2.0, 9.0)))),
    (2, lambda dice: ("latency", dice.choice((0.0, 0.05, 0.3, 0.3)))),
    (2, lambda dice: ("lose", dice.choice(LOSSES), dice.choice(_SHARES), dice.choice(_SHARES))),
    (2, lambda dice: ("go_away", dice.choice(GO_AWAYS), dice.random() < 0.5)),
    (2, lambda dice: ("kill sound", dice.choice((0.1, 0.3, 1.5)))),
    (1, lambda _: ("press",)),
    (1, lambda _: ("release",)),
    (1, lambda dice: ("slow", dice.choice((1, 3, 1000)))),
    (1, lambda dice: ("mute", dice.random() < 0.5)),
    (1, lambda dice: ("react", dice.randint(1, 8))),
    (1, lambda dice: ("setup", dice.choice((0.0, 0.3, 1.5)))),
    (1, lambda dice: ("refuse", [dice.choice(REFUSALS) for _ in range(dice.randint(1, 3))])),
    (1, lambda dice: ("stall", dice.choice((0.5, 2.0, 4.0, 1e9)))),
    (1, lambda _: ("say",)),
    (1, lambda dice: ("tool", dice.choice(("light", "nobody's")))),
    (1, lambda _: ("leave",)),
    (1, lambda dice: ("crash", dice.choice((0.3, 1.5)))),
    (1, lambda dice: ("listen", dice.random() < 0.5)),
    (1, lambda _: ("expire",)),
]
"""How often each is told, beside the others."""
MAX_STEPS = 14
SAID_TO_BE_LOST = ("discarded", "unanswered")
"""Outcomes that the screen tells, or a spoken apology."""


class HeldTale(Tale):
    """A story of a button that is held."""

    def play(self) -> World:
        """Raises `WrongError`."""
        world = World(self.reading, **self.live)
        play(world, self.story)
        return world


def tale(seed: int) -> HeldTale:
    """The story of a seed."""
    dice = random.Random(seed)
    reading = Reading(**{name: dice.choice(values) for name, values in READINGS.items()})
    live = {"end_after_s": dice.choice((3600, 60)), "ask_again": dice.random() < 0.5}
    weights, makers = zip(*STEPS, strict=True)
    story: list[Step] = dice.choice(([], [("ask", 0.5), ("run", 2.0), ("run", 2.0)]))
    for maker in dice.choices(makers, weights, k=dice.randint(2, MAX_STEPS)):
        story = [*story, maker(dice)]
    return HeldTale(reading, live, story)


def wander(seeds: Iterable[int]) -> Counter[str]:
    """Play the stories of these seeds; how many utterances there were of which kind: `all`; those
    of which a client cannot know all, see `Spoken`; and those of them that were lost unknown.

    Raises `WrongError` with the shortest story that goes wrong.
    """
    kinds: Counter[str] = Counter()
    for world in played(seeds, tale):
        for known in world.judge.spoken.values():
            lost = known.lost and known.outcome not in SAID_TO_BE_LOST
            kinds["all"] += 1
            for what in ("misled", "textless"):
                kinds[what] += getattr(known, what)
                kinds[f"{what}, lost"] += getattr(known, what) and lost
    return kinds
