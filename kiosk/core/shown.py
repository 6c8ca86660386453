"""Which state the screen shows: of all that is so, what matters most to whoever stands there."""

from kiosk.core.inputs import DevicesAre
from kiosk.core.link_state import Phase
from kiosk.core.scene import BUTTON_CODE, State
from kiosk.core.session import Session
from kiosk.core.turn_budget import LIMIT_CODE, TurnBudget

RECONNECTING_AFTER_S = 1.0
"""Outages shorter than this are not shown to the visitor."""
OFFLINE_AFTER_S = 10.0
"""After so long without a network the screen says so; before it asks for a moment."""


def own_trouble(devices: DevicesAre, budget: TurnBudget) -> tuple[str, str]:
    """Code and cause of what keeps visitors from asking, though the service would answer."""
    if devices.button_cause:
        return BUTTON_CODE, devices.button_cause
    return (LIMIT_CODE, budget.cause) if budget.is_met else ("", "")


def turn_state(*, listening: bool, speaking: bool) -> State | None:
    """What the visitor and the host do; None while neither does anything."""
    if listening:
        return State.LISTENING
    return State.SPEAKING if speaking else None


def state(
    session: Session,
    devices: DevicesAre,
    budget: TurnBudget,
    turn: State | None,
    now_s: float,
    *,
    thinking: bool,
) -> State:
    """See the module.

    Args:
        session: the link to the service, and what is wrong with it.
        devices: which of them do not do their work.
        budget: whether anything is asked today.
        turn: see `turn_state`.
        now_s: now.
        thinking: an answer is awaited.
    """
    link = session.link
    down_s = 0.0 if link.phase in (Phase.UP, Phase.RESTING) else now_s - link.down_since_s
    if session.staff_code:
        return State.OUT_OF_ORDER
    if devices.microphone_missing:
        return State.MICROPHONE_MISSING
    if turn is not None:
        return turn
    if down_s > OFFLINE_AFTER_S and session.without_network:
        return State.OFFLINE
    if not (link.up_once or link.resting) and down_s <= RECONNECTING_AFTER_S:
        return State.STARTING
    if down_s > RECONNECTING_AFTER_S:
        return State.RECONNECTING
    if thinking:
        return State.THINKING
    # The control socket may press all the same; a visitor cannot.
    return State.OUT_OF_ORDER if own_trouble(devices, budget)[0] else State.ATTRACT
