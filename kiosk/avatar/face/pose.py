"""Where everything in the face is at a moment: a pure function of time, scene and sound.

Nothing here remembers the last frame, so the face moves alike at 5 and at 60 frames a second, and
a picture of a moment can be made again. What looks like chance is planned: `plans`. Quantities are
in -1..1 or 0..1 unless a unit is named; a unit is one of the pack's canvas.
"""

from collections.abc import Mapping
from math import pi, sin
from types import MappingProxyType

from msgspec import Struct, structs

from kiosk.avatar.face import plans
from kiosk.avatar.face.plans import ease
from kiosk.core.scene import State
from kiosk.lips.visemes import CLOSED, VISEMES, Mouth

TURN_S = 0.55
"""Seconds in which one posture becomes another."""
BREATH_S = 4.3
"""Seconds of one breath of a person at rest (14 a minute)."""
_SMILE_S = 1.8
"""Seconds for which a greeting or farewell smile stands."""
EXPRESSION_S = 0.4
"""Seconds in which an expression comes or goes."""
PHRASE_BLINK_S = 0.18
"""Seconds of silence after a phrase at which the eyes may blink."""

MOVES = (
    *("tilt", "drop", "turn-x", "turn-y", "gaze-x", "gaze-y"),
    *("lids", "brows", "worry", "smile"),
)
"""What an expression may set besides shapes."""
SHAPES = (
    *("open", "wide", "round", "blink", "blink-left", "blink-right", "smile", "frown"),
    *("raise", "lower", "worry", "breath", "voice"),
    *(state.value for state in State),
)
"""Shapes that the pose drives by itself; so are the visemes."""


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
    invites: float = 0.0
    """How far it looks at the button now and then."""


POSTURES: Mapping[State, Posture] = MappingProxyType(
    {
        State.STARTING: Posture(drop=8, turn_y=0.3, lids=1.0, smile=0.25, glances=0, sway=0.2),
        State.ATTRACT: Posture(smile=0.9, glances=0.3, sway=1.0, invites=1.0),
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


_WHOLLY = {state: tuple(float(other is state) for other in State) for state in State}
"""How far it is in each state, in their order, when it is in one alone."""


class PosturePhase(Struct, frozen=True):
    """The state that the face is in, and what it came from."""

    state: State
    since_s: float
    before: Posture
    shares: tuple[float, ...]
    """How far it was in each state, in their order, when this one began; together 1."""
    meets: bool = False
    """Whether this begins or ends a talk, which is done with a smile."""

    def posture(self, now_s: float) -> Posture:
        """Posture at `now_s`, eased from the one before."""
        passed_s = now_s - self.since_s
        posture = _blend(self.before, POSTURES[self.state], ease(passed_s / TURN_S))
        if not self.meets or passed_s > 2 * _SMILE_S:
            return posture
        warmth = ease(passed_s / TURN_S) * (1 - ease((passed_s - _SMILE_S) / (_SMILE_S / 2)))
        return structs.replace(
            posture,
            smile=posture.smile + (1 - posture.smile) * warmth,
            brows=posture.brows + 0.25 * warmth,
        )

    def states(self, now_s: float) -> tuple[float, ...]:
        """How far it is in each state, in their order; together 1."""
        share = ease((now_s - self.since_s) / TURN_S)
        if share >= 1:
            return _WHOLLY[self.state]
        return tuple(
            before + ((state is self.state) - before) * share
            for state, before in zip(State, self.shares, strict=True)
        )

    def turned(self, state: State, now_s: float) -> "PosturePhase":
        """The phase after a change of state; the face goes on from wherever it was."""
        if state is self.state:
            return self
        talk = {State.LISTENING, State.THINKING, State.SPEAKING}
        meets = State.ATTRACT in {self.state, state} and bool({self.state, state} & talk)
        return PosturePhase(state, now_s, self.posture(now_s), self.states(now_s), meets)

    @classmethod
    def at_rest(cls, state: State) -> "PosturePhase":
        """A phase that has lasted long."""
        return cls(state, float("-inf"), POSTURES[state], _WHOLLY[state])


class Mood(Struct, frozen=True):
    """The expression that was asked of the face, and what is left of the one before."""

    name: str = ""
    since_s: float = float("-inf")
    sets: Mapping[str, float] = MappingProxyType({})
    before: Mapping[str, tuple[float, float]] = MappingProxyType({})
    """For each quantity: how far it was set, 0 to 1, and to what."""

    def values(self, now_s: float) -> dict[str, tuple[float, float]]:
        """For each quantity that is set: how far, 0 to 1, and to what."""
        if not self.sets and not self.before:
            return {}
        share = ease((now_s - self.since_s) / EXPRESSION_S)
        mixed: dict[str, tuple[float, float]] = {}
        for name in {*self.before, *self.sets}:
            far, to = self.before.get(name, (0.0, self.sets.get(name, 0.0)))
            wanted = self.sets.get(name)
            far += ((wanted is not None) - far) * share
            to += ((to if wanted is None else wanted) - to) * share
            if far:
                mixed[name] = far, to
        return mixed

    def turned(self, name: str, sets: Mapping[str, float], now_s: float) -> "Mood":
        """The mood after another expression was asked for."""
        if name == self.name:
            return self
        return Mood(name, now_s, sets, self.values(now_s))


class Voice(Struct, frozen=True):
    """What is heard of the reply just now."""

    mouth: Mouth = CLOSED
    loud: float = 0.0
    stress: float = 0.0
    """How far this syllable stands out of the phrase."""
    phrase_end_s: float = float("inf")
    """Seconds since a phrase ended that a pause of PHRASE_BLINK_S or more followed."""


class Habits(Struct, frozen=True):
    """How one lives when nothing happens; 1 is as a person does."""

    sway: float = 1.0
    glances: float = 1.0
    blinks: float = 1.0
    button: tuple[float, float] = (0.0, 1.0)
    """Where the button is; see `IdleLife` of a pack."""


class Pose(Struct, frozen=True):
    """Everything that the drawing needs."""

    breath: float
    """-1 out, 1 in."""
    drop: float
    """Head lowered, in units."""
    tilt_deg: float
    turn_x: float
    turn_y: float
    gaze_x: float
    gaze_y: float
    lids: float
    brows: float
    """-1 lowered, 1 raised."""
    worry: float
    smile: float
    """-1 the corners of the mouth down, 1 up."""
    voice: float
    mouth: Mouth
    states: tuple[float, ...]
    """How far it is in each state, in their order."""
    asked: Mapping[str, float]
    """Shapes that an expression asks for, at least so far."""

    def shapes(self) -> dict[str, float]:
        """How far each shape is there, 0 to 1, by its name; visemes too."""
        mouth = self.mouth
        given = dict(zip(VISEMES, mouth.weights, strict=True))
        given |= {"open": mouth.open, "wide": mouth.wide, "round": mouth.round}
        given |= dict.fromkeys(("blink", "blink-left", "blink-right"), self.lids)
        given |= {"smile": max(self.smile, 0.0), "frown": max(-self.smile, 0.0)}
        given |= {"raise": max(self.brows, 0.0), "lower": max(-self.brows, 0.0)}
        given |= {"worry": self.worry, "breath": (1 + self.breath) / 2, "voice": self.voice}
        given |= {state.value: share for state, share in zip(State, self.states, strict=True)}
        for name, value in self.asked.items():
            given[name] = max(given.get(name, 0.0), value)
        return given


def pose(
    now_s: float,
    phase: PosturePhase,
    voice: Voice,
    seed: int,
    mood: Mood = Mood(),  # noqa: B008 - frozen
    habits: Habits = Habits(),  # noqa: B008 - frozen
) -> Pose:
    """Pose at monotonic time `now_s`."""
    posture = phase.posture(now_s)
    glance_x, glance_y = plans.wander("glance", seed, now_s, plans.SACCADE_S)
    head_x, head_y = plans.wander("head", seed, now_s, plans.HEAD_MOVE_S)
    sway, glances = posture.sway * habits.sway, posture.glances * habits.glances
    breath = sin(2 * pi * now_s / BREATH_S)
    nod = posture.nods * plans.nod(seed, now_s) if posture.nods else 0.0
    blink = plans.blink_at(seed, now_s * habits.blinks, habits.blinks) if habits.blinks else 0.0
    if habits.blinks and phase.state is State.SPEAKING:
        blink = max(blink, plans.lids(voice.phrase_end_s - PHRASE_BLINK_S))
    # The eyes stay on the visitor while the head moves: the gaze takes back the turn.
    gaze_x = posture.gaze_x + glances * glance_x - 0.25 * sway * head_x
    gaze_y = posture.gaze_y + 0.6 * glances * glance_y
    look = posture.invites * plans.invitation(seed, now_s) if posture.invites else 0.0
    gaze_x += (habits.button[0] - gaze_x) * look
    gaze_y += (habits.button[1] - gaze_y) * look
    moves = {
        "tilt": posture.tilt_deg + 1.5 * sway * head_x,
        "drop": posture.drop + 4 * nod + 4 * voice.stress,
        "turn-x": posture.turn_x + 0.35 * sway * head_x + 0.2 * look * habits.button[0],
        "turn-y": posture.turn_y + 0.15 * sway * head_y + 0.25 * nod + 0.2 * voice.stress
        + 0.2 * look * habits.button[1],
        "gaze-x": _clip(gaze_x),
        "gaze-y": _clip(gaze_y),
        "lids": posture.lids,
        "brows": posture.brows + 0.6 * voice.stress,
        "worry": posture.worry,
        "smile": posture.smile,
    }  # fmt: skip
    asked: dict[str, float] = {}
    for name, (far, to) in mood.values(now_s).items():
        if name in moves:
            moves[name] += (to - moves[name]) * far
        else:
            asked[name] = to * far
    return Pose(
        breath=breath,
        drop=moves["drop"],
        tilt_deg=moves["tilt"],
        turn_x=moves["turn-x"],
        turn_y=moves["turn-y"],
        gaze_x=moves["gaze-x"],
        gaze_y=moves["gaze-y"],
        lids=moves["lids"] + (1 - moves["lids"]) * blink,
        brows=moves["brows"],
        worry=moves["worry"],
        smile=moves["smile"],
        voice=voice.loud,
        mouth=voice.mouth,
        states=phase.states(now_s),
        asked=asked,
    )


def _clip(value: float) -> float:
    return min(max(value, -1.0), 1.0)


def _blend(a: Posture, b: Posture, share: float) -> Posture:
    if share >= 1:
        return b
    pairs = zip(structs.astuple(a), structs.astuple(b), strict=True)
    return Posture(*(x + (y - x) * share for x, y in pairs))
