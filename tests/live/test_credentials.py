"""Where secrets are found, what a connect attempt gets, and that a secret shows itself nowhere."""

import asyncio
import copy
import logging
import os
import pickle
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from kiosk.core.disconnects import Disconnect
from kiosk.core.setup import model_path
from kiosk.errors import CredentialError, LinkError
from kiosk.live.credentials import Credentials, service_url
from kiosk.settings import secrets
from kiosk.settings.layers import load
from kiosk.settings.secrets import Secret, describe, secret
from kiosk.settings.types import LiveSettings

KEY = "AIzaSyA-secret-0123456789abcdefghijklmn"
TOKEN = "ya29.token-0123456789"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No secret of this machine reaches a test."""
    for name in ("CREDENTIALS_DIRECTORY", "GEMINI_API_KEY", "VERTEX_ACCESS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(secrets, "SYSTEM", tmp_path / "etc")
    return tmp_path


def live(*overrides: str) -> LiveSettings:
    sets = [f"live.{override}" for override in overrides]
    return load(overrides=sets, system=Path("/nonexistent")).settings.live


def put(file: Path, text: str | bytes, mode: int = 0o600) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    file.chmod(mode)
    return file


# --- a secret stays one --------------------------------------------------------------------------


def test_a_secret_shows_itself_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    hidden = Secret(KEY, "a test")
    assert hidden.reveal() == KEY
    logging.getLogger("test").warning("%s %r %s", hidden, hidden, [hidden])
    shown = [repr(hidden), str(hidden), f"{hidden}", f"{hidden!s:>60}", f"{[hidden]}", caplog.text]
    assert not [text for text in shown if KEY in text]
    assert not hasattr(hidden, "__dict__")
    for leak in (pickle.dumps, copy.copy, copy.deepcopy, msgspec.json.encode):
        with pytest.raises(TypeError) as caught:
            leak(hidden)
        assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "value", ["", "  \n", f"{KEY} {KEY}", f"{KEY}\n{KEY}", f"{KEY}\x00", f"{KEY}ü", KEY * 600]
)
def test_a_value_that_cannot_be_a_secret_is_refused_unseen(home: Path, value: str) -> None:
    file = put(home / "home" / "kiosk" / "gemini-api-key", value)
    with pytest.raises(CredentialError) as caught:
        secret("gemini-api-key")
    told = "".join(traceback.format_exception(caught.value))
    assert KEY not in told
    assert str(file) in told
    assert caught.value.__context__ is None
    assert KEY not in describe("gemini-api-key")


# --- where it is looked for ----------------------------------------------------------------------


def test_the_order_of_places(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(home / "home" / "kiosk" / "gemini-api-key", "own\n")
    assert secret("gemini-api-key").reveal() == "own"
    put(home / "etc" / "gemini-api-key", "system\r\n")
    assert secret("gemini-api-key").reveal() == "system"
    monkeypatch.setenv("GEMINI_API_KEY", "environment")
    assert secret("gemini-api-key").reveal() == "environment"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(home / "cred"))
    assert secret("gemini-api-key").reveal() == "environment"
    # systemd's access list shows as group bits; that is not refused.
    put(home / "cred" / "gemini-api-key", "credential", 0o440)
    found = secret("gemini-api-key")
    assert found.reveal() == "credential"
    assert found.source == "the systemd credential gemini-api-key"


def test_none_at_all_says_where_to_put_one() -> None:
    with pytest.raises(CredentialError) as caught:
        secret("gemini-api-key")
    for place in ("GEMINI_API_KEY", "LoadCredential=gemini-api-key:", "mode 0600"):
        assert place in str(caught.value)
    assert describe("gemini-api-key") == "not set"


def test_an_empty_variable_is_one_that_is_not_set(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "")
    put(home / "etc" / "gemini-api-key", KEY)
    assert secret("gemini-api-key").reveal() == KEY


def test_the_blank_default_of_the_unit_is_one_that_is_not_set(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(home / "cred" / "gemini-api-key", "\n", 0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(home / "cred"))
    assert secrets.find("gemini-api-key") is None
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    assert secret("gemini-api-key").reveal() == KEY


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o610, 0o644, 0o660, 0o777])
def test_a_file_that_others_may_touch_is_refused(home: Path, mode: int) -> None:
    file = put(home / "etc" / "gemini-api-key", KEY, mode)
    with pytest.raises(CredentialError) as caught:
        secret("gemini-api-key")
    assert f"chmod 600 {file}" in str(caught.value)
    assert f"mode 0{mode:o}" in str(caught.value)
    assert KEY not in str(caught.value)


def test_a_file_of_another_user_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who owns it may put another key there, and hear the visitors by an account of their own."""
    file = put(home / "etc" / "gemini-api-key", KEY)
    owner = 65_534 if os.getuid() == 0 else os.getuid()
    os.chown(file, owner, -1)
    assert owner != 0
    monkeypatch.setattr(os, "geteuid", lambda: 1_000_000)
    with pytest.raises(CredentialError, match=f"belongs to another user \\({owner}\\)") as caught:
        secret("gemini-api-key")
    assert KEY not in str(caught.value)


def test_what_is_no_file_is_refused(home: Path) -> None:
    (home / "etc").mkdir()
    os.mkfifo(home / "etc" / "gemini-api-key", 0o600)
    with pytest.raises(CredentialError, match="is not a file"):
        secret("gemini-api-key")
    (home / "etc" / "gemini-api-key").unlink()
    (home / "etc" / "gemini-api-key").mkdir(0o700)
    with pytest.raises(CredentialError, match="is not a file"):
        secret("gemini-api-key")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user's file, so root")
def test_the_service_s_own_file_does_not_hide_mine(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    put(home / "etc" / "gemini-api-key", KEY)
    open_to_all = Path("/tmp") / f"kiosk-test-{os.getpid()}"
    mine = put(open_to_all / "kiosk" / "gemini-api-key", "mine")
    os.chown(mine, 65534, -1)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(open_to_all))
    try:
        os.seteuid(65534)
        assert secret("gemini-api-key").reveal() == "mine"
        os.seteuid(0)
        mine.unlink()
        os.seteuid(65534)
        with pytest.raises(CredentialError, match="cannot be read: Permission denied"):
            secret("gemini-api-key")
    finally:
        os.seteuid(0)
        mine.unlink(missing_ok=True)
        mine.parent.rmdir()
        open_to_all.rmdir()


# --- the URL -------------------------------------------------------------------------------------

DEVELOPER = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
VERTEX = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"


@pytest.mark.parametrize(
    ("overrides", "url"),
    [
        ((), "wss://generativelanguage.googleapis.com" + DEVELOPER),
        (("endpoint=ws://127.0.0.1:8765",), "ws://127.0.0.1:8765" + DEVELOPER),
        (("endpoint=ws://[::1]:1/",), "ws://[::1]:1" + DEVELOPER),
        (("endpoint=wss://g.example:8443/a/b/",), "wss://g.example:8443/a/b" + DEVELOPER),
        (("api=vertex", "project=p"), "wss://aiplatform.googleapis.com" + VERTEX),
        (
            ("api=vertex", "project=p", "location=eu"),
            "wss://aiplatform.eu.rep.googleapis.com" + VERTEX,
        ),
        (
            ("api=vertex", "project=p", "location=us-central1"),
            "wss://us-central1-aiplatform.googleapis.com" + VERTEX,
        ),
        (
            ("api=vertex", "project=p", "endpoint=wss://g.example"),
            "wss://g.example" + VERTEX,
        ),
    ],
)
def test_service_url(overrides: tuple[str, ...], url: str) -> None:
    assert service_url(live(*overrides)) == url


def test_model_path() -> None:
    assert model_path(live()) == "models/gemini-3.8-live"
    assert model_path(live("api=vertex", "project=p", "location=us-central1")) == (
        "projects/p/locations/us-central1/publishers/google/models/gemini-3.8-live"
    )


# --- an attempt ----------------------------------------------------------------------------------


async def test_developer_key_in_a_header(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = Credentials(live())
    with pytest.raises(CredentialError):
        await attempts.for_attempt()
    monkeypatch.setenv("GEMINI_API_KEY", KEY + "\n")
    url, headers = await attempts.for_attempt()
    assert headers == {"x-goog-api-key": KEY}
    assert KEY not in url
    assert KEY not in repr(attempts)
    monkeypatch.setenv("GEMINI_API_KEY", "another")  # replaced while the kiosk runs
    assert (await attempts.for_attempt())[1] == {"x-goog-api-key": "another"}


@pytest.mark.parametrize("endpoint", ["ws://127.0.0.1:1", "ws://localhost:1", "wss://[::1]:1"])
async def test_this_board_needs_no_secret(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    developer = Credentials(live(f"endpoint={endpoint}"))
    vertex = Credentials(live(f"endpoint={endpoint}", "api=vertex", "project=p"))
    assert (await developer.for_attempt())[1] == {}
    assert (await vertex.for_attempt())[1] == {}
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("VERTEX_ACCESS_TOKEN", TOKEN)
    assert (await developer.for_attempt())[1] == {"x-goog-api-key": KEY}
    assert (await vertex.for_attempt())[1] == {"Authorization": f"Bearer {TOKEN}"}


async def test_vertex_token_is_read_again_at_each_dial(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = Credentials(live("api=vertex", "project=p"))
    monkeypatch.setenv("VERTEX_ACCESS_TOKEN", "environment")
    assert (await attempts.for_attempt())[1] == {"Authorization": "Bearer environment"}
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(home / "cred"))
    for token in ("first", "second"):
        put(home / "cred" / "vertex-access-token", token)
        assert (await attempts.for_attempt())[1] == {"Authorization": f"Bearer {token}"}


async def test_vertex_token_is_not_taken_from_a_file(home: Path) -> None:
    put(home / "etc" / "vertex-access-token", TOKEN)
    assert secrets.find("vertex-access-token") is None


# --- google-auth ---------------------------------------------------------------------------------


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


# --- on the wire ---------------------------------------------------------------------------------


async def test_the_key_is_in_the_header_and_in_no_request_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from websockets.asyncio.client import connect
    from websockets.asyncio.server import ServerConnection, serve

    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    requests: list[Any] = []

    async def accept(connection: ServerConnection) -> None:
        requests.append(connection.request)

    async with serve(accept, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        attempts = Credentials(live(f"endpoint=ws://127.0.0.1:{port}/base"))
        url, headers = await attempts.for_attempt()
        async with connect(url, additional_headers=headers) as connection:
            await connection.wait_closed()
    assert requests[0].path == "/base" + DEVELOPER
    assert requests[0].headers["x-goog-api-key"] == KEY


def test_a_secret_that_was_revealed_is_hidden_in_words_of_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    secret("gemini-api-key").reveal()
    assert secrets.clean(f"the key {KEY} is bad") == "the key (secret) is bad"
    assert secrets.clean("session-token-1 expired", "session-token-1") == "(secret) expired"
