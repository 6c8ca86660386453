"""`[privacy]`: what is kept of visitors, where a house has decided that it may."""

from typing import Annotated

from msgspec import Meta, Struct


class PrivacySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[privacy]`."""

    keep_transcripts: Annotated[
        str,
        Meta(
            pattern=r"\A(/[^\x00-\x1f]*)?\Z",
            description='"" to keep none, or the absolute path of a folder, such as'
            ' "/var/lib/kiosk/transcripts"',
        ),
    ]
    """Folder for what visitors and host have said; empty: nothing is kept."""
    keep_days: Annotated[int, Meta(ge=1, le=365)]
    """Days after which it is deleted."""

    @property
    def kept_days(self) -> int:
        """For how long is kept what visitors say; 0 where nothing is."""
        return self.keep_days if self.keep_transcripts else 0
