"""Failures to draw: each costs the widget that failed, never the screen."""

import logging

log = logging.getLogger("kiosk.screen")


class Faults:
    """Counts failures, and logs each kind of them once."""

    def __init__(self) -> None:
        self.total = 0
        """Failures so far: a number that the drawing thread alone writes, and any thread reads."""
        self._logged: set[tuple[str, type[Exception], int]] = set()

    def count(self, widget: str, error: Exception) -> None:
        """Count a failure; the first of its kind is logged with its traceback.

        Args:
            widget: what failed to be drawn, such as `text panel`.
            error: why.
        """
        self.total += 1
        kind = (widget, type(error), _line_of(error))
        if kind not in self._logged:
            self._logged.add(kind)
            log.error(
                "the %s cannot be drawn and is left out until it changes", widget, exc_info=error
            )


def _line_of(error: Exception) -> int:
    """Number of the line that raised it."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return frame.tb_lineno if frame is not None else 0
