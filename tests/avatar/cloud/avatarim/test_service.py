"""AvatarIM's own dialogue, told to a real session as if it were the service."""

import pytest

from kiosk.avatar.cloud.avatarim import service as module
from kiosk.avatar.cloud.avatarim.dialogue import AskAgain, AvatarWords, VisitorWords
from kiosk.avatar.cloud.avatarim.service import (
    ANSWER_TIMEOUT_S,
    AVATAR_TIMEOUT_S,
    END_SILENCE_SAMPLES,
    STAFF_CODE,
    AvatarImService,
)
from kiosk.core.inputs import (
    Input,
    MicrophoneAt,
    Pressed,
    Released,
    ReplyAt,
    Typed,
    VisitEnded,
)
from kiosk.core.link_state import Phase
from kiosk.core.scene import State
from kiosk.core.step import Core
from kiosk.core.turns import ReplyCommand
from kiosk.settings.layers import load

LOUD, SILENT = b"\0\x20\0\xe0" * 240, bytes(960)
RATE = 16_000


class Avatar:
    on_dialogue = None

    def __init__(self) -> None:
        self.calls: list[object] = []
        self.pcm = b""

    def speech_begin(self) -> None:
        self.calls.append("begin")

    def speech(self, pcm: bytes) -> None:
        self.pcm += pcm

    def speech_end(self) -> None:
        self.calls.append("end")

    def speech_text(self, text: str) -> None:
        self.calls.append(text)

    def forget(self) -> None:
        self.calls.append("forget")

    def interrupt(self) -> None:
        self.calls.append("interrupt")


class Mouth:
    speaking = False


class Room:
    """A conversation, the avatar that answers in it, and a clock."""

    def __init__(self, monkeypatch, folder) -> None:
        self.now_s = 1000.0
        monkeypatch.setattr(module.time, "monotonic", lambda: self.now_s)
        settings = load((), (), folder).settings
        self.core = Core(settings, lambda: 0.5)
        self.posted: list[Input] = []
        self.avatar = Avatar()
        self.voice = AvatarImService(self.avatar, Mouth())
        self.voice.join(self.core, lambda a, b: bytes(2 * (b - a)), self.posted.append)
        self.played = b""
        self.words = ""
        self.heard = self.written = 0
        self.voice.on_air = True
        now = MicrophoneAt(self.sample), ReplyAt(0, 0, self.now_s)
        self.core.start(self.now_s, *now, ring_epoch_ns=1)
        self.step()

    @property
    def sample(self) -> int:
        return round((self.now_s - 1000) * RATE)

    def happen(self, *now_happened: Input) -> None:
        """A step, as the kiosk runs it; none of the reply is heard but what a test says."""
        happened = [*self.posted, *now_happened]
        self.posted.clear()
        places = MicrophoneAt(self.sample), ReplyAt(self.heard, self.written, self.now_s)
        outputs = self.core.step(self.now_s, [*places, *happened])
        self.scene = outputs.scene
        for command in outputs.commands:
            match command:
                case bytes() as pcm:
                    self.played += pcm
                    self.written += len(pcm) // 2
                case str() as words:
                    self.words += words
                case ReplyCommand.DISCARD:
                    self.heard = self.written
                    self.voice.interrupt()
        self.voice.obey(outputs)

    def step(self, seconds: float = 0.0) -> None:
        """Time goes on; the dialer's loop turns as it does in the kiosk."""
        end_s = self.now_s + seconds
        while True:
            self.happen()
            self.voice.run_step()
            self.happen()
            if self.now_s >= end_s:
                return
            self.now_s = min(self.now_s + 0.02, end_s)

    def press(self) -> None:
        self.happen(Pressed(self.now_s, self.sample))

    def release(self) -> None:
        self.happen(Released(self.now_s, self.sample))

    def ask(self, seconds: float = 1.0) -> None:
        self.press()
        self.step(seconds)
        self.release()
        self.step(0.5)

    def say(self, frames: int, pcm: bytes = LOUD) -> None:
        for _ in range(frames):
            self.voice.voice(pcm)
            self.step(0.02)

    def silence(self) -> None:
        self.say(END_SILENCE_SAMPLES // 480 + 1, SILENT)

    @property
    def turn(self):
        return self.core.view().turns[-1]


@pytest.fixture
def room(monkeypatch, tmp_path) -> Room:
    return Room(monkeypatch, tmp_path)


def test_it_is_up_from_the_start_and_needs_no_key(room):
    assert room.core.view().link.phase is Phase.UP
    assert room.voice.setups_sent == 1


def test_a_sentence_and_its_answer(room):
    room.ask()
    assert room.avatar.calls[-2:] == ["begin", "end"]
    assert len(room.avatar.pcm) // 2 == room.turn.end - room.turn.start
    room.avatar.on_dialogue(VisitorWords("when"))
    room.avatar.on_dialogue(VisitorWords("when do you open"))
    room.avatar.on_dialogue(AvatarWords("At nine."))
    room.say(5, SILENT)
    assert room.played == b""
    room.say(50)
    room.silence()
    assert (room.turn.heard, room.turn.said) == ("when do you open", "At nine.")
    assert room.words == "At nine."
    assert room.turn.outcome == "answered"
    assert room.played.startswith(LOUD * 50)
    # What it says unasked is not heard.
    before = room.played
    room.say(50)
    assert room.played == before


def test_an_answer_may_pause_between_two_sentences(room):
    room.ask()
    room.say(20)
    room.say(round(2.2 * 50), SILENT)
    room.say(30)
    room.silence()
    assert room.played.count(LOUD * 10) == 5
    assert room.turn.outcome == "answered"


def test_an_answer_that_comes_before_the_release_waits_for_it(room):
    room.press()
    room.step(1)
    room.avatar.on_dialogue(AvatarWords("At nine."))
    room.say(20)
    assert (room.played, room.words) == (b"", "")
    room.release()
    room.step(0.5)
    assert room.played.startswith(LOUD * 20)
    assert room.words == "At nine."
    room.silence()
    assert room.turn.outcome == "answered"


def test_one_that_is_over_before_the_release_is_whole(room):
    room.press()
    room.step(1)
    room.say(20)
    room.silence()
    room.release()
    room.step(0.5)
    assert room.played.startswith(LOUD * 20)
    assert room.turn.outcome == "answered"


def test_who_speaks_over_it_cuts_it_off(room):
    room.ask()
    room.say(50)
    room.press()
    room.step(0.3)
    assert "interrupt" in room.avatar.calls
    before = room.played
    room.say(10)  # What was on its way of the old answer, while the button is held ...
    assert room.played == before
    room.step(0.5)
    room.release()
    room.step(0.5)
    first = room.core.view().turns[-2]
    assert first.outcome == "interrupted"
    room.say(20)
    room.silence()
    assert room.turn.outcome == "answered"


def test_who_asks_again_before_the_answer_cuts_it_off_too(room):
    room.ask()
    room.ask()
    assert room.avatar.calls.count("interrupt") == 1
    room.say(20)
    room.silence()
    assert [turn.outcome for turn in room.core.view().turns] == ["interrupted", "answered"]


@pytest.mark.parametrize("how", ["a hole", "no answer", "the avatar is lost"])
def test_whoever_is_not_answered_is_asked_again(room, how):
    room.ask()
    if how == "a hole":
        room.avatar.on_dialogue(AskAgain())
    elif how == "no answer":
        room.step(ANSWER_TIMEOUT_S + 0.1)
    else:
        room.voice.on_air = False
        room.voice.take_over()
    room.step()
    assert room.turn.outcome == "unanswered"
    room.step(30)
    sent = len(room.avatar.pcm)
    room.voice.on_air = True
    room.step(1)
    assert len(room.avatar.pcm) == sent, "nothing is said again by itself"


def test_an_avatar_that_goes_away_in_mid_sentence(room):
    room.press()
    room.step(0.5)
    room.voice.on_air = False
    room.voice.take_over()
    room.step(0.2)
    sent = len(room.avatar.pcm)
    room.voice.on_air = True  # Another session: half a sentence is not for it.
    room.step(0.3)
    room.release()
    room.step(0.5)
    assert room.turn.outcome == "unanswered"
    assert len(room.avatar.pcm) == sent
    assert "end" not in room.avatar.calls


def test_speech_waits_for_an_avatar_that_is_being_opened(room):
    room.voice.on_air = False
    room.ask()
    room.step(3)
    assert room.avatar.pcm == b""
    room.voice.on_air = True
    room.step(0.1)
    assert len(room.avatar.pcm) // 2 == room.turn.end - room.turn.start
    assert room.scene.state is State.THINKING


def test_and_not_for_ever(room):
    room.voice.on_air = False
    room.ask()
    room.step(AVATAR_TIMEOUT_S + 1)
    assert room.turn.outcome == "unanswered"


def test_a_text_without_sound_is_an_answer(room):
    room.ask()
    room.avatar.on_dialogue(AvatarWords("At nine."))
    room.step(ANSWER_TIMEOUT_S + 0.1)
    assert room.turn.outcome == "text"


def test_what_is_typed(room):
    room.happen(Typed("When do you open?"))
    room.step(0.1)
    assert room.avatar.calls[-1] == "When do you open?"
    room.say(20)
    room.silence()
    assert room.turn.outcome == "answered"


def test_the_next_visitor_meets_a_dialogue_that_knows_nothing(room):
    room.ask()
    room.avatar.on_dialogue(VisitorWords("I am Ann"))
    room.say(20)
    room.silence()
    before = room.avatar.calls.count("forget")
    room.happen(VisitEnded())
    room.step(2)
    assert room.avatar.calls.count("forget") == before + 1


def test_staff_see_what_only_they_can_mend(room):
    room.voice.report_staff_fault("the key is wrong")
    room.happen()
    scene = room.scene
    assert (scene.state, scene.code) == (State.OUT_OF_ORDER, STAFF_CODE)
    assert scene.detail == "the key is wrong"
    room.happen(VisitEnded())
    room.step(2)
    assert room.scene.state is State.OUT_OF_ORDER, "a new session does not mend it"
    room.voice.report_staff_fault("")
    room.happen()
    assert room.scene.state is not State.OUT_OF_ORDER
