"""What is typed, as the message that the model takes in mid-session."""

from kiosk.core.capabilities import capabilities_of
from kiosk.core.messages import ClientContent, ClientMessage, Content, Part, RealtimeInput, encode
from kiosk.settings.types import LiveSettings


def typed_message(live: LiveSettings, text: str) -> bytes:
    """A turn in writing, which asks for an answer.

    Content is documented to interrupt a reply that is still coming, and `realtimeInput.text` is
    not: that is sent only where content is refused.
    """
    if capabilities_of(live).family.writes_content:
        content = ClientContent([Content([Part(text)], "user")], turn_complete=True)
        return encode(ClientMessage(client_content=content))
    return encode(ClientMessage(realtime_input=RealtimeInput(text=text)))
