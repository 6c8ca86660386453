"""The programs of docs/cloud-avatars.md, as they stand there, against the stand-in."""

import asyncio
import os
import re
import subprocess
import sys
import wave
from pathlib import Path

from mypy import api

from kiosk.avatar.cloud.heygen import PCM_HZ
from tests.support.heygen import StandIn
from tests.support.heygen_rest import KEY

ROOT = Path(__file__).parents[4]
PAPER = (ROOT / "docs" / "cloud-avatars.md").read_text()
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", PAPER, re.MULTILINE | re.DOTALL)
EXAMPLES = {
    name: next(program for program in PROGRAMS if f"async with {name}Client(" in program)
    for name in ("LiveAvatar", "StreamingAvatar")
}


async def run(example: str, service: StandIn, folder: Path) -> str:
    """Run it in a process of its own; return what it printed."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SDL_VIDEODRIVER": "",
        "HEYGEN_API_KEY": KEY,
        "HEYGEN_URL": service.url,
        "LIVEAVATAR_API_KEY": KEY,
        "LIVEAVATAR_URL": service.url,
        "LIVEAVATAR_ID": "an-id",
    }
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-c", EXAMPLES[example]],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=environment,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    assert not service.open_sessions
    assert not service.wrongs
    return out.decode()


async def test_liveavatar_says_sound_that_it_is_given(service: StandIn, tmp_path: Path) -> None:
    out = await run("LiveAvatar", service, tmp_path)
    assert "a picture of (360, 640, 3) and (640, 360)" in out
    for name in ("StreamReady", "ReplyStarted", "ReplyEnded"):
        assert name in out
    with wave.open(str(tmp_path / "voice.wav")) as file:
        assert file.getframerate() == PCM_HZ
        assert file.getnframes() > 0.5 * PCM_HZ
    assert len(service.session.pcm) == 2 * PCM_HZ


async def test_liveavatar_that_is_refused_says_when_to_try_again(
    service: StandIn, tmp_path: Path
) -> None:
    service.concurrency = 0
    out = await run("LiveAvatar", service, tmp_path)
    assert out.endswith("Concurrent limit reached (10007): try again in 20 s\n")


async def test_streaming_avatar_says_texts_and_hears(service: StandIn, tmp_path: Path) -> None:
    out = await run("StreamingAvatar", service, tmp_path)
    assert out == "it says: Good morning.\n"
    session = service.session
    assert session.called("task") == session.called("interrupt") == 1
    assert len(session.visitor) == 2 * 16_000 // 1024 * 1024


def test_their_types_are_right(tmp_path: Path) -> None:
    files = [tmp_path / f"{name.lower()}_example.py" for name in EXAMPLES]
    for file, example in zip(files, EXAMPLES.values(), strict=True):
        file.write_text(example)
    options = ["--strict", "--config-file", str(ROOT / "pyproject.toml")]
    cache = ("--cache-dir", str(ROOT / ".mypy_cache"))
    out, err, status = api.run([*options, *cache, *map(str, files)])
    assert status == 0, out + err
