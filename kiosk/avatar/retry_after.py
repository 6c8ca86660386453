"""For how long a vendor wants to be left alone. A leaf."""

import email.utils

MAX_RETRY_AFTER_S = 3600.0
"""No wish of a vendor to be left alone is followed for longer."""


def heeded_s(wish_s: float) -> float:
    """For how long a vendor's wish to be left alone is heeded: not one that is negative or no
    number, and none for ever.
    """
    return min(wish_s, MAX_RETRY_AFTER_S) if wish_s > 0.0 else 0.0


def retry_after_s(value: str, now_s: float) -> float:
    """Seconds that a `Retry-After` asks for, as a number or a date; 0 if it says nothing.

    Args:
        value: of the header.
        now_s: Unix time.
    """
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        return max(email.utils.parsedate_to_datetime(value).timestamp() - now_s, 0.0)
    except ValueError:
        return 0.0
