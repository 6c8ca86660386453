"""A fault in drawing does not silence the kiosk, and the screen is opened again."""

import threading
import time
from types import SimpleNamespace

from kiosk.core.scene import Scene
from kiosk.errors import DeviceError
from kiosk.runtime import drawing_thread
from kiosk.runtime.drawing_thread import DrawingThread
from kiosk.settings.types import DisplaySettings
from kiosk.window.screen_client import ScreenChangedError


class LostError(DeviceError):
    """While it draws; a plain one is of the opening."""


class Stage:
    """Fails as often as it is told, then draws until the kiosk stops."""

    driver, size = "dummy", (480, 320)

    def __init__(self, faults: list[Exception]) -> None:
        self.faults = faults
        self.runs = self.closed = 0
        self.tap = None

    def open(self) -> None:
        if self.faults and type(self.faults[0]) is DeviceError:
            raise self.faults.pop(0)

    def run(self, stop: threading.Event) -> None:
        self.runs += 1
        if self.faults:
            raise self.faults.pop(0)
        stop.wait(5)

    def close(self) -> None:
        self.closed += 1


def start_drawing(monkeypatch, stage: Stage, is_there: threading.Event | None = None):
    """Draw on a thread; gives the drawing thread's object, its thread, and what stops them."""
    stop = threading.Event()
    drawing = DrawingThread(
        SimpleNamespace(settings=SimpleNamespace(display=SimpleNamespace(driver="auto")), stop=stop)
    )
    drawing.let_go()

    def opened():
        try:
            stage.open()
        except DeviceError as error:
            drawing.trouble = str(error)
            return None
        return stage

    monkeypatch.setattr(drawing, "open_stage", opened)
    monkeypatch.setattr(drawing_thread, "RETRY_DELAYS_S", (0.01,))
    monkeypatch.setattr(
        drawing_thread, "is_present", lambda *_: is_there is None or is_there.is_set()
    )
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":99")
    thread = threading.Thread(target=drawing.run)
    thread.start()
    return drawing, thread, stop


def until(condition) -> None:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < 5
        time.sleep(0.005)


def test_fault_in_drawing_is_told_and_the_screen_opened_again(monkeypatch, caplog):
    stage = Stage([ValueError("no such colour"), DeviceError("unplugged")])
    drawing, thread, stop = start_drawing(monkeypatch, stage)
    until(lambda: stage.runs == 2)
    until(lambda: drawing.stage is stage)
    assert drawing.trouble == ""
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    assert stage.closed == 2
    assert "the screen failed" in caplog.text


def test_missing_screen_is_known_at_once(monkeypatch):
    stage = Stage([DeviceError("no driver")] * 1000)
    drawing, thread, stop = start_drawing(monkeypatch, stage)
    until(lambda: drawing.view().known)
    assert drawing.stage is None
    assert drawing.trouble == "no driver"
    stop.set()
    thread.join(5)
    assert not thread.is_alive()


def test_lost_screen_is_told_and_waited_for(monkeypatch, caplog):
    stage = Stage([LostError("the screen went away")])
    is_there = threading.Event()
    monkeypatch.setattr(drawing_thread, "POLL_INTERVAL_S", 0.01)
    drawing, thread, stop = start_drawing(monkeypatch, stage, is_there)
    until(lambda: stage.closed == 1)
    assert drawing.trouble == "the screen went away"
    time.sleep(0.1)
    runs = stage.runs
    is_there.set()
    until(lambda: drawing.stage is stage)
    stop.set()
    thread.join(5)
    assert "the screen is lost" in caplog.text
    assert runs <= 2
    assert drawing.trouble == ""


def test_changed_screen_is_opened_again_at_once(monkeypatch):
    stage = Stage([ScreenChangedError("another mode")])
    drawing, thread, stop = start_drawing(monkeypatch, stage)
    until(lambda: stage.runs == 2)
    assert drawing.trouble == ""
    stop.set()
    thread.join(5)
    assert not thread.is_alive()


def test_broken_picture_is_no_end_of_the_conversation(monkeypatch, caplog):
    drawing = DrawingThread(
        SimpleNamespace(
            settings=SimpleNamespace(
                display=DisplaySettings("dummy", (64, 64), False, 0, "auto"),
                avatar=None,
                button=SimpleNamespace(source="none"),
            ),
            scene=Scene(),
            on_edge=None,
        )
    )
    monkeypatch.setattr("kiosk.avatar.drivers.make_face", lambda settings: 1 / 0)
    assert drawing.open_stage() is None
    assert drawing.view().trouble == "ZeroDivisionError: division by zero"
    assert "running with sound only" in caplog.text
