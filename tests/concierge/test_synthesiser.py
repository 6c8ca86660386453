"""Text to speech: rate, voices, and what is said when a program is missing."""

import asyncio
import subprocess
from pathlib import Path

import numpy as np
import pytest

from kiosk.concierge.synthesiser import EspeakVoice, Synthesiser, sentences, voice_for
from kiosk.errors import ConfigError, UserError


async def say(text: str, voice: EspeakVoice, piper: Path | None = None) -> list[tuple[str, bytes]]:
    return [part async for part in Synthesiser(piper).say(text, voice)]


async def test_each_sentence_has_its_sound() -> None:
    parts = await say("It is old. Is it? Yes!", voice_for("en-US", "Kore"))
    assert [sentence for sentence, _ in parts] == ["It is old.", "Is it?", "Yes!"]
    for _, pcm in parts:
        samples = np.frombuffer(pcm, "<i2").astype(float)
        assert 0.2 < len(samples) / 24_000 < 2
        assert 500 < np.sqrt(np.mean(samples**2)) < 12_000


def test_the_rate_is_24_khz() -> None:
    """A voice's pitch must be the same as what espeak-ng makes at its own rate."""
    voice = EspeakVoice("en-us", 160)
    ((_, pcm),) = asyncio.run(say("Aaaaaaaaaa", voice))
    espeak = ["espeak-ng", "-v", "en-us", "-s", "160", "--stdin", "--stdout"]
    raw = subprocess.run(espeak, input=b"Aaaaaaaaaa", capture_output=True, check=True).stdout
    seconds = (len(raw) - 44) / 2 / 22_050
    assert len(pcm) / 2 / 24_000 == pytest.approx(seconds, rel=0.01)


@pytest.mark.parametrize(
    ("language", "name", "voice"),
    [
        ("en-US", "Kore", "en-us+f2"),
        ("en-GB", "Puck", "en-gb+m3"),
        ("", "", "en-us+f2"),
        ("de-AT", "Nobody", "de+f2"),
        ("xx", "charon", "en-us+m7"),
    ],
)
async def test_voices(language: str, name: str, voice: str) -> None:
    chosen = voice_for(language, name)
    assert chosen.name == voice
    ((_, pcm),) = await say("Hello.", chosen)
    assert len(pcm) > 9_600


def test_sentences() -> None:
    assert sentences("One. Two?  Three… four") == ["One.", "Two?", "Three…", "four"]
    assert sentences(" ") == []


def test_a_missing_espeak_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UserError, match="apt-get install espeak-ng"):
        Synthesiser()


def test_a_missing_piper_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    voice = tmp_path / "amy.onnx"
    with pytest.raises(ConfigError, match=r"amy\.onnx is not there"):
        Synthesiser(voice)
    voice.touch()
    with pytest.raises(ConfigError, match=r"amy\.onnx\.json is not there"):
        Synthesiser(voice)
    description = tmp_path / "amy.onnx.json"
    description.write_text('{"audio": {"sample_rate": 16000}}')
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UserError, match="pip install piper-tts"):
        Synthesiser(voice)


async def test_piper_speaks_where_a_voice_is_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for the program: half a second of a square wave at the voice's rate."""
    voice = tmp_path / "amy.onnx"
    voice.touch()
    description = tmp_path / "amy.onnx.json"
    description.write_text("{}")
    program = tmp_path / "piper"
    program.write_text(
        "#!/usr/bin/env python3\nimport sys\n"
        f"assert sys.argv[1:] == ['--model', '{voice}', '--output-raw']\n"
        "assert sys.stdin.read() == 'Hello.\\n'\n"
        "sys.stdout.buffer.write(b'\\x00\\x20\\x00\\xe0' * 4000)\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(ConfigError, match=r"no audio\.sample_rate"):
        Synthesiser(voice)
    description.write_text('{"audio": {"sample_rate": 16000}}')
    ((_, pcm),) = await say("Hello.", EspeakVoice("", 0), voice)
    assert len(pcm) == pytest.approx(24_000, abs=10)
