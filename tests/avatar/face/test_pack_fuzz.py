"""Packs broken at random: each is worn or told, in little time and memory, with no traceback."""

import os
import random
import resource
import subprocess
import sys
import time

import pytest

from kiosk.avatar.face import pack, pack_check

TEMPLATE = pack.SHIPPED / "template"
LIMIT_S = 5.0
"""For one pack, on a slow machine; a whole one takes 0.05 s."""
BITS = (
    *(b"<g>", b"</g>", b"<text>", b'"', b"&x;", b"\0", b"\xff", b"1e99", b"-", b"NaN", b"../"),
    *(b"[[layer]]", b"#", b"=", b"{", b"url(#a)", b"999999999", b"M 0 0 ", b"<!DOCTYPE a>"),
)


def break_one(folder, dice):
    """Change a file as an accident or an enemy would."""
    files = sorted(file for file in folder.iterdir() if file.is_file())
    file = dice.choice([*files, folder / "avatar.toml"])
    if not file.exists():
        return
    data = bytearray(file.read_bytes())
    at = dice.randrange(len(data) + 1)
    match dice.randrange(8):
        case 0:
            data[at : at + dice.randrange(40)] = b""
        case 1:
            data[at:at] = dice.choice(BITS) * dice.choice((1, 3, 2000))
        case 2:
            data = data[:at]
        case 3:
            data[at:at] = dice.randbytes(dice.randrange(1, 30))
        case 4:
            word = bytes(data[at : at + 20])
            data[at:at] = word * dice.choice((1, 5000))
        case 5:
            for digit in range(48, 58):
                data = bytearray(bytes(data).replace(b" %c" % digit, b" -%c9" % digit))
        case 6:
            file.unlink()
            return
        case _:
            other = dice.choice(files)
            data = bytearray(other.read_bytes()) if other.exists() else data
    file.write_bytes(data)


def copy(folder):
    folder.mkdir()
    for file in TEMPLATE.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def try_on(folder, seed):
    dice = random.Random(seed)
    copy(folder)
    for _ in range(dice.randrange(1, 4)):
        break_one(folder, dice)
    began_s = time.monotonic()
    faults = pack_check.faults(folder)
    assert time.monotonic() - began_s < LIMIT_S, seed
    for fault in faults:
        assert fault.file, seed
        assert "\n" not in str(fault), seed
    return bool(faults)


def test_packs_broken_at_random_are_told(tmp_path):
    broken = sum(try_on(tmp_path / str(seed), seed) for seed in range(60))
    assert 30 < broken < 60, "most breaks matter, and some do not"


@pytest.mark.long
def test_many_packs_broken_at_random_are_told(tmp_path):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for seed in range(1000, 3000):
        try_on(tmp_path / str(seed), seed)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000, "KiB"


HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400">'
CROSSING = "".join(f"L{n * 37 % 401} {n * 91 % 397}" for n in range(3900))
ALL = '<rect width="400" height="400" {}/>'
WORST = {
    "a long path of curves": f'{HEAD}<path d="M0 0{"C-9999 9999 9999-9999 0 400" * 1300}"/></svg>',
    "wide round strokes": (
        f'{HEAD}<path stroke="#000" stroke-width="3999" stroke-linejoin="round" '
        f'd="M0 0{"L9 400 0 0" * 1900}"/></svg>'
    ),
    "many gradients": (
        HEAD
        + "".join(
            f'<linearGradient id="a{n}" gradientUnits="userSpaceOnUse" x2="400"><stop/>'
            f'</linearGradient><rect width="400" height="400" fill="url(#a{n})"/>'
            for n in range(320)
        )
        + "</svg>"
    ),
    "lines that all cross": f'{HEAD}<path d="M0 0{CROSSING}"/></svg>',
    "many blurs": HEAD
    + '<filter id="f" x="-9" y="-9" width="19" height="19"><feGaussianBlur stdDeviation="99"/>'
    + "</filter>"
    + ALL.format("filter='url(#f)'") * 48
    + "</svg>",
    "many masks": HEAD
    + '<mask id="m"><circle r="400" fill="#fff"/></mask>'
    + ALL.format("mask='url(#m)'") * 380
    + "</svg>",
    "many opacities": HEAD + ALL.format("opacity='.5'") * 1900 + "</svg>",
}
QUICK = "many opacities"
"""The others take seconds each: `make test-long`."""
DRAWN = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1 << 31, 1 << 31))
from pathlib import Path
import pygame
from kiosk.avatar.face import pack_check
from kiosk.avatar.face.face import Face
from kiosk.avatar.face.pose import PosturePhase, Voice, pose
from kiosk.core.scene import State

print(list(map(str, pack_check.faults(Path(sys.argv[1])))))
pygame.display.init()
pygame.display.set_mode((64, 64))
face = Face(sys.argv[1])
face.place(pygame.Surface((1280, 720)).convert())
list(face.sprites(pose(0.0, PosturePhase.at_rest(State.ATTRACT), Voice(), 1)))
"""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name == QUICK else pytest.mark.long, id=name)
        for name in WORST
    ],
)
def test_the_worst_that_is_allowed_takes_bounded_time_and_memory(tmp_path, name):
    """On a screen, in a process of its own, whose peak is its own: 2 GiB are enough."""
    folder = copy(tmp_path / "worst")
    (folder / "head.svg").write_text(WORST[name])
    run = subprocess.run(
        [sys.executable, "-c", DRAWN, str(folder)],
        env=os.environ | {"SDL_VIDEODRIVER": "dummy", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
