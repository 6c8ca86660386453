"""Quiet hours on a whole kiosk: a real X server's screen goes dark, and a press lights it."""

import subprocess
import time

import pytest

from tests.support.kiosks import Concierge, Kiosk, runtime_directory, until, write_visitor
from tests.support.xorg import xorg

ALWAYS, NEVER = "00:01-00:00", ""


def xset(*words: str) -> str:
    return subprocess.run(
        ["xset", *words], check=True, capture_output=True, text=True, timeout=10
    ).stdout


def is_on() -> bool:
    state = xset("q")
    assert "DPMS is" in state, "the server has no DPMS"
    return "Monitor is On" in state or "DPMS is Disabled" in state


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a kiosk with these quiet hours on a screen that has DPMS."""
    with xorg(tmp_path, power=True) as display, runtime_directory() as directory:
        monkeypatch.setenv("DISPLAY", display)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        concierge = Concierge(tmp_path / "record")
        wav = write_visitor(tmp_path / "visitor.wav")
        started = []

        def start(hours: str) -> Kiosk:
            settings = (
                *("display.driver=x11", "display.fullscreen=true", "visit.end_after_s=4"),
                *(f'screen.quiet_hours="{hours}"', "screen.quiet=black"),
            )
            started.append(Kiosk(directory, concierge.url, wav, *settings))
            return started[-1].up()

        yield start
        for kiosk in started:
            assert "Traceback" not in kiosk.close()
        concierge.close()


@pytest.mark.long
def test_the_screen_is_off_in_quiet_hours_and_a_press_switches_it_on(run):
    """The press comes by the control socket: X itself lights its screen when it gets a key."""
    xset("-dpms")
    assert is_on()
    kiosk = run(ALWAYS)
    until(lambda: not is_on())
    time.sleep(2)
    assert not is_on(), "it stays dark"
    kiosk.do("press")
    until(is_on, 2)
    time.sleep(1)
    kiosk.do("release")
    kiosk.answered()
    assert is_on(), "while somebody is here"
    until(lambda: not is_on(), 20)
    kiosk.process.terminate()
    until(is_on, 5)
    assert "DPMS is Disabled" in xset("q"), "as it was"


@pytest.mark.long
def test_the_screen_does_not_go_dark_by_itself_by_day(run):
    """X switches a screen off when nobody has touched a key for long: a kiosk has none."""
    xset("dpms", "2", "2", "2")
    xset("s", "2")
    kiosk = run(NEVER)
    until(lambda: kiosk.status()["display"].get("driver") == "x11")
    xset("dpms", "force", "on")
    for _ in range(16):
        time.sleep(0.5)
        assert is_on()
