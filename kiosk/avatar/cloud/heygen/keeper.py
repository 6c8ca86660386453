"""Who knows which sessions of a product may be open, and stops them: the one owner of the money."""

from kiosk.avatar.cloud.heygen.refusals import WrongRequestError
from kiosk.avatar.cloud.heygen.rest import OPEN_CALL_TIMEOUT_S
from kiosk.avatar.cloud.heygen.vendor_api import VendorApi
from kiosk.avatar.cloud.journal import SessionJournal
from kiosk.avatar.cloud.meter import Entry
from kiosk.avatar.cloud.session_stopper import CloudSessionStopper, UnattributableError

STOP_TIMEOUT_S = 2.5
"""For the vendor to confirm an end; then it is tried again."""
CLOCK_SLACK_S = 30.0
"""Between the vendor's clock and ours."""
MAX_SESSION_S = 2 * 3600.0
"""No session is older: not even its token is good for more than an hour."""


def make_keeper(api: VendorApi, journal: SessionJournal) -> CloudSessionStopper:
    """Make the owner of a product's sessions.

    Args:
        api: by which they are stopped and listed.
        journal: remembers them; one without a directory does so in memory alone.
    """

    async def stop(entry: Entry) -> None:
        await api.stop(entry.session, STOP_TIMEOUT_S)

    async def find(entry: Entry) -> list[str]:
        """By the window of time in which it was asked for; what is known is another one."""
        try:
            listed = await api.list_sessions()
        except WrongRequestError:
            raise UnattributableError from None  # There is no key, or no list.
        unknown = [one for one in listed if one.session_id not in keeper.known]
        first_s = entry.opened_s - CLOCK_SLACK_S
        last_s = entry.opened_s + OPEN_CALL_TIMEOUT_S + CLOCK_SLACK_S
        if any(one.created_s is None for one in unknown):
            raise UnattributableError
        return [one.session_id for one in unknown if first_s <= (one.created_s or 0.0) <= last_s]

    keeper = CloudSessionStopper(api.product, journal, stop, find, MAX_SESSION_S)
    return keeper
