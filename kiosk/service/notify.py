"""Notifications to systemd: ready, what is degraded, still alive, stopping.

Without a service manager nothing is imported or sent. The watchdog's interval
holds only for the process that systemd means (WATCHDOG_PID): a child inherits the environment, and
a worker that fed the dog would keep a dead daemon alive.
"""

import logging
import os

from kiosk.service.log_output import under_journal
from kiosk.settings.untrusted import printable

log = logging.getLogger(__name__)


def unattended() -> bool:
    """Whether a service manager has started us: nobody reads what is written to a terminal."""
    return "NOTIFY_SOCKET" in os.environ or under_journal()


class Notifier:
    """The notification socket of systemd (sd_notify), or nobody."""

    watchdog_s: float | None
    """Seconds after which systemd kills a process that was silent; None if nobody watches."""

    def __init__(self) -> None:
        self._heard = "NOTIFY_SOCKET" in os.environ
        self.watchdog_s = _watchdog_s() if self._heard else None

    def ready(self, status: str) -> None:
        """The kiosk works, as well as `status` says."""
        self._tell("READY=1", _status(status))

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._tell(_status(text))

    def watchdog(self) -> None:
        """Every part still advances; due well within `watchdog_s`."""
        if self.watchdog_s is not None:
            self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """The daemon is stopping; systemd shows the unit as deactivating."""
        self._tell("STOPPING=1")

    def _tell(self, *lines: str) -> None:
        if not self._heard:
            return
        import systemd.daemon

        try:
            systemd.daemon.notify("\n".join(lines))
        except OSError as error:
            # Nothing to do about it here: if it was the watchdog's ration, systemd restarts us.
            log.warning("cannot notify systemd: %s", error)


def _status(text: str) -> str:
    # A line break would begin another assignment; words of others may stand in it.
    return "STATUS=" + " ".join(printable(text).split())


def _watchdog_s() -> float | None:
    """Seconds of WATCHDOG_USEC, if meant for this process. Source: sd_watchdog_enabled(3)."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    pid = os.environ.get("WATCHDOG_PID", str(os.getpid()))
    if not microseconds.isdigit() or pid != str(os.getpid()):
        return None
    return int(microseconds) / 1e6
