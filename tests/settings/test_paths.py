"""Where the runtime files are, for the daemon and for whoever asks it."""

from pathlib import Path

import pytest

from kiosk.errors import UserError
from kiosk.settings import paths


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose /run/kiosk lies in a file's place, so that nobody can make it."""
    for name in ("RUNTIME_DIRECTORY", "STATE_DIRECTORY", "XDG_RUNTIME_DIR", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "file").touch()
    monkeypatch.setattr(paths, "SYSTEM", tmp_path / "file" / "kiosk")
    return tmp_path


def test_what_is_given_goes_before_systemd_and_that_before_the_user(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(machine / "user"))
    assert paths.runtime_dir() == machine / "user" / "kiosk"
    monkeypatch.setenv("RUNTIME_DIRECTORY", f"{machine / 'first'}:{machine / 'second'}")
    assert paths.runtime_dir() == machine / "first"
    assert paths.runtime_dir(machine / "given") == machine / "given"
    assert (machine / "given").stat().st_mode & 0o777 == 0o750


def test_without_any_the_remedy_is_told(machine: Path) -> None:
    with pytest.raises(UserError, match="--runtime-dir DIR"):
        paths.runtime_dir()
    with pytest.raises(UserError, match="cannot be made"):
        paths.runtime_dir(machine / "file" / "below")


def test_a_directory_that_others_may_write_to_is_refused(machine: Path) -> None:
    open_to_all = machine / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    with pytest.raises(UserError, match="others may write to it"):
        paths.runtime_dir(open_to_all)


def test_the_socket_is_looked_for_where_a_daemon_is(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(machine / "user"))
    assert paths.control_socket() == machine / "file" / "kiosk" / paths.SOCKET
    mine = machine / "user" / "kiosk" / paths.SOCKET
    mine.parent.mkdir(parents=True)
    mine.touch()
    assert paths.control_socket() == mine
    assert paths.control_socket(machine) == machine / paths.SOCKET


def test_what_outlives_a_reboot_is_in_the_state_directory(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(machine))
    assert paths.state_dir() == machine / ".local/state/kiosk"
    monkeypatch.setenv("XDG_STATE_HOME", str(machine / "own"))
    assert paths.state_dir() == machine / "own/kiosk"
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/kiosk:/var/lib/other")
    assert paths.state_dir() == Path("/var/lib/kiosk")
