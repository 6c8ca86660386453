"""`python -m kiosk.audio.sweep DIRECTORY [--all]`: wipe what a dead kiosk left in its rings.

For the unit's ExecStopPost. What the kiosk said that it still needs stays for the next start,
unless `--all` is given. Does nothing, and says so, while a kiosk is alive.
"""

import contextlib
import fcntl
import os
import sys
from pathlib import Path

from kiosk.audio import memory
from kiosk.audio.rings.ring import MicrophoneRing, ReplyRing
from kiosk.errors import RingError

MEMO = Path("visit.memo")
"""What the daemon wrote beside the rings for the next one; without them it is worth nothing."""


def sweep(directory: Path, everything: bool) -> None:
    """Clear the rings of a directory.

    Raises:
        RingError: a kiosk is using them.
    """
    lock = os.open(directory / "sound.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RingError(f"a kiosk is running on {directory}") from None
    for kind, name in ((MicrophoneRing, "microphone.ring"), (ReplyRing, "reply.ring")):
        path = directory / name
        if path.exists():
            with contextlib.suppress(RingError):
                ring = kind(path, memory.punch)
                ring.claim(1.0)
                needed = ring.keep_from if isinstance(ring, MicrophoneRing) else ring.written
                ring.keep_only(ring.written if everything else needed)
                ring.close()
        for ending in (".aside", ".new", "") if everything else (".aside", ".new"):
            path.with_name(name + ending).unlink(missing_ok=True)
    for suffix in (".aside", ".new", MEMO.suffix) if everything else (".aside", ".new"):
        (directory / MEMO.with_suffix(suffix)).unlink(missing_ok=True)
    os.close(lock)


def main() -> None:
    """Exit status 1 where a kiosk is alive."""
    words = [word for word in sys.argv[1:] if word != "--all"]
    if len(words) != 1 or not Path(words[0]).is_dir():
        sys.exit("usage: python -m kiosk.audio.sweep DIRECTORY [--all]")
    try:
        sweep(Path(words[0]), "--all" in sys.argv)
    except RingError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
