"""Who speaks the reply, and who is painted: our own face, or a cloud avatar with it behind.

The app knows one router. What a cloud avatar needs (its sessions, a fallback, the journal
of its sessions) is imported and made only where one is configured.
"""

from collections.abc import Callable
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.avatar.drivers import make_cloud_avatar
from kiosk.avatar.interface import Avatar
from kiosk.core.inputs import AvatarCounted
from kiosk.core.scene import State
from kiosk.core.step import Outputs
from kiosk.core.turns import ReplyCommand
from kiosk.reply.output import ReplyOutput, Speaker
from kiosk.settings.types import AvatarSettings

if TYPE_CHECKING:
    from kiosk.avatar.cloud.avatarim.service import AvatarImService
    from kiosk.avatar.cloud.sessions import CloudSessions
    from kiosk.avatar.interface import CloudAvatar

SESSIONS = "avatar-sessions"
"""Folder of the journal of open sessions, below the state directory."""
COST = "avatar-cost.json"
"""What today's sessions have cost, beside it."""


class ReplyRouter:
    """See the module. All of it runs in the loop's thread, but `cast` and the output's `playhead`.

    Args:
        settings: `[avatar]`.
        speaker: our speaker.
        state: where the journal of paid sessions is kept.
        on_change: called when the reply's course has changed by itself.
    """

    def __init__(
        self,
        settings: AvatarSettings,
        speaker: Speaker,
        state: Path,
        on_change: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._cloud = self._make_cloud(state)
        visitors = settings.driver == "avatarim" and settings.avatarim.mode == "visitors-voice"
        self.output = ReplyOutput(speaker, None if visitors else self._cloud)
        self.dialogue: AvatarImService | None = None
        """Who listens and answers in the place of the Live API, where the avatar does."""
        if visitors:
            self.dialogue = self._make_dialogue()
        self.cloud_sessions = self._make_cloud_sessions(on_change)
        self._turn = self._reply = 0

    def _make_cloud(self, state: Path) -> "CloudAvatar | None":
        if self._settings.driver == "face":
            return None
        from kiosk.avatar.cloud.journal import SessionJournal

        self._journal = SessionJournal(state / SESSIONS, state / COST)
        return make_cloud_avatar(self._settings, self._journal)

    def _make_cloud_sessions(self, on_change: Callable[[], None]) -> "CloudSessions | None":
        if self._cloud is None:
            return None
        from kiosk.avatar.cloud.sessions import CloudSessions

        voice = self.dialogue or self.output
        return CloudSessions(self._cloud, voice, self._settings.cloud, self._journal, on_change)

    def _make_dialogue(self) -> "AvatarImService":
        from kiosk.avatar.cloud.avatarim.driver import AvatarIm
        from kiosk.avatar.cloud.avatarim.service import AvatarImService

        assert isinstance(self._cloud, AvatarIm)  # noqa: S101 - the setting is AvatarIM's
        return AvatarImService(self._cloud, self.output)

    # --- the drawing thread ------------------------------------------------------------------

    def cast(self, face: Avatar) -> Avatar:
        """Who stands on the stage: the face, or the avatar on the line with the face behind it."""
        if self._cloud is None or self.cloud_sessions is None:
            return face
        from kiosk.avatar.fallback_avatar import FallbackAvatar

        return FallbackAvatar(self._cloud, face, self.cloud_sessions.plays)

    # --- the loop's thread -------------------------------------------------------------------

    def obey(self, outputs: Outputs) -> None:
        """Carry out what a step of the core wants of the reply."""
        output, turn = self.output, outputs.scene.turn
        for command in outputs.commands:
            match command:
                case ReplyCommand.HOLD:
                    output.hold()
                case ReplyCommand.RESUME:
                    output.resume()
                case ReplyCommand.DISCARD:
                    self._turn = 0
                    output.discard()
                    if self.dialogue is not None:
                        self.dialogue.interrupt()
                case ReplyCommand.END_OF_REPLY:
                    output.end_of_reply()
                case str() as words:
                    output.feed_text(self._reply_of(turn), words)
                case bytes() as pcm:
                    output.play(self._reply_of(turn), pcm)

        self._see(outputs)

    def _see(self, outputs: Outputs) -> None:
        """Tell the cloud avatar's sessions what the visitor does."""
        if self.cloud_sessions is not None:
            listening = outputs.scene.state is State.LISTENING
            may_ask = not outputs.limit_cause
            self.cloud_sessions.see(outputs.visitor_s, listening=listening, may_ask=may_ask)
            if self.dialogue is not None:
                self.dialogue.report_staff_fault(
                    self.cloud_sessions.trouble if self.cloud_sessions.final else ""
                )

    def _reply_of(self, turn: int) -> int:
        """Number what is said now: an answer that is begun again is another reply."""
        if turn != self._turn:
            self._turn = turn
            self._reply += 1
        return self._reply

    # --- what is told of it --------------------------------------------------------------------

    @property
    def trouble(self) -> str:
        """Why our own face stands in for the avatar; empty where it does not."""
        return self.cloud_sessions.trouble if self.cloud_sessions is not None else ""

    def counted(self) -> AvatarCounted | None:
        """What the cloud avatar's sessions have cost; None where none is configured."""
        if self.cloud_sessions is None:
            return None
        day, seconds = self.cloud_sessions.counted
        return AvatarCounted(day, ceil(seconds))

    def status(self) -> dict[str, Any]:
        """What `kiosk ctl status` tells of it."""
        told: dict[str, Any] = {"driver": self._settings.driver}
        if self.cloud_sessions is not None:
            told |= {
                "ready": self.cloud_sessions.ready,
                "trouble": self.trouble,
                "sessions": self.cloud_sessions.sessions,
                "minutes_today": round(self.cloud_sessions.spent_s / 60, 2),
                "takeovers": self.output.takeovers,
            }
        return told
