"""An avatar that listens and answers by itself, in the place of the Live API.

The session above stays as it is, and is told of the avatar as if it were a service with one link
that never breaks: captions, turns and states come out as ever. What is different is said here. What
the avatar says by its stream is the reply's sound. Speech that met a gap is not replayed: whoever
said it is asked again. It may begin to answer while the button is still held: that waits for the
release. What it says unasked is not heard.
"""

import base64
import logging
import time
from asyncio import Event
from collections.abc import Callable
from typing import Protocol

from kiosk.avatar.cloud.avatarim.dialogue import (
    AskAgain,
    AvatarWords,
    DialogueEvent,
    OnDialogue,
    VisitorWords,
)
from kiosk.avatar.echo import audible
from kiosk.avatar.interface import VOICE_HZ
from kiosk.core.conversation import Conversation
from kiosk.core.events import Dial
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

log = logging.getLogger("kiosk.avatar")

OPEN_TIMEOUT_S = NO_ANSWER_S - 1
"""Without an answer for so long the visitor is asked again: before the session, which replays."""
WAIT_S = 25.0
"""So long what was said waits for the avatar to be there."""
QUIET = round(2.5 * VOICE_HZ)
"""Samples of silence that end an answer: the vendor does not tell its end, and a voice that draws
breath or waits for its next sentence is not at it. A line that stalls is known before, by its
picture (`kiosk.avatar.interface.STALL_S`)."""
EARLY_MOST = 1000
"""Pieces of an answer that wait for the button's release: 20 s."""
STAFF_CODE = "K-AVATAR"


class DialogueAvatar(Protocol):
    """What is used of `kiosk.avatar.cloud.avatarim.driver.AvatarIm`."""

    on_dialogue: OnDialogue | None

    def speech_begin(self) -> None: ...
    def speech(self, pcm: bytes) -> None: ...
    def speech_end(self) -> None: ...
    def speech_text(self, text: str) -> None: ...
    def forget(self) -> None: ...
    def interrupt(self) -> None: ...


class ReplyVoice(Protocol):
    """What is used of `kiosk.reply.output.Mouthpiece`."""

    @property
    def speaking(self) -> bool: ...


class AvatarImService:
    """See the module: to the app it is the dialer, to `CloudSessions` it is who speaks.

    All of it runs in the loop's thread.
    """

    bad_frames = 0
    begun = False
    """An answer that is late is ours to see: see `waited_s`."""
    streaming = True
    """The picture has the part whenever it is there."""

    def __init__(self, avatar: DialogueAvatar, mouth: ReplyVoice) -> None:
        self._avatar = avatar
        avatar.on_dialogue = self._on_dialogue
        self._mouth = mouth
        self.on_air = False
        self.setups_sent = 0
        self._work = Event()
        self._asking = False
        """The visitor's words are on their way up, or were and their answer is awaited."""
        self._ended = False
        """They are all up."""
        self._broken = False
        """The avatar went away while they were."""
        self._early: list[ServerContent] = []
        """What came of the answer before the visitor let go of the button."""
        self._quiet: int | None = None
        """Samples of silence since the answer was last audible; None before it was."""
        self._sign_s = 0.0
        """When anything last came of the answer."""
        self._waits_s: float | None = None
        """Since when something waits for an avatar that is not there."""
        self._heard = self._said = ""

    def join(
        self,
        conversation: Conversation,
        read: Callable[[int, int], bytes],
        on_event: Callable[[], None],
    ) -> None:
        """Say who decides, how the microphone is read, and whom to tell that something came."""
        self._conversation, self._session = conversation, conversation.session
        self._read, self._on_event = read, on_event

    # --- to the app: the dialer ----------------------------------------------------------------

    async def run(self) -> None:
        """Carry out what the session decides, until cancelled."""
        while True:
            await self._work.wait()
            self._work.clear()
            while self._session.actions:
                if isinstance(self._session.actions.popleft(), Dial):
                    self._link_up()
            self._write()
            self._look()

    def wake(self) -> None:
        """Something may have become ready."""
        self._work.set()

    async def drain(self, limit_s: float) -> None:
        """The end of an open turn is nothing to a session that is ended with it."""

    def report_staff_fault(self, trouble: str) -> None:
        """Show staff what only they can mend; empty where that is nothing."""
        if trouble or self._session.staff_code == STAFF_CODE:
            self._session.report_staff_fault(STAFF_CODE if trouble else "", trouble)

    def interrupt(self) -> None:
        """The visitor speaks over it."""
        self._asking, self._quiet = False, None
        self._avatar.interrupt()

    # --- to `CloudSessions`: who speaks -------------------------------------------------------

    @property
    def speaking(self) -> bool:
        """Whether anybody speaks, or an answer is awaited."""
        return self._mouth.speaking or self._asking

    def waited_s(self) -> float:
        """It is for us to say when an answer is late: see `OPEN_TIMEOUT_S`."""
        return 0.0

    def voice(self, pcm: bytes) -> None:
        """The next of its stream: the answer, from its first audible sample until it is silent."""
        if not self._asking:
            return
        if audible(pcm).any():
            self._quiet = 0
        elif self._quiet is None:
            return
        else:
            self._quiet += len(pcm) // 2
        self._sign_s = time.monotonic()
        sound = InlineData(f"audio/pcm;rate={VOICE_HZ}", base64.b64encode(pcm).decode())
        self._answer(ServerContent(model_turn=ModelTurn(parts=[ServerPart(inline_data=sound)])))

    def idle(self, utterance: int) -> None:
        """It does not tell of its own dialogue."""

    def take_over(self) -> None:
        """The avatar is gone: nobody else knows the answer."""
        if self._asking and self._ended:
            self._ask_again()
        elif self._asking:
            self._broken = True  # Asked again when the button is up.

    # --- within --------------------------------------------------------------------------------

    def _link_up(self) -> None:
        now_s = time.monotonic()
        self.setups_sent += 1
        self._asking, self._quiet = False, None
        if not self._session.checkpoint.history:
            self._avatar.forget()  # The visit is over.
        self._session.opened(now_s)
        self._session.receive(ServerMessage(setup_complete=SetupComplete()), now_s)

    def _write(self) -> None:
        """Send what there is, once the avatar is there."""
        now_s = time.monotonic()
        if not (self.on_air or self._broken):
            waits = any(not u.over for u in self._session.outbox.utterances)
            self._waits_s = (self._waits_s or now_s) if waits else None
            if self._waits_s is not None and now_s - self._waits_s > WAIT_S:
                self._waits_s = None
                self._ask_again()
            return
        self._waits_s = None
        while (outgoing := self._conversation.pull(now_s)) is not None:
            self._send(outgoing, now_s)
            self._conversation.sent(outgoing, now_s)

    def _send(self, outgoing: Outgoing, now_s: float) -> None:
        match outgoing.kind:
            case Kind.START:
                self._begin(now_s)
                self._avatar.speech_begin()
            case Kind.END if self._broken:
                self._ended, self._broken = True, False
                self._ask_again()
            case Kind.AUDIO if self._broken:
                pass  # A sentence with a hole would be misheard.
            case Kind.AUDIO:
                self._avatar.speech(self._read(outgoing.start, outgoing.end))
            case Kind.END:
                self._ended, self._sign_s = True, now_s
                self._avatar.speech_end()
                early, self._early = self._early, []
                for content in early:
                    self._tell(content)
                self._end_if_silent()
            case Kind.MESSAGE:
                typed = next(
                    (u for u in self._session.outbox.utterances if u.id == outgoing.utterance), None
                )
                if typed is not None:  # Else it is the history, for a service that forgot it.
                    self._begin(now_s)
                    self._ended = True
                    self._avatar.speech_text(typed.heard)

    def _begin(self, now_s: float) -> None:
        if self._asking:
            self._avatar.interrupt()
        # What was cut off is over: what comes belongs to this one.
        self._tell(ServerContent(interrupted=True))
        self._asking, self._ended, self._broken, self._quiet = True, False, False, None
        self._sign_s = now_s
        self._early = []
        self._heard = self._said = ""

    def _look(self) -> None:
        """See that an answer comes, and that it ends."""
        if self._asking and self._ended and time.monotonic() - self._sign_s > OPEN_TIMEOUT_S:
            if self._quiet is None and not self._said:
                self._ask_again()
            else:
                self._complete()

    def _answer(self, content: ServerContent) -> None:
        """The next of the answer."""
        if self._ended:
            self._tell(content)
            self._end_if_silent()
        elif len(self._early) < EARLY_MOST:
            self._early.append(content)

    def _end_if_silent(self) -> None:
        if self._quiet is not None and self._quiet >= QUIET:
            self._complete()

    def _complete(self) -> None:
        self._asking, self._quiet = False, None
        self._tell(ServerContent(generation_complete=True, turn_complete=True))
        self._session.outbox.acknowledge()

    def _ask_again(self) -> None:
        log.warning("the avatar did not take the question, asking the visitor to repeat it")
        self._asking, self._quiet = False, None
        self._session.abandon()
        self._on_event()

    def _on_dialogue(self, told: DialogueEvent) -> None:
        self._sign_s = time.monotonic()
        match told:
            case VisitorWords(text=text):
                new, self._heard = _new(self._heard, text), text
                self._tell(ServerContent(input_transcription=Transcription(new)))
            case AvatarWords(text=text) if self._asking:
                new, self._said = _new(self._said, text), text
                # To the session a transcript alone may be the rest of an older one.
                content = ServerContent(
                    model_turn=ModelTurn(), output_transcription=Transcription(new)
                )
                self._answer(content)
            case AskAgain() if self._asking:
                self._ask_again()

    def _tell(self, content: ServerContent) -> None:
        self._session.receive(ServerMessage(server_content=content), time.monotonic())
        self._on_event()


def _new(before: str, text: str) -> str:
    """What a text adds to the one before: some come as a whole each time, some in pieces."""
    if text.startswith(before):
        return text[len(before) :]
    return f" {text}"
