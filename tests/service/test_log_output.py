"""Log lines, as the journal and as a person get them."""

import io
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from kiosk.service.log_output import JournalHandler, LineFormatter, setup_logging, under_journal


@pytest.fixture(autouse=True)
def loggers_as_before() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("kiosk")
    before = root.handlers[:], root.level, ours.level
    yield
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    ours.setLevel(before[2])


def record(
    message: str, *args: object, level: int = logging.INFO, **fields: object
) -> logging.LogRecord:
    made = logging.LogRecord("kiosk.audio.sound", level, "supervisor.py", 12, message, args, None)
    if fields:
        made.kiosk = fields
    return made


def test_a_line_has_time_level_part_message_and_fields() -> None:
    line = LineFormatter().format(
        record("lost %s", "hw:1", level=logging.WARNING, turn=7, state="off")
    )
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} warning"
        r" audio\.sound: lost hw:1  turn=7 state=off",
        line,
    )


def test_a_line_without_fields_ends_with_the_message() -> None:
    assert LineFormatter().format(record("here")).endswith("info audio.sound: here")


def test_a_traceback_follows_on_its_own_lines() -> None:
    error = OSError("gone")
    failed = record("cannot play")
    failed.exc_info = (OSError, error, None)
    first, *rest = LineFormatter().format(failed).split("\n")
    assert first.endswith("cannot play")
    assert rest[-1] == "OSError: gone"


def test_the_journal_gets_fields() -> None:
    entries: list[tuple[str, dict[str, object]]] = []
    send: Callable[..., None] = lambda message, **fields: entries.append((message, fields))  # noqa: E731
    JournalHandler(send).emit(record("turn ended", level=logging.ERROR, turn=7, outcome="complete"))
    [(message, fields)] = entries
    assert message == "turn ended"
    assert fields["KIOSK_TURN"] == "7"
    assert fields["KIOSK_OUTCOME"] == "complete"
    assert fields["KIOSK_PART"] == "audio.sound"
    assert fields["PRIORITY"] == "3"
    assert fields["SYSLOG_IDENTIFIER"] == "kiosk"
    assert (fields["CODE_FILE"], fields["CODE_LINE"]) == ("supervisor.py", 12)


@pytest.mark.parametrize(
    ("level", "priority"),
    [
        (logging.DEBUG, "7"),
        (logging.INFO, "6"),
        (logging.WARNING, "4"),
        (logging.CRITICAL, "2"),
        (25, "6"),
    ],
)
def test_levels_become_priorities(level: int, priority: str) -> None:
    got: list[object] = []
    JournalHandler(lambda _message, **fields: got.append(fields["PRIORITY"])).emit(
        record("x", level=level)
    )
    assert got == [priority]


def test_a_journal_that_is_gone_does_not_raise(capsys: pytest.CaptureFixture[str]) -> None:
    def send(_message: str, **_fields: object) -> None:
        raise ConnectionRefusedError

    JournalHandler(send).emit(record("anyone?"))
    assert "ConnectionRefusedError" in capsys.readouterr().err


def test_libraries_do_not_speak_below_warning_even_at_debug(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    setup_logging("debug")
    logging.getLogger("kiosk.live").debug("dialling")
    logging.getLogger("websockets.client").debug("> x-goog-api-key: sesame")
    logging.getLogger("websockets.client").warning("odd")
    assert "debug live: dialling" in out.getvalue()
    assert "sesame" not in out.getvalue()
    assert "warning websockets.client: odd" in out.getvalue()


def test_the_level_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    setup_logging("warning")
    logging.getLogger("kiosk.live").info("dialling")
    logging.getLogger("kiosk.live").warning("lost")
    assert "dialling" not in out.getvalue()
    assert "warning live: lost" in out.getvalue()


def test_words_of_others_drive_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    setup_logging("warning")
    try:
        int("bad\x1b[2J")
    except ValueError:
        logging.getLogger("kiosk.live").exception("lost\u202e", extra={"kiosk": {"a": "\x9b"}})
    text = out.getvalue()
    assert "ValueError: invalid literal" in text
    assert all(c.isprintable() or c == "\n" for c in text)


def test_the_journal_is_known_by_its_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = os.fstat(2)
    monkeypatch.setenv("JOURNAL_STREAM", f"{stderr.st_dev}:{stderr.st_ino}")
    assert under_journal()
    monkeypatch.setenv("JOURNAL_STREAM", f"{stderr.st_dev}:{stderr.st_ino + 1}")
    assert not under_journal()
    monkeypatch.delenv("JOURNAL_STREAM")
    assert not under_journal()


def test_a_redirected_service_writes_lines() -> None:
    code = (
        "import logging; from kiosk.service.log_output import setup_logging; setup_logging('info');"
        "logging.getLogger('kiosk.app').info('hello', extra={'kiosk': {'state': 'attract'}})"
    )
    out = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "JOURNAL_STREAM": "8:1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert out.stderr.endswith(" info app: hello  state=attract\n")
