"""Where everything in the face is at a moment: a pure function of time, state and sound.

Nothing here remembers the last frame, so the face moves alike at 5 and at 60 frames a second, and
a picture of a moment can be made again. What looks like chance (blinks, glances) is a plan made
from the seed, minute by minute. Quantities are in -1..1 or 0..1 unless a unit is named; one design
unit is 1/740 of the figure's height.
"""

from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache
from math import log, pi, sin
from random import Random
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import astuple

from kiosk.audio.visemes import CLOSED, Mouth
from kiosk.core.scene import State

BLOCK_S = 60.0
"""Seconds of life that are planned at a time."""
TURN_S = 0.55
"""Seconds in which one posture becomes another."""
BREATH_S = 4.3
"""Seconds of one breath of a person at rest (14 a minute)."""
SACCADE_S = 0.06
"""Seconds that the eyes take from one point to another."""
HEAD_MOVE_S = 0.7
"""Seconds that the head takes for a small change of direction."""
_BLINK_CLOSE_S, _BLINK_SHUT_S, _BLINK_OPEN_S = 0.07, 0.04, 0.15
BLINK_S = _BLINK_CLOSE_S + _BLINK_SHUT_S + _BLINK_OPEN_S
NOD_S = 0.7


class Posture(Struct, frozen=True):
    """How a state holds itself, and how lively it is in it."""

    drop: float = 0.0
    """Head lowered, in design units."""
    tilt_deg: float = 0.0
    """Head tilted to its left, degrees."""
    turn_x: float = 0.0
    """Face turned to the viewer's right."""
    turn_y: float = 0.0
    """Face turned down."""
    gaze_x: float = 0.0
    gaze_y: float = 0.0
    lids: float = 0.0
    """0 eyes open, 1 closed."""
    brows: float = 0.0
    """Raised."""
    worry: float = 0.0
    """Inner ends of the brows raised."""
    smile: float = 0.5
    glances: float = 0.2
    """How far the eyes wander."""
    sway: float = 0.6
    """How far the head wanders."""
    nods: float = 0.0
    """How deep it nods now and then."""


POSTURES: Mapping[State, Posture] = MappingProxyType(
    {
        State.STARTING: Posture(drop=8, turn_y=0.3, lids=1.0, smile=0.25, glances=0, sway=0.2),
        State.ATTRACT: Posture(smile=0.9, glances=0.3, sway=1.0),
        State.LISTENING: Posture(
            drop=3, tilt_deg=3.0, turn_y=-0.1, brows=0.4, smile=0.75, glances=0.08,
            sway=0.25, nods=1.0,
        ),
        State.THINKING: Posture(
            tilt_deg=-2.5, turn_x=0.5, turn_y=-0.45, gaze_x=0.6, gaze_y=-0.75, brows=0.35,
            smile=0.45, glances=0.25, sway=0.4,
        ),
        State.SPEAKING: Posture(brows=0.1, smile=0.65, glances=0.14, sway=1.0),
        State.RECONNECTING: Posture(
            tilt_deg=1.5, turn_x=-0.3, gaze_x=-0.35, gaze_y=0.1, worry=0.4, smile=0.4, glances=0.3
        ),
        State.OFFLINE: Posture(drop=4, tilt_deg=1.5, worry=0.8, smile=0.2, glances=0.2, sway=0.4),
        State.MICROPHONE_MISSING: Posture(
            tilt_deg=3.5, turn_x=0.15, brows=0.3, worry=0.7, smile=0.25, glances=0.15, sway=0.3
        ),
        State.OUT_OF_ORDER: Posture(
            drop=12, tilt_deg=2.0, turn_y=0.5, lids=1.0, brows=-0.2, smile=0.3, glances=0, sway=0.1
        ),
    }
)  # fmt: skip


class Phase(Struct, frozen=True):
    """The state that the face is in, and the posture that it came from."""

    state: State
    since_s: float
    before: Posture

    def posture(self, now_s: float) -> Posture:
        """Posture at `now_s`, eased from the one before."""
        return _blend(self.before, POSTURES[self.state], ease((now_s - self.since_s) / TURN_S))

    def turned(self, state: State, now_s: float) -> "Phase":
        """The phase after a change of state; the face goes on from wherever it was."""
        if state is self.state:
            return self
        return Phase(state, now_s, self.posture(now_s))

    @classmethod
    def at_rest(cls, state: State) -> "Phase":
        """A phase that has lasted long."""
        return cls(state, float("-inf"), POSTURES[state])


class Voice(Struct, frozen=True):
    """What is heard of the reply just now."""

    mouth: Mouth = CLOSED
    stress: float = 0.0


class Pose(Struct, frozen=True):
    """Everything that the drawing needs."""

    breath: float
    """-1 out, 1 in."""
    drop: float
    """Head lowered, in design units."""
    tilt_deg: float
    turn_x: float
    turn_y: float
    gaze_x: float
    gaze_y: float
    lids: float
    brows: float
    worry: float
    smile: float
    mouth: Mouth


def pose(now_s: float, phase: Phase, voice: Voice, seed: int) -> Pose:
    """Pose at monotonic time `now_s`."""
    posture = phase.posture(now_s)
    glance_x, glance_y = _wander("glance", seed, now_s, SACCADE_S)
    head_x, head_y = _wander("head", seed, now_s, HEAD_MOVE_S)
    breath = sin(2 * pi * now_s / BREATH_S)
    nod = posture.nods * _nod(seed, now_s)
    blink = max(_blink(seed, now_s), 0.0)
    # The eyes are kept on the visitor while the head moves, as ours are: the gaze takes back the
    # turn.
    gaze_x = posture.gaze_x + posture.glances * glance_x - 0.25 * posture.sway * head_x
    gaze_y = posture.gaze_y + posture.glances * 0.6 * glance_y
    return Pose(
        breath=breath,
        drop=posture.drop + 4 * nod + 5 * voice.stress,
        tilt_deg=posture.tilt_deg + 1.5 * posture.sway * head_x,
        turn_x=posture.turn_x + 0.35 * posture.sway * head_x,
        turn_y=posture.turn_y + 0.15 * posture.sway * head_y + 0.25 * nod + 0.2 * voice.stress,
        gaze_x=_clip(gaze_x),
        gaze_y=_clip(gaze_y),
        lids=posture.lids + (1 - posture.lids) * blink,
        brows=posture.brows + 0.5 * voice.stress,
        worry=posture.worry,
        smile=posture.smile,
        mouth=voice.mouth,
    )


def ease(progress: float) -> float:
    """Minimum-jerk course from 0 to 1, as hands and heads move; held outside."""
    x = min(max(progress, 0.0), 1.0)
    return x * x * x * (x * (6 * x - 15) + 10)


def _clip(value: float) -> float:
    return min(max(value, -1.0), 1.0)


def _blend(a: Posture, b: Posture, share: float) -> Posture:
    if share >= 1:
        return b
    return Posture(*(x + (y - x) * share for x, y in zip(astuple(a), astuple(b), strict=True)))


# Plans: what happens within one block of BLOCK_S seconds, from the seed alone


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


def _wander(kind: str, seed: int, now_s: float, duration_s: float) -> tuple[float, float]:
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


def _blink(seed: int, now_s: float) -> float:
    """How far a blink has shut the eyes at `now_s`, 0 to 1."""
    starts = blinks(seed, int(now_s // BLOCK_S))
    index = bisect_right(starts, now_s % BLOCK_S) - 1
    if index < 0:
        return 0.0
    passed_s = now_s % BLOCK_S - starts[index]
    if passed_s < _BLINK_CLOSE_S:
        return ease(passed_s / _BLINK_CLOSE_S)
    return 1 - ease((passed_s - _BLINK_CLOSE_S - _BLINK_SHUT_S) / _BLINK_OPEN_S)


def _nod(seed: int, now_s: float) -> float:
    """A nod every few seconds, 0 to 1: one at some place in each three seconds or so."""
    slot_s = 3.2
    slot = int(now_s // slot_s)
    start_s = Random(f"nod {seed} {slot}").uniform(0.1, slot_s - NOD_S - 0.1)
    passed_s = now_s % slot_s - start_s
    return sin(pi * passed_s / NOD_S) ** 2 if 0 < passed_s < NOD_S else 0.0
