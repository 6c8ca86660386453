"""Who speaks the reply, as far as a conversation is told of it: the count alone."""

from kiosk.core.conversation import Conversation
from kiosk.core.inputs import MicrophoneAt, ReplyAt
from kiosk.core.turns import Command, ReplyCommand


class Reply:
    """Counts what a conversation hands out, as `reply/output` does."""

    def __init__(self, conversation: Conversation) -> None:
        self.end = 0
        """One past the last sample that was handed out."""
        self._conversation = conversation
        self._discarded = 0
        self._commands: list[Command] = []

    def advance(self, now_s: float, written: int, heard: int = 0) -> None:
        """Time and sound have gone on, as in a step of the core.

        Args:
            now_s: now.
            written: one past the newest microphone sample.
            heard: index of the reply sample now being heard.
        """
        self._count()
        conversation = self._conversation
        conversation.microphone_at(MicrophoneAt(written, conversation.session.outbox.holes))
        conversation.reply_at(ReplyAt(max(heard, self._discarded), self.end, now_s))
        conversation.advance(now_s)

    def commands(self) -> list[Command]:
        """All that was wanted since this was last asked."""
        self._count()
        commands, self._commands = self._commands, []
        return commands

    def _count(self) -> None:
        while self._conversation.commands:
            command = self._conversation.commands.popleft()
            self._commands.append(command)
            if isinstance(command, bytes):
                self.end += len(command) // 2
            elif command is ReplyCommand.DISCARD:
                self._discarded = self.end
