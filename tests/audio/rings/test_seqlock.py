"""Several words are read as they were written together, by a reader in another process."""

import subprocess
import sys
from mmap import ACCESS_READ, mmap

import pytest

from kiosk.audio.rings.mapped import WORKER_RECORD
from kiosk.audio.rings.seqlock import Record
from kiosk.errors import RingError
from tests.audio.rings.rings import make

WRITER = """
import sys
from pathlib import Path
from kiosk.audio.rings.ring import MicrophoneRing
from tests.audio.rings.rings import make
ring = MicrophoneRing(Path(sys.argv[1]))
n = 0
while True:
    n += 1
    v = n * 0x0001_0001_0001 & (1 << 62) - 1
    ring.publish(v, v + 1, v + 2)
    ring.append(bytes(2 * 0x101))
"""


def test_no_reader_ever_sees_a_torn_cursor_or_record(tmp_path):
    ring = make(tmp_path)
    file = tmp_path / "a.ring"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(file)])
    before, seen = 0, set()
    with file.open("rb") as mapped:
        words = memoryview(mmap(mapped.fileno(), 4096, access=ACCESS_READ)).cast("Q")
    record = Record(words, WORKER_RECORD, 3)
    try:
        while len(seen) < 2_000:
            assert writer.poll() is None
            written = ring.written
            assert written % 0x101 == 0
            assert written >= before
            before = written
            if pair := record.read():
                assert (pair[1], pair[2]) == (pair[0] + 1, pair[0] + 2)
                seen.add(pair[0])
    finally:
        writer.kill()
        writer.wait()


def test_a_record_torn_in_the_middle_leaves_the_one_before(tmp_path):
    words = memoryview(bytearray(4096)).cast("Q")
    record = Record(words, 10, 3)
    assert record.read() is None
    record.write(1, 2, 3)
    record.write(4, 5, 6)
    words[10 + 1] = 99  # the writer is killed while it fills the older slot's successor
    assert Record(words, 10, 3).read() == (1, 2, 3)
    words[15 + 1] = 99
    with pytest.raises(RingError):
        record.read()
