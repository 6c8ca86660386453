"""Text to speech: espeak-ng, or piper where a voice file is configured; always 24 kHz s16le mono.

Sentence by sentence, because the first sound should leave after one sentence and not after ten;
each is made by a short-lived process, so that synthesis never stops the server's loop.
"""

import asyncio
import contextlib
import json
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soxr

from kiosk.errors import ConfigError, KioskError, UserError
from kiosk.formats import REPLY_HZ

_WAV_HEADER_BYTES = 44
"""What espeak-ng writes before the samples. In a pipe its length fields are wrong, because it
cannot go back to fill them in."""

_LANGUAGES = {
    "en": "en-us",
    "en-us": "en-us",
    "en-gb": "en-gb",
    "en-au": "en-gb",
    "en-in": "en-gb",
    "de": "de",
    "es": "es",
    "fr": "fr-fr",
    "it": "it",
    "nl": "nl",
    "pt": "pt-br",
}
"""BCP-47 tag, or its language alone, to espeak-ng's voice."""

_VOICES = {
    "puck": ("m3", 175),
    "charon": ("m7", 155),
    "kore": ("f2", 165),
    "fenrir": ("m1", 170),
    "aoede": ("f3", 165),
    "leda": ("f4", 170),
    "orus": ("m4", 160),
    "zephyr": ("f5", 170),
}
"""Prebuilt voice name to espeak-ng's variant and speed in words a minute."""
_DEFAULT_VOICE = ("f2", 165)
"""The same for a name that is not in the list."""


class EspeakVoice(NamedTuple):
    """How espeak-ng is to sound."""

    name: str
    words_per_minute: int


def voice_for(language_code: str, voice_name: str) -> EspeakVoice:
    """The espeak-ng voice nearest to what a setup asks for; unknown ones are en-us."""
    tag = language_code.lower()
    language = _LANGUAGES.get(tag) or _LANGUAGES.get(tag.split("-")[0]) or "en-us"
    variant, speed = _VOICES.get(voice_name.lower(), _DEFAULT_VOICE)
    return EspeakVoice(f"{language}+{variant}", speed)


def sentences(text: str) -> list[str]:
    """The sentences of `text`, each with its mark."""
    return [part for part in re.split(r"(?<=[.!?…])\s+", text.strip()) if part]


class Synthesiser:
    """The synthesiser."""

    def __init__(self, piper_voice: Path | None = None) -> None:
        """Look for the programs.

        Raises:
            UserError: a program is missing; with the remedy.
            ConfigError: the piper voice cannot be used; with the remedy.
        """
        self._piper = piper_voice
        self._piper_rate_hz = _piper_rate_hz(piper_voice) if piper_voice else 0
        if not piper_voice and not shutil.which("espeak-ng"):
            raise UserError(
                "the concierge speaks with espeak-ng, which is not installed."
                " Install it with: sudo apt-get install espeak-ng"
            )

    async def say(self, text: str, voice: EspeakVoice) -> AsyncIterator[tuple[str, bytes]]:
        """Each sentence of `text` with its sound."""
        for sentence in sentences(text):
            yield sentence, await self._sound(sentence, voice)

    async def _sound(self, sentence: str, voice: EspeakVoice) -> bytes:
        if self._piper:
            raw = await _run(
                ["piper", "--model", str(self._piper), "--output-raw"], sentence + "\n"
            )
            rate_hz = self._piper_rate_hz
        else:
            speed = str(voice.words_per_minute)
            wav = await _run(
                ["espeak-ng", "-v", voice.name, "-s", speed, "--stdin", "--stdout"], sentence
            )
            raw, rate_hz = wav[_WAV_HEADER_BYTES:], int.from_bytes(wav[24:28], "little")
        samples = np.frombuffer(raw[: len(raw) & ~1], "<i2")
        if rate_hz != REPLY_HZ and len(samples):
            samples = soxr.resample(samples, rate_hz, REPLY_HZ)
        return samples.astype("<i2").tobytes()


async def _run(command: list[str], text: str) -> bytes:
    """Run a synthesiser on `text`.

    Raises:
        KioskError: it fails.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, complaint = await process.communicate(text.encode())
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):  # it has just ended
            process.kill()
        raise
    if process.returncode:
        raise KioskError(
            f"{command[0]} failed ({process.returncode}):"
            f" {complaint.decode(errors='replace')[:200]}"
        )
    return output


def _piper_rate_hz(voice: Path) -> int:
    """The rate of a piper voice, from the JSON that stands beside it."""
    description = voice.with_name(voice.name + ".json")
    for needed in (voice, description):
        if not needed.is_file():
            raise ConfigError(
                f'piper_voice = "{voice}": {needed} is not there.'
                " A voice is two files, NAME.onnx and NAME.onnx.json; give the first"
            )
    if not shutil.which("piper"):
        raise UserError(
            f'piper_voice = "{voice}" is configured, but the program piper is not installed.'
            " Install it with: pip install piper-tts; or leave piper_voice out to use espeak-ng"
        )
    try:
        return int(json.loads(description.read_text(encoding="utf-8"))["audio"]["sample_rate"])
    except (ValueError, KeyError, TypeError):
        raise ConfigError(f"{description} names no audio.sample_rate; fetch it again") from None
