"""The control API of Alibaba Cloud's avatars (2022-01-30), through the vendor's own client.

It is blocking, and large (44 MB with what it brings), so it is imported at its first call, and
each call runs in a thread. It signs what it sends; the access key stands in no log and no error.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from kiosk.avatar.cloud import dial_words
from kiosk.avatar.retry_after import heeded_s
from kiosk.errors import KioskError
from kiosk.settings import installation
from kiosk.settings.secrets import clean

log = logging.getLogger("kiosk.avatar")

ENDPOINT = "avatar.aliyuncs.com"
CONNECT_MS, READ_MS = 3_000, 8_000
STOP_MS = 3_000
"""Who stops an instance is on the way out."""
STOP_RETRY_DELAYS_S = 0.5, 2.0, 5.0
"""Pauses after a stop of `Control.instance` that failed: an instance that runs costs."""

_REFUSED = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "Forbidden", "NoPermission", "Missing")
"""Beginnings of codes that only a person can mend."""


class ControlApiError(KioskError, ConnectionError):
    """A call was refused, or did not come through."""

    def __init__(
        self, words: str, *, final: bool = False, retry_after_s: float = 0.0, in_doubt: bool = False
    ) -> None:
        super().__init__(words)
        self.final = final
        """Whether only a person can mend it."""
        self.retry_after_s = heeded_s(retry_after_s)
        self.in_doubt = in_doubt
        """Nothing was answered: what was asked for may have been done all the same."""


class AccessKey(Struct, frozen=True):
    """The vendor's pair; it does not show its secret half."""

    key_id: str
    key_secret: str

    def __repr__(self) -> str:
        return "<AccessKey>"

    @classmethod
    def read(cls, secret: str) -> "AccessKey | None":
        """From `ID:SECRET`; None if it is none."""
        key_id, colon, key_secret = secret.partition(":")
        return cls(key_id, key_secret) if colon and key_id and key_secret else None


class Instance(Struct, frozen=True):
    """An instance that runs, and costs."""

    session_id: str
    token: str
    """Of the IM socket. Not the channel's."""
    user_id: str = ""
    channel: dict[str, Any] = {}
    """Of the picture, for a player of the vendor's RTC; it holds a token of its own."""

    def __repr__(self) -> str:
        return f"<Instance {self.session_id}>"


class Control:
    """Calls to the control API.

    Args:
        tenant_id: a number.
        app_id: of the application.
        key: who asks.
        url: its base; empty for the vendor's own.

    Raises:
        ControlApiError: the tenant is no number.
    """

    def __init__(self, tenant_id: str, app_id: str, key: AccessKey, *, url: str = "") -> None:
        if not tenant_id.isdigit():
            raise ControlApiError("AvatarIM's tenant_id must be a number", final=True)
        self._url = url
        self._tenant_id = int(tenant_id)
        self._app_id = app_id
        self._key = key
        self._client: Any = None
        self._stopping: asyncio.Task[None] | None = None
        """It goes on though whoever left the block is cancelled; kept, or it might be collected."""

    @contextlib.asynccontextmanager
    async def instance(self, user_id: str, push_url: str = "") -> AsyncIterator[Instance]:
        """Run an instance for as long as the block lasts; it is stopped however the block is left.

        Args:
            user_id: who you are to the vendor: `running` tells it of each instance.
            push_url: where the picture is to be pushed.

        Raises:
            ControlApiError: it was not started; or it could not be stopped, and still costs.
        """
        starting = asyncio.create_task(self.start_instance(user_id, push_url))
        try:
            # Cancelled while the vendor answers: what it has started must still be stopped.
            yield await asyncio.shield(starting)
        finally:
            self._stopping = asyncio.create_task(self._stop_started(starting))
            await asyncio.shield(self._stopping)

    async def _stop_started(self, starting: "asyncio.Task[Instance]") -> None:
        try:
            instance = await starting
        except ControlApiError:
            return  # It was told to whoever entered the block.
        for pause_s in STOP_RETRY_DELAYS_S:
            try:
                await self.stop_instance(instance.session_id)
            except ControlApiError as error:
                log.warning("the AvatarIM instance %s runs on: %s", instance.session_id, error)
                await asyncio.sleep(pause_s)
            else:
                return
        await self.stop_instance(instance.session_id)

    async def start_instance(self, user_id: str, push_url: str = "") -> Instance:
        """Start an instance; it costs from now on until it is stopped. See `instance`."""

        def ask(models: Any) -> Any:
            request = models.StartInstanceRequest(
                tenant_id=self._tenant_id,
                app=models.StartInstanceRequestApp(app_id=self._app_id),
                user=models.StartInstanceRequestUser(user_id=user_id, user_name=user_id),
            )
            if push_url:
                request.channel = models.StartInstanceRequestChannel(
                    type="RTMP", req_config={"url": push_url}
                )
            return request

        data = await self._call("start_instance", ask)
        if data is None or not data.session_id:
            raise ControlApiError("StartInstance gave no session", in_doubt=True)
        channel = data.channel.to_map() if data.channel else {}
        return Instance(data.session_id, data.token or "", user_id, channel)

    async def stop_instance(self, session_id: str) -> None:
        """Stop an instance; one that is no more is as good as stopped."""

        def ask(models: Any) -> Any:
            return models.StopInstanceRequest(tenant_id=self._tenant_id, session_id=session_id)

        try:
            await self._call("stop_instance", ask, STOP_MS)
        except ControlApiError:
            if session_id in {one.session_id for one in await self.running(session_id)}:
                raise

    async def running(self, session_id: str = "") -> list[Instance]:
        """List the instances of this application that run: at most 100, newest first."""

        def ask(models: Any) -> Any:
            return models.QueryRunningInstanceRequest(
                tenant_id=self._tenant_id,
                app=models.QueryRunningInstanceRequestApp(app_id=self._app_id),
                session_id=session_id or None,
            )

        data = await self._call("query_running_instance", ask, STOP_MS)
        return [
            Instance(one.session_id or "", one.token or "", one.user.user_id if one.user else "")
            for one in data or []
        ]

    async def send_text(
        self,
        session_id: str,
        text: str,
        *,
        code: str,
        index: int,
        position: str,
        interrupt: bool,
    ) -> None:
        """Have the avatar say the next piece of a stream of texts.

        Args:
            session_id: of the instance.
            text: at most 1000 characters.
            code: of the stream, at most 64 characters.
            index: of the piece in it.
            position: `start`, `mid` or `end`.
            interrupt: whether what it says now is cut off.
        """

        def ask(models: Any) -> Any:
            return models.SendTextRequest(
                tenant_id=self._tenant_id,
                session_id=session_id,
                text=text,
                unique_code=code,
                interrupt=interrupt,
                feedback=False,
                stream_extension=models.SendTextRequestStreamExtension(
                    is_stream=True, index=index, position=position
                ),
            )

        await self._call("send_text", ask)

    async def send_command(self, session_id: str, command: str, code: str) -> None:
        """Give a command: `INTERRUPT`."""

        def ask(models: Any) -> Any:
            return models.SendCommandRequest(
                tenant_id=self._tenant_id, session_id=session_id, code=command, unique_code=code
            )

        await self._call("send_command", ask)

    # --- within --------------------------------------------------------------------------------

    async def _call(self, name: str, ask: Callable[[Any], Any], read_ms: int = 0) -> Any:
        return await asyncio.to_thread(self._blocking, name, ask, read_ms or READ_MS)

    def _blocking(self, name: str, ask: Callable[[Any], Any], read_ms: int) -> Any:
        """Call, and return the answer's data."""
        try:
            from alibabacloud_avatar20220130 import models
            from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
            from alibabacloud_tea_util.models import RuntimeOptions
        except ImportError:
            remedy = installation.library("avatarim")
            words = f"the control API needs the vendor's client. Install it: {remedy}"
            raise ControlApiError(words, final=True) from None
        action = "".join(word.capitalize() for word in name.split("_"))
        # A second try of the client's own could start a second instance.
        options = RuntimeOptions(
            autoretry=False, max_attempts=1, connect_timeout=CONNECT_MS, read_timeout=read_ms
        )
        try:
            method = getattr(self._vendor(), f"{name}_with_options")
            body = method(ask(models), options).body
        except AlibabaCloudException as error:
            code = str(getattr(error, "code", "") or "")
            words = self._clean(f"{code} {getattr(error, 'message', '')}")
            raise ControlApiError(
                f"{action}: {words}",
                final=code.startswith(_REFUSED),
                retry_after_s=(getattr(error, "retry_after", 0) or 0) / 1000,
            ) from None
        except Exception as error:  # noqa: BLE001 - its families share no base; requests' are among them
            words = (
                dial_words.why(error)
                if isinstance(error, OSError)
                else self._clean(f"{type(error).__name__}: {error}")
            )
            raise ControlApiError(f"{action}: {words}", in_doubt=True) from None
        if body is None or not body.success:
            code, message = (body.code, body.message) if body else ("", "no answer")
            words = f"{action}: {self._clean(f'{code} {message}')}"
            raise ControlApiError(words, final=str(code).startswith(_REFUSED))
        return getattr(body, "data", None)

    def _vendor(self) -> Any:
        if self._client is None:
            from alibabacloud_avatar20220130.client import Client
            from alibabacloud_tea_openapi.utils_models import Config

            url = urlsplit(self._url)
            self._client = Client(
                Config(
                    access_key_id=self._key.key_id,
                    access_key_secret=self._key.key_secret,
                    endpoint=url.netloc or ENDPOINT,
                    protocol=(url.scheme or "https").upper(),
                )
            )
        return self._client

    def _clean(self, words: str) -> str:
        """The vendor's words on one line; its errors quote addresses with all that was asked."""
        return clean(words.partition("/?")[0], self._key.key_secret)
