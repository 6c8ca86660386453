"""`kiosk tools`: what the model may call, and a call by hand."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.cli.main import main
from tests.support.kiosks import Kiosk, runtime_directory, until, write_visitor
from tests.support.layers import write

from ..tools.web_service import WebService

FILE = """
[tools]
builtin = ["show_text", "current_time"]

[tools.door]
about = "Opens the door."
pin = 22
pulse_ms = 800

[tools.light]
about = "Switches the light."
pin = 23
active_high = false

[tools.nap]
about = "Sleeps."
python = "tests.tools.trial_tools:nap"

[tools.call_staff]
webhook = "https://a.example/{tool-path}"
arguments = { reason = "Why", room = "Where" }
optional = ["room"]
headers = { Authorization = "Bearer {tool-desk}" }
body = { text = "Come: {reason}", key = "{tool-path}" }
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(write(tmp_path / "tools.toml", FILE))


def run(capsysbinary: pytest.CaptureFixture[bytes], *words: str) -> tuple[int, str, str]:
    status = main(["tools", *words])
    told = capsysbinary.readouterr()
    return status, told.out.decode(), told.err.decode()


def test_list_tells_name_arguments_kind_and_deadline(file: str, capsysbinary) -> None:
    status, told, _ = run(capsysbinary, "list", "--config", file)
    assert status == 0
    for line in (
        "show_text(text, [title])  built in, 10 s",
        "door()  output, 10 s, at most once a call",
        "light(on)  output, 10 s, at most once a call",
        "call_staff(reason, [room])  webhook, 10 s, at most once a call",
        "    Opens the door.",
    ):
        assert line in told.splitlines()


def test_list_without_tools_says_where_they_come_from(capsysbinary) -> None:
    assert "docs/tools.md" in run(capsysbinary, "list", "--set", "tools.builtin=[]")[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("door",), "GPIO 22 is on for 800 ms (on is 3.3 V)"),
        (("light", '{"on": true}'), "GPIO 23 is switched: on = true (on is 0 V)"),
        (("current_time",), "built in: current_time({})"),
        (("nap", '{"delay": 5}'), 'Python: nap({"delay": 5})'),
        (
            ("call_staff", '{"reason": "a {tool-desk}"}'),
            "POST https://a.example/{tool-path}\nAuthorization: Bearer {tool-desk}\n"
            '{\n  "text": "Come: a {tool-desk}",\n  "key": "{tool-path}"\n}',
        ),
    ],
)
def test_a_dry_run_says_what_would_be_done_and_shows_no_secret(
    file: str, capsysbinary, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], says: str
) -> None:
    monkeypatch.setenv("TOOL_DESK", "s3cr3t-of-the-desk")
    monkeypatch.setenv("TOOL_PATH", "s3cr3t-of-the-path")
    status, told, _ = run(capsysbinary, "call", *words, "--dry-run", "--config", file)
    assert (status, told.strip()) == (0, says)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("bell",), "there is no tool bell. There are: show_text, current_time, door,"),
        (("door", "{"), "the arguments are not JSON"),
        (("door", "[1]"), "the arguments are a JSON object"),
    ],
)
def test_a_mistake_is_told(file: str, capsysbinary, words: tuple[str, ...], says: str) -> None:
    status, _, told = run(capsysbinary, "call", *words, "--config", file)
    assert status == 2
    assert says in told


@pytest.fixture
def web() -> Iterator[WebService]:
    it = WebService()
    yield it
    it.close()


def test_a_call_by_hand_is_carried_out(web: WebService, capsysbinary) -> None:
    web.answer = (200, {}, b'{"ticket": 7}')
    settings = ("--set", f'tools.call_staff.webhook="{web.url}"')
    status, told, _ = run(capsysbinary, "call", "call_staff", *settings)
    assert (status, json.loads(told)) == (0, {"ticket": 7})
    web.answer = (404, {}, b"")
    status, _, told = run(capsysbinary, "call", "call_staff", *settings)
    assert (status, told.strip()) == (1, "kiosk: the service answers with status 404")


def test_what_it_shows_is_shown_by_the_kiosk_that_runs(
    web: WebService, tmp_path: Path, capsysbinary
) -> None:
    settings = (f'tools.call_staff.webhook="{web.url}"', 'tools.call_staff.show="On the way."')
    words = [word for one in settings for word in ("--set", one)]
    nobody = run(capsysbinary, "call", "call_staff", *words, "--runtime-dir", str(tmp_path))
    assert nobody[0] == 2
    assert "no kiosk runs here" in nobody[2]
    with runtime_directory() as directory:
        kiosk = Kiosk(directory, "ws://127.0.0.1:9", write_visitor(tmp_path / "v.wav"))
        try:
            until((directory / "control.sock").exists)
            words += ["--runtime-dir", str(directory)]
            assert run(capsysbinary, "call", "call_staff", *words)[0] == 0
        finally:
            kiosk.close()
