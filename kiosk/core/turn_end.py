"""What an end of a turn means that came with no answer.

Source: Live API, `TurnCompleteReason` (27 values in google-genai 3.6, and more may come): they are
told apart by the words in them.
"""

ANSWERED = "answered"
TEXT = "text"
"""Words that stand on the screen, and no sound that can be heard."""
EMPTY = "empty"
INAUDIBLE = "inaudible"
"""Sound came, and it was silence."""
REFUSED = "refused"
"""The service will not answer this, or not with what it made."""
MORE_WANTED = "more-wanted"
"""It waits for more than was said."""
SILENT = "silent"
"""A tool was used, and there was nothing to say."""

_REFUSING = ("PROHIBITED", "BLOCKLIST", "SAFETY", "REJECTED", "UNSAFE", "INPUT_", "GENERATED_")


def refusal(reason: str | None, *, waits: bool) -> str:
    """`REFUSED`, `MORE_WANTED`, or empty where nothing was refused and it is worth asking again.

    Args:
        reason: `turnCompleteReason`.
        waits: `waitingForInput`.
    """
    reason = (reason or "").upper()
    if waits or reason == "NEED_MORE_INPUT":
        return MORE_WANTED
    return REFUSED if any(words in reason for words in _REFUSING) else ""
