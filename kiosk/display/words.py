"""What the screen says in each state: a pure function of the scene and the playhead."""

from msgspec import Struct

from kiosk.core.scene import Notice, Scene, State
from kiosk.display.captions import heard_so_far

_FAULTS: dict[State, tuple[str, str, str, str]] = {
    State.OFFLINE: (
        "network-off",
        "No network at the moment",
        "I will be back as soon as the line is.",
        "K-NET",
    ),
    State.MICROPHONE_MISSING: (
        "microphone-off",
        "I cannot hear you",
        "The microphone is not connected.",
        "K-MIC",
    ),
    State.OUT_OF_ORDER: (
        "warning",
        "Out of order",
        "Please ask a member of staff.",
        "K-000",
    ),
}
"""Sign, title, line and the code where the scene gives none."""

_BADGES: dict[State, str] = {
    State.STARTING: "Starting",
    State.LISTENING: "I am listening",
    State.THINKING: "Thinking",
    State.SPEAKING: "Speaking",
    State.RECONNECTING: "Reconnecting",
}

_NOTICES: dict[Notice, tuple[str, str]] = {
    Notice.HOLD_TO_TALK: ("hand", "Hold while you speak"),
    Notice.BUTTON_STUCK: ("warning", "The button seems to be stuck"),
    Notice.SPEECH_DISCARDED: ("network-off", "That did not get through. Please say it again"),
    Notice.SPEAKER_MISSING: ("speaker-off", "My voice is off. Please read along"),
    Notice.MICROPHONE_SILENT: ("microphone-off", "The microphone gives no sound"),
}


class Words(Struct, frozen=True):
    """Everything that is written on the desk. Empty strings take no room."""

    state: State
    sign: str = ""
    title: str = ""
    line: str = ""
    heard: str = ""
    said: str = ""
    code: str = ""
    detail: str = ""


def desk_words(scene: Scene, playhead: int) -> Words:
    """What stands on the desk now."""
    state = scene.state
    if state in _FAULTS:
        sign, title, line, code = _FAULTS[state]
        return Words(state, sign, title, line, code=scene.code or code, detail=scene.detail)
    said = heard_so_far(scene.said, playhead)
    match state:
        case State.STARTING:
            return Words(state, title="One moment, please", detail=scene.detail)
        case State.ATTRACT:
            sign, title = _invitation(scene.hint)
            if said:
                return Words(state, sign, line=title, heard=scene.heard, said=said)
            return Words(state, sign, title, "Ask me anything, and let go when you are done.")
        case State.LISTENING:
            return Words(state, line="Let go when you are done", heard=scene.heard)
        case State.THINKING:
            return Words(state, title="" if scene.heard else "Let me think", heard=scene.heard)
        case State.SPEAKING:
            return Words(state, heard=scene.heard, said=said)
        case _:
            line = "You can speak already: I will hear it." if scene.hint != "none" else ""
            return Words(state, "", "One moment, the line is coming back", line, scene.heard)


def badge_words(scene: Scene) -> str:
    """The state in a word or two; empty where the desk says it."""
    return _BADGES.get(scene.state, "")


def notice_words(notice: Notice) -> tuple[str, str]:
    """Sign and text of a notice."""
    return _NOTICES[notice]


def _invitation(hint: str) -> tuple[str, str]:
    if hint == "space":
        return "space", "Hold the space bar and speak"
    if hint == "none":
        return "", "Welcome"
    return "hand", "Hold the button and speak"
