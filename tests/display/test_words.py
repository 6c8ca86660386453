import pytest
from msgspec.structs import replace

from kiosk.core.hours import Reopening
from kiosk.core.scene import Notice, Piece, Scene, State
from kiosk.display.captions import LEAD_SAMPLES
from kiosk.display.words import badge_words, notice_words, panel_words


@pytest.mark.parametrize("state", State)
def test_every_state_says_what_it_is(state):
    words = panel_words(Scene(state, heard="hello" if state is State.SPEAKING else ""), 0)
    assert words.title or words.line or words.heard
    assert words.code or badge_words(Scene(state)) or words.sign


@pytest.mark.parametrize("notice", Notice)
def test_every_notice_has_words(notice):
    sign, words = notice_words(notice)
    assert sign
    assert len(words) > 10


@pytest.mark.parametrize(
    ("hint", "title"),
    [
        ("button", "Hold the button and speak"),
        ("space", "Hold the space bar and speak"),
        ("none", "Welcome"),
    ],
)
def test_the_invitation_names_what_to_hold(hint, title):
    words = panel_words(Scene(State.ATTRACT, hint=hint), 0)
    assert words.title == title
    assert bool(words.line) is (hint != "none")


@pytest.mark.parametrize(
    ("hint", "title"),
    [("button", "Press the button and speak"), ("space", "Press the space bar and speak")],
)
def test_nothing_is_to_be_held_where_a_press_opens_the_microphone(hint, title):
    scene = Scene(State.ATTRACT, hint=hint, hands_free=True)
    assert panel_words(scene, 0).title == title
    assert "let go" not in panel_words(scene, 0).line
    listening = panel_words(replace(scene, state=State.LISTENING), 0).line
    assert listening == "Go ahead, I am listening"


def test_staff_see_the_code_of_the_scene():
    words = panel_words(Scene(State.OUT_OF_ORDER, code="K-KEY", detail="the key is refused"), 0)
    assert (words.code, words.detail) == ("K-KEY", "the key is refused")
    assert panel_words(Scene(State.OFFLINE), 0).code == "K-NET"


def test_the_reply_is_written_as_far_as_it_is_heard():
    scene = Scene(State.SPEAKING, "When?", (Piece(10_000, "In 1887."),))
    assert panel_words(scene, 10_000 - LEAD_SAMPLES - 1).said == ""
    assert panel_words(scene, 10_000 - LEAD_SAMPLES).said == "In"
    assert panel_words(scene, 10**6).said == "In 1887."


def test_after_an_answer_the_invitation_stands_below_it():
    scene = Scene(State.ATTRACT, "When?", (Piece(0, "In 1887."),))
    words = panel_words(scene, 10**6)
    assert words.said == "In 1887."
    assert words.line == "Hold the button and speak"
    assert words.title == ""
    assert panel_words(replace(scene, hint="none"), 10**6).line == ""


@pytest.mark.parametrize(
    ("language", "again", "line"),
    [
        ("en", Reopening(0, 1, 540), "Open again today at 09:00"),
        ("de", Reopening(1, 2, 600), "Wieder offen morgen um 10:00 Uhr"),
        ("fr", Reopening(3, 4, 605), "Ouvert à nouveau vendredi à 10:05"),
        ("ja", Reopening(2, 0, 540), "月曜日 09:00 に開きます"),
        ("en", Reopening(12, 4, 540), "Open again in 12 days"),
        ("en", None, ""),
    ],
)
def test_a_closed_house_says_when_it_opens_again(language, again, line):
    words = panel_words(Scene(State.ATTRACT, language=language, closed=True, reopens=again), 0)
    assert words.title
    assert words.line == line
