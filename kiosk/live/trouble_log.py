"""Troubles of the link in the journal: each when it first comes, then at most once a minute.

A kiosk without a network dials hundreds of times an hour. A line is code, cause and remedy, with
the number of attempts that failed alike since the last such line.
"""

import logging
from collections.abc import Mapping

REPEAT_AFTER_S = 60.0
"""Without a network the kiosk dials hundreds of times an hour; its journal gets a line a minute."""
MAX_KINDS = 16
"""Kinds of trouble that are counted at a time; beyond them the oldest is forgotten."""


class TroubleLog:
    """See the module.

    Args:
        log: where lines go.
    """

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._said: dict[str, tuple[float, int]] = {}
        """By kind: when it was last logged (monotonic seconds), and how often it came since."""
        self._since_s: float | None = None
        self._failures = 0

    def trouble(
        self, kind: str, line: str, now_s: float, fields: Mapping[str, object], level: int
    ) -> None:
        """An attempt, or a connection, has failed.

        Args:
            kind: troubles of the same kind are logged once a minute.
            line: code, cause and remedy.
            now_s: when.
            fields: for the journal.
            level: of `logging`.
        """
        self._since_s = now_s if self._since_s is None else self._since_s
        self._failures += 1
        told_s, times = self._said.pop(kind, (None, 0))
        if told_s is not None and now_s - told_s < REPEAT_AFTER_S:
            self._said[kind] = told_s, times + 1
            return
        self._said[kind] = now_s, 0
        if len(self._said) > MAX_KINDS:
            self._said.pop(next(iter(self._said)))
        since = (
            f" ({times + 1} times in the last {now_s - told_s:.0f} s)" if told_s and times else ""
        )
        self._log.log(level, "%s%s", line, since, extra={"kiosk": dict(fields)})

    def up(self, now_s: float) -> None:
        """A session is open."""
        if self._since_s is not None and now_s - self._since_s >= 1:
            seconds, failures = now_s - self._since_s, self._failures
            self._log.info("connected after %.0f s; failures: %d", seconds, failures)
        self._since_s, self._failures = None, 0
