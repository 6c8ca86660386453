"""What may be known of the core outside of it: values that nothing changes any more."""

from msgspec import Struct

from kiosk.core.hours import HouseNow
from kiosk.core.ledger import MoneyView
from kiosk.core.link_state import Phase
from kiosk.core.turns import Turn


class LeftOut(Struct, frozen=True):
    """How often a session was opened without something, because it could not be opened with it."""

    handles: int
    histories: int
    recaps: int


class LinkView(Struct, frozen=True):
    """The session with the service, for `status` and the journal."""

    phase: Phase
    since_s: float
    """Monotonic time at which it came into this phase."""
    resumable: bool
    """Whether the next link can resume this session by a handle."""
    staff_code: str
    """What a person must mend, or what lasts; empty where nobody needs to be told."""
    code: str
    """What keeps the link down now, from the first time on; or empty."""
    detail: str
    """The newest loss in the service's words."""
    left_out: LeftOut
    bad_parts: int
    """Pieces of sound that could not be read."""
    unknown_fields: int
    odd: dict[str, int]
    """What came and could not be used: how often, by name."""
    total_tokens: int


class CoreView(Struct, frozen=True):
    """See the module."""

    link: LinkView
    sent: int
    """One past the newest microphone sample that went out."""
    acked: int
    """One past the last microphone sample that an adopted checkpoint is known to cover."""
    unsent: bool
    """Whether anything that was said has not gone out yet."""
    discarded: int
    """Utterances that could not be delivered."""
    turns_today: int
    limit_cause: str
    """Why nothing more is asked today; empty where it is."""
    money: MoneyView
    house: HouseNow
    """Whether the house is open."""
    turns: tuple[Turn, ...]
    """Copies, oldest first."""
