"""What a dead kiosk left is wiped, but not what the next one still needs."""

import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.audio import memory
from kiosk.audio.rings.ring import MicrophoneRing, ReplyRing
from kiosk.audio.sweep import sweep
from kiosk.errors import RingError

SPEECH = b"\7\7" * 1000


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """A directory in which a kiosk died: 1,000 samples heard, the last 400 of them needed."""
    for kind, name in ((MicrophoneRing, "microphone.ring"), (ReplyRing, "reply.ring")):
        ring, _ = kind.obtain(tmp_path / name, 1.0, memory.punch)
        ring.append(SPEECH)
        if isinstance(ring, MicrophoneRing):
            ring.keep_from = 600
        ring.close()
    for name in ("microphone.ring.aside", "reply.ring.new", "visit.memo", "visit.aside"):
        (tmp_path / name).write_bytes(SPEECH)
    return tmp_path


def test_what_the_next_kiosk_needs_stays(left):
    sweep(left, everything=False)
    ring = MicrophoneRing(left / "microphone.ring")
    assert (ring.read(600, 1000), ring.zeroed) == (SPEECH[:800], 600)
    assert ReplyRing(left / "reply.ring").read_padded(0, 1000) == bytes(2000)
    assert {file.name for file in left.iterdir()} == {
        *("microphone.ring", "reply.ring", "visit.memo", "sound.lock"),
    }


def test_with_all_nothing_of_a_visit_is_left(left):
    sweep(left, everything=True)
    assert [file.name for file in left.iterdir()] == ["sound.lock"]


def test_a_kiosk_that_runs_is_left_alone(left):
    held = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX);"
    holder = subprocess.Popen(
        [sys.executable, "-c", held + "print(flush=True); input()", left / "sound.lock"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout
    holder.stdout.readline()
    with pytest.raises(RingError, match="is running"):
        sweep(left, everything=True)
    assert (left / "visit.memo").read_bytes() == SPEECH
    holder.communicate(b"\n")


def test_the_unit_runs_it_by_its_name(left):
    command = [sys.executable, "-m", "kiosk.audio.sweep"]
    assert subprocess.run([*command, left, "--all"], check=True).returncode == 0
    assert [file.name for file in left.iterdir()] == ["sound.lock"]
    wrong = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stderr.startswith("usage:")) == (1, True)
