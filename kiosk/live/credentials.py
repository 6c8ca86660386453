"""URL and headers of an attempt to connect.

They are made anew for every attempt, because a token lives an hour and a key may be replaced while
the kiosk runs. Where secrets come from: `kiosk.settings.secrets`.

A proxy named by `HTTPS_PROXY` needs nothing here: `websockets` (15 and later) takes it from the
environment by itself (`proxy=True`), and google-auth does too. `websockets` logs the headers at
level DEBUG: whoever sets up logging keeps its logger at INFO.
"""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kiosk.settings.secrets import ACCESS_TOKEN, API_KEY, find, secret
from kiosk.settings.types import LiveSettings
from kiosk.settings.urls import is_loopback

if TYPE_CHECKING:
    from kiosk.live.google_account import GoogleAccount

DEVELOPER_HOST = "generativelanguage.googleapis.com"
DEVELOPER_PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
"""Source: Live API reference, "WebSocket endpoint"; a dot before the method."""
VERTEX_PATH = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
"""Source: google-genai 3.4, live.py; a slash before the method."""


class Credentials:
    """Gives each connect attempt its URL and headers."""

    def __init__(self, live: LiveSettings) -> None:
        self._live = live
        self._url = service_url(live)
        self._loopback = is_loopback(urlsplit(self._url).hostname or "")
        self._account: GoogleAccount | None = None
        self.source = ""
        """Where the newest key or token came from, for staff."""

    async def for_attempt(self, refresh: bool = False) -> tuple[str, dict[str, str]]:
        """Give the URL and headers for one attempt.

        `refresh` asks for a new token although the old one has not run out: the service refused it.

        Raises:
            CredentialError: a person must mend something.
            LinkError: Google's token service could not be reached; `args[0]` is a `Disconnect`.
        """
        if self._live.api == "developer":
            key = find(API_KEY) if self._loopback else secret(API_KEY)
            self.source = key.source if key else ""
            return self._url, {"x-goog-api-key": key.reveal()} if key else {}
        token = find(ACCESS_TOKEN)
        if token:
            self.source = token.source
            return self._url, {"Authorization": f"Bearer {token.reveal()}"}
        if self._loopback:
            return self._url, {}
        if self._account is None:
            from kiosk.live.google_account import GoogleAccount

            self._account = GoogleAccount()
        token = await self._account.token(refresh)
        self.source = token.source
        return self._url, {"Authorization": f"Bearer {token.reveal()}"}


def service_url(live: LiveSettings) -> str:
    """Make the WebSocket URL; an `endpoint` keeps its port and its base path."""
    path = DEVELOPER_PATH if live.api == "developer" else VERTEX_PATH
    if live.endpoint:
        return live.endpoint.rstrip("/") + path
    host = DEVELOPER_HOST if live.api == "developer" else _vertex_host(live.location)
    return f"wss://{host}{path}"


def _vertex_host(location: str) -> str:
    """Source: google-genai 3.4, _api_client.py: global, multi-region and regional hosts."""
    if location == "global":
        return "aiplatform.googleapis.com"
    if location in {"us", "eu"}:
        return f"aiplatform.{location}.rep.googleapis.com"
    return f"{location}-aiplatform.googleapis.com"
