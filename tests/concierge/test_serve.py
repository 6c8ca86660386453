"""The command line: what it prints, how it fails, how it ends."""

import asyncio
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import Concierge, Start, terse
from .visitor import Visitor, speech


def run(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kiosk", "concierge", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


def test_mistakes_are_one_message_and_status_2(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("use =")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for options, message in [
            (["--knowledge", str(broken)], "not valid TOML"),
            (["--place", "nowhere"], "Choose one of: museum, reception"),
            (["--tls", str(broken), str(broken), "--port", "0"], "Give a certificate and its key"),
            (["--record", "/proc/nowhere"], "--record /proc/nowhere"),
            (["--port", port], f"cannot listen on 127.0.0.1 port {port}"),
        ]:
            result = run(*options)
            assert result.returncode == 2, options
            assert message in result.stderr
            assert "Traceback" not in result.stderr
            assert result.stdout == ""


def test_sigterm_ends_it_at_once_and_cleanly(start: Start) -> None:
    concierge = start()
    children = _children(concierge)
    assert len(children) == 1
    at = time.monotonic()
    assert concierge.stop() == 0
    assert time.monotonic() - at < 2
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    assert "Traceback" not in concierge.log.read_text()


async def test_sigterm_closes_connections(start: Start) -> None:
    concierge = start()
    visitor = await Visitor.arrive(concierge.port)
    await visitor.say(speech("where are the toilets"))
    await visitor.until("modelTurn")
    concierge.process.terminate()
    assert (await visitor.closed())[0] == 1001
    assert await asyncio.to_thread(concierge.process.wait, 5) == 0
    assert "Traceback" not in concierge.log.read_text()
    (turn,) = concierge.turns(visitor.session)
    assert turn["outcome"] == "cut"


async def test_a_visitor_s_words_are_not_in_the_log(start: Start, tmp_path: Path) -> None:
    concierge = start("--knowledge", str(terse(tmp_path)))
    visitor = await Visitor.arrive(concierge.port)
    assert await visitor.ask(speech("where are the toilets")) == ("where are the toilets", "There.")
    turns = [{"role": "user", "parts": "my secret"}]
    await visitor.send({"clientContent": {"turns": turns}})
    assert (await visitor.closed())[1].endswith("'my secret'"), "its own words are told to itself"
    log = concierge.log.read_text()
    assert "heard 21 characters, answered 6, complete" in log
    for words in ("toilets", "There", "secret"):
        assert words not in log
    concierge.stop()


@pytest.mark.parametrize("died", [True, False])
def test_it_ends_with_who_started_it_and_leaves_no_recording(tmp_path: Path, died: bool) -> None:
    work = tmp_path / "work"
    words = ["--port", "0", "--record", str(work / "record"), "--guard", str(work)]
    command = [sys.executable, "-m", "kiosk", "concierge", *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline().startswith(b"listening")
        process.stdin.write(b"nothing that matters")
        process.stdin.flush()
        (work / "record" / "voice.pcm").touch()
        if died:
            process.stdin.close()
        else:
            process.terminate()
        assert process.wait(10) == 0
    assert work.exists() is not died, "who is alive decides what becomes of it"


def test_it_costs_nothing_when_nobody_is_there(museum: Concierge) -> None:
    pids = [museum.process.pid, *_children(museum)]
    before = sum(map(_cpu_ticks, pids))
    time.sleep(1)
    assert sum(map(_cpu_ticks, pids)) - before <= 1, "1 tick of 10 ms in 1 s"


async def test_the_loop_is_never_held_up(museum: Concierge) -> None:
    """While one visitor's question is decoded, another's setup is answered as ever."""
    visitor = await Visitor.arrive(museum.port)
    pcm = speech("how much is a ticket") * 6
    await visitor.say(pcm)
    slowest = 0.0
    for _ in range(15):
        at = time.monotonic()
        other = await Visitor.arrive(museum.port)
        slowest = max(slowest, time.monotonic() - at)
        await other.leave()
    assert slowest < 0.5
    await visitor.leave()


def _children(concierge: Concierge) -> list[int]:
    pid = concierge.process.pid
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@pytest.fixture(autouse=True)
def _no_key_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)
