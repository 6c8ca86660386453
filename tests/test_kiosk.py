"""The whole kiosk in real processes: daemon, sound process, concierge; speech in, answer out."""

import os
import signal
import time
import wave
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kiosk.cli.ctl import ask
from kiosk.demo.report import compare
from tests.support.heap import Searchable
from tests.support.kiosks import (
    QUESTION,
    Concierge,
    Kiosk,
    runtime_directory,
    until,
)


@pytest.fixture
def runtime() -> Iterator[Path]:
    with runtime_directory() as directory:
        yield directory


@pytest.fixture
def kiosk(runtime, concierge, visitor_wav) -> Iterator[Kiosk]:
    kiosk = Kiosk(runtime, concierge.url, visitor_wav)
    yield kiosk.up()
    assert "Traceback" not in kiosk.close()


def record_of(concierge: Concierge, turn: dict, said: bytes) -> tuple[int, int]:
    """Samples lost and doubled of a turn in what the concierge consumed."""
    until(concierge.turns)
    newest = concierge.turns()[-1]
    got = (concierge.record / newest["pcm"]).read_bytes()
    return compare(said, got)


def test_question_is_understood_from_its_sound_and_answered_and_nothing_is_lost(kiosk, concierge):
    kiosk.speak()
    turn = kiosk.answered()
    assert turn["outcome"] == "answered"
    assert "toilets" in turn["heard"]
    assert "ground floor" in turn["said"]
    assert record_of(concierge, turn, kiosk.said(turn)) == (0, 0)
    times = ("press_s", "marker_s", "release_s", "last_marker_s", "reply_byte_s", "first_sound_s")
    stamps = [turn[name] for name in (*times, "end_s")]
    assert stamps == sorted(stamps)


def test_status_tells_what_tools_ask_for(kiosk):
    status = kiosk.do("status")
    assert status["ok"] is True
    assert status["state"] == "attract"
    assert {"daemon", "sound"} <= set(status["processes"])
    local = datetime.fromisoformat(status["clock"]["local_time"])
    assert abs(local - datetime.now().astimezone()) < timedelta(seconds=5)
    assert status["clock"]["zone"]
    assert {"state", "since_monotonic_s", "handle"} <= set(status["link"])
    microphone = status["microphone"]
    assert {"written", "sent", "acked", "first_sample_monotonic_s", "device"} <= set(microphone)
    assert {"played", "underruns"} <= set(status["speaker"])
    assert {"frames", "driver", "size"} <= set(status["display"])
    expected = microphone["first_sample_monotonic_s"] + microphone["written"] / 16_000
    assert abs(expected - status["now_monotonic_s"]) < 0.3


def test_sigterm_in_mid_turn_is_clean_and_closes_the_turn_on_the_wire(kiosk, concierge):
    before = len(concierge.turns())
    kiosk.speak(hold=True)
    time.sleep(1.0)
    kiosk.process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    assert kiosk.process.wait(5) == 0
    assert time.monotonic() - began < 2.0
    until(lambda: len(concierge.turns()) > before)
    turn = concierge.turns()[-1]
    assert turn["samples"] > 8_000
    assert not list(kiosk.directory.glob("*.ring")), "the visitor's voice is wiped"


def test_killed_sound_process_is_back_within_two_seconds_and_hears(kiosk, concierge):
    old = kiosk.status()["processes"]["sound"]
    os.kill(old, signal.SIGKILL)

    def back() -> bool:
        status = kiosk.status()
        return status["processes"]["sound"] not in (old, None) and (
            status["microphone"]["state"] == "ok"
        )

    assert until(back) < 2.0
    kiosk.speak()
    turn = kiosk.answered()
    assert "toilets" in turn["heard"]
    assert record_of(concierge, turn, kiosk.said(turn)) == (0, 0)


def test_service_that_goes_and_comes_back_costs_no_word(runtime, visitor_wav, tmp_path):
    first = Concierge(tmp_path / "first")
    kiosk = Kiosk(runtime, first.url, visitor_wav).up()
    second = None
    try:
        kiosk.speak(hold=True)
        time.sleep(0.8)
        first.process.kill()
        first.process.wait()
        time.sleep(1.4)
        kiosk.do("release")
        second = Concierge(tmp_path / "second", first.port)
        turn = kiosk.answered()
        assert turn["outcome"] == "answered"
        assert "toilets" in turn["heard"]
        assert record_of(second, turn, kiosk.said(turn)) == (0, 0)
    finally:
        log = kiosk.close()
        for each in (first, second):
            if each is not None:
                each.close()
    assert "Traceback" not in log


def test_killed_daemon_goes_on_with_the_sentence(runtime, concierge, visitor_wav):
    """What was said while no process listened is missing, and told; nothing else is."""
    first = Kiosk(runtime, concierge.url, visitor_wav).up()
    before = len(concierge.turns())
    first.speak(hold=True)
    time.sleep(1.5)
    killed_s = time.monotonic()
    first.process.kill()
    first.process.wait()
    second = Kiosk(runtime, concierge.url, visitor_wav).up()
    down_s = time.monotonic() - killed_s
    try:
        time.sleep(0.6)
        assert second.do("release")["ok"]
        turn = second.answered()
        assert turn["outcome"] == "answered"
        missing = turn["samples_missing"]
        assert 0 < missing < (down_s + 0.3) * 16_000
        until(lambda: len(concierge.turns()) >= before + 2)
        cut, whole = concierge.turns()[-2:]
        assert cut["outcome"] == "cut"
        got = (concierge.record / whole["pcm"]).read_bytes()
        assert compare(second.said(turn), got) == (missing, 0)
        assert second.status()["turns"][-1]["id"] == 1
    finally:
        log = second.close()
    assert "Traceback" not in log
    left = {path.name for path in runtime.iterdir()}
    assert left == {"sound.lock", "state"}, "nothing but the lock, and what outlives a boot"


def test_typed_turn_is_answered(kiosk):
    assert kiosk.do("say", text=QUESTION)["ok"]
    assert "ground floor" in kiosk.answered()["said"]


def test_tap_sends_nothing(kiosk):
    kiosk.do("press")
    kiosk.do("release")
    time.sleep(0.5)
    status = kiosk.status()
    assert status["turns"] == []
    assert status["microphone"]["sent"] == 0


def test_reset_forgets_the_visit(kiosk):
    kiosk.do("say", text=QUESTION)
    kiosk.answered()
    assert kiosk.do("reset")["ok"]
    assert kiosk.status()["turns"][-1]["heard"] == ""
    kiosk.up()


def test_quit_ends_it(kiosk):
    assert kiosk.do("quit")["ok"]
    assert kiosk.process.wait(5) == 0


def test_wrong_requests_are_told_what_is_wrong(kiosk):
    for request in ({"do": "pres"}, {"do": "say"}, {"do": "screenshot", "path": "relative.png"}):
        answer = ask(kiosk.directory / "control.sock", request)
        assert answer["ok"] is False
        assert answer["error"]


def test_second_kiosk_on_the_same_directory_is_refused(kiosk, concierge, visitor_wav):
    second = Kiosk(kiosk.directory, concierge.url, visitor_wav)
    assert second.process.wait(10) == 2
    second.log.seek(0)
    words = second.log.read().decode()
    assert "another kiosk" in words
    assert "Traceback" not in words
    assert kiosk.do("status")["ok"]


def test_no_screen_and_no_button_are_told_and_it_talks(runtime, concierge, visitor_wav):
    settings = ("display.driver=x11", "button.source=gpio", "lamp.driver=led")
    kiosk = Kiosk(runtime, concierge.url, visitor_wav, *settings).up()
    try:
        # Nobody is invited to hold it; presses by the control socket are answered all the same.
        until(lambda: kiosk.status()["code"] == "K-BUTTON")
        assert kiosk.status()["state"] == "out-of-order"
        kiosk.speak()
        assert "toilets" in kiosk.answered()["heard"]
        status = kiosk.status()
        assert status["display"]["trouble"]
        assert status["button"]["trouble"]
        assert {"no screen", "no button", "no lamp"} <= set(status["degraded"])
        assert status["lamp"] == {"driver": "led", "trouble": status["lamp"]["trouble"]}
        assert "lamp.driver" in status["lamp"]["trouble"]
    finally:
        log = kiosk.close()
    assert "Traceback" not in log
    assert log.count("K-BUTTON: ") == log.count("no lamp: ") == 1


def test_muted_microphone_is_told_alike_on_the_screen_in_status_and_in_the_log(
    runtime, concierge, tmp_path
):
    with wave.open(str(tmp_path / "muted.wav"), "wb") as muted:
        muted.setparams((1, 2, 16_000, 0, "NONE", ""))
        muted.writeframes(bytes(32_000))
    kiosk = Kiosk(runtime, concierge.url, tmp_path / "muted.wav").up()
    try:
        until(lambda: kiosk.status()["degraded"] == ["microphone silent"])
        kiosk.do("press")
        until(lambda: kiosk.status()["notice"] == "microphone-silent")
        time.sleep(1.5)  # The log is written once a second.
    finally:
        words = kiosk.close()
    assert words.count("microphone silent") == 1
    assert "all parts up" not in words.partition("microphone silent")[2]


def test_screenshot_of_an_off_screen_kiosk_is_a_picture(runtime, concierge, visitor_wav):
    screen = ("display.driver=dummy", "display.size=800x480", "display.fullscreen=false")
    kiosk = Kiosk(runtime, concierge.url, visitor_wav, *screen).up()
    try:
        until(lambda: kiosk.status()["display"]["frames"] > 2)
        written = kiosk.do("screenshot", path="now.png")["path"]
        assert written == str(runtime / "screenshots" / "now.png")
        assert Path(written).read_bytes().startswith(b"\x89PNG")
        for attack in (f"{runtime}/microphone.ring", f"{runtime}/screenshots/../x.png", "/x.png"):
            assert str(runtime / "screenshots") in kiosk.do("screenshot", path=attack)["error"]
        assert kiosk.status()["display"]["size"] == [800, 480]
    finally:
        assert "Traceback" not in kiosk.close()


def test_no_text_costs_more_than_itself(runtime, concierge, visitor_wav, tmp_path):
    """On attract cards, on the cards of staff, as what a visitor says."""
    family, khmer = "\U0001f468\u200d\U0001f469\u200d\U0001f467", "ប្រទេសកម្ពុជាជាប្រទេសមួយ" * 80
    (tmp_path / "attract.toml").write_text(
        f'[[card]]\nkind = "text"\ntitle = "{family}"\ntext = "{"y" * 1000}"\n', "utf-8"
    )
    screen = ("display.driver=dummy", "display.size=800x480", "display.fullscreen=false")
    content = f"screen.content={tmp_path}"
    kiosk = Kiosk(runtime, concierge.url, visitor_wav, *screen, content).up()
    try:
        until(lambda: kiosk.status()["display"]["frames"] > 2)
        for words in (family, "من می\u200c", "\u2060", khmer, "x" * 2000):
            assert kiosk.do("show", kind="text", title=words, text=words)["ok"]
            shown = kiosk.status()["display"]["frames"]
            until(lambda shown=shown: kiosk.status()["display"]["frames"] > shown + 2)
        assert kiosk.do("say", text=khmer + "1234567890" * 100)["ok"]
        until(lambda: kiosk.status()["turns"])
        shown = kiosk.status()["display"]["frames"]
        until(lambda: kiosk.status()["display"]["frames"] > shown + 5)
        assert kiosk.status()["display"]["widget_faults"] == 0
        assert "no screen" not in kiosk.status()["degraded"]
    finally:
        assert "Traceback" not in kiosk.close()


def test_no_word_of_a_visit_is_in_the_daemon_s_memory_after_it(
    runtime, concierge, visitor_wav, tmp_path, monkeypatch
):
    canary = "Xylophonkanarienvogel"
    heap = Searchable(tmp_path, canary)
    for name, value in heap.environment.items():
        monkeypatch.setenv(name, value)
    screen = ("display.driver=dummy", "display.size=800x480", "display.fullscreen=false")
    kiosk = Kiosk(runtime, concierge.url, visitor_wav, *screen).up()
    try:
        until(lambda: kiosk.status()["display"]["frames"] > 2)
        daemon = kiosk.status()["processes"]["daemon"]
        assert kiosk.do("say", text=f"Where is the {canary} room?")["ok"]
        until(lambda: kiosk.status()["turns"] and kiosk.status()["turns"][-1]["outcome"])
        assert heap.holders(daemon) > 0, "the search finds it while the visit lasts"
        assert kiosk.do("reset")["ok"]
        shown = kiosk.status()["display"]["frames"]
        until(lambda: kiosk.status()["display"]["frames"] > shown + 2)
        until(lambda: heap.holders(daemon) == 0)
    finally:
        assert "Traceback" not in kiosk.close()


def test_links_that_lead_to_themselves_cost_what_they_are_for(
    runtime, concierge, visitor_wav, tmp_path
):
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "logo.png").symlink_to("logo.png")
    kiosk = Kiosk(
        *(runtime, concierge.url, visitor_wav, "display.driver=dummy", "display.size=800x480"),
        *("display.fullscreen=false", f"screen.content={tmp_path}", f"avatar.pack={tmp_path}/loop"),
        *("theme.logo=logo.png", "theme.background=loop/x.png"),
    ).up()
    try:
        until(lambda: kiosk.status()["display"]["frames"] > 2)
        for picture in ("logo.png", "loop/plan.png"):
            assert kiosk.do("show", kind="image", picture=picture)["ok"] is False
        assert kiosk.do("expression", name="wink")["ok"]
        assert "avatar pack broken" in kiosk.status()["degraded"]
        shown = kiosk.status()["display"]["frames"]
        until(lambda: kiosk.status()["display"]["frames"] > shown)
    finally:
        words = kiosk.close()
    assert "Traceback" not in words
    assert "Logo not shown (theme.logo)" in words


def test_with_a_broken_pack_the_host_is_worn_and_staff_are_told(runtime, concierge, visitor_wav):
    screen = ("display.driver=dummy", "display.size=800x480", "display.fullscreen=false")
    pack = f"avatar.pack={runtime}/no-pack"
    kiosk = Kiosk(runtime, concierge.url, visitor_wav, *screen, pack).up()
    try:
        until(lambda: kiosk.status()["display"]["frames"] > 2)
        status = kiosk.status()
        assert "avatar.toml: there is no such file" in status["avatar"]["pack_trouble"]
        assert "avatar pack broken" in status["degraded"]
        assert "it has bow, doubt" in kiosk.do("expression", name="frwn")["error"]
        assert kiosk.do("expression", name="wink")["ok"]
    finally:
        words = kiosk.close()
        assert "Traceback" not in words
        assert words.count('Using the face "host" instead') == 1


def test_a_button_script_that_is_missing_costs_the_button_alone(runtime, concierge, visitor_wav):
    kiosk = Kiosk(runtime, concierge.url, visitor_wav, "button.source=script:/nope.jsonl").up()
    try:
        until(lambda: kiosk.status()["code"] == "K-BUTTON")
        assert "/nope.jsonl: there is no such file" in kiosk.status()["button"]["trouble"]
        assert "no button" in kiosk.status()["degraded"]
    finally:
        assert "Traceback" not in kiosk.close()


def test_missing_key_is_a_code_for_staff(runtime, visitor_wav, monkeypatch, tmp_path):
    for name in ("GEMINI_API_KEY", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    kiosk = Kiosk(runtime, "", visitor_wav)
    try:
        until(lambda: kiosk.status().get("code") == "K-KEY")
        status = kiosk.status()
        assert status["state"] == "out-of-order"
        assert "gemini-api-key" in status["link"]["detail"]
    finally:
        assert "Traceback" not in kiosk.close()
