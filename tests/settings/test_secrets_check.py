"""`kiosk config check` of the secrets: there, whole, and never shown."""

import os
from pathlib import Path

import pytest

from kiosk.cli import config_check
from kiosk.service import unit_check
from kiosk.settings import secrets
from tests.support.installed import house, judged, public, stranger, told, write

__all__ = ["house", "public", "stranger"]


def test_a_missing_key_is_told_where_one_is_needed(house: Path) -> None:
    line = told('live.endpoint=""')
    assert line.startswith("warning [this machine]: gemini-api-key: there is none. sudo install")
    (house / "etc" / "gemini-api-key").write_text("abc")
    (house / "etc" / "gemini-api-key").chmod(0o600)
    assert judged('live.endpoint=""') == []


def test_more_than_a_key_is_an_error_and_not_shown(house: Path) -> None:
    (house / "etc" / "heygen-api-key").write_text('HEYGEN_KEY="abcdefg"\n')
    (house / "etc" / "heygen-api-key").chmod(0o600)
    line = told()
    assert line.startswith("error: heygen-api-key: ")
    assert "a name and = before the secret" in line
    assert "abcdefg" not in line


def test_a_key_under_an_editors_name_is_found(house: Path) -> None:
    write(house / "etc" / "gemini-api-key.txt", "abc")
    assert f"mv '{house}/etc/gemini-api-key.txt' '{house}/etc/gemini-api-key'" in told()


def test_an_ordinary_user_is_told_what_was_not_looked_into(
    house: Path, public: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(secrets, "SYSTEM", public)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(public / "none"))
    monkeypatch.setattr(config_check, "KNOWLEDGE", public / "concierge.toml")
    file = write(public / "gemini-api-key", "abc")
    file.chmod(0o600 if os.geteuid() == 0 else 0)
    request.getfixturevalue("stranger")
    line = told("button.source=none")
    assert line.startswith(f"note [not looked into]: {file}: may not be read by this user")
    assert "sudo kiosk config check" in line


def test_folders_that_an_ordinary_user_may_not_enter_are_findings(
    house: Path, request: pytest.FixtureRequest
) -> None:
    """`house` is one: nothing in it can be looked into, and nothing of that is a traceback."""
    write(house / "etc" / "gemini-api-key", "abc")
    house.chmod(0o700 if os.geteuid() == 0 else 0)
    request.getfixturevalue("stranger")
    found = judged("button.source=none", f"screen.content={house}/content", "theme.logo=a.png")
    assert {finding.severity for finding in found} <= {"error", "note"}
    assert {"screen.content", "theme.logo"} <= {finding.where for finding in found}
    assert sum(finding.needs == "rights" for finding in found) == len(secrets.NAMES)
    shut = unit_check.unreadable(house / "content", "nobody")
    assert shut is None or shut in house.parents
