"""Stories of an open microphone, told by loaded dice; see `wander`."""

import random
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from .open_service import OpenReading
from .open_world import OpenWorld
from .steps import LOSSES, REFUSALS
from .tales import Tale, played

Step = tuple[Any, ...]
READINGS: dict[str, list[Any]] = {
    "transcript": ["early", "early", "live", "never"],
    "updates": ["turn", "message"],
    "index": [True, False],
    "interrupts": [True, True, False],
    "interrupts_unseen": [True, False],
    "in_one_frame": [True, False, False],
    "thinks": [True, False, False],
    "refuses_in_a_call": [True, False],
}
_SHARES = (0.0, 0.5, 1.0)
STEPS: list[tuple[int, Callable[[random.Random], Step]]] = [
    (6, lambda dice: ("say", dice.choice((0.3, 1.0, 2.0)))),
    (8, lambda dice: ("run", dice.choice((0.2, 0.6, 1.0, 1.6, 3.0, 5.0)))),
    (2, lambda _: ("press",)),
    (3, lambda dice: ("lose", dice.choice(LOSSES), dice.choice(_SHARES), dice.choice(_SHARES))),
    (2, lambda dice: ("latency", dice.choice((0.0, 0.05, 0.3)))),
    (1, lambda dice: ("go_away", dice.choice((0.5, 9.5, 50.0)))),
    (1, lambda dice: ("slow", dice.choice((1, 3, 1000)))),
    (1, lambda dice: ("mute", dice.random() < 0.5)),
    (1, lambda dice: ("setup", dice.choice((0.0, 0.3, 1.5)))),
    (1, lambda dice: ("refuse", [dice.choice(REFUSALS) for _ in range(dice.randint(1, 3))])),
    (1, lambda dice: ("stall", dice.choice((0.5, 2.0, 4.0, 1e9)))),
    (1, lambda dice: ("kill sound", dice.choice((0.1, 0.3, 1.5)))),
    (1, lambda dice: ("crash", dice.choice((0.3, 1.5)))),
    (1, lambda _: ("type",)),
    (1, lambda _: ("tool",)),
    (1, lambda _: ("leave",)),
]
MAX_STEPS = 14


class OpenTale(Tale):
    """A story of an open microphone."""

    def play(self) -> OpenWorld:
        """Raises `WrongError`."""
        world = OpenWorld(self.reading, **self.live)
        for step in self.story:
            happen(world, *step)
        world.settle()
        return world


def happen(world: OpenWorld, name: str, *with_: Any) -> None:
    link = world.link
    match name, with_:
        case ("press", ()):
            world.press()
        case ("say", (seconds,)):
            world.say(seconds)
        case ("run", (seconds,)):
            world.run(seconds)
        case ("lose", (loss, up, down)):
            world.lose(loss, up, down)
        case ("latency", (seconds,)):
            world.line.latency_s = seconds
            if link is not None:
                link.latency_s = seconds
        case ("go_away", (left_s,)) if link is not None:
            link.connection.go_away(left_s, world.now_s)
        case ("slow", (writes,)):
            world.line.writes = writes
        case ("mute", (muted,)):
            world.muted = muted
        case ("setup", (seconds,)):
            world.line.setup_s = seconds
        case ("refuse", (refusals,)):
            world.line.refusals.extend(refusals)
        case ("stall", (seconds,)) if link is not None:
            link.stalled_until_s = world.now_s + seconds
        case ("kill sound", (seconds,)):
            world.kill_sound(seconds)
        case ("crash", (seconds,)):
            world.crash(seconds)
        case ("type", ()):
            world.type()
        case ("tool", ()) if link is not None and link.setup_at_s is None:
            link.connection.call_a_tool()
        case ("leave", ()):
            world.leave()


def tale(seed: int) -> OpenTale:
    """The story of a seed."""
    dice = random.Random(seed)
    reading = OpenReading(**{name: dice.choice(values) for name, values in READINGS.items()})
    live = {"end_after_s": dice.choice((3600, 60)), "ask_again": dice.random() < 0.7}
    weights, makers = zip(*STEPS, strict=True)
    story: list[Step] = [("press",)] * dice.choice((0, 1, 1, 1))
    for maker in dice.choices(makers, weights, k=dice.randint(3, MAX_STEPS)):
        story = [*story, maker(dice)]
    return OpenTale(reading, live, story)


def wander(seeds: Iterable[int]) -> Counter[str]:
    """Play the stories of these seeds; counts what was said, and what of it was answered.

    Raises `WrongError` with the shortest story that goes wrong.
    """
    kinds: Counter[str] = Counter()
    for world in played(seeds, tale):
        for burst in world.bursts:
            kinds["said"] += 1
            kinds["listened"] += burst.listened
            kinds["crossed"] += burst.listened and burst.crossed
    return kinds
