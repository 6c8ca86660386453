"""The composition root: settings in, one running kiosk out. The only room that knows all others.

Threads: the main thread draws, because SDL wants it; one thread runs asyncio and with it everything
that decides; one child process owns the sound. They meet in the rings, in one reference to the
newest `Scene`, and in a button edge handed to the loop.
"""

import asyncio
import logging
import signal
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from kiosk.controls.socket import ControlSocket
from kiosk.controls.verbs import served
from kiosk.core.overlays import Mistake
from kiosk.runtime import last_good
from kiosk.runtime.kiosk import Kiosk
from kiosk.runtime.live_check import judge, refuse
from kiosk.runtime.requests import Requests
from kiosk.service.heartbeat import watch
from kiosk.service.log_output import setup_logging
from kiosk.settings.layers import Loaded
from kiosk.settings.paths import SOCKET

log = logging.getLogger("kiosk")


def run(
    loaded: Loaded,
    runtime_dir: Path,
    prepare: Callable[[Kiosk], None] | None = None,
    state: Path | None = None,
    *,
    mistake: Mistake | None = None,
    on_ready: Callable[[], None] | None = None,
) -> int:
    """Be a kiosk until SIGTERM, SIGINT or `quit`. Returns the exit status.

    Args:
        loaded: the settings.
        runtime_dir: where rings and control socket go; on a tmpfs.
        prepare: called with the kiosk before it starts: the demo looks on from there.
        state: where what outlives a reboot goes; `kiosk.settings.paths.state_dir` by default.
        mistake: what is wrong with the settings that were asked for, where `loaded` are others.
        on_ready: called once the start has succeeded, in a thread of its own.

    Raises:
        ConfigError: the model does not take what the settings say.
    """
    settings = loaded.settings
    refuse(loaded)
    setup_logging(settings.log.level)
    for finding in (*loaded.passed_over, *judge(settings)):
        log.warning("%s: %s. %s", finding.where, finding.what, finding.remedy)
    if mistake is not None:
        last_good.report(mistake)
    kiosk = Kiosk(settings, runtime_dir, state, mistake)
    socket = ControlSocket(runtime_dir / SOCKET, served(Requests(kiosk).handlers()))
    if prepare is not None:
        prepare(kiosk)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: kiosk.stop.set())
    trouble: list[BaseException] = []

    def loop() -> None:
        try:
            asyncio.run(kiosk.main(socket, partial(watch, kiosk.view, kiosk.notifier, on_ready)))
        except BaseException as error:  # noqa: BLE001 - carried to the main thread, which raises it
            trouble.append(error)
        finally:
            kiosk.stop.set()
            kiosk.drawing.let_go()

    thread = threading.Thread(target=loop, name="loop")
    thread.start()
    try:
        kiosk.drawing.run()
        kiosk.stop.wait()
    except BaseException as error:
        kiosk.fault = error
        raise
    finally:
        kiosk.stop.set()
        thread.join()
    if trouble:
        raise trouble[0]
    return 0
