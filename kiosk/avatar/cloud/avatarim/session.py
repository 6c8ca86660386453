"""One session with AvatarIM, from its opening to its end; the next one is another object.

It holds what belongs together for that time: the instance, the stream of its picture and voice, and
either the speaker of Gemini's transcript or the socket that hears the visitor.
"""

import asyncio
import contextlib
import logging
import time
import uuid
from typing import Any

from kiosk.avatar.cloud.avatarim.account import control_of
from kiosk.avatar.cloud.avatarim.client import AvatarImClient
from kiosk.avatar.cloud.avatarim.control import Control, ControlApiError, Instance
from kiosk.avatar.cloud.avatarim.dialogue import AskAgain, OnDialogue, understand
from kiosk.avatar.cloud.avatarim.im_protocol import AvatarImError
from kiosk.avatar.cloud.avatarim.instances import Instances
from kiosk.avatar.cloud.avatarim.transcript_speaker import TranscriptSpeaker
from kiosk.avatar.cloud.avatarim.visitor_speech import VisitorSpeech
from kiosk.avatar.cloud.guarded_tasks import spawn
from kiosk.avatar.cloud.journal import JournalError
from kiosk.avatar.cloud.picture import NewestPicture
from kiosk.avatar.cloud.session_state import CloudSessionState, CloudSessionStatus
from kiosk.avatar.cloud.video import LISTEN, Receiver
from kiosk.avatar.echo import audible
from kiosk.avatar.interface import (
    AvatarAudio,
    AvatarEvent,
    AvatarIdle,
    AvatarSpeaking,
    Lost,
    OnAvatarEvent,
    Ready,
)
from kiosk.errors import CredentialError
from kiosk.formats import REPLY_HZ
from kiosk.settings.secrets import AVATARIM_TOKEN, clean, filled, secret
from kiosk.settings.types import AvatarimSettings

log = logging.getLogger("kiosk.avatar")

PICTURE_TIMEOUT_S = 15.0
"""From the opening to the first frame."""
SILENCE_AFTER_SPEECH_S = 2.0
"""So long without a sound after all was sent, and it has said it: it pauses between sentences."""


class AvatarImSession:
    """See the module. All of it runs in the loop's thread."""

    def __init__(
        self,
        settings: AvatarimSettings,
        instances: Instances,
        picture: NewestPicture,
        on_event: OnAvatarEvent,
        dialogue: OnDialogue,
    ) -> None:
        self._settings = settings
        self._instances = instances
        self._picture = picture
        self._on_avatar_event = on_event
        self._dialogue = dialogue
        self._loop = asyncio.get_running_loop()
        self._visitors = settings.mode == "visitors-voice"
        self.speech: TranscriptSpeaker | None = None
        self._control: Control | None = None
        self._starting: asyncio.Task[Instance] | None = None
        self._session_id = ""
        self._client: AvatarImClient | None = None
        self._receiver: Receiver | None = None
        self._watching: asyncio.Task[None] | None = None
        self._interrupting: set[asyncio.Task[None]] = set()
        self._status = CloudSessionStatus("AvatarIM's session")
        self._visitor: VisitorSpeech | None = None
        self._speaking: int | None = None
        self._quiet_bytes = 0

    @property
    def state(self) -> CloudSessionState:
        """How far it is."""
        return self._status.state

    async def open(self) -> None:
        """Open it; tells `Ready` or `Lost`."""
        self._status.move(CloudSessionState.OPENING)
        try:
            await self._begin()
        except (CredentialError, ControlApiError, AvatarImError, JournalError) as error:
            final = isinstance(error, CredentialError) or getattr(error, "final", False)
            self._lose(str(error), final=final, retry_after_s=getattr(error, "retry_after_s", 0.0))

    async def end(self) -> None:
        """End all of it, and stop the instance if it is ours."""
        self._status.move(CloudSessionState.OVER)
        if self._watching is not None:
            self._watching.cancel()
        if self._receiver is not None:
            self._receiver.stop()
        if self.speech is not None:
            await self.speech.close()
        if self._client is not None:
            await self._client.close_session()
        if self._starting is None:
            return
        # It may still be on its way: then it is ours as soon as it comes.
        with contextlib.suppress(ControlApiError, JournalError):  # Told already, or told to nobody.
            instance = await self._starting
            await self._instances.stop(instance.session_id)

    # --- opening -------------------------------------------------------------------------------

    async def _begin(self) -> None:
        settings = self._settings
        if not settings.video_url:
            words = "avatar.avatarim.video_url is empty: say where the picture comes from"
            raise ControlApiError(words, final=True)
        self._control = control_of(settings)
        if self._control is None and not self._visitors:
            raise CredentialError(
                "the credential avatarim-token is no access key: to speak Gemini's words, AvatarIM"
                " needs one, as ID:SECRET"
            )
        if settings.video_url.startswith(LISTEN):
            self._receive({})  # The cloud may push as soon as the instance runs.
        instance = await self._instance()
        self._session_id = instance.session_id
        if self.state is CloudSessionState.OVER:
            return  # Ended while the vendor answered.
        self._status.move(CloudSessionState.JOINING)
        if not self._visitors:
            assert self._control is not None  # noqa: S101 - refused above
            self.speech = TranscriptSpeaker(self._control, instance.session_id, self._on_trouble)
        if self._receiver is None:
            self._receive(instance.channel)
        if self._visitors:
            await self._join(instance)
        self._watching = spawn(self._watch(time.monotonic()), self._lose)

    def _receive(self, facts: dict[str, Any]) -> None:
        self._receiver = Receiver(
            filled(self._settings.video_url), self._picture, self._on_voice, facts
        )
        self._receiver.start()

    async def _instance(self) -> Instance:
        settings, control = self._settings, self._control
        if control is None:
            return Instance(settings.session_id, secret(AVATARIM_TOKEN).reveal())
        if not settings.session_id:
            # Not cancelled half-way: what was started must be stopped.
            self._starting = asyncio.create_task(self._start(control))
            return await asyncio.shield(self._starting)
        if not self._visitors:
            return Instance(settings.session_id, "")
        for instance in await control.running(settings.session_id):
            if instance.token:
                return instance
        words = "the instance of avatar.avatarim.session_id does not run, or gives no token"
        raise ControlApiError(words)

    async def _start(self, control: Control) -> Instance:
        settings = self._settings
        push = settings.push_url or settings.video_url.removeprefix(LISTEN)
        if not push.startswith("rtmp"):
            push = ""
        return await self._instances.start(control, filled(push))

    async def _join(self, instance: Instance) -> None:
        settings = self._settings
        self._client = client = AvatarImClient(
            instance.token,
            settings.app_id,
            settings.tenant_id,
            instance.session_id,
            url=settings.url,
            on_message=self._on_message,
            on_gap=self._on_gap,
            on_failed=self._lose,
            on_ended=lambda reason, kicked: self._lose(reason, final=kicked),
        )
        self._visitor = VisitorSpeech(client, settings.sample_rate)
        await client.connect()
        self._start_dialogue(client)
        await client.session_ready()

    def _start_dialogue(self, client: AvatarImClient) -> None:
        settings = self._settings
        client.start_session(format=settings.format, sample_rate=settings.sample_rate)

    async def _watch(self, began_s: float) -> None:
        """Tell when it is ready, or that no picture comes."""
        assert self._receiver is not None  # noqa: S101 - it was started
        while self._picture.age_s(time.monotonic()) == float("inf"):
            if time.monotonic() - began_s > PICTURE_TIMEOUT_S:
                why = self._receiver.trouble or "nothing was sent"
                self._lose(f"no picture came within {PICTURE_TIMEOUT_S:g} s ({why})")
                return
            await asyncio.sleep(0.02)
        if self.state is CloudSessionState.JOINING:  # Not lost meanwhile.
            self._status.move(CloudSessionState.READY)
            self._tell(Ready())

    # --- what happens ----------------------------------------------------------------------------

    def _tell(self, event: AvatarEvent) -> None:
        if self.state is not CloudSessionState.OVER:
            self._on_avatar_event(event)

    def _lose(self, reason: str, final: bool = False, retry_after_s: float = 0.0) -> None:
        self._tell(Lost(f"AvatarIM: {reason}", final, retry_after_s))
        self._status.move(CloudSessionState.OVER)

    def _on_trouble(self, error: ControlApiError) -> None:
        self._lose(str(error), final=error.final, retry_after_s=error.retry_after_s)

    def _on_voice(self, pcm: bytes) -> None:
        """The stream has sound; in the receiver's thread."""
        with contextlib.suppress(RuntimeError):  # The loop is over.
            self._loop.call_soon_threadsafe(self._voice, pcm)

    def _voice(self, pcm: bytes) -> None:
        self._tell(AvatarAudio(pcm))
        speech = self.speech
        if speech is None:
            return
        if audible(pcm).any():
            self._quiet_bytes = 0
            if speech.reply not in (None, self._speaking):
                self._speaking = speech.reply
                self._tell(AvatarSpeaking(speech.reply or 0))
            return
        self._quiet_bytes += len(pcm)
        silent = self._quiet_bytes >= SILENCE_AFTER_SPEECH_S * 2 * REPLY_HZ
        if silent and speech.sent and self._speaking == speech.reply:
            self._become_idle()

    def _become_idle(self) -> None:
        if self._speaking is not None:
            self._tell(AvatarIdle(self._speaking))
        self._speaking = None

    def interrupt(self) -> None:
        """Cut off what it says."""
        if self.speech is not None:
            self.speech.interrupt()
            self._become_idle()
        elif self._control is not None and self.state is CloudSessionState.READY:
            task = spawn(self._send_interrupt(self._control), self._lose)
            self._interrupting.add(task)
            task.add_done_callback(self._interrupting.discard)

    async def _send_interrupt(self, control: Control) -> None:
        try:
            await control.send_command(self._session_id, "INTERRUPT", uuid.uuid4().hex)
        except ControlApiError as error:
            log.warning("AvatarIM could not be interrupted: %s", error)

    # --- the visitor's voice ---------------------------------------------------------------------

    def speech_begin(self) -> None:
        """The visitor begins to speak."""
        if self._visitor is not None:
            self._visitor.begin()

    def speech_goes_on(self, pcm: bytes) -> None:
        """The next of what the visitor says: s16le mono 16 kHz."""
        if self._visitor is not None:
            self._visitor.feed(pcm)

    def speech_end(self) -> None:
        """The visitor has spoken. A sentence with a hole would be misheard: it is asked again."""
        if self._visitor is None or not self._visitor.end():
            self._dialogue(AskAgain())

    def speech_text(self, text: str) -> None:
        """What the visitor typed."""
        try:
            if self._client is not None:
                self._client.send_text(text)
        except AvatarImError:
            self._dialogue(AskAgain())

    def forget(self) -> None:
        """Start the session anew: what it remembers of the dialogue belongs to the one before."""
        if self._client is not None and self._client.ready:
            self._client.stop_session()
            self._start_dialogue(self._client)

    def _on_gap(self, reason: str) -> None:
        if self._visitor is not None:
            self._visitor.broken = True

    def _on_message(self, content: dict[str, Any], whole: dict[str, Any]) -> None:
        event = understand(content)
        if event is not None:
            self._dialogue(event)
        else:
            log.info("AvatarIM: message of the unknown type %s", clean(str(content.get("type"))))
