"""`python -m tests.support.trusting run …`: a kiosk that replays from the service's index.

It is the kiosk with `open_utterance_survives` on, which is proven for no service so far and so is
no setting: a handle from the middle of an utterance is used, and only the rest is said again.
"""

import functools
import sys

from kiosk import cli, loop
from kiosk.core.session import Session

if __name__ == "__main__":
    loop.Session = functools.partial(Session, open_utterance_survives=True)  # type: ignore[misc, assignment]
    sys.exit(cli.main())
