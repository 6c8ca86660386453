"""Makes AvatarIM's own dialogue look like the Live API to the core.

The core is told of the avatar as of a service with one link that never breaks, so captions, turns
and states come out as with Gemini. Four things differ, and are done here:

- The sound of the avatar's stream is the reply's sound.
- Speech that met a lost connection is not replayed: the visitor is asked to say it again.
- The avatar may answer while the button is still held: the answer waits for the release.
- What the avatar says without having been asked is not played.
"""

import base64
import logging
import time
from asyncio import Event
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Protocol

from kiosk.avatar.cloud.avatarim.dialogue import (
    AskAgain,
    AvatarWords,
    DialogueEvent,
    OnDialogue,
    VisitorWords,
)
from kiosk.avatar.echo import audible
from kiosk.core.events import Action, Dial
from kiosk.core.inputs import Abandoned, AllTaken, Input, LinkOpened, Received, StaffFault
from kiosk.core.messages import (
    InlineData,
    ModelTurn,
    ServerContent,
    ServerMessage,
    ServerPart,
    SetupComplete,
    Transcription,
)
from kiosk.core.outgoing import Kind, Outgoing
from kiosk.core.silences import NO_ANSWER_S
from kiosk.core.step import Core, Outputs
from kiosk.formats import REPLY_HZ

log = logging.getLogger("kiosk.avatar")

ANSWER_TIMEOUT_S = NO_ANSWER_S - 1
"""From the last sign of an answer until the visitor is asked again. It is shorter than the
session's own, which would replay the question."""
AVATAR_TIMEOUT_S = 25.0
"""For which a question waits for the avatar to be there."""
END_SILENCE_SAMPLES = round(2.5 * REPLY_HZ)
"""Silence that ends an answer: the vendor does not tell its end, and a voice pauses between
sentences for less. A stream that stalls is noticed before, by its picture
(`kiosk.avatar.interface.PICTURE_STALL_S`)."""
MAX_EARLY_PIECES = 1000
"""Of an answer that waits for the button's release: 20 s."""
STAFF_CODE = "K-AVATAR"


class QuestionState(Enum):
    """How far the visitor's question is."""

    NONE = "none"
    """Nobody asks, or the answer is over."""
    SPOKEN = "spoken"
    """It is on its way up."""
    BROKEN = "broken"
    """So it was when the avatar went away: the rest is not sent, and the visitor is asked again at
    the release."""
    ASKED = "asked"
    """All of it is up; its answer is awaited, or heard."""


class DialogueAvatar(Protocol):
    """What is used of `kiosk.avatar.cloud.avatarim.driver.AvatarIm`."""

    on_dialogue: OnDialogue | None

    def speech_begin(self) -> None: ...
    def speech(self, pcm: bytes) -> None: ...
    def speech_end(self) -> None: ...
    def speech_text(self, text: str) -> None: ...
    def forget(self) -> None: ...
    def interrupt(self) -> None: ...


class ReplySpeaking(Protocol):
    """What is used of `kiosk.reply.output.ReplyOutput`."""

    @property
    def speaking(self) -> bool: ...


class AvatarImService:
    """See the module. To the kiosk it is the dialer, to `CloudSessions` it is who speaks.

    All of it runs in the loop's thread.
    """

    bad_frames = 0
    begun = False
    """Late answers are noticed here and not by `CloudSessions`: see `waited_s`."""
    streaming = True
    """The avatar is shown whenever it is there: our own face cannot answer."""

    def __init__(self, avatar: DialogueAvatar, reply: ReplySpeaking) -> None:
        self._avatar = avatar
        avatar.on_dialogue = self._on_dialogue
        self._reply = reply
        self.on_air = False
        self.setups_sent = 0
        self._work = Event()
        self._actions: deque[Action] = deque()
        self._link = 0
        self._waiting = False
        """Something that was said is not answered yet."""
        self._staff_fault = ""
        """What only staff can mend, as it was last told."""
        self._question = QuestionState.NONE
        self._early: list[ServerContent] = []
        """What came of the answer before the visitor let go of the button."""
        self._silent_samples: int | None = None
        """Since the answer was last audible; None before it was."""
        self._sign_s = 0.0
        """Monotonic time at which anything last came of the answer."""
        self._waits_from_s: float | None = None
        """Since when a question waits for an avatar that is not there."""
        self._visitor_words = self._avatar_words = ""
        """What was recognised and answered so far."""

    def join(
        self,
        core: Core,
        read: Callable[[int, int], bytes],
        post: Callable[[Input], None],
    ) -> None:
        """Say who decides, how the microphone is read, and whom to tell what has happened."""
        self._core, self._read, self._post = core, read, post

    # --- to the app: the dialer ----------------------------------------------------------------

    async def run(self) -> None:
        """Carry out what the core decides, until cancelled."""
        while True:
            await self._work.wait()
            self._work.clear()
            self.run_step()

    def run_step(self) -> None:
        """Do what the core wants done, and what time has made due."""
        while self._actions:
            if isinstance(action := self._actions.popleft(), Dial):
                self._link_up(action)
        self._write()
        self._check_answer()

    def obey(self, outputs: Outputs) -> None:
        """Carry out what a step of the core wants; there may be something to send, too."""
        self._actions.extend(outputs.actions)
        self._waiting = outputs.waiting
        self.wake()

    def wake(self) -> None:
        """There may be something to send."""
        self._work.set()

    async def drain(self, limit_s: float) -> None:
        """Return at once: the session of the avatar ends with the open turn."""

    def report_staff_fault(self, trouble: str) -> None:
        """Show staff what only they can mend; empty where that is nothing."""
        if trouble != self._staff_fault:
            self._staff_fault = trouble
            self._post(StaffFault(STAFF_CODE if trouble else "", trouble))

    def interrupt(self) -> None:
        """The visitor speaks over it."""
        self._question, self._silent_samples = QuestionState.NONE, None
        self._avatar.interrupt()

    # --- to `CloudSessions`: who speaks -------------------------------------------------------

    @property
    def speaking(self) -> bool:
        """Whether anybody speaks, or an answer is awaited."""
        return self._reply.speaking or self._question is not QuestionState.NONE

    def waited_s(self) -> float:
        """Never late: a late answer is noticed here, see `ANSWER_TIMEOUT_S`."""
        return 0.0

    def voice(self, pcm: bytes) -> None:
        """The next of its stream: the answer, from its first audible sample until it is silent."""
        if self._question is QuestionState.NONE:
            return
        if audible(pcm).any():
            self._silent_samples = 0
        elif self._silent_samples is None:
            return
        else:
            self._silent_samples += len(pcm) // 2
        self._sign_s = time.monotonic()
        sound = InlineData(f"audio/pcm;rate={REPLY_HZ}", base64.b64encode(pcm).decode())
        self._answer(ServerContent(model_turn=ModelTurn(parts=[ServerPart(inline_data=sound)])))

    def idle(self, utterance: int) -> None:
        """Nothing: AvatarIM's own dialogue has no such event."""

    def take_over(self) -> None:
        """The avatar is gone, and nobody else knows the answer."""
        if self._question is QuestionState.ASKED:
            self._ask_again()
        elif self._question is QuestionState.SPOKEN:
            self._question = QuestionState.BROKEN

    # --- within --------------------------------------------------------------------------------

    def _link_up(self, dial: Dial) -> None:
        self.setups_sent += 1
        self._link = dial.link
        self._question, self._silent_samples = QuestionState.NONE, None
        if dial.blank:
            self._avatar.forget()  # The visit is over.
        self._post(LinkOpened(dial.link))
        self._post(Received(dial.link, ServerMessage(setup_complete=SetupComplete())))
        if self._staff_fault:  # A link that is up clears what was wrong with the one before.
            self._post(StaffFault(STAFF_CODE, self._staff_fault))

    def _write(self) -> None:
        """Send what there is, once the avatar is there."""
        now_s = time.monotonic()
        if not self.on_air and self._question is not QuestionState.BROKEN:
            self._waits_from_s = (self._waits_from_s or now_s) if self._waiting else None
            if self._waits_from_s is not None and now_s - self._waits_from_s > AVATAR_TIMEOUT_S:
                self._waits_from_s = None
                self._ask_again()
            return
        self._waits_from_s = None
        while (outgoing := self._core.pull(now_s, self._link)) is not None:
            self._send(outgoing, now_s)
            self._core.sent(outgoing, now_s)

    def _send(self, outgoing: Outgoing, now_s: float) -> None:
        match outgoing.kind:
            case Kind.START:
                self._begin(now_s)
                self._avatar.speech_begin()
            case Kind.END if self._question is QuestionState.BROKEN:
                self._ask_again()
            case Kind.AUDIO if self._question is QuestionState.BROKEN:
                pass  # A sentence with a hole would be misheard.
            case Kind.AUDIO:
                self._avatar.speech(self._read(outgoing.start, outgoing.end))
            case Kind.END:
                if self._question is QuestionState.SPOKEN:  # Not interrupted meanwhile.
                    self._question = QuestionState.ASKED
                self._sign_s = now_s
                self._avatar.speech_end()
                early, self._early = self._early, []
                for content in early:
                    self._tell(content)
                self._end_if_silent()
            case Kind.MESSAGE if outgoing.text:  # Else the history, for a service that forgot it.
                self._begin(now_s)
                self._question = QuestionState.ASKED
                self._avatar.speech_text(outgoing.text)

    def _begin(self, now_s: float) -> None:
        if self._question is not QuestionState.NONE:
            self._avatar.interrupt()
        # The answer before is over: what comes from now on belongs to this question.
        self._tell(ServerContent(interrupted=True))
        self._question, self._silent_samples = QuestionState.SPOKEN, None
        self._sign_s = now_s
        self._early = []
        self._visitor_words = self._avatar_words = ""

    def _check_answer(self) -> None:
        """See that an answer comes, and that it ends."""
        if self._question is not QuestionState.ASKED:
            return
        if time.monotonic() - self._sign_s > ANSWER_TIMEOUT_S:
            if self._silent_samples is None and not self._avatar_words:
                self._ask_again()
            else:
                self._complete()

    def _answer(self, content: ServerContent) -> None:
        """The next of the answer."""
        if self._question is QuestionState.ASKED:
            self._tell(content)
            self._end_if_silent()
        elif len(self._early) < MAX_EARLY_PIECES:
            self._early.append(content)

    def _end_if_silent(self) -> None:
        if self._silent_samples is not None and self._silent_samples >= END_SILENCE_SAMPLES:
            self._complete()

    def _complete(self) -> None:
        self._question, self._silent_samples = QuestionState.NONE, None
        self._tell(ServerContent(generation_complete=True, turn_complete=True))
        self._post(AllTaken())

    def _ask_again(self) -> None:
        log.warning("the avatar did not take the question, asking the visitor to repeat it")
        self._question, self._silent_samples = QuestionState.NONE, None
        self._post(Abandoned())

    def _on_dialogue(self, event: DialogueEvent) -> None:
        self._sign_s = time.monotonic()
        match event:
            case VisitorWords(text=text):
                new, self._visitor_words = _new(self._visitor_words, text), text
                self._tell(ServerContent(input_transcription=Transcription(new)))
            case AvatarWords(text=text) if self._question is not QuestionState.NONE:
                new, self._avatar_words = _new(self._avatar_words, text), text
                # A transcript alone is the rest of an older answer to the core.
                content = ServerContent(
                    model_turn=ModelTurn(), output_transcription=Transcription(new)
                )
                self._answer(content)
            case AskAgain() if self._question is not QuestionState.NONE:
                self._ask_again()

    def _tell(self, content: ServerContent) -> None:
        self._post(Received(self._link, ServerMessage(server_content=content)))


def _new(before: str, text: str) -> str:
    """What a text adds to the one before. Some come whole each time, and some in pieces."""
    if text.startswith(before):
        return text[len(before) :]
    return f" {text}"
