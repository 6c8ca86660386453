"""What `kiosk config check` finds: one line each, with the remedy. A leaf.

Each room checks its own part of the installation and yields findings.
"""

from typing import Literal

from msgspec import Struct


class Finding(Struct, frozen=True):
    """Something that is wrong with an installation, or that its owner should know."""

    where: str
    """Key of the setting, such as `theme.logo`, or a file."""
    what: str
    """What is wrong there, without a full stop."""
    remedy: str
    """How to mend it."""
    severity: Literal["error", "warning", "note"] = "error"
    """An error does not work as it is, a warning may not, a note is only to be known."""
    needs: Literal["", "machine", "rights"] = ""
    """`machine`: true of the machine that was looked at, which may be another than the kiosk's;
    `rights`: this user may not look, and the one who may sees more.
    """

    def line(self, origin: str = "") -> str:
        """The finding as one line.

        Args:
            origin: the file that set it, where that is known.
        """
        here = {"machine": " [this machine]", "rights": " [not looked into]"}.get(self.needs, "")
        where = f"{self.where} ({origin})" if origin else self.where
        text = f"{self.severity}{here}: {where}: {self.what}. {self.remedy}"
        return " ".join(text.split())
