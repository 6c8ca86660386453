"""What the screen says in each state: a pure function of the scene and the playhead."""

from msgspec import Struct

from kiosk.core.hours import WEEKDAYS, clock
from kiosk.core.scene import Notice, Scene, State
from kiosk.core.turn_budget import LIMIT_CODE
from kiosk.display.captions import heard_so_far
from kiosk.display.text.strings import strings

_FAULTS: dict[State, tuple[str, str]] = {
    State.OFFLINE: ("network-off", "K-NET"),
    State.MICROPHONE_MISSING: ("microphone-off", "K-MIC"),
    State.OUT_OF_ORDER: ("warning", "K-000"),
}
"""Sign, and the code where the scene gives none."""

_OF_CODE = {LIMIT_CODE: "enough-for-today"}
"""Texts of a code for which those of its state are not kind enough."""

_NOTICES: dict[Notice, str] = {
    Notice.HOLD_TO_TALK: "hand",
    Notice.BUTTON_STUCK: "warning",
    Notice.SPEECH_DISCARDED: "network-off",
    Notice.SPEAKER_MISSING: "speaker-off",
    Notice.MICROPHONE_SILENT: "microphone-off",
    Notice.REFUSED: "hand",
    Notice.MORE_WANTED: "hand",
    Notice.ONE_MOMENT: "clock",
    Notice.STILL_WORKING: "clock",
}
"""Signs."""


class Words(Struct, frozen=True):
    """Everything that is written on the panel. Empty strings take no room."""

    state: State
    sign: str = ""
    title: str = ""
    line: str = ""
    heard: str = ""
    said: str = ""
    known: str = ""
    """All of the reply that has arrived, `said` before the rest: the lines are laid out for it, so
    that words do not move when the next one is said."""
    code: str = ""
    detail: str = ""
    language: str = "en"


def panel_words(scene: Scene, playhead: int) -> Words:
    """What stands on the panel now."""
    state, language, text = scene.state, scene.language, strings(scene.language)

    def words(
        sign: str = "", title: str = "", line: str = "", heard: str = "", said: str = ""
    ) -> Words:
        known = "".join(piece.text for piece in scene.said) if said else ""
        detail = scene.detail if state is State.STARTING else ""
        return Words(state, sign, title, line, heard, said, known, detail=detail, language=language)

    if state in _FAULTS:
        sign, code = _FAULTS[state]
        code = scene.code or code
        key = _OF_CODE.get(code, state.value)
        title, line = text[f"{key}.title"], text[f"{key}.line"]
        return Words(state, sign, title, line, code=code, detail=scene.detail, language=language)
    said = heard_so_far(scene.said, playhead)
    match state:
        case State.STARTING:
            return words(title=text["starting.title"])
        case State.ATTRACT:
            if scene.closed:
                return words(title=text["closed.title"], line=reopening_words(scene))
            sign = {"space": "space", "none": ""}.get(scene.hint, "hand")
            way = "open-" if scene.hands_free and scene.hint != "none" else ""
            title = text.get(f"invite.{way}{scene.hint}", text[f"invite.{way}button"])
            # Without a button there is nothing to hold, and nothing to let go of.
            if said:
                again = title if scene.hint != "none" else ""
                return words(sign, line=again, heard=scene.heard, said=said)
            return words(sign, title, text[f"invite.{way}line"] if scene.hint != "none" else "")
        case State.LISTENING:
            line = text["listening.open" if scene.hands_free else "listening.line"]
            return words(line=line, heard=scene.heard)
        case State.THINKING:
            return words(title="" if scene.heard else text["thinking.title"], heard=scene.heard)
        case State.SPEAKING:
            return words(heard=scene.heard, said=said)
        case _:
            line = text["reconnecting.line"] if scene.hint != "none" else ""
            return words("", text["reconnecting.title"], line, scene.heard)


def reopening_words(scene: Scene) -> str:
    """When a closed house opens again; empty where that is not known."""
    again, text = scene.reopens, strings(scene.language)
    if again is None:
        return ""
    if again.days >= 7:
        return text["closed.days"].format(days=again.days)
    key = ("today", "tomorrow")[again.days] if again.days < 2 else "day"
    day = text[f"weekday.{WEEKDAYS[again.weekday].lower()}"]
    return text[f"closed.{key}"].format(day=day, time=clock(again.minute))


def badge_words(scene: Scene) -> str:
    """The state in a word or two; empty where the panel says it."""
    return strings(scene.language).get(f"badge.{scene.state.value}", "")


def notice_words(notice: Notice, language: str = "en") -> tuple[str, str]:
    """Sign and text of a notice."""
    return _NOTICES[notice], strings(language)[f"notice.{notice.value}"]


def legal_notice(language: str, *, ai: bool, kept_days: int) -> str:
    """What visitors are to know before they speak.

    Args:
        language: of the screen.
        ai: say that they talk with an AI.
        kept_days: for how long is kept what they say; 0 where nothing is.
    """
    text = strings(language)
    kept = text["kept"].format(days=kept_days) if kept_days else ""
    return " · ".join(words for words in (text["ai"] if ai else "", kept) if words)


def camera_words(language: str = "en") -> str:
    """That pictures are taken."""
    return strings(language)["camera"]


def countdown_words(seconds: int, language: str = "en") -> str:
    """That the visit will soon be forgotten."""
    return strings(language)["countdown"].format(seconds=seconds)
