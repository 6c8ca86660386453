"""Where secrets are found, what a connect attempt gets, and that a secret shows itself nowhere."""

from pathlib import Path
from typing import Any

import pytest

from kiosk.core.setup import model_path
from kiosk.errors import CredentialError
from kiosk.live.credentials import Credentials, service_url
from kiosk.settings import secrets
from tests.support.secrets import KEY, TOKEN, home, live, put

__all__ = ["home"]

# --- a secret stays one --------------------------------------------------------------------------


# --- where it is looked for ----------------------------------------------------------------------


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
    monkeypatch.setenv("VERTEX_ACCESS_TOKEN", "t0k3n-3nv-0123")
    assert (await attempts.for_attempt())[1] == {"Authorization": "Bearer t0k3n-3nv-0123"}
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(home / "cred"))
    for token in ("t0k3n-1-0123", "t0k3n-2-0123"):
        put(home / "cred" / "vertex-access-token", token)
        assert (await attempts.for_attempt())[1] == {"Authorization": f"Bearer {token}"}


async def test_vertex_token_is_not_taken_from_a_file(home: Path) -> None:
    put(home / "etc" / "vertex-access-token", TOKEN)
    assert secrets.find("vertex-access-token") is None


# --- google-auth ---------------------------------------------------------------------------------


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
