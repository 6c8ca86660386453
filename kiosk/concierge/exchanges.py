"""What a client tells besides speech, as entries of the history: turns in writing, and pictures.

A picture is judged and counted, and not looked at: the concierge answers from its file. It is
billed again at each turn, as Google's is.
"""

from typing import Any

from kiosk.concierge.client_messages import invalid
from kiosk.concierge.session import Exchange

PICTURE_TOKENS = 258
"""Source: Live API, guide on tokens: a frame of video, or a picture, is 258."""
_SIGNATURES = {
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/webp": b"RIFF",
}
"""What each kind of file begins with."""


def has_words(text: str) -> bool:
    """Whether there is anything to be answered."""
    return any(c.isalnum() for c in text)


def written(turn: dict[str, Any]) -> Exchange:
    """An entry of `clientContent.turns`; what is not text in it has no words."""
    words = [part.get("text", "") for part in turn.get("parts", [])]
    return Exchange(turn.get("role", "user"), " ".join(filter(None, words)))


def picture(blob: dict[str, Any]) -> Exchange:
    """The picture of `realtimeInput.video`, as history.

    Raises:
        Refusal: it is no picture, or of another kind than it says.
    """
    signature = _SIGNATURES.get(blob.get("mimeType", ""))
    if signature is None:
        raise invalid(f"mimeType is none of {', '.join(_SIGNATURES)}")
    if not blob.get("data", b"").startswith(signature):
        raise invalid(f"the picture is no {blob['mimeType']}")
    return Exchange("user", "", picture_tokens=PICTURE_TOKENS)
