"""Where a secret is looked for, whom it is kept from, and that it shows itself nowhere."""

import copy
import logging
import os
import pickle
import traceback
from pathlib import Path

import msgspec
import pytest

from kiosk.errors import CredentialError
from kiosk.settings import secrets
from kiosk.settings.secrets import Secret, describe, secret
from tests.support.secrets import KEY, home, put

__all__ = ["home"]


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


def test_the_order_of_places(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(home / "home" / "kiosk" / "gemini-api-key", "k3y-0wn-0123\n")
    assert secret("gemini-api-key").reveal() == "k3y-0wn-0123"
    put(home / "etc" / "gemini-api-key", "k3y-sy5-0123\r\n")
    assert secret("gemini-api-key").reveal() == "k3y-sy5-0123"
    monkeypatch.setenv("GEMINI_API_KEY", "k3y-3nv-0123")
    assert secret("gemini-api-key").reveal() == "k3y-3nv-0123"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(home / "cred"))
    assert secret("gemini-api-key").reveal() == "k3y-3nv-0123"
    # systemd's access list shows as group bits; that is not refused.
    put(home / "cred" / "gemini-api-key", "k3y-cr3d-0123", 0o440)
    found = secret("gemini-api-key")
    assert found.reveal() == "k3y-cr3d-0123"
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
    mine = put(open_to_all / "kiosk" / "gemini-api-key", "mine-0123")
    os.chown(mine, 65534, -1)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(open_to_all))
    try:
        os.seteuid(65534)
        assert secret("gemini-api-key").reveal() == "mine-0123"
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


def test_a_secret_that_was_revealed_is_hidden_in_words_of_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = "Qw8z-Rt5y-Pl2m-Xv7k"  # No other test's key shares eight characters with it.
    monkeypatch.setenv("GEMINI_API_KEY", key)
    secret("gemini-api-key").reveal()
    assert secrets.clean(f"the key {key} is bad") == "the key (secret) is bad"
    assert secrets.clean("session-token-1 expired", "session-token-1") == "(secret) expired"
