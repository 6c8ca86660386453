"""The stream of a cloud avatar: how one that fails is borne."""

import itertools
import socket
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from kiosk.avatar.cloud import video
from kiosk.avatar.cloud.frame import Frame
from kiosk.avatar.cloud.picture import NewestPicture
from kiosk.avatar.cloud.video import PicturePace, Receiver, where
from tests.support.publisher import Publisher, number_of

pytestmark = pytest.mark.usefixtures("dummy_display")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(true: Callable[[], bool], limit_s: float = 15.0) -> None:
    by_s = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < by_s, "it did not come"
        time.sleep(0.02)


class TestAddress:
    def test_it_says_nothing_secret_of_an_address(self):
        assert where("listen:rtmp://u:pw@h:1935/live/key?auth=1") == "rtmp://h:1935"
        assert where("external:/opt/player") == "player"


class TestPace:
    def test_a_burst_is_spread_over_its_own_clock(self):
        pace = PicturePace()
        waits = [pace.early_s(n * 0.04, 100.0) for n in range(3)]
        assert waits == pytest.approx([0, 0.04, 0.08])

    def test_a_jump_of_the_clock_begins_anew(self):
        pace = PicturePace()
        pace.early_s(10, 100)
        assert pace.early_s(5000, 100.04) == 0
        assert pace.early_s(5000.04, 100.04) == pytest.approx(0.04)
        assert pace.early_s(0, 100.1) == 0

    def test_what_is_late_is_not_held(self):
        pace = PicturePace()
        pace.early_s(0, 100)
        assert pace.early_s(0.1, 100.3) == 0


class Watch:
    """A receiver, and what came through it."""

    def __init__(self, url: str, **facts: str) -> None:
        self.picture = NewestPicture()
        self.numbers: list[int] = []
        self.sound = bytearray()
        show = self.picture.show

        def numbered(newest: Frame) -> None:
            data = np.frombuffer(newest.rgb, np.uint8).reshape(newest.height, newest.width, 3)
            self.numbers.append(number_of(data))
            show(newest)

        self.picture.show = numbered  # type: ignore[method-assign]
        self.receiver = Receiver(url, self.picture, self.sound.extend, facts)
        self.receiver.start()


@pytest.fixture
def watch() -> Iterator[Callable[..., Watch]]:
    watches: list[Watch] = []

    def make(url: str, **facts: str) -> Watch:
        watches.append(Watch(url, **facts))
        return watches[-1]

    yield make
    for each in watches:
        each.receiver.stop()
    assert all(each.receiver.join(10) for each in watches)


class TestStreams:
    def test_one_that_is_pushed_here_dies_and_comes_again(self, watch):
        url = f"rtmp://127.0.0.1:{free_port()}/live/kiosk"
        it = watch(f"listen:{url}")
        with Publisher(url):
            until(lambda: len(it.numbers) >= 25)
            assert all(a < b for a, b in itertools.pairwise(it.numbers))
            wave = np.frombuffer(bytes(it.sound), "<i2")
            assert np.abs(wave).max() > 4000
        before = len(it.numbers)
        with Publisher(url):
            until(lambda: len(it.numbers) >= before + 10)
        assert it.receiver.opened == 2

    @pytest.mark.long
    def test_one_that_is_pulled_by_flv_freezes_and_goes_on(self, watch):
        with Publisher("serve") as publisher:
            it = watch(publisher.address() + "/live.flv?key=secret")
            until(lambda: len(it.numbers) >= 10)
            publisher.freeze()
            time.sleep(2)
            assert it.picture.age_s(time.monotonic()) > 1.5
            publisher.thaw()
            before = len(it.numbers)
            until(lambda: len(it.numbers) >= before + 10)
            assert it.picture.age_s(time.monotonic()) < 1.5

    @pytest.mark.long
    def test_one_that_ends_is_opened_again(self, watch):
        with Publisher("serve", "--frames", "30") as publisher:
            it = watch(publisher.address() + "/live.flv")
            until(lambda: any(a > b for a, b in itertools.pairwise(it.numbers)))

    @pytest.mark.long
    def test_one_that_is_pulled_by_hls_is_paced(self, watch, tmp_path):
        with Publisher("serve", "--folder", str(tmp_path)) as publisher:
            address = publisher.address()
            until((tmp_path / "live.m3u8").exists)
            it = watch(address + "/live.m3u8")
            until(lambda: len(it.numbers) >= 25)
            before = len(it.numbers)
            time.sleep(4)
            assert 60 <= len(it.numbers) - before <= 140

    @pytest.mark.long
    def test_a_silent_one_is_taken_too(self, watch):
        with Publisher("serve", "--mute") as publisher:
            it = watch(publisher.address() + "/live.flv")
            until(lambda: len(it.numbers) >= 5)
            assert not it.sound

    def test_one_that_is_not_served_is_tried_again(self, watch):
        with Publisher("serve") as publisher:
            it = watch(publisher.address() + "/nowhere.m3u8")
            until(lambda: bool(it.receiver.trouble))
            time.sleep(0.5)
            assert it.receiver.trouble == "Server returned 404 Not Found"
            assert not it.receiver.join(0)

    def test_a_listener_waits_as_long_as_it_takes(self, watch, monkeypatch):
        monkeypatch.setattr(video, "OPEN_S", 0.2)
        url = f"rtmp://127.0.0.1:{free_port()}/live/kiosk"
        it = watch(f"listen:{url}")
        time.sleep(1)
        assert not it.receiver.join(0)
        monkeypatch.setattr(video, "OPEN_S", 5.0)
        with Publisher(url):
            until(lambda: len(it.numbers) >= 3)

    @pytest.mark.long
    def test_one_that_freezes_for_long_is_opened_again(self, watch):
        with Publisher("serve") as publisher:
            it = watch(publisher.address() + "/live.flv")
            until(lambda: len(it.numbers) >= 5)
            publisher.freeze()
            until(lambda: bool(it.receiver.trouble))
            publisher.thaw()
            until(lambda: it.receiver.opened >= 2 and not it.receiver.trouble)

    def test_fault_of_ours_is_told_with_its_traceback_and_the_stream_goes_on(
        self, watch, monkeypatch, caplog
    ):
        shown = NewestPicture.show

        def faulty(self, frame):
            monkeypatch.setattr(NewestPicture, "show", shown)
            raise ValueError("a fault of ours")

        monkeypatch.setattr(NewestPicture, "show", faulty)
        with Publisher("serve") as publisher:
            it = watch(publisher.address() + "/live.flv")
            until(lambda: it.receiver.opened >= 2 and len(it.numbers) >= 5)
        assert "Traceback" in caplog.text
        assert "a fault of ours" in caplog.text

    def test_where_nothing_is_there_it_goes_on_trying(self, watch, caplog):
        it = watch(f"http://127.0.0.1:{free_port()}/live.flv?key=secret")
        until(lambda: bool(it.receiver.trouble))
        assert "secret" not in it.receiver.trouble
        assert "Traceback" not in caplog.text
        assert it.picture.age_s(time.monotonic()) == float("inf")

    def test_an_external_program_gives_it_and_ends_with_it(self, watch, tmp_path):
        program = tmp_path / "player"
        program.write_text(
            f"#!/bin/sh\ncat > {tmp_path}/facts\necho $$ > {tmp_path}/process\ncd {Path.cwd()}\n"
            f"exec {sys.executable} -m tests.support.publisher -\n"
        )
        program.chmod(stat.S_IRWXU)
        it = watch(f"external:{program}", channel="7")
        until(lambda: len(it.numbers) >= 5)
        assert (tmp_path / "facts").read_text() == '{"channel": "7"}\n'
        player = int((tmp_path / "process").read_text())
        assert running(player)
        it.receiver.stop()
        assert it.receiver.join(10)
        assert not running(player)

    def test_what_an_external_program_has_started_ends_with_it(self, watch, tmp_path):
        """A script: its children hold the pipe, and we would wait for them."""
        program = tmp_path / "player"
        program.write_text(
            f"#!/bin/sh\ncd {Path.cwd()}\n{sys.executable} -m tests.support.publisher - &\n"
            f"sleep 600 &\necho $! > {tmp_path}/child\nwait\n"
        )
        program.chmod(stat.S_IRWXU)
        it = watch(f"external:{program}")
        until(lambda: len(it.numbers) >= 2)
        child = int((tmp_path / "child").read_text())
        it.receiver.stop()
        assert it.receiver.join(10)
        until(lambda: not running(child))

    def test_a_picture_is_not_held_back_until_a_buffer_is_full(self, tmp_path):
        program = tmp_path / "player"
        program.write_text("#!/bin/sh\nprintf picture\nexec sleep 600\n")
        program.chmod(stat.S_IRWXU)
        started = video._start(str(program), {})
        came: list[bytes] = []
        reader = threading.Thread(target=lambda: came.append(started.stdout.read(4096)))
        reader.start()
        try:
            reader.join(10)
            assert came == [b"picture"]
        finally:
            video._end(started)
            reader.join(10)

    def test_a_listener_is_woken_beside_the_loop(self, watch, monkeypatch):
        """A host that does not answer is waited for, and sound runs in the loop."""
        go, woken = threading.Event(), []
        poke = video._poke

        def slowly(url: str) -> None:
            go.wait(10)
            woken.append(url)
            poke(url)

        monkeypatch.setattr(video, "_poke", slowly)
        it = watch(f"listen:rtmp://127.0.0.1:{free_port()}/live/kiosk")
        it.receiver.stop()
        assert woken == []
        go.set()
        assert it.receiver.join(10)


def running(process: int) -> bool:
    """Whether it runs: one that is dead and not yet waited for does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
