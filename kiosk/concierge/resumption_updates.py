"""Tells a client from where its session can be resumed, and which of its messages were consumed."""

from typing import Any

from kiosk.concierge.answer import SendFrame
from kiosk.concierge.session import ServiceSession
from kiosk.concierge.setup_options import SetupOptions

UPDATE_INTERVAL_S = 1.0
"""Between updates, where the protocol variant is that they come each second."""


class ResumptionUpdates:
    """Numbers a connection's messages and sends `sessionResumptionUpdate`.

    Args:
        send: sends a frame to the client.
        session: gives the handles.
        options: what the setup asks for; without resumption nothing is sent.
    """

    def __init__(self, send: SendFrame, session: ServiceSession, options: SetupOptions) -> None:
        self._send = send
        self._session = session
        self._options = options
        variants = session.variants
        self._first_index: int = variants.first_index
        if options.handle and variants.indexes == "session":
            self._first_index = session.index + max(1, self._first_index)
        self._index_as_string = variants.index_type == "string"
        self.index = 0
        """Number of the client's last message: the setup is 0. Source: Google's Live skill."""
        self._index_told = -1

    @property
    def is_told(self) -> bool:
        """Whether the client knows already how far its messages were consumed."""
        return self.index == self._index_told

    async def tell(self, *, resumable: bool) -> None:
        """Send an update: with a new handle where the session can be resumed from here."""
        if not self._options.resumption:
            return
        update: dict[str, Any] = {}
        if resumable:
            index = self.index + self._first_index - 1
            self._session.index = max(0, index)
            update = {"newHandle": self._session.checkpoint(), "resumable": True}
            if self._options.transparent and index >= 0:
                told = str(index) if self._index_as_string else index
                update["lastConsumedClientMessageIndex"] = told
            self._index_told = self.index
        await self._send({"sessionResumptionUpdate": update})
