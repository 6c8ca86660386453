"""A film of a pack for `kiosk avatars preview`: it waits, listens, thinks, answers, and shows its
expressions, with the sound of the concierge's voice.

The pictures are made one by one at film time, as a screen would show them, however long that takes.
"""

import asyncio
import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pygame

from kiosk.avatar.face.face import Face
from kiosk.avatar.face.pack import find, load
from kiosk.concierge.synthesiser import Synthesiser, voice_for
from kiosk.core.scene import Piece, Scene, State
from kiosk.display.compositor import Compositor
from kiosk.errors import UserError
from kiosk.formats import REPLY_HZ
from kiosk.settings import installation

QUESTION = "When was the big steam engine built, and does it still run?"
ANSWER = (
    "The steam engine in the hall was built in 1887. ",
    "It drove the looms of a whole street, and it still runs every Sunday at three.",
)
"""What the film's visitor asks, and what the pack answers."""
FPS = 25
"""Frames a second of the film."""
LENGTH_S = 20.0
"""Of the film."""
_LISTENS_S, _THINKS_S, _SPEAKS_S = 2.5, 5.0, 6.0
"""When each of these begins."""
_START_S = 1000.0
"""The face's own time at the film's begin: any, as long as it is always the same."""


class Reply:
    """Senses of a kiosk that plays `pcm` (s16le mono 24 kHz) from a moment of the film on."""

    def __init__(self, pcm: bytes) -> None:
        self.pcm = pcm
        self.at_s = 0.0

    def level(self) -> float:
        """A voice's rise and fall."""
        return float(0.12 + 0.1 * np.sin(9 * self.at_s) * np.sin(2.3 * self.at_s))

    def playhead(self) -> int:
        """The sample that is heard."""
        played = round((self.at_s - _SPEAKS_S) * REPLY_HZ)
        return min(max(played, 0), len(self.pcm) // 2)

    def reply(self, start: int, end: int) -> bytes:
        """What is played; zeros before and after."""
        before = bytes(2 * max(0, min(-start, end - start)))
        there = self.pcm[2 * max(start, 0) : 2 * max(end, 0)]
        return (before + there).ljust(2 * (end - start), b"\0")


def write(name: str, out: Path, size: tuple[int, int]) -> None:
    """Film a pack.

    Args:
        name: of an installed pack, or a folder.
        out: the MP4 file.
        size: in pixels, even.

    Raises:
        UserError: the pack is broken, or a library or voice is missing.
    """
    folder = find(name) if "/" in name or not Path(name).is_dir() else Path(name).resolve()
    pack = load(folder)
    spoken = asyncio.run(_spoken(pack.manifest.voice))
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    pygame.display.init()
    pygame.font.init()
    pygame.display.set_mode((64, 64))
    try:
        _film(folder, spoken, out, size, sorted(pack.manifest.expressions))
    finally:
        pygame.font.quit()
        pygame.display.quit()


async def _spoken(voice: str) -> list[tuple[str, bytes]]:
    """The sentences of the answer, each with its sound."""
    text = "".join(ANSWER)
    return [said async for said in Synthesiser().say(text, voice_for("en-US", voice or "Kore"))]


def _film(
    folder: Path,
    spoken: list[tuple[str, bytes]],
    out: Path,
    size: tuple[int, int],
    expressions: list[str],
) -> None:
    try:
        import av
    except ImportError:
        raise UserError(
            f"a film needs the library av. Install it: {installation.library('demo')}"
        ) from None
    pcm = b"".join(sound for _, sound in spoken)
    said, at_sample = [], 0
    for sentence, part in spoken:
        said.append(Piece(at_sample, f"{sentence} "))
        at_sample += len(part) // 2
    senses = Reply(pcm)
    canvas = pygame.Surface(size).convert()
    picture = Compositor(size, Face(str(folder.resolve())))
    sound = np.zeros(round(LENGTH_S * REPLY_HZ), "<i2")
    voiced = np.frombuffer(pcm, "<i2")[: sound.size - round(_SPEAKS_S * REPLY_HZ)]
    sound[round(_SPEAKS_S * REPLY_HZ) :][: voiced.size] = voiced
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        with av.open(str(out), "w", options={"movflags": "+faststart"}) as film:
            pictures = film.add_stream("libx264", rate=FPS, options={"preset": "slow", "crf": "26"})
            pictures.width, pictures.height = size
            pictures.pix_fmt = "yuv420p"
            voice = film.add_stream("aac", rate=REPLY_HZ, layout="mono")
            voice.bit_rate = 48_000
            for number in range(round(LENGTH_S * FPS)):
                senses.at_s = number / FPS
                scene = _scene(senses.at_s, tuple(said), at_sample / REPLY_HZ, expressions)
                picture.paint(canvas, scene, senses, _START_S + senses.at_s)
                pixels = np.frombuffer(pygame.image.tobytes(canvas, "RGB"), np.uint8)
                frame = av.VideoFrame.from_ndarray(pixels.reshape(size[1], size[0], 3), "rgb24")
                frame.pts, frame.time_base = number, Fraction(1, FPS)
                film.mux(pictures.encode(frame))
            film.mux(pictures.encode(None))
            heard = av.AudioFrame.from_ndarray(sound.reshape(1, -1), format="s16", layout="mono")
            heard.sample_rate = REPLY_HZ
            film.mux(voice.encode(heard))
            film.mux(voice.encode(None))
    except OSError as error:
        raise UserError(f"{out} cannot be written: {error}. Name another file with --out") from None
    finally:
        picture.close()


def _scene(at_s: float, said: tuple[Piece, ...], speech_s: float, expressions: list[str]) -> Scene:
    """What is shown at a moment of the film."""
    if at_s < _LISTENS_S:
        return Scene(State.ATTRACT)
    if at_s < _SPEAKS_S:
        share = (at_s - _LISTENS_S) / (_THINKS_S - _LISTENS_S)
        state = State.LISTENING if at_s < _THINKS_S else State.THINKING
        return Scene(state, heard=QUESTION[: round(share * len(QUESTION))])
    end_s = _SPEAKS_S + speech_s + 0.3
    if at_s < end_s or not expressions:
        return Scene(State.SPEAKING, QUESTION, said)
    each_s = (LENGTH_S - end_s) / len(expressions)
    shown = expressions[min(int((at_s - end_s) / each_s), len(expressions) - 1)]
    return Scene(State.ATTRACT, expression=shown)
