"""A day in a museum: ten hours, a visitor every 40 s, GoAway every ten minutes, a fault every five.

Pure core, so that it takes seconds; nothing is lost and nothing said twice. The first two hours of
it are in `make test`, the whole on both platforms in `make test-long`.
"""

import random

import pytest

from .state import Reading
from .steps import LOSSES
from .world import World

HOUR_S = 3600.0
VISITOR_EVERY_S = 40.0
GO_AWAY_EVERY_S = 600.0
FAULT_EVERY_S = 300.0

pytestmark = pytest.mark.stories


class Day:
    """One day; `seed` says when what happens."""

    def __init__(self, seed: int, reading: Reading) -> None:
        self.random = random.Random(seed)
        self.world = World(reading)
        self.world.line.latency_s = 0.05
        self.world.line.setup_s = 0.3
        self.go_away_s = self.fault_s = self.world.now_s
        self.go_aways = self.faults = 0

    def visitor(self) -> None:
        """Asks once or twice, waits for the answer, leaves."""
        world, began_s = self.world, self.world.now_s
        for _ in range(self.random.choice([1, 1, 2])):
            world.press()
            self.hold(self.random.uniform(0.5, 6.0))
            world.release()
            self.wait_for_the_answer()
        self.pass_time(max(0.0, began_s + VISITOR_EVERY_S - 1 - world.now_s))
        world.leave()
        world.run(1.0)

    def hold(self, seconds: float) -> None:
        before_s = self.random.uniform(0, seconds)
        self.world.run(before_s)
        self.weather()
        self.world.run(seconds - before_s)

    def pass_time(self, seconds: float) -> None:
        self.weather()
        self.world.run(seconds)

    def wait_for_the_answer(self) -> None:
        patience_s = self.world.now_s + 25.0
        while self.world.now_s < patience_s and self.world.session.outbox.in_flight:
            self.pass_time(0.2)
        assert not self.world.session.outbox.in_flight, "a visitor waited in vain"

    def weather(self) -> None:
        """What is due by now happens here."""
        world, random = self.world, self.random
        if world.link is None:
            return
        if world.now_s - self.go_away_s > GO_AWAY_EVERY_S:
            self.go_away_s, self.go_aways = world.now_s, self.go_aways + 1
            world.link.connection.go_away("10s", 10.0, world.now_s, mute=random.random() < 0.2)
        if world.now_s - self.fault_s > FAULT_EVERY_S:
            self.fault_s, self.faults = world.now_s, self.faults + 1
            if random.random() < 0.3:
                world.link.stalled_until_s = world.now_s + random.choice([1.0, 3.0, 1e9])
            else:
                world.lose(random.choice(LOSSES), random.random(), random.random())


@pytest.mark.parametrize(
    ("hours", "reading"),
    [
        pytest.param(2, Reading(), id="morning-developer"),
        pytest.param(10, Reading(), id="developer", marks=pytest.mark.long),
        pytest.param(
            10,
            Reading(index="string", updates="message"),
            id="vertex",
            marks=pytest.mark.long,
        ),
    ],
)
def test_nothing_is_lost_in_a_day(hours, reading):
    day = Day(20, reading)
    visitors = 0
    while day.world.now_s < hours * HOUR_S:
        day.visitor()
        visitors += 1
    assert visitors > 85 * hours
    assert day.go_aways > 5 * hours
    assert day.faults > 10 * hours
    outcomes = [known.outcome for known in day.world.judge.spoken.values()]
    assert not {"discarded", "unanswered"} & set(outcomes)
    assert outcomes.count("answered") > 0.9 * len(outcomes)
    assert day.world.looks > visitors / 2
