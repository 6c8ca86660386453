"""Google's library is asked for a token in a thread, and only when one is needed."""

import asyncio
import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import ModuleType

import pytest

from kiosk.core.disconnects import Disconnect
from kiosk.errors import CredentialError, LinkError
from kiosk.live.credentials import Credentials
from tests.support.secrets import TOKEN, home, live

__all__ = ["home"]


class FakeAccount:
    """What `google.auth.default` would return."""

    def __init__(self) -> None:
        self.valid = False
        self.token = ""
        self.refreshed = 0
        self.threads: list[str] = []
        self.fault: Exception | None = None
        self.go_on = threading.Event()
        self.go_on.set()

    def refresh(self, request: object) -> None:
        self.go_on.wait(10)
        self.threads.append(threading.current_thread().name)
        if self.fault:
            raise self.fault
        self.refreshed += 1
        self.token = f"{TOKEN}-{self.refreshed}"
        self.valid = True


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> FakeAccount:
    import google.auth as google_auth

    fake = FakeAccount()
    monkeypatch.setattr(google_auth, "default", lambda scopes: (fake, "project"))
    # The real one wants `requests`, which only says how the question travels.
    transport = ModuleType("google.auth.transport.requests")
    transport.Request = object  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "google.auth.transport.requests", transport)
    return fake


async def test_google_account_is_asked_in_a_thread_and_only_if_need_be(
    account: FakeAccount,
) -> None:
    attempts = Credentials(live("api=vertex", "project=p"))

    async def token(refresh: bool = False) -> str:
        return (await attempts.for_attempt(refresh))[1]["Authorization"]

    assert await token() == f"Bearer {TOKEN}-1"
    assert await token() == f"Bearer {TOKEN}-1"
    assert await token(refresh=True) == f"Bearer {TOKEN}-2"
    account.valid = False
    assert await token() == f"Bearer {TOKEN}-3"
    assert set(account.threads) == {"google-auth"}


async def test_a_slow_token_service_blocks_nothing(account: FakeAccount) -> None:
    attempts = Credentials(live("api=vertex", "project=p"))
    account.go_on.clear()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(attempts.for_attempt(), 0.05)
    # Two later attempts share the question that is still open.
    waiting = [asyncio.ensure_future(attempts.for_attempt()) for _ in range(2)]
    await asyncio.sleep(0)
    account.go_on.set()
    assert {(await one)[1]["Authorization"] for one in waiting} == {f"Bearer {TOKEN}-1"}
    assert account.refreshed == 1


def test_a_token_service_that_never_answers_does_not_hold_up_the_end(account: FakeAccount) -> None:
    account.go_on.clear()

    async def ask() -> None:
        attempts = Credentials(live("api=vertex", "project=p"))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(attempts.for_attempt(), 0.05)

    begin_s = time.monotonic()
    asyncio.run(ask())
    assert time.monotonic() - begin_s < 5
    account.go_on.set()


@pytest.mark.parametrize(
    ("name", "retryable", "kind"),
    [
        ("TransportError", False, LinkError),
        ("RefreshError", True, LinkError),
        ("RefreshError", False, CredentialError),
        ("DefaultCredentialsError", False, CredentialError),
    ],
)
async def test_what_google_auth_raises(
    account: FakeAccount, name: str, retryable: bool, kind: type[Exception]
) -> None:
    from google.auth import exceptions

    make: Callable[..., Exception] = getattr(exceptions, name)
    account.fault = make(f"quoted {TOKEN}", retryable=retryable)
    with pytest.raises(kind) as caught:
        await Credentials(live("api=vertex", "project=p")).for_attempt()
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    assert kind is CredentialError or isinstance(caught.value.args[0], Disconnect)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("RefreshError", "invalid_grant: Token must be short-lived and in a reasonable timeframe."),
        ("TransportError", "certificate verify failed: certificate is not yet valid (_ssl.c:1)"),
        ("TransportError", "certificate verify failed: certificate has expired (_ssl.c:1)"),
    ],
)
async def test_wrong_clock_is_told_as_the_clock(
    account: FakeAccount, name: str, words: str
) -> None:
    from google.auth import exceptions

    account.fault = getattr(exceptions, name)(words)
    with pytest.raises(LinkError) as caught:
        await Credentials(live("api=vertex", "project=p")).for_attempt()
    assert caught.value.args[0].local_fault == "K-TIME"


async def test_without_google_auth_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.auth", None)
    with pytest.raises(CredentialError, match=r"pip install .*kiosk\[vertex\]"):
        await Credentials(live("api=vertex", "project=p")).for_attempt()
