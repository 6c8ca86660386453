"""Access tokens for Vertex AI from google-auth: a service account, or the machine's own account.

google-auth is an optional dependency and blocking: it is imported, and asks Google, in a thread.
The thread is a daemon thread, because the pool of `asyncio.to_thread` is joined at exit, and a
token service that does not answer would then hold up a clean stop.
"""

import asyncio
import threading
from typing import Any

from kiosk.core import staff_codes
from kiosk.core.disconnects import Disconnect
from kiosk.errors import CredentialError, LinkError
from kiosk.settings import installation
from kiosk.settings.secrets import Secret

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
"""Source: google-genai 3.4, _api_client.py; the only scope that Vertex AI accepts."""


CLOCK_WORDS = ("reasonable timeframe", "certificate is not yet valid", "certificate has expired")
"""What a wrong clock brings: a signed request that is not of now, a certificate that is not valid.
Source: Google's OAuth 2.0 server, `invalid_grant`; OpenSSL."""
WRONG_CLOCK = Disconnect(
    reason="the clock of this board is wrong, says Google's token service",
    local_fault=staff_codes.TIME,
)


class GoogleAccount:
    """The account that google-auth finds: a service account's file, gcloud's, the machine's."""

    def __init__(self) -> None:
        self._google: Any = None
        # Used by the asking thread alone, and there is one at a time: see `token`.
        self._asking: asyncio.Future[Secret] | None = None

    async def token(self, refresh: bool = False) -> Secret:
        """Give a token that is valid for minutes at least; `refresh`: a new one in any case.

        Callers share a request that is under way. It goes on when a caller stops waiting (the
        dialer's time-out): the next attempt finds the token there.
        """
        if self._asking is None or self._asking.done():
            self._asking = self._in_thread(refresh)
        return await asyncio.shield(self._asking)

    def _in_thread(self, refresh: bool) -> asyncio.Future[Secret]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Secret] = loop.create_future()
        # Retrieve the exception: where nobody waits any more, asyncio would log it as a mistake.
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())

        def settle(token: Secret | None, error: Exception | None) -> None:
            if answer.done():
                return
            if token is not None:
                answer.set_result(token)
            elif error is not None:
                answer.set_exception(error)

        def work() -> None:
            try:
                token, error = self._fetch(refresh), None
            except (CredentialError, LinkError) as fault:
                token, error = None, fault
            try:
                loop.call_soon_threadsafe(settle, token, error)
            except RuntimeError:
                return  # The loop has closed: the kiosk stopped meanwhile.

        threading.Thread(target=work, name="google-auth", daemon=True).start()
        return answer

    def _fetch(self, refresh: bool) -> Secret:
        """Ask google-auth, blocking. Its messages may quote the token service: none is shown."""
        try:
            import google.auth
            from google.auth.exceptions import (
                DefaultCredentialsError,
                GoogleAuthError,
                TransportError,
            )
            from google.auth.transport.requests import Request
        except ImportError:
            raise CredentialError(
                'live.api = "vertex" needs google-auth, which is not installed here.'
                f" Install it: {installation.library('vertex')}; or give a token in"
                " VERTEX_ACCESS_TOKEN"
            ) from None
        try:
            if self._google is None:
                self._google, _ = google.auth.default(scopes=[SCOPE])
            if refresh or not self._google.valid:
                self._google.refresh(Request())
        except DefaultCredentialsError:
            raise CredentialError(
                "google-auth finds no usable account. Point GOOGLE_APPLICATION_CREDENTIALS at the"
                " JSON file of a service account, or: gcloud auth application-default login"
            ) from None
        except GoogleAuthError as error:
            if any(words in str(error) for words in CLOCK_WORDS):
                raise LinkError(WRONG_CLOCK) from None
            if isinstance(error, TransportError) or error.retryable:
                loss = Disconnect(reason="Google's token service cannot be reached")
                raise LinkError(loss) from None
            raise CredentialError(
                "Google's token service refuses the account. See whether its key was revoked or"
                " its rights were taken away"
            ) from None
        return Secret(self._google.token, "google-auth")
