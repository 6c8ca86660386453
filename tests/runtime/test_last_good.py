"""Settings that are broken at a start: the last good ones run, and staff read where the mistake is.

Whole kiosks here, told by a notification socket that a service manager started them.
"""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.core.overlays import Mistake, Showing
from kiosk.core.scene import Scene, State
from kiosk.runtime import last_good
from kiosk.settings.layers import load
from tests.support.kiosks import Kiosk, runtime_directory, until

NOWHERE = Path("/nonexistent")


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def test_settings_survive_being_kept(tmp_path: Path) -> None:
    text = '[live]\nvoice = "Puck"\ninstructions = """\nTwo\nlines, "quoted" \\\\ ü\n"""\n'
    good = load([write(tmp_path / "a.toml", text)], ["display.size=800x480"], system=None)
    last_good.keep(good, tmp_path / "state")
    loaded, mistake = last_good.load([], ["button.pin=99"], tmp_path / "state", NOWHERE)
    assert loaded.settings == good.settings
    assert mistake is not None
    assert mistake.serves
    assert mistake.told.startswith("--set: button.pin = 99 cannot be used")


def test_of_several_mistakes_the_first_is_shown(tmp_path: Path) -> None:
    _, mistake = last_good.load([], ["button.pin=99", "audio.volume=7"], tmp_path, NOWHERE)
    assert mistake is not None
    assert mistake.told.startswith("--set: button.pin = 99 cannot be used")
    assert mistake.told.endswith("(and 1 more: kiosk config check)")


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("audio.input=file:/nope.wav", "cannot play /nope.wav"),
        ("audio.output=file:/nope/x.wav", "cannot write /nope/x.wav"),
    ],
)
def test_a_recording_that_ends_a_start_is_a_mistake_too(
    tmp_path: Path, override: str, says: str
) -> None:
    last_good.keep(load(overrides=["button.pin=4"], system=None), tmp_path)
    loaded, mistake = last_good.load([], [override], tmp_path, NOWHERE)
    assert mistake is not None
    assert mistake.told.startswith(f"--set: {override.partition('=')[0]} = ")
    assert says in mistake.told
    assert loaded.settings.button.pin == 4
    last_good.keep(load(overrides=[override], system=None), tmp_path)
    _, mistake = last_good.load([], [override], tmp_path, NOWHERE)
    assert mistake is not None
    assert not mistake.serves, "the last good ones have the same recording, which has gone"


def test_good_settings_are_taken_as_they_are(tmp_path: Path) -> None:
    last_good.keep(load(overrides=["button.pin=4"], system=None), tmp_path)
    loaded, mistake = last_good.load([], ["button.pin=5"], tmp_path, NOWHERE)
    assert mistake is None
    assert loaded.settings.button.pin == 5


@pytest.mark.parametrize("kept", [None, b"", b"\xff\xfe\0", b"[live]\nno-such-key = 1\n", b"[live"])
def test_without_usable_ones_nobody_is_served(tmp_path: Path, kept: bytes | None) -> None:
    if kept is not None:
        (tmp_path / last_good.FILE).write_bytes(kept)
    broken = write(tmp_path / "etc" / "kiosk.toml", '[live]\nvoice = "Puck\n')
    loaded, mistake = last_good.load([], [], tmp_path, broken.parent)
    assert mistake is not None
    assert f"{broken}, line 2, column 14: not valid TOML" in mistake.told
    if kept == b"":  # All of it is the packaged default, which is as good.
        assert mistake.serves
    else:
        assert not mistake.serves
        assert loaded.settings.button.source == "none"
        assert loaded.settings.display.driver == "auto", "the screen shows the mistake"


def test_the_copy_is_written_only_where_it_differs(tmp_path: Path) -> None:
    file = tmp_path / last_good.FILE
    last_good.keep(load(system=None), tmp_path)
    first = file.stat().st_ino
    last_good.keep(load(system=None), tmp_path)
    assert file.stat().st_ino == first
    last_good.keep(load(overrides=["button.pin=4"], system=None), tmp_path)
    assert file.stat().st_ino != first
    assert [each.name for each in tmp_path.iterdir()] == [last_good.FILE]


def test_a_visitors_trouble_stands_before_the_mistake_where_visitors_are_served() -> None:
    attract, refused = Scene(State.ATTRACT), Scene(State.OUT_OF_ORDER, code="K-KEY")
    showing = Showing()
    showing.mistake = Mistake("kiosk.toml, line 2: x", serves=True)
    shown = showing.apply(attract, 0)
    assert (shown.state, shown.code, shown.detail) == (
        *(State.ATTRACT, "K-CONFIG", "kiosk.toml, line 2: x"),
    )
    assert showing.apply(refused, 0).code == "K-KEY"
    showing.mistake = Mistake("kiosk.toml, line 2: x", serves=False)
    for scene in (attract, refused, Scene(State.STARTING)):
        shown = showing.apply(scene, 0)
        assert (shown.state, shown.code) == (State.OUT_OF_ORDER, "K-CONFIG")


# --- whole kiosks --------------------------------------------------------------------------------


class Manager:
    """What a service manager hears."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self.heard = ""
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while data := self._socket.recv(65536):
            self.heard += data.decode() + "\n"


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manager:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return Manager(tmp_path / "notify")


@pytest.fixture
def runtime() -> Iterator[Path]:
    with runtime_directory() as directory:
        yield directory


def test_a_kiosk_goes_on_with_the_last_good_settings(
    manager: Manager, runtime: Path, concierge, visitor_wav, tmp_path: Path
) -> None:
    kiosk = Kiosk(runtime, concierge.url, visitor_wav).up()
    until((tmp_path / "state" / last_good.FILE).exists)
    assert "Traceback" not in kiosk.close()
    manager.heard = ""

    kiosk = Kiosk(runtime, "ws://127.0.0.1:9", visitor_wav, "audio.volume=7")
    told = "audio.volume = 7 cannot be used; expected a number from 0 to 1"
    try:
        kiosk.up()
        until(lambda: "READY=1" in manager.heard)
        status = kiosk.status()
        assert told in status["settings"]["trouble"]
        assert (status["state"], status["code"]) == ("attract", "K-CONFIG")
        instead = "settings broken, those of the last good start are in force"
        assert f"STATUS={instead} (K-CONFIG: --set: {told}" in manager.heard
        kiosk.speak()
        assert kiosk.answered()["outcome"] == "answered"
    finally:
        words = kiosk.close()
    assert f"error kiosk: K-CONFIG: --set: {told}" in words
    assert "Running with the settings of the last good start" in words


def test_a_first_start_with_a_mistake_shows_it_and_talks_to_nobody(
    manager: Manager, runtime: Path, tmp_path: Path
) -> None:
    kiosk = Kiosk(runtime, "ws://127.0.0.1:9", tmp_path / "none.wav", "audio.volume=7")
    try:
        until(lambda: "READY=1" in manager.heard)
        status = kiosk.status()
        assert (status["state"], status["code"]) == ("out-of-order", "K-CONFIG")
        assert status["link"]["state"] != "up"
        assert "nobody is served (K-CONFIG: --set: audio.volume = 7" in manager.heard
        assert not (tmp_path / "state" / last_good.FILE).exists()
    finally:
        words = kiosk.close()
    assert "Traceback" not in words
    assert "link" not in words.partition("K-CONFIG")[2].replace("link down", "")


def test_a_person_at_a_terminal_gets_the_message_and_status_2(tmp_path: Path) -> None:
    """Where settings of an earlier start are there, too."""
    state = tmp_path / "state" / "kiosk"
    last_good.keep(load(system=None), state)
    result = subprocess.run(
        [sys.executable, "-m", "kiosk", "run", "--set", "audio.volume=7"],
        env={"PATH": os.environ["PATH"], "XDG_STATE_HOME": str(state.parent)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert result.returncode == 2
    assert "audio.volume = 7 cannot be used" in result.stderr
