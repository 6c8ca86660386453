"""Key files as people write them, and secrets that a URL of the settings names."""

import json
from pathlib import Path

import pytest

from kiosk.errors import CredentialError
from kiosk.settings import secrets
from kiosk.settings.urls import IN_URLS

KEY = "AIzaSyA-secret-0123456789abcdefghijklmn"
STREAM_KEY = "1700000000-0-0-5f4dcc3b5aa765d61d8327deb882cf99"
PULL = "rtmp://play.example/app/stream"


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of the service's secrets; there are no others."""
    for name in secrets.NAMES:
        monkeypatch.delenv(name.upper().replace("-", "_"), raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.setattr(secrets, "SYSTEM", tmp_path)
    return tmp_path


def put(folder: Path, data: bytes, name: str = secrets.API_KEY) -> None:
    file = folder / name
    file.write_bytes(data)
    file.chmod(0o600)


@pytest.mark.parametrize(
    "data",
    [
        f"{KEY}\n".encode(),
        f"{KEY}\r\n".encode(),
        f"  {KEY}".encode(),
        f"{KEY}\n".encode("utf-8-sig"),
        b"LTAIkey:c2VjcmV0a2V5==",  # an access key of AvatarIM: ID:SECRET
        b"mysecretkey==",
    ],
)
def test_a_key_is_taken_as_editors_leave_it(given: Path, data: bytes) -> None:
    put(given, data)
    wanted = data.decode("utf-8-sig").strip()
    assert secrets.secret(secrets.API_KEY).reveal() == wanted


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (f'"{KEY}"\n'.encode(), "quotes around the secret"),
        (f"'{KEY}'".encode(), "quotes around the secret"),
        (f"“{KEY}”".encode(), "quotes around the secret"),
        (f"GEMINI_API_KEY={KEY}\n".encode(), "a name and = before the secret"),
        (f'export GEMINI_API_KEY="{KEY}"\n'.encode(), "a name and = before the secret"),
        (f"gemini-api-key = {KEY}\n".encode(), "a name and = before the secret"),
        (f"{KEY}\n{KEY}\n".encode(), "several lines"),
        (f"{KEY} {KEY}".encode(), "a space"),
        (f"{KEY[:9]}\u200b{KEY[9:]}".encode(), "a space or a character that is not ASCII"),
        (f"{KEY}\n".encode("utf-16"), "text in UTF-16"),
        (f"{KEY}\n".encode("utf-16-le"), "text in UTF-16"),
        (json.dumps({"type": "service_account", "private_key": KEY}).encode(), "a JSON file"),
    ],
)
def test_more_than_a_key_is_told_without_showing_it(given: Path, data: bytes, says: str) -> None:
    put(given, data)
    with pytest.raises(CredentialError) as caught:
        secrets.secret(secrets.API_KEY)
    assert f"{given / secrets.API_KEY} holds {says}" in str(caught.value)
    assert KEY[:9] not in str(caught.value)
    assert KEY[9:] not in str(caught.value)


def test_a_url_is_filled_with_the_secrets_that_it_names(given: Path) -> None:
    put(given, b"123-abc\n", IN_URLS[0])
    reference = f"{PULL}?auth_key={{{IN_URLS[0]}}}"
    assert secrets.filled(reference) == f"{PULL}?auth_key=123-abc"
    assert secrets.filled(PULL) == PULL
    with pytest.raises(CredentialError, match="there is no avatarim-push-key"):
        secrets.filled(f"{PULL}?{{{IN_URLS[1]}}}")
