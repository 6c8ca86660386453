"""What the service sent and nobody could use, by name; bounded, for `status` and the log."""

MAX_NAMES = 50
"""Names that are counted apart: a service that invents them must not fill the memory."""
OTHERS = "others"
"""Counts what came when there were that many names."""


class Oddities:
    """See the module."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.new: list[str] = []
        """Names that came up since somebody last emptied this."""

    def note(self, name: str) -> None:
        """It came once more."""
        if name not in self.counts:
            if len(self.counts) >= MAX_NAMES:
                name = OTHERS
            else:
                self.new.append(name)
        self.counts[name] = self.counts.get(name, 0) + 1
