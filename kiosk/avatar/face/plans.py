"""What looks like chance in a face: blinks, glances, nods, looks at the button.

Each is a plan made from the seed, minute by minute: a moment looks the same however often it is
asked for, and in any order.
"""

from bisect import bisect_right
from functools import lru_cache
from math import log, pi, sin
from random import Random

from msgspec import Struct

BLOCK_S = 60.0
"""Seconds of life that are planned at a time."""
SACCADE_S = 0.06
"""Seconds that the eyes take from one point to another."""
HEAD_MOVE_S = 0.7
"""Seconds that the head takes for a small change of direction."""
_BLINK_CLOSE_S, _BLINK_SHUT_S, _BLINK_OPEN_S = 0.07, 0.04, 0.15
BLINK_S = _BLINK_CLOSE_S + _BLINK_SHUT_S + _BLINK_OPEN_S
NOD_S = 0.7
"""Seconds of a nod, down and up again."""
_INVITATION_S, _INVITATION_EVERY_S = 1.5, 11.0
"""Seconds of a look at the button, and between two of them."""


def ease(progress: float) -> float:
    """Minimum-jerk course from 0 to 1, as hands and heads move; held outside."""
    x = min(max(progress, 0.0), 1.0)
    return x * x * x * (x * (6 * x - 15) + 10)


class Move(Struct, frozen=True):
    """From `start_s` (within its block) on, look or lean there."""

    start_s: float
    x: float
    y: float


@lru_cache(maxsize=32)
def _moves(kind: str, seed: int, block: int) -> tuple[Move, ...]:
    """Fixations of eyes or head. Eyes rest 0.5 to some 4 s on a point, the head 2.5 to 9 s."""
    dice = Random(f"{kind} {seed} {block}")
    least_s, mean_s = (0.5, 1.3) if kind == "glance" else (2.5, 2.2)
    moves: list[Move] = []
    at_s = 0.1 + dice.random() * least_s
    while at_s < BLOCK_S - 1:
        # Every second point is straight ahead: a host looks at the visitor.
        ahead = len(moves) % 2
        x, y = (0.0, 0.0) if ahead else (dice.uniform(-1, 1), dice.uniform(-1, 1))
        moves.append(Move(at_s, x, y))
        at_s += least_s + min(-mean_s * log(1 - dice.random()), 3 * mean_s)
    return tuple(moves)


def wander(kind: str, seed: int, now_s: float, duration_s: float) -> tuple[float, float]:
    """Where eyes (`glance`) or head (`head`) are turned, in -1..1 across and down.

    `duration_s` is what a turn takes.
    """
    block, within_s = int(now_s // BLOCK_S), now_s % BLOCK_S
    moves = _moves(kind, seed, block)
    index = bisect_right(moves, within_s, key=lambda move: move.start_s) - 1
    if index < 0:
        last = _moves(kind, seed, block - 1)[-1]
        return last.x, last.y
    here = moves[index]
    there = moves[index - 1] if index else _moves(kind, seed, block - 1)[-1]
    share = ease((within_s - here.start_s) / duration_s)
    return there.x + (here.x - there.x) * share, there.y + (here.y - there.y) * share


@lru_cache(maxsize=8)
def blinks(seed: int, block: int) -> tuple[float, ...]:
    """Starts of the blinks of a block, in seconds within it.

    Intervals are log-normal about 3.4 s, as measured of people in conversation (15 to 20 a minute,
    skewed to long ones); one blink in eight comes double.
    """
    dice = Random(f"blink {seed} {block}")
    starts: list[float] = []
    at_s = dice.uniform(0.3, 3)
    while at_s < BLOCK_S - 2 * BLINK_S - 0.1:
        starts.append(at_s)
        double = dice.random() < 0.125
        at_s += BLINK_S + (0.08 if double else min(dice.lognormvariate(1.2, 0.5), 9.0))
    return tuple(starts)


def blink_at(seed: int, now_s: float, often: float) -> float:
    """How far a blink has shut the eyes, 0 to 1.

    `now_s` is counted in the plan's time, which runs `often` times as fast as the clock.
    """
    starts = blinks(seed, int(now_s // BLOCK_S))
    index = bisect_right(starts, now_s % BLOCK_S) - 1
    return lids((now_s % BLOCK_S - starts[index]) / often) if index >= 0 else 0.0


def lids(passed_s: float) -> float:
    """How far the eyes are shut so long after a blink began."""
    if passed_s < _BLINK_CLOSE_S:
        return ease(passed_s / _BLINK_CLOSE_S)
    return 1 - ease((passed_s - _BLINK_CLOSE_S - _BLINK_SHUT_S) / _BLINK_OPEN_S)


def invitation(seed: int, now_s: float) -> float:
    """How far the eyes are on the button: now and then, at some place in each ten seconds or so."""
    slot = int(now_s // _INVITATION_EVERY_S)
    room_s = _INVITATION_EVERY_S - _INVITATION_S - 4 * SACCADE_S
    passed_s = now_s % _INVITATION_EVERY_S - _start_s("button", seed, slot, 0, room_s)
    turn_s = 2 * SACCADE_S  # Slower than the eyes alone: the head goes with them.
    return ease(passed_s / turn_s) * (1 - ease((passed_s - _INVITATION_S) / turn_s))


def nod(seed: int, now_s: float) -> float:
    """A nod every few seconds, 0 to 1: one at some place in each three seconds or so."""
    slot_s = 3.2
    slot = int(now_s // slot_s)
    passed_s = now_s % slot_s - _start_s("nod", seed, slot, 0.1, slot_s - NOD_S - 0.1)
    return sin(pi * passed_s / NOD_S) ** 2 if 0 < passed_s < NOD_S else 0.0


@lru_cache(maxsize=8)
def _start_s(kind: str, seed: int, slot: int, least_s: float, most_s: float) -> float:
    """When what happens once in a slot begins."""
    return Random(f"{kind} {seed} {slot}").uniform(least_s, most_s)
