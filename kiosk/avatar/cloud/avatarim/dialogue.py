"""What AvatarIM's own dialogue tells, where it listens to the visitor by itself."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct


class VisitorWords(Struct, frozen=True):
    """What it has understood of the visitor, so far or whole."""

    text: str


class AvatarWords(Struct, frozen=True):
    """What it answers."""

    text: str


class AskAgain(Struct, frozen=True):
    """Some of the visitor's sentence was lost on its way. It is not replayed: the visitor is asked
    to say it again.
    """


DialogueEvent = VisitorWords | AvatarWords | AskAgain
OnDialogue = Callable[[DialogueEvent], None]


def understand(content: dict[str, Any]) -> DialogueEvent | None:
    """Find words in a message of the socket.

    The names of its types are not published. By the vendor's sources there are some for recognised
    speech (ASR) and for the reply; these are guessed by their sound, and all others are None.
    """
    text, kind = content.get("text"), str(content.get("type") or "").lower()
    if not isinstance(text, str) or not text.strip():
        return None
    if "asr" in kind:
        return VisitorWords(text)
    if "reply" in kind or "answer" in kind:
        return AvatarWords(text)
    return None
