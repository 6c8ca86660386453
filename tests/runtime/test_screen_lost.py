"""The whole kiosk while its X server comes, is killed in mid-answer, and comes again."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.kiosks import Concierge, Kiosk, runtime_directory, until, write_visitor

BACK_S = 12.0
"""A screen that is there again is to be used again within ten seconds; this machine may be slow."""


@contextmanager
def server(name: str) -> Iterator[subprocess.Popen[bytes]]:
    words = f"Xvfb {name} -screen 0 640x360x24 -nolisten tcp".split()
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.long
def test_the_conversation_goes_on_without_the_screen_and_it_comes_back(tmp_path, monkeypatch):
    numbers = (n for n in range(40, 90) if not Path(f"/tmp/.X11-unix/X{n}").exists())
    name = f":{next(numbers)}"
    monkeypatch.setenv("DISPLAY", name)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    concierge = Concierge(tmp_path / "record")
    with runtime_directory() as directory:
        wav = write_visitor(tmp_path / "visitor.wav")
        kiosk = Kiosk(directory, concierge.url, wav, "display.driver=auto").up()

        def display() -> dict:
            return kiosk.status().get("display", {"driver": "none", "frames": 0, "trouble": ""})

        until(lambda: display()["trouble"])
        assert display()["driver"] == "none"
        with server(name) as first:
            until(lambda: display()["driver"] == "x11" and display()["frames"] > 5, BACK_S)
            assert display()["trouble"] == ""
            assert display()["renderer"] == "surface"
            kiosk.speak()
            until(lambda: kiosk.status()["state"] == "speaking")
            played = kiosk.status()["speaker"]["played"]
            first.kill()
            until(lambda: display()["trouble"])
            turn = kiosk.answered()
        status = kiosk.status()
        assert turn["outcome"] == "answered"
        assert status["speaker"]["played"] > played + 12_000, "the answer was heard on"
        assert status["speaker"]["underruns"] == 0
        assert status["display"]["driver"] == "none"
        with server(name):
            until(lambda: display()["driver"] == "x11" and display()["frames"] > 5, BACK_S)
            assert display()["trouble"] == ""
            assert kiosk.status()["processes"]["daemon"] == status["processes"]["daemon"]
        log = kiosk.close()
        assert "the screen is lost" in log
        assert "Traceback" not in log
    concierge.close()
